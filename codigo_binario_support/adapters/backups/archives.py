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
from typing import Any, BinaryIO, cast

from ...domain.backups import archives, sets
from ...domain.backups.members import CHUNK, Source
from ...domain.backups.sets import BackupName, Contents, Damaged, FileReading

_FOUND_LENGTH = 140
#: More than any configuration has.
_CONFIG_BYTES = 16 << 20


class Hashed:
	"""A binary stream whose content is hashed as it is read."""

	def __init__(self, stream: BinaryIO) -> None:
		self._stream = stream
		self.hash = hashlib.sha256()

	def read(self, size: int = -1) -> bytes:
		content = self._stream.read(size)
		self.hash.update(content)
		return content


def read_file(folder: Path, name: BackupName, passphrase: str | None = None) -> FileReading:
	"""One backup file read to its end. What is wrong with it is in the reading; nothing is raised for it."""
	path = folder / name.name
	nature, problem, found, contents = "", "", "", Contents()
	size_bytes, sha256 = 0, ""
	try:
		with path.open("rb") as raw:
			nature = archives.nature(raw.read(512))
			raw.seek(0)
			stream = Hashed(raw)
			try:
				contents = _contents(path, name, nature, stream, passphrase)
			except Damaged as error:
				problem, found = error.problem, str(error)
			while stream.read(CHUNK):
				pass
			size_bytes, sha256 = raw.tell(), stream.hash.hexdigest()
	except OSError as error:
		problem, found = sets.UNREADABLE, error.strerror or type(error).__name__
	return FileReading(
		kind=name.kind,
		name=name.name,
		size_bytes=size_bytes,
		sha256=sha256,
		nature=nature,
		is_encrypted=nature in archives.CIPHERS,
		problem=problem,
		found=found[:_FOUND_LENGTH],
		**vars(contents),
	)


def _contents(path: Path, name: BackupName, nature: str, stream: Hashed, passphrase: str | None) -> Contents:
	if nature == archives.NOTHING:
		raise Damaged(sets.EMPTY, "a file of 0 bytes")
	if nature in archives.CIPHERS:
		with decrypted(path, nature, passphrase) as plain:
			contents = _plain(name, archives.nature(plain.peek(512)[:512]), plain)
	else:
		contents = _plain(name, nature, stream)
		# Frappe names the configuration `-enc` when the rest is encrypted, and leaves it plain: the run has not failed.
		if name.says_encrypted and name.kind != sets.CONFIG:
			raise Damaged(sets.FALSE_ENCRYPTION, f"its name says encrypted, its bytes are plain {nature}")
	if name.says_partial:
		raise Damaged(sets.PARTIAL, "its name says that tables are left out")
	return contents


def _plain(name: BackupName, nature: str, stream: Source) -> Contents:
	if name.kind == sets.CONFIG:
		return _config(stream)
	if name.kind == sets.DATABASE and nature == archives.GZIP:
		return archives.read_dump(stream)
	if name.kind != sets.DATABASE and nature in (archives.GZIP, archives.TAR):
		return archives.read_archive(stream, is_gzipped=nature == archives.GZIP)
	if name.says_encrypted and nature != archives.OTHER:
		raise Damaged(sets.FALSE_ENCRYPTION, f"its name says encrypted, its bytes are {nature}")
	raise Damaged(sets.UNREADABLE, f"neither what its name says nor encrypted: {nature}")


def read_json(stream: Source) -> Any:
	"""What a configuration says. Raises `Damaged` for one that ends early."""
	try:
		return json.loads(stream.read(_CONFIG_BYTES))
	except (ValueError, RecursionError):
		raise Damaged(sets.TRUNCATED, "not one whole JSON object") from None


def _config(stream: Source) -> Contents:
	content = read_json(stream)
	if not isinstance(content, dict) or not content.get("db_name"):
		raise Damaged(sets.UNREADABLE, "a configuration without the database's name")
	return Contents(entries=len(content))


@contextmanager
def gpg(passphrase: str) -> Iterator[tuple[list[str], dict[str, Any]]]:
	"""(command, arguments of `subprocess`) of a gpg that has this key alone, by a pipe: a key never is on a command line."""
	reader, writer = os.pipe()
	os.write(writer, passphrase.encode() + b"\n")
	os.close(writer)
	try:
		with tempfile.TemporaryDirectory() as home:
			command = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback"]
			options = {"stdin": subprocess.DEVNULL, "pass_fds": (reader,)}
			yield [*command, "--passphrase-fd", str(reader)], options
	finally:
		os.close(reader)


@contextmanager
def decrypted(path: Path, nature: str, passphrase: str | None) -> Iterator[io.BufferedReader]:
	"""The plain stream of a file that gpg encrypted with the site's key."""
	if nature != archives.GPG or not passphrase:
		raise Damaged(sets.NOT_DECRYPTED, f"no key for {nature}")
	if not shutil.which("gpg"):
		raise Damaged(sets.NOT_DECRYPTED, "no gpg on this machine")
	with gpg(passphrase) as (command, options), tempfile.TemporaryFile() as said:
		command += ["--decrypt", str(path)]
		with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, **options) as process:
			plain = cast(io.BufferedReader, process.stdout)
			if not plain.peek(1):
				process.wait()
				raise Damaged(*_refusal(said, sets.UNREADABLE))
			yield plain
			while plain.read(CHUNK):
				pass
			if process.wait():
				raise Damaged(*_refusal(said, sets.TRUNCATED))


def _refusal(said: BinaryIO, problem: str) -> tuple[str, str]:
	said.seek(0)
	text = said.read().decode("utf-8", "replace").strip().replace("\n", "; ")
	return (sets.NOT_DECRYPTED if "Bad session key" in text else problem), text
