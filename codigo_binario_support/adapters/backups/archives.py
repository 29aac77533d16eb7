"""Files on disk as readings of the domain: opened, hashed on the way, decrypted where the site has the key."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ...domain.backups import archives, sets
from ...domain.backups.archives import Contents
from ...domain.backups.members import CHUNK
from ...domain.backups.sets import BackupName, Damaged, FileReading

_FOUND_LENGTH = 140
#: More than any configuration has.
_CONFIG_BYTES = 16 << 20
_GPG_OPTIONS = ("--batch", "--quiet", "--pinentry-mode", "loopback")


class Hashed:
	"""A binary stream that counts and hashes what is read of it."""

	def __init__(self, stream: BinaryIO) -> None:
		self._stream = stream
		self._hash = hashlib.sha256()
		self.size_bytes = 0

	def read(self, size: int = -1) -> bytes:
		content = self._stream.read(size)
		self._hash.update(content)
		self.size_bytes += len(content)
		return content

	def drain(self) -> None:
		while self.read(CHUNK):
			pass

	@property
	def sha256(self) -> str:
		return self._hash.hexdigest()


def read_file(folder: Path, name: BackupName, passphrase: str | None = None) -> FileReading:
	"""One backup file read to its end. What is wrong with it is in the reading; nothing is raised for it."""
	path = folder / name.name
	kind_of_bytes, problem, found, contents = "", "", "", Contents()
	size_bytes, sha256 = 0, ""
	try:
		with path.open("rb") as raw:
			kind_of_bytes = archives.nature(raw.read(512))
			raw.seek(0)
			stream = Hashed(raw)
			try:
				contents = _contents(path, name, kind_of_bytes, stream, passphrase)
			except Damaged as error:
				problem, found = error.problem, str(error)
			stream.drain()
			size_bytes, sha256 = stream.size_bytes, stream.sha256
	except OSError as error:
		problem, found = sets.UNREADABLE, error.strerror or type(error).__name__
	return FileReading(
		kind=name.kind,
		name=name.name,
		size_bytes=size_bytes,
		sha256=sha256,
		nature=kind_of_bytes,
		is_encrypted=kind_of_bytes in archives.CIPHERS,
		entries=contents.entries,
		problem=problem,
		found=found[:_FOUND_LENGTH],
		frappe_version=contents.frappe_version,
		tool=contents.tool,
		tables=contents.tables,
		filled=contents.filled,
		newest=contents.newest,
		members=contents.members,
	)


def _contents(path: Path, name: BackupName, nature: str, stream: Hashed, passphrase: str | None) -> Contents:
	if nature == archives.NOTHING:
		raise Damaged(sets.EMPTY, "a file of 0 bytes")
	if name.kind == sets.CONFIG:
		return _config(path, nature, stream, passphrase)
	if nature in archives.CIPHERS:
		with decrypted(path, nature, passphrase) as plain:
			contents = _plain(name, archives.nature(plain.peek(512)[:512]), plain)
	else:
		contents = _plain(name, nature, stream)
		if name.says_encrypted:
			raise Damaged(sets.FALSE_ENCRYPTION, f"its name says encrypted, its bytes are plain {nature}")
	if name.says_partial:
		raise Damaged(sets.PARTIAL, "its name says that tables are left out")
	return contents


def _plain(name: BackupName, nature: str, stream: archives.Stream) -> Contents:
	if name.kind == sets.DATABASE and nature == archives.GZIP:
		return archives.read_dump(stream)
	if name.kind != sets.DATABASE and nature in (archives.GZIP, archives.TAR):
		return archives.read_archive(stream, is_gzipped=nature == archives.GZIP)
	if name.says_encrypted and nature != archives.OTHER:
		raise Damaged(sets.FALSE_ENCRYPTION, f"its name says encrypted, its bytes are {nature}")
	raise Damaged(sets.UNREADABLE, f"neither what its name says nor encrypted: {nature}")


def _config(path: Path, nature: str, stream: Hashed, passphrase: str | None) -> Contents:
	"""Frappe names this copy `-enc` when the rest is encrypted, and leaves it plain: that is no failure of the run."""
	if nature in archives.CIPHERS:
		with decrypted(path, nature, passphrase) as plain:
			text = plain.read(_CONFIG_BYTES)
	else:
		text = stream.read(_CONFIG_BYTES)
	try:
		content = json.loads(text)
	except (ValueError, RecursionError):
		raise Damaged(sets.TRUNCATED, "not one whole JSON object") from None
	if not isinstance(content, dict) or not content.get("db_name"):
		raise Damaged(sets.UNREADABLE, "a configuration without the database's name")
	return Contents(len(content))


@contextmanager
def decrypted(path: Path, nature: str, passphrase: str | None) -> Iterator[io.BufferedReader]:
	"""The plain stream of a file that gpg encrypted with the site's key. The key never is on a command line."""
	gpg = shutil.which("gpg")
	if nature != archives.GPG or not passphrase or not gpg:
		why = "no gpg on this machine" if passphrase and nature == archives.GPG else f"no key for {nature}"
		raise Damaged(sets.NOT_DECRYPTED, why)
	reader, writer = os.pipe()
	os.write(writer, passphrase.encode() + b"\n")
	os.close(writer)
	with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as said:
		process = subprocess.Popen(
			[gpg, "--homedir", home, *_GPG_OPTIONS, "--passphrase-fd", str(reader), "--decrypt", str(path)],
			stdin=subprocess.DEVNULL,
			stdout=subprocess.PIPE,
			stderr=said,
			pass_fds=(reader,),
		)
		os.close(reader)
		plain = cast(io.BufferedReader, process.stdout)
		try:
			if not plain.peek(1):
				process.wait()
				raise Damaged(*_refusal(said, has_content=False))
			yield plain
			while plain.read(CHUNK):
				pass
			if process.wait():
				raise Damaged(*_refusal(said, has_content=True))
		finally:
			plain.close()
			process.wait()


def _refusal(said: BinaryIO, has_content: bool) -> tuple[str, str]:
	said.seek(0)
	text = said.read().decode("utf-8", "replace").strip().replace("\n", "; ")
	if "Bad session key" in text:
		return sets.NOT_DECRYPTED, text
	return (sets.TRUNCATED if has_content else sets.UNREADABLE), text
