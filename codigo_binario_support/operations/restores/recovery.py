"""What a drill and a restore have in common: a set goes into a new database and a new folder, and is compared there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import frappe
from cryptography.fernet import Fernet, InvalidToken
from frappe import _

from ...adapters.backups import inventory as looks
from ...adapters.restores import databases, unpacking
from ...adapters.restores.databases import Server
from ...adapters.site.formatting import bytes_phrase
from ...domain.backups import inventory
from ...domain.backups.inventory import CONTENT, SECRET, Difference, Inventory
from ...domain.backups.sets import CONFIG, DATABASE, KINDS, PRIVATE, PUBLIC, TRUNCATED, Damaged
from .sets import BackupSet
from .steps import Said, StepFailed, Steps, words

#: A gzipped dump grows by about this much on its way into tables and indexes, where nothing better is known.
GROWTH_OF_DUMP = 12
#: What must stay free beside what is restored.
RESERVE_BYTES = 256 << 20
_SHOWN = 8
_LOCAL = ("127.0.0.1", "localhost", "::1", "", None)


@dataclass
class Restored:
	"""Where a set goes, and what was found there. `key` is what opened the secret, empty when nothing did."""

	source: BackupSet
	server: Server
	database: str
	folder: Path
	password: str = ""
	manifest: Inventory | None = None
	tables_of_dump: list[str] = field(default_factory=list)
	database_bytes: int = 0
	files: int = 0
	key: str = ""


def check_space(restored: Restored, steps: Steps) -> None:
	"""Room for the database and the files, before anything is written."""
	source = restored.source
	with steps.step("space") as said:
		files = sum(source.path(kind).stat().st_size for kind in (PUBLIC, PRIVATE) if kind in source.files)
		database = max(
			source.path(DATABASE).stat().st_size * GROWTH_OF_DUMP,
			restored.server.size_bytes(frappe.conf.db_name),
		)
		needs = {_place(restored.folder): files}
		tables = Path(restored.server.rows("select @@datadir")[0][0])
		if restored.server.who.host in _LOCAL and tables.exists():
			needs[_place(tables)] = needs.get(_place(tables), 0) + database
		else:
			said.note(_("The database server is elsewhere: its disk was not looked at."))
		for place, need in needs.items():
			free = unpacking.free_bytes(Path(place[1]))
			text = _("{0} free in {1}, {2} needed.").format(
				bytes_phrase(free), place[1], bytes_phrase(need + RESERVE_BYTES)
			)
			if free < need + RESERVE_BYTES:
				said.fail(text)
			else:
				said.note(text)


def check_set(restored: Restored, steps: Steps) -> None:
	"""Every file of the set is there, is what was recorded, and can be opened on this machine."""
	source = restored.source
	with steps.step("files_of_set") as said:
		databases.require_client()
		for kind in source.missing:
			said.fail(_("Missing: {0}").format(_(kind)))
		for kind in KINDS:
			name = source.files.get(kind)
			if name is None or kind in source.missing:
				continue
			recorded = source.sha256.get(name.name)
			if recorded is None:
				said.leave_open(
					_("{0} was never recorded: it is not known whether it is as it was.").format(name.name)
				)
			elif looks.sha256_of(source.path(kind)) != recorded:
				said.fail(_("{0} is not the file that was recorded.").format(name.name))
		manifest = source.folder / inventory.manifest_name(source.key)
		if source.manifest_sha256 and (
			not manifest.exists() or looks.sha256_of(manifest) != source.manifest_sha256
		):
			said.fail(_("{0} is not the file that was recorded.").format(manifest.name))
		restored.manifest = source.manifest()
		for kind in KINDS:
			if kind in source.missing:
				continue
			try:
				unpacking.check_opens(source.path(kind), frappe.conf.get("backup_encryption_key"))
				if kind == CONFIG:
					source.config()
			except Damaged as error:
				said.fail(f"{source.files[kind].name}: {words(error)}")


def load(restored: Restored, steps: Steps, passphrase: str | None) -> None:
	"""The dump into the new database."""
	source = restored.source
	path = source.path(DATABASE)
	with steps.step("load") as said, unpacking.plain(path, passphrase) as stream:
		lines = _told(unpacking.dump_lines(stream), steps)
		dump = restored.server.load(restored.database, restored.password, lines)
		if not dump.is_whole:
			raise Damaged(TRUNCATED, f"no last line of the dumper after {len(dump.tables)} tables")
		restored.tables_of_dump = dump.tables
		restored.database_bytes = restored.server.size_bytes(restored.database)
		said.note(_("{0} tables, {1}.").format(len(dump.tables), bytes_phrase(restored.database_bytes)))


def unpack(restored: Restored, steps: Steps, passphrase: str | None) -> None:
	"""Both archives into the new folder, laid out as below a site."""
	for key, kind, below in (
		("unpack_public", PUBLIC, "public/files"),
		("unpack_private", PRIVATE, "private/files"),
	):
		with steps.step(key) as said, unpacking.plain(restored.source.path(kind), passphrase) as stream:
			count = unpacking.unpack(stream, restored.folder / below)
			restored.files += count
			said.note(_("{0} files.").format(count))


def compare(restored: Restored, steps: Steps) -> None:
	"""What was restored against the manifest; without one, against what the dump itself says. Everything is looked at."""
	failed: list[StepFailed] = []
	for key, look in (
		("compare_tables", _compare_tables),
		("compare_files", _compare_files),
		("secret", _open_secret),
	):
		try:
			with steps.step(key) as said:
				look(restored, said)
		except StepFailed as error:
			failed.append(error)
	if failed:
		raise failed[0]


def _compare_tables(restored: Restored, said: Said) -> None:
	manifest, run = restored.manifest, restored.server.rows
	if manifest is None:
		_compare_with_dump(restored, said)
		return
	found = looks.read_tables(run, restored.database)
	here = looks.server(run)
	_report(inventory.differences(manifest, tables=found, server=here), said)
	if here != manifest.server:
		said.leave_open(
			_("Sums of content compare only on the same server: {0} then, {1} now.").format(
				manifest.server, here
			)
		)
	said.note_if_good(
		_("{0} tables, {1} rows; {2} of them to the row and by content.").format(
			len(found),
			sum(look.rows for look in found.values()),
			sum(table.is_exact for table in manifest.tables.values()),
		)
	)


def _compare_with_dump(restored: Restored, said: Said) -> None:
	there = dict(
		restored.server.rows(
			"select table_name, table_rows from information_schema.tables where table_schema = %s",
			(restored.database,),
		)
	)
	for table in sorted(set(restored.tables_of_dump) - there.keys()):
		said.fail(f"{_(inventory.MISSING_TABLE)}: {table}")
	for table in inventory.KEY_TABLES:
		if table not in there:
			said.fail(f"{_(inventory.MISSING_TABLE)}: {table}")
		elif not restored.server.rows(f"select 1 from `{restored.database}`.`{table}` limit 1"):
			said.fail(_("{0} is empty: no site works without it.").format(table))
	said.leave_open(_("The set has no manifest: rows and content have nothing to be compared with."))


def _compare_files(restored: Restored, said: Said) -> None:
	if restored.manifest is None:
		_compare_with_file_records(restored, said)
		return
	found = looks.stored(restored.folder)
	_report(inventory.differences(restored.manifest, files=found), said)
	said.note_if_good(_("{0} files, each by size and content.").format(len(found)))


def _compare_with_file_records(restored: Restored, said: Said) -> None:
	"""Every file that a File record of the restored database names is there."""
	for url, is_private in restored.server.rows(
		f"select distinct file_url, is_private from `{restored.database}`.`tabFile`"
		" where is_folder = 0 and (file_url like '/files/%%' or file_url like '/private/files/%%')",
		(),
	):
		below = url.lstrip("/") if is_private or url.startswith("/private") else f"public{url}"
		if not (restored.folder / below).exists():
			said.fail(f"{_(inventory.MISSING_FILE)}: {below}")
	said.leave_open(_("The set has no manifest: the files have nothing to be compared with."))


def _open_secret(restored: Restored, said: Said) -> None:
	"""One encrypted value, with the key of the set's own configuration: what a restore elsewhere would have."""
	kept, present = restored.source.config().get("encryption_key"), frappe.conf.get("encryption_key")
	rows = _encrypted(restored)
	if not rows:
		said.leave_open(_("The backup holds no encrypted value: the key has nothing to open."))
		return
	for key in dict.fromkeys(filter(None, (kept, present))):
		opened = _decrypt(key, rows[0])
		if opened is not None and _is_what_it_was(restored.manifest, opened):
			restored.key = key
			break
	if not restored.key:
		said.fail(f"{_(SECRET)}: {_name(rows[0])}")
	elif restored.key != kept:
		said.fail(_("Only the site's present key opens it: the one in the set does not."))
	elif kept != present:
		said.note(_("The site's present key is another one: a restore takes the one in the set."))


def _encrypted(restored: Restored) -> list[tuple[Any, ...]]:
	wanted, values = "", []
	secret = restored.manifest.secret if restored.manifest else None
	if secret:
		wanted, values = (
			" and (doctype, name, fieldname) = (%s, %s, %s)",
			[secret.doctype, secret.name, secret.fieldname],
		)
	return restored.server.rows(
		f"select doctype, name, fieldname, password from `{restored.database}`.`__Auth`"
		f" where encrypted = 1{wanted} order by doctype, name, fieldname limit 1",
		values,
	)


def _decrypt(key: str, row: tuple[Any, ...]) -> str | None:
	try:
		return Fernet(key.encode()).decrypt(row[3].encode()).decode()
	except (InvalidToken, ValueError):
		return None


def _is_what_it_was(manifest: Inventory | None, opened: str) -> bool:
	return manifest is None or not inventory.differences(manifest, decrypted=opened)


def _name(row: tuple[Any, ...]) -> str:
	return " ".join(map(str, row[:3]))


def _report(found: list[Difference], said: Said) -> None:
	for row in found[:_SHOWN]:
		values = (
			f" ({row.expected} / {row.found})" if row.expected and row.found and row.kind != CONTENT else ""
		)
		said.fail(f"{_(row.kind)}: {row.where}{values}")
	if len(found) > _SHOWN:
		said.fail(_("and {0} more.").format(len(found) - _SHOWN))


def _told(lines: Iterator[bytes], steps: Steps) -> Iterator[bytes]:
	passed = 0
	for line in lines:
		yield line
		passed += len(line)
		steps.progress(_("{0} loaded").format(bytes_phrase(passed)))


def _place(folder: Path) -> tuple[int, str]:
	"""A disk, and one folder on it that exists."""
	while not folder.exists():
		folder = folder.parent
	return folder.stat().st_dev, str(folder)
