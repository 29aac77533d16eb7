"""Frappe's own backup, made where nobody takes it for a set, and moved into the folder only when it is whole.

Frappe's `new_backup` deletes old sets first, so its generator is called instead; and where that is not sound its step is
replaced: a failed encryption raises here, the configuration is encrypted with the rest, and no key or password is on a
command line.

Every file has a name that begins with a dot until it is done. A set that was verified gets a *ready* mark before its files
are moved: a run that is killed there is finished by the next one, one that is killed before is cleared.
"""

import errno
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import frappe
from frappe.utils.backups import BackupGenerator, get_or_generate_backup_encryption_key

from ...domain.backups import runs
from ...domain.backups.inventory import manifest_name
from ...domain.backups.runs import MakingError
from ...domain.backups.sets import BackupName, parse_name
from .archives import gpg
from .inventory import socket_for

_HIDDEN = ".making-"
_PART, _READY = ".part", ".ready"
_PROGRAMS = ("gzip", "tar", "bash")
_FOUND_LENGTH = 500
_DISK_FULL = "No space left on device"
_PATHS = ("backup_path_db", "backup_path_files", "backup_path_private_files", "backup_path_conf")


class Hidden(NamedTuple):
	"""A set in the making: its files by the names that they will have."""

	folder: Path
	names: tuple[BackupName, ...]

	@property
	def set_key(self) -> str:
		return self.names[0].set_key

	def path(self, name: str) -> Path:
		return self.folder / f"{_HIDDEN}{name}{_PART}"


@contextmanager
def _named(problem: str) -> Iterator[None]:
	"""What a step raises, as the problem of the step; a full disk is one whatever the step."""
	try:
		yield
		return
	except MakingError as error:
		problem, found = error.problem, error.values["found"]
	except frappe.CommandFailedError as error:
		found = error.err or error.out or str(error)
	except OSError as error:
		found = _DISK_FULL if error.errno == errno.ENOSPC else str(error)
	lines = "; ".join(line.strip() for line in found.strip().splitlines())
	raise MakingError(runs.TOO_LITTLE_DISK if _DISK_FULL in found else problem, lines[:_FOUND_LENGTH])


class _Generator(BackupGenerator):
	"""Frappe's generator with errors that say which step failed."""

	password: str
	copy_site_config = _named(runs.ARCHIVE_FAILED)(BackupGenerator.copy_site_config)
	backup_files = _named(runs.ARCHIVE_FAILED)(BackupGenerator.backup_files)

	def take_dump(self) -> None:
		with _named(runs.DUMP_FAILED), self._password_unseen():
			super().take_dump()

	@_named(runs.ENCRYPTION_FAILED)
	def backup_encryption(self) -> None:
		# The configuration too: it holds the key, and where the set goes the key must not go with it.
		for path in _PATHS:
			_encrypt(Path(getattr(self, path)))

	@contextmanager
	def _password_unseen(self) -> Iterator[None]:
		"""Frappe would write it on the command line of a shell, where everybody on the machine reads it while the dump lasts."""
		if self.db_type != "mariadb":
			yield
			return
		password, self.password = self.password, ""
		home = os.environ.get("HOME")
		with tempfile.TemporaryDirectory() as place:
			# The client's own file is read last: neither what it says nor what the machine's says of passwords may win.
			own = Path(home or "/", ".my.cnf")
			include = f"!include {own}\n" if own.is_file() else ""
			options = Path(place, ".my.cnf")
			options.touch(mode=0o600)
			# A client reads a backslash in quotes as the beginning of a sign.
			quoted = (password or "").replace("\\", "\\\\")
			options.write_text(f'{include}[client]\npassword="{quoted}"\n', encoding="utf-8")
			os.environ["HOME"] = place
			try:
				yield
			finally:
				self.password = password
				os.environ.pop("HOME")
				if home is not None:
					os.environ["HOME"] = home


def is_encryption_wanted() -> bool:
	return bool(frappe.get_system_settings("encrypt_backup"))


def generate(folder: Path) -> Hidden:
	"""Dump and archive the whole site into hidden files of the folder. Raises `MakingError`; then nothing is left."""
	needed = (*_PROGRAMS, "gpg") if is_encryption_wanted() else _PROGRAMS
	if missing := [name for name in needed if not shutil.which(name)]:
		raise MakingError(runs.NO_PROGRAM, ", ".join(missing))
	if is_encryption_wanted():
		# Before the configuration is copied: Frappe would make the key after that, and lose it with the site.
		get_or_generate_backup_encryption_key()
	conf = frappe.conf
	login = (conf.db_name, conf.db_user or conf.db_name, conf.db_password)
	place = {"db_host": conf.db_host, "db_port": conf.db_port, **socket_for(_Generator, "db_socket")}
	kind = conf.db_type or "mariadb"
	# The site's configuration may leave tables out of its backups. The promise is the whole platform.
	generator = _Generator(*login, **place, db_type=kind, backup_path=str(folder), ignore_conf=True)
	generator.set_backup_file_name()
	names = (parse_name(Path(getattr(generator, path)).name) for path in _PATHS)
	hidden = Hidden(folder, tuple(cast(BackupName, name) for name in names))
	for path, name in zip(_PATHS, hidden.names, strict=True):
		setattr(generator, path, str(hidden.path(name.name)))
	try:
		generator.get_backup(force=True)
	except BaseException:
		discard(hidden)
		raise
	return hidden


@_named(runs.ARCHIVE_FAILED)
def write_manifest(hidden: Hidden, content: bytes) -> None:
	hidden.path(manifest_name(hidden.set_key)).write_bytes(content)


def publish(hidden: Hidden, note: dict[str, Any]) -> None:
	"""Move a verified set into the folder. `note` says who asked for it, should this run not live to record it."""
	names = [name.name for name in hidden.names]
	manifest = manifest_name(hidden.set_key)
	if hidden.path(manifest).exists():
		names.append(manifest)
	for name in names:
		sync(hidden.path(name))
	mark = hidden.folder / f"{_HIDDEN}{hidden.set_key}{_READY}"
	mark.write_text(json.dumps({**note, "names": names}), encoding="utf-8")
	sync(mark)
	_move(hidden.folder, names)


def clear_ready_mark(folder: Path, set_key: str) -> None:
	"""The set has its record: the ready mark has served."""
	(folder / f"{_HIDDEN}{set_key}{_READY}").unlink(missing_ok=True)


def discard(hidden: Hidden) -> None:
	for path in hidden.folder.glob(f"{_HIDDEN}{hidden.set_key}*"):
		path.unlink(missing_ok=True)


def is_being_made(folder: Path, set_key: str) -> bool:
	"""A set whose files are being moved, or were moved by a run that did not live to record it."""
	return next(folder.glob(f"{_HIDDEN}{set_key}*"), None) is not None


def finish_dead_runs(folder: Path) -> list[tuple[str, dict[str, Any]]]:
	"""(set_key, note) of the verified sets of runs that died: moved now, and still to be recorded."""
	found = []
	for set_key, mark in _marks(folder).items():
		try:
			note = json.loads(mark.read_text(encoding="utf-8"))
			_move(folder, note.pop("names"))
		except (ValueError, KeyError):
			mark.unlink()  # Half a mark: the run died before it moved anything.
			continue
		found.append((set_key, note))
	return found


def clear_dead_runs(folder: Path) -> list[str]:
	"""Remove what runs left behind that died before their set was whole; returns the set keys."""
	keys, ready = set(), _marks(folder)
	for path in folder.glob(f"{_HIDDEN}*"):
		name = path.name.removeprefix(_HIDDEN).removesuffix(".gpg").removesuffix(_PART).removesuffix(_READY)
		parsed = parse_name(name)
		set_key = parsed.set_key if parsed else name.removesuffix("-manifest.json")
		if set_key not in ready:
			keys.add(set_key)
			path.unlink(missing_ok=True)
	return sorted(keys)


def _marks(folder: Path) -> dict[str, Path]:
	"""The ready marks by set key, oldest set first."""
	marks = sorted(folder.glob(f"{_HIDDEN}*{_READY}"))
	return {mark.name.removeprefix(_HIDDEN).removesuffix(_READY): mark for mark in marks}


def database_bytes() -> int:
	"""What the tables take by the server's own estimate, indexes left out: they are not in a dump."""
	size = "select coalesce(sum(data_length), 0) from information_schema.tables where table_schema = %s"
	return int(frappe.db.sql(size, (frappe.conf.db_name,))[0][0])


def _move(folder: Path, names: list[str]) -> None:
	for name in names:
		source = folder / f"{_HIDDEN}{name}{_PART}"
		if source.exists():
			source.rename(folder / name)
	sync(folder)


def sync(path: Path) -> None:
	"""A file, or the names in a folder, onto the disk before anything goes on."""
	descriptor = os.open(path, os.O_RDONLY)
	try:
		os.fsync(descriptor)
	finally:
		os.close(descriptor)


def _encrypt(path: Path) -> None:
	"""Replace a file by what gpg makes of it."""
	encrypted = path.with_name(f"{path.name}.gpg")
	with gpg(get_or_generate_backup_encryption_key()) as (command, options):
		command += ["--yes", "--compress-algo", "none", "--output", str(encrypted), "--symmetric", str(path)]
		run = subprocess.run(command, capture_output=True, check=False, **options)
	if run.returncode:
		encrypted.unlink(missing_ok=True)
		raise MakingError(runs.ENCRYPTION_FAILED, run.stderr.decode("utf-8", "replace"))
	encrypted.replace(path)
