"""Backup files on their way back: a dump as lines, an archive as files. Streams only, nothing is kept whole in memory."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..domain import archives, backups
from ..domain.archives import CHUNK, Damaged
from .archives import decrypted

#: What stands before a file's own path in Frappe's archives: `./erp.mx/private/files/`.
_ABOVE = re.compile(r"(?:^|.*?/)(?:public|private)/files(?:/|$)")


@contextmanager
def plain(path: Path, passphrase: str | None) -> Iterator[BinaryIO]:
	"""The bytes of a backup file, decrypted when it is encrypted. Raises `Damaged` where that cannot be."""
	try:
		with path.open("rb") as raw:
			nature = archives.nature(raw.read(512))
			raw.seek(0)
			if nature == archives.NOTHING:
				raise Damaged(backups.EMPTY, f"{path.name}: a file of 0 bytes")
			if nature in archives.CIPHERS:
				with decrypted(path, nature, passphrase) as stream:
					yield stream
			else:
				yield raw
	except FileNotFoundError:
		raise Damaged(backups.MISSING, f"{path.name} is not there") from None


def dump_lines(stream: BinaryIO) -> Iterator[bytes]:
	"""The lines of a gzipped dump."""
	try:
		with io.BufferedReader(gzip.GzipFile(fileobj=stream, mode="rb"), CHUNK) as lines:
			yield from lines
	except EOFError:
		raise Damaged(backups.TRUNCATED, "the gzip stream ends early") from None
	except (gzip.BadGzipFile, zlib.error) as error:
		raise Damaged(backups.UNREADABLE, str(error)) from None


def unpack(stream: BinaryIO, folder: Path) -> int:
	"""Put the files of an archive, gzipped or not, below a folder; returns how many. Nothing is written outside of it.

	Raises `Damaged` for an archive that ends early, and for a member that points elsewhere.
	"""
	folder.mkdir(parents=True, exist_ok=True)
	buffered = stream if hasattr(stream, "peek") else io.BufferedReader(stream)
	is_gzipped = archives.nature(buffered.peek(512)[:512]) == archives.GZIP
	source = gzip.GzipFile(fileobj=buffered, mode="rb") if is_gzipped else buffered
	count = 0
	try:
		with tarfile.open(fileobj=source, mode="r|") as archive:
			for member in archive:
				count += _extract(archive, member, folder)
				# The list of members would grow with the archive.
				archive.members = []
		while source.read(CHUNK):
			pass
	except tarfile.FilterError as error:
		raise Damaged(backups.UNREADABLE, f"points outside of the folder: {error}") from None
	except (EOFError, tarfile.TarError) as error:
		raise Damaged(backups.TRUNCATED, str(error) or "the archive ends early") from None
	except (gzip.BadGzipFile, zlib.error) as error:
		raise Damaged(backups.UNREADABLE, str(error)) from None
	return count


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> int:
	name = _ABOVE.sub("", member.name, count=1)
	if not name or name == ".":
		return 0
	values = {"name": name}
	if member.islnk():
		values["linkname"] = _ABOVE.sub("", member.linkname, count=1)
	archive.extract(member.replace(**values, deep=False), folder, filter="data")
	return int(member.isfile() or member.islnk())


def remove_scratch(folder: Path) -> None:
	"""Remove a scratch folder, and the place of scratches when it was the last one there."""
	if folder.exists():
		shutil.rmtree(folder)
	with contextlib.suppress(OSError):
		folder.parent.rmdir()


def free_bytes(folder: Path) -> int:
	"""What may still be written where a folder is, or will be."""
	place = folder
	while not place.exists():
		place = place.parent
	found = os.statvfs(place)
	return found.f_bavail * found.f_frsize
