"""An S3-compatible store through boto3: files sent in parts, gone on with where an upload broke off, compared on arrival."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from ...domain.backups import offsite
from ...domain.backups.offsite import PART_BYTES, etag, part_bytes, parts
from .settings import Store

_CHUNK = 1 << 20
_FOUND_LENGTH = 140


class CopyError(Exception):
	"""A copy that was not made; `problem` is one of `COPY_PROBLEMS`."""

	def __init__(self, problem: str, found: str = "") -> None:
		self.problem = problem
		self.found = found[:_FOUND_LENGTH]
		super().__init__(f"{problem}: {found}")


class UploadResult(NamedTuple):
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
		raise CopyError(offsite.NO_LIBRARY, str(error)) from None

	patience = {
		"connect_timeout": 10,
		"read_timeout": 120,
		"retries": {"max_attempts": 4, "mode": "standard"},
	}
	form = {"signature_version": "s3v4", "s3": {"addressing_style": "path" if store.endpoint else "auto"}}
	place = {"endpoint_url": store.endpoint or None, "region_name": store.region or "us-east-1"}
	keys = {"aws_access_key_id": store.access_key or None, "aws_secret_access_key": store.secret or None}
	with _named():
		return boto3.client("s3", **place, **keys, config=Config(**patience, **form))


def upload_file(
	client: Any, bucket: str, key: str, path: Path, sha256: str, each: int = PART_BYTES
) -> UploadResult:
	"""Send a file whose hash is known, and compare what arrived. What is there already is compared and not sent again."""
	at = {"Bucket": bucket, "Key": key}
	try:
		size = path.stat().st_size
		with _named():
			there = _head(client, at)
			if there and there["Metadata"].get("sha256") == sha256 and there["ContentLength"] == size:
				digests = [_md5(part) for part in _parts(path, size, sha256, each)]
				sent = UploadResult(etag(digests), size, len(digests), 0, 0)
			else:
				sent = _upload_file(client, at, path, size, sha256, each)
			_compare(client, at, size, sent.etag, sha256)
			return sent
	except FileNotFoundError:
		raise CopyError(offsite.SOURCE_GONE, path.name) from None


def names(client: Any, store: Store) -> list[str]:
	"""The names of the objects below the prefix, without it."""
	pages = client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket, Prefix=store.prefix)
	with _named():
		return [row["Key"].removeprefix(store.prefix) for page in pages for row in page.get("Contents", ())]


def _upload_file(
	client: Any, at: dict[str, str], path: Path, size: int, sha256: str, each: int
) -> UploadResult:
	metadata = {"sha256": sha256}
	if size <= part_bytes(size, each):
		[content] = _parts(path, size, sha256, each)
		digest = _md5(content)
		client.put_object(**at, Body=content, Metadata=metadata, ContentMD5=_base64(digest))
		return UploadResult(etag([digest]), size, 1, 1, size)
	upload = _open_upload(client, at)
	arrived = _arrived(client, at, upload) if upload else {}
	at = {**at, "UploadId": upload or client.create_multipart_upload(**at, Metadata=metadata)["UploadId"]}
	digests, sent = [], []
	try:
		for number, content in enumerate(_parts(path, size, sha256, each), 1):
			digest = _md5(content)
			if arrived.get(number) != (len(content), digest.hex()):
				client.upload_part(**at, PartNumber=number, Body=content, ContentMD5=_base64(digest))
				sent.append(len(content))
			digests.append(digest)
	except CopyError:
		client.abort_multipart_upload(**at)
		raise
	listed = [{"PartNumber": i, "ETag": f'"{digest.hex()}"'} for i, digest in enumerate(digests, 1)]
	client.complete_multipart_upload(**at, MultipartUpload={"Parts": listed})
	return UploadResult(etag(digests), size, len(digests), len(sent), sum(sent))


def _open_upload(client: Any, at: dict[str, str]) -> str | None:
	"""The upload of this object that broke off last, if the store still has it."""
	found = client.list_multipart_uploads(Bucket=at["Bucket"], Prefix=at["Key"]).get("Uploads") or []
	mine = ((row["Initiated"], row["UploadId"]) for row in found if row["Key"] == at["Key"])
	return max(mine, default=(None, None))[1]


def _arrived(client: Any, at: dict[str, str], upload: str) -> dict[int, tuple[int, str]]:
	"""(bytes, MD5) of the parts that an upload has, by number."""
	pages = client.get_paginator("list_parts").paginate(**at, UploadId=upload)
	rows = (row for page in pages for row in page.get("Parts", ()))
	return {row["PartNumber"]: (row["Size"], row["ETag"].strip('"')) for row in rows}


def _compare(client: Any, at: dict[str, str], size: int, mark: str, sha256: str) -> None:
	"""Size and checksum as the store says them; a store whose ETag is no MD5 must give every byte back."""
	there = _head(client, at)
	if there is None:
		raise CopyError(offsite.WRONG_SIZE, "not there after the upload")
	if there["ContentLength"] != size:
		raise CopyError(offsite.WRONG_SIZE, f"{there['ContentLength']} bytes instead of {size}")
	if there["ETag"].strip('"') == mark:
		return
	digest = hashlib.sha256()
	for chunk in client.get_object(**at)["Body"].iter_chunks(_CHUNK):
		digest.update(chunk)
	if digest.hexdigest() != sha256:
		raise CopyError(offsite.WRONG_CHECKSUM, f"SHA-256 {digest.hexdigest()}")


def _parts(path: Path, size: int, sha256: str, each: int) -> Iterator[bytes]:
	"""What of a file is sent at a time. Raises after the last where the file is not the one that was verified."""
	whole = hashlib.sha256()
	with path.open("rb") as file:
		for content in parts(file, size, part_bytes(size, each)):
			whole.update(content)
			yield content
	if whole.hexdigest() != sha256:
		raise CopyError(offsite.SOURCE_CHANGED, path.name)


def _head(client: Any, at: dict[str, str]) -> dict[str, Any] | None:
	from botocore.exceptions import ClientError

	try:
		return client.head_object(**at)
	except ClientError as error:
		if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
			return None
		raise


def _md5(content: bytes) -> bytes:
	return hashlib.md5(content, usedforsecurity=False).digest()


def _base64(digest: bytes) -> str:
	return base64.b64encode(digest).decode()


@contextmanager
def _named() -> Iterator[None]:
	"""What boto3 raises, as a problem with a name."""
	from botocore.exceptions import BotoCoreError, ClientError

	try:
		yield
	except ClientError as error:
		status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
		raise CopyError(offsite.NOT_REACHED if status >= 500 else offsite.REFUSED, str(error)) from None
	except (BotoCoreError, ValueError) as error:
		raise CopyError(offsite.NOT_REACHED, str(error)) from None
