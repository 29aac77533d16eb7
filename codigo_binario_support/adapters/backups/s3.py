"""An S3-compatible store through boto3: files sent in parts, gone on with where an upload broke off, compared on arrival."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...domain.backups.offsite import (
	NO_LIBRARY,
	NOT_REACHED,
	PART_BYTES,
	REFUSED,
	SOURCE_CHANGED,
	SOURCE_GONE,
	WRONG_CHECKSUM,
	WRONG_SIZE,
	multipart_etag,
	part_bytes,
	parts,
)
from .settings import Store

_CHUNK = 1 << 20
_FOUND_LENGTH = 140


class CopyError(Exception):
	"""A copy that was not made; `problem` is one of `COPY_PROBLEMS`."""

	def __init__(self, problem: str, found: str = "") -> None:
		self.problem = problem
		self.found = found[:_FOUND_LENGTH]
		super().__init__(f"{problem}: {found}")


@dataclass(frozen=True, slots=True)
class UploadResult:
	"""A file that arrived: `parts_sent` of its `parts` now, the others earlier."""

	etag: str
	size_bytes: int
	parts: int
	parts_sent: int
	sent_bytes: int


def is_possible() -> bool:
	"""Whether this Python has what copies are sent with: Frappe 15 brings it, Frappe 16 does not."""
	return find_spec("boto3") is not None


def connect(store: Store) -> Any:
	"""A client of the store. boto3 is imported here: it is slow to load, and most sites copy nothing."""
	try:
		import boto3
		from botocore.config import Config
	except ImportError as error:
		raise CopyError(NO_LIBRARY, str(error)) from None

	config = {
		"connect_timeout": 10,
		"read_timeout": 120,
		"retries": {"max_attempts": 4, "mode": "standard"},
		"signature_version": "s3v4",
		"s3": {"addressing_style": "path" if store.endpoint else "auto"},
	}
	with _named():
		return boto3.client(
			"s3",
			endpoint_url=store.endpoint or None,
			region_name=store.region or "us-east-1",
			aws_access_key_id=store.access_key or None,
			aws_secret_access_key=store.secret or None,
			config=Config(**config),
		)


def upload_file(
	client: Any, bucket: str, key: str, path: Path, sha256: str, each: int = PART_BYTES
) -> UploadResult:
	"""Send a file whose hash is known, and compare what arrived. What is there already is compared and not sent again."""
	try:
		size = path.stat().st_size
		with _named():
			there = _head(client, bucket, key)
			if there and there["Metadata"].get("sha256") == sha256 and there["ContentLength"] == size:
				etag, count = _etag(path, sha256, each)
				_compare(client, bucket, key, size, etag, sha256)
				return UploadResult(etag, size, count, 0, 0)
			sent = _upload_file(client, bucket, key, path, size, sha256, part_bytes(size, each))
			_compare(client, bucket, key, size, sent.etag, sha256)
			return sent
	except FileNotFoundError:
		raise CopyError(SOURCE_GONE, path.name) from None


def names(client: Any, store: Store) -> list[str]:
	"""The names of the objects below the prefix, without it."""
	found = []
	with _named():
		for page in client.get_paginator("list_objects_v2").paginate(
			Bucket=store.bucket, Prefix=store.prefix
		):
			found += [row["Key"].removeprefix(store.prefix) for row in page.get("Contents", ())]
	return found


def _upload_file(
	client: Any, bucket: str, key: str, path: Path, size: int, sha256: str, each: int
) -> UploadResult:
	metadata = {"sha256": sha256}
	if size <= each:
		content = path.read_bytes()
		if hashlib.sha256(content).hexdigest() != sha256:
			raise CopyError(SOURCE_CHANGED, path.name)
		digest = _md5(content)
		client.put_object(
			Bucket=bucket,
			Key=key,
			Body=content,
			Metadata=metadata,
			ContentMD5=base64.b64encode(digest).decode(),
		)
		return UploadResult(digest.hex(), size, 1, 1, size)
	upload = _open_upload(client, bucket, key)
	if upload is None:
		upload = client.create_multipart_upload(Bucket=bucket, Key=key, Metadata=metadata)["UploadId"]
		arrived: dict[int, tuple[int, str]] = {}
	else:
		arrived = _arrived(client, bucket, key, upload)
	whole, digests, listed, sent_parts, sent_bytes = hashlib.sha256(), [], [], 0, 0
	with path.open("rb") as file:
		for part in parts(size, each):
			content = file.read(part.size_bytes)
			whole.update(content)
			digest = _md5(content)
			if arrived.get(part.number) != (part.size_bytes, digest.hex()):
				client.upload_part(
					Bucket=bucket,
					Key=key,
					UploadId=upload,
					PartNumber=part.number,
					Body=content,
					ContentMD5=base64.b64encode(digest).decode(),
				)
				sent_parts, sent_bytes = sent_parts + 1, sent_bytes + len(content)
			digests.append(digest)
			listed.append({"PartNumber": part.number, "ETag": f'"{digest.hex()}"'})
	if whole.hexdigest() != sha256:
		client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
		raise CopyError(SOURCE_CHANGED, path.name)
	client.complete_multipart_upload(
		Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": listed}
	)
	return UploadResult(multipart_etag(digests), size, len(digests), sent_parts, sent_bytes)


def _open_upload(client: Any, bucket: str, key: str) -> str | None:
	"""The upload of this object that broke off last, if the store still has it."""
	found = client.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads") or []
	mine = sorted((row["Initiated"], row["UploadId"]) for row in found if row["Key"] == key)
	return mine[-1][1] if mine else None


def _arrived(client: Any, bucket: str, key: str, upload: str) -> dict[int, tuple[int, str]]:
	pages = client.get_paginator("list_parts").paginate(Bucket=bucket, Key=key, UploadId=upload)
	return {
		row["PartNumber"]: (row["Size"], row["ETag"].strip('"'))
		for page in pages
		for row in page.get("Parts", ())
	}


def _compare(client: Any, bucket: str, key: str, size: int, etag: str, sha256: str) -> None:
	"""Size and checksum as the store says them; a store whose ETag is no MD5 must give every byte back."""
	there = _head(client, bucket, key)
	if there is None:
		raise CopyError(WRONG_SIZE, "not there after the upload")
	if there["ContentLength"] != size:
		raise CopyError(WRONG_SIZE, f"{there['ContentLength']} bytes instead of {size}")
	if there["ETag"].strip('"') == etag:
		return
	digest = hashlib.sha256()
	for chunk in client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK):
		digest.update(chunk)
	if digest.hexdigest() != sha256:
		raise CopyError(WRONG_CHECKSUM, f"SHA-256 {digest.hexdigest()}")


def _etag(path: Path, sha256: str, each: int) -> tuple[str, int]:
	"""(the ETag that a file has when it is sent in such parts, their number)."""
	size = path.stat().st_size
	each = part_bytes(size, each)
	whole, digests = hashlib.sha256(), []
	with path.open("rb") as file:
		for part in parts(size, each):
			content = file.read(part.size_bytes)
			whole.update(content)
			digests.append(_md5(content))
	if whole.hexdigest() != sha256:
		raise CopyError(SOURCE_CHANGED, path.name)
	return (digests[0].hex() if size <= each else multipart_etag(digests)), len(digests)


def _head(client: Any, bucket: str, key: str) -> dict[str, Any] | None:
	from botocore.exceptions import ClientError

	try:
		return client.head_object(Bucket=bucket, Key=key)
	except ClientError as error:
		if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
			return None
		raise


def _md5(content: bytes) -> bytes:
	return hashlib.md5(content, usedforsecurity=False).digest()


@contextmanager
def _named() -> Iterator[None]:
	"""What boto3 raises, as a problem with a name."""
	from botocore.exceptions import BotoCoreError, ClientError

	try:
		yield
	except ClientError as error:
		status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
		raise CopyError(NOT_REACHED if status >= 500 else REFUSED, str(error)) from None
	except (BotoCoreError, ValueError) as error:
		raise CopyError(NOT_REACHED, str(error)) from None
