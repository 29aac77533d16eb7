"""A copy of a set in an S3-compatible store: parts, their checksum, and when the newest copy is too old."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from .members import Source
from .runs import RUN_PROBLEMS
from .sets import KINDS, PROBLEMS, parse_name

COPIED, COPY_FAILED = "Copied", "Failed"
#: Each with its colour in lists.
STATES = {COPIED: "green", COPY_FAILED: "red"}

WRONG_SIZE, WRONG_CHECKSUM = "Wrong size", "Wrong checksum"
SOURCE_GONE, SOURCE_CHANGED = "Source is gone", "Source was changed"
NOT_REACHED, REFUSED, NO_LIBRARY = "Store not reached", "Store refuses", "Library is missing"
#: What an operator does about each.
COPY_PROBLEMS = {
	WRONG_SIZE: "The copy in the store has another size than the file. It is sent again at the next run; if it stays so, ask who runs the store.",
	WRONG_CHECKSUM: "The copy in the store has other bytes than the file. It is sent again at the next run; if it stays so, ask who runs the store.",
	SOURCE_GONE: "The files were removed before they were copied. The next set is copied instead.",
	SOURCE_CHANGED: "The files are not the ones that were verified: somebody wrote into them. The copy was not made.",
	NOT_REACHED: "The store does not answer. Check its address in Support Promise Settings and the network; the upload goes on where it stopped.",
	REFUSED: "The store refuses. Check bucket, access key and secret in Support Promise Settings.",
	NO_LIBRARY: "The library boto3 is missing, which Frappe 16 brings no more: bench pip install 'codigo_binario_support[s3]' adds it.",
}
#: And where no copy was even tried.
STALE = "Copy is too old"
_ADVICE = {
	**PROBLEMS,
	**RUN_PROBLEMS,
	**COPY_PROBLEMS,
	STALE: "The newest copy in the store is too old. See why in the Backup Copies and run bench support copy-backups.",
}

#: S3 takes parts of 5 MiB and more (the last may be smaller), 10,000 of them at most.
LEAST_PART_BYTES = 5 << 20
PART_BYTES = 16 << 20
_MOST_PARTS = 10_000


def advice(problem: str | None) -> str:
	"""What an operator does about a problem of a set, a run or a copy, in English; empty where there is none."""
	return _ADVICE.get(problem or "", "")


def part_bytes(size_bytes: int, wanted: int = PART_BYTES) -> int:
	"""The size of the parts of a file: as wanted, larger where the file would have too many."""
	return max(wanted, LEAST_PART_BYTES, -(-size_bytes // _MOST_PARTS))


def parts(stream: Source, size_bytes: int, each: int) -> Iterator[bytes]:
	"""What is sent one after the other; of an empty file an empty part."""
	for _start in range(0, max(size_bytes, 1), each):
		yield stream.read(each)


def etag(digests: Sequence[bytes]) -> str:
	"""The ETag that a store that says MD5 gives to an object of these parts, from the MD5 of each."""
	if len(digests) == 1:
		return digests[0].hex()
	return f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"


def newest_complete(names: Iterable[str], site: str) -> str:
	"""The stamp of the newest set of a site that is complete by its names; empty when there is none."""
	kinds: dict[str, set[str]] = {}
	for parsed in filter(None, map(parse_name, names)):
		if parsed.site == site and not parsed.says_partial:
			kinds.setdefault(parsed.set_key, set()).add(parsed.kind)
	return max((key for key, found in kinds.items() if len(found) == len(KINDS)), default="")


def is_stale(now: datetime, newest: datetime | None, target_seconds: int, slack_seconds: int) -> bool:
	"""By when the dump was taken, never by when it was sent: an old dump sent today is an old copy."""
	return newest is None or (now - newest).total_seconds() > target_seconds + slack_seconds
