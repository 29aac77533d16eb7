"""What a database and the folders beside it hold, as values of `domain.backups.inventory`: at backup time and after a restore.

Everything is asked through `Run`, one SQL statement and its rows, so that a restored database is read like the live one.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from inspect import signature
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from typing import Any

import frappe
from frappe.utils import create_batch
from frappe.utils.password import get_decrypted_password, set_encrypted_password

from ...domain.backups.inventory import Secret, StoredFile, TableReading, secret_digest
from ..site.settings import SETTINGS

Run = Callable[..., Sequence[Sequence[Any]]]

#: Folders of uploads, below the site's folder.
FOLDERS = ("public/files", "private/files")
#: An encrypted row of our own in `__Auth`: what it says serves nothing but the question whether the key opens it.
CANARY = (SETTINGS, SETTINGS, "restore_canary")
_CHUNK = 1 << 20
_TABLES_AT_ONCE = 50


def socket_for(what: Callable[..., Any], name: str) -> dict[str, str | None]:
	"""The socket of the site's database as a named argument, where this Frappe's function takes one: 15.44's do not."""
	return {name: frappe.conf.db_socket} if name in signature(what).parameters else {}


@contextmanager
def snapshot() -> Iterator[Run]:
	"""A connection of its own that sees the site's database as it is at this moment, and nothing that comes later.

	What the running transaction has not committed is not seen: neither does the dump see it.
	"""
	conf = frappe.conf
	place = {"host": conf.db_host, "port": conf.db_port, **socket_for(frappe.database.get_db, "socket")}
	login = {"user": conf.db_user or conf.db_name, "password": conf.db_password}
	database = frappe.database.get_db(**place, **login, cur_db_name=conf.db_name)
	database.connect()
	try:
		database.sql("start transaction with consistent snapshot, read only")
		yield database.sql
	finally:
		database.close()


def read_tables(run: Run, schema: str) -> dict[str, TableReading]:
	"""Every table of a database: rows, newest row, checksum of the content. Reads each row once or twice."""
	names = _column(run, schema, "tables", "table_type = 'BASE TABLE' order by table_name")
	has_both = "column_name in ('name', 'modified') group by table_name having count(*) = 2"
	dated = set(_column(run, schema, "columns", has_both))
	checksums = _checksums(run, schema, names)
	return {name: _read_table(run, schema, name, name in dated, checksums.get(name)) for name in names}


def _column(run: Run, schema: str, of: str, condition: str) -> list[str]:
	where = f"information_schema.{of} where table_schema = %s and {condition}"
	return [row[0] for row in run(f"select table_name from {where}", (schema,))]


def server(run: Run) -> str:
	return run("select version()")[0][0]


def uploads(site_folder: Path) -> dict[str, tuple[int, int]]:
	"""(bytes, nanoseconds of the last write) of every file below the two folders, by its path below the site's folder."""
	found = {}
	walks = chain.from_iterable(os.walk(site_folder / folder) for folder in FOLDERS)
	for path in (Path(parent, name) for parent, _folders, names in walks for name in names):
		with suppress(FileNotFoundError, NotADirectoryError):
			stat = path.lstat()
			# tar keeps a link as a link: what it points to is not in the archive.
			if S_ISREG(stat.st_mode):
				found[path.relative_to(site_folder).as_posix()] = (stat.st_size, stat.st_mtime_ns)
	return found


def stored(site_folder: Path, before: dict[str, tuple[int, int]] | None = None) -> dict[str, StoredFile]:
	"""Every upload with its hash; `before` is what `uploads` said when the archives were begun, and makes them exact."""
	found: dict[str, StoredFile] = {}
	for name, written in sorted(uploads(site_folder).items()):
		try:
			is_exact = before is None or before.get(name) == written
			found[name] = StoredFile(written[0], sha256_of(site_folder / name), is_exact)
		except FileNotFoundError:
			found[name] = StoredFile(written[0], "", is_exact=False)
	for name, (size, _written) in (before or {}).items():
		found.setdefault(name, StoredFile(size, "", is_exact=False))
	return found


def create_canary() -> None:
	"""Make the encrypted row that a restore must be able to open, if it is absent."""
	if not _canary():
		doctype, name, fieldname = CANARY
		set_encrypted_password(doctype, name, secrets.token_urlsafe(24), fieldname)


def secret() -> Secret | None:
	"""The digest of the canary as the site's key opens it; None before it was planted."""
	decrypted, salt = _canary(), secrets.token_hex(16)
	return Secret(*CANARY, salt, secret_digest(decrypted, salt)) if decrypted else None


def _canary() -> str | None:
	return get_decrypted_password(*CANARY, raise_exception=False)


def versions() -> dict[str, str]:
	"""{app: version} of what is installed on the site."""
	apps = frappe.get_installed_apps()
	return {app: str(getattr(frappe.get_module(app), "__version__", "")) for app in apps}


def _read_table(run: Run, schema: str, name: str, is_dated: bool, checksum: int | None) -> TableReading:
	table = f"`{schema}`.`{name}`"
	asked = "count(*), cast(max(modified) as char)" if is_dated else "count(*), null"
	rows, newest = run(f"select {asked} from {table}")[0]
	if not newest:
		return TableReading(int(rows), checksum=checksum)
	last = run(f"select name from {table} where modified = %s order by name desc limit 1", (newest,))
	return TableReading(int(rows), str(newest), str(last[0][0]) if last else "", checksum)


def _checksums(run: Run, schema: str, names: list[str]) -> dict[str, int | None]:
	found: dict[str, int | None] = {}
	for part in create_batch(names, _TABLES_AT_ONCE):
		listed = ", ".join(f"`{schema}`.`{name}`" for name in part)
		for table, checksum in run(f"checksum table {listed}"):
			found[table.split(".", 1)[1]] = None if checksum is None else int(checksum)
	return found


def sha256_of(path: Path) -> str:
	"""The digest of a file, read in pieces."""
	digest = hashlib.sha256()
	with path.open("rb") as file:
		while chunk := file.read(_CHUNK):
			digest.update(chunk)
	return digest.hexdigest()
