"""Backup files on their way back: opened, and an archive as files. Streams only, nothing is kept whole in memory."""

import contextlib
import errno
import io
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ...domain.backups import archives, sets
from ...domain.backups.members import FOLDER, HARD_LINK, Layout, Member, raw_bytes
from ...domain.backups.sets import Damaged
from ..backups.archives import decrypted

#: What a file system says of a name that it does not take: the archive's fault, not the disk's.
_OF_THE_NAME = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)


@contextmanager
def plain(path: Path, passphrase: str | None) -> Iterator[BinaryIO]:
	"""The bytes of a backup file, decrypted when it is encrypted. Raises `Damaged` where that cannot be."""
	try:
		with path.open("rb") as raw:
			nature = archives.nature(raw.read(512))
			raw.seek(0)
			if nature == archives.NOTHING:
				raise Damaged(sets.EMPTY, f"{path.name}: a file of 0 bytes")
			if nature in archives.CIPHERS:
				with decrypted(path, nature, passphrase) as stream:
					yield stream
			else:
				yield raw
	except FileNotFoundError:
		raise Damaged(sets.MISSING, f"{path.name} is not there") from None


def check_opens(path: Path, passphrase: str | None) -> None:
	"""Raises `Damaged` for a file that `plain` cannot even begin with: no key, another key, no program that decrypts."""
	with contextlib.suppress(_Enough), plain(path, passphrase):
		# What is left of a decryption ends with the reader.
		raise _Enough


class _Enough(Exception):
	"""Nothing more is wanted of a stream."""


def unpack(stream: BinaryIO, folder: Path) -> int:
	"""Put the files of an archive, gzipped or not, into a folder that is empty or absent; returns how many.

	Nothing is written outside of it, nobody but who unpacks owns anything, and no right goes beyond reading, writing and
	running. Raises `Damaged` for an archive that ends early, and for a member that may not be there.
	"""
	folder.mkdir(parents=True, exist_ok=True)
	if any(folder.iterdir()):
		raise FileExistsError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(folder))
	if not isinstance(stream, io.BufferedReader):
		stream = io.BufferedReader(cast(io.RawIOBase, stream))
	is_gzipped = archives.nature(stream.peek(512)[:512]) == archives.GZIP
	root, layout, count = os.fsencode(folder), Layout(), 0
	for member, content in archives.archived(stream, is_gzipped):
		placed = layout.place(member)
		if placed.path and placed.path not in layout.links:
			with _named(placed.path):
				count += _write(root, placed, content)
	layout.check_links()
	for path, target in layout.links.items():
		with _named(path):
			os.symlink(raw_bytes(target), _cleared(_way(root, path)))
	return count


def _write(root: bytes, placed: Member, content: Iterable[bytes]) -> int:
	path = _way(root, placed.path)
	if placed.kind == FOLDER:
		os.makedirs(path, exist_ok=True)
		return 0
	_cleared(path)
	if placed.kind == HARD_LINK:
		os.link(os.path.join(root, raw_bytes(placed.target)), path, follow_symlinks=False)
		return 1
	descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
	with os.fdopen(descriptor, "wb") as file:
		for chunk in content:
			file.write(chunk)
		rights = placed.mode & 0o755 | 0o600
		os.fchmod(descriptor, rights if rights & 0o100 else rights & ~0o111)
	with contextlib.suppress(OverflowError):
		os.utime(path, (placed.modified, placed.modified))
	return 1


def _way(root: bytes, below: str) -> bytes:
	"""Where a path of the archive is on the disk, byte for byte, with the folders above it made."""
	path = os.path.join(root, raw_bytes(below))
	os.makedirs(os.path.dirname(path), exist_ok=True)
	return path


def _cleared(path: bytes) -> bytes:
	"""The same path, with what an earlier member of that name left there gone."""
	with contextlib.suppress(FileNotFoundError):
		os.unlink(path)
	return path


@contextmanager
def _named(member: str) -> Iterator[None]:
	try:
		yield
	except OSError as error:
		if error.errno not in _OF_THE_NAME:
			raise
		raise Damaged(sets.UNREADABLE, f"{member}: {error.strerror}") from None


def remove_scratch(folder: Path) -> None:
	"""Remove a scratch folder, and the place of scratches when it was the last one there."""
	if folder.exists():
		shutil.rmtree(folder)
	with contextlib.suppress(OSError):
		folder.parent.rmdir()


def existing(folder: Path) -> Path:
	"""The folder, or the nearest above it that is there."""
	while not folder.exists():
		folder = folder.parent
	return folder


def free_bytes(folder: Path) -> int:
	"""What may still be written where a folder is, or will be."""
	return shutil.disk_usage(existing(folder)).free
