"""What a drill and a restore have in common: a set goes into a new database and a new folder, and is compared there."""

from collections.abc import Iterable, Iterator
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
from ...domain.backups.archives import Gunzipped
from ...domain.backups.inventory import CONTENT, SECRET, Difference, Inventory
from ...domain.backups.sets import CONFIG, DATABASE, KINDS, PRIVATE, PUBLIC, TRUNCATED, Damaged
from ...domain.restores.drills import FAILED
from .sets import BackupSet
from .steps import Said, StepFailed, Steps, words

#: A gzipped dump grows by about this much on its way into tables and indexes, where nothing better is known.
GROWTH_OF_DUMP = 12
#: What must stay free beside what is restored.
RESERVE_BYTES = 256 << 20
_SHOWN = 8
_LOCAL = ("127.0.0.1", "localhost", "::1")


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
		loaded = source.path(DATABASE).stat().st_size * GROWTH_OF_DUMP
		database = max(loaded, restored.server.size_bytes(frappe.conf.db_name))
		place = unpacking.existing(restored.folder)
		tables = Path(restored.server.column("select @@datadir")[0])
		needs = {place: files}
		if restored.server.who.host not in _LOCAL or not tables.exists():
			said.note(_("The database server is elsewhere: its disk was not looked at."))
		elif tables.stat().st_dev == place.stat().st_dev:
			needs[place] += database
		else:
			needs[tables] = database
		for folder, size in needs.items():
			free, need = unpacking.free_bytes(folder), size + RESERVE_BYTES
			text = _("{0} free in {1}, {2} needed.")
			note = said.fail if free < need else said.note
			note(text.format(bytes_phrase(free), folder, bytes_phrase(need)))


def check_set(restored: Restored, steps: Steps) -> None:
	"""Every file of the set is there, is what was recorded, and can be opened on this machine."""
	source = restored.source
	with steps.step("files_of_set") as said:
		databases.require_client()
		for kind in source.missing:
			said.fail(_("Missing: {0}").format(_(kind)))
		there = [kind for kind in KINDS if kind not in source.missing]
		for path in map(source.path, there):
			_check_digest(path, source.sha256.get(path.name), said)
		if source.manifest_sha256:
			_check_digest(source.manifest_path, source.manifest_sha256, said)
		restored.manifest = source.manifest()
		for kind in there:
			try:
				unpacking.check_opens(source.path(kind), frappe.conf.get("backup_encryption_key"))
				if kind == CONFIG:
					source.config()
			except Damaged as error:
				said.fail(f"{source.files[kind].name}: {words(error)}")


def _check_digest(path: Path, recorded: str | None, said: Said) -> None:
	if recorded is None:
		unknown = _("{0} was never recorded: it is not known whether it is as it was.")
		said.leave_open(unknown.format(path.name))
	elif not path.exists() or looks.sha256_of(path) != recorded:
		said.fail(_("{0} is not the file that was recorded.").format(path.name))


def load(restored: Restored, steps: Steps) -> None:
	"""The dump into the new database."""
	with steps.step("load") as said, restored.source.plain(DATABASE) as stream:
		lines = _told(Gunzipped(stream), steps)
		dump = restored.server.load(restored.database, restored.password, lines)
		if not dump.is_whole:
			raise Damaged(TRUNCATED, f"no last line of the dumper after {len(dump.tables)} tables")
		restored.tables_of_dump = dump.tables
		restored.database_bytes = restored.server.size_bytes(restored.database)
		said.note(_("{0} tables, {1}.").format(len(dump.tables), bytes_phrase(restored.database_bytes)))


def _told(lines: Iterable[bytes], steps: Steps) -> Iterator[bytes]:
	passed = 0
	for line in lines:
		yield line
		passed += len(line)
		steps.progress(_("{0} loaded").format(bytes_phrase(passed)))


def unpack(restored: Restored, steps: Steps) -> None:
	"""Both archives into the new folder, laid out as below a site."""
	for side, kind in (("public", PUBLIC), ("private", PRIVATE)):
		with steps.step(f"unpack_{side}") as said, restored.source.plain(kind) as stream:
			count = unpacking.unpack(stream, restored.folder / side / "files")
			restored.files += count
			said.note(_("{0} files.").format(count))


def compare(restored: Restored, steps: Steps) -> None:
	"""What was restored against the manifest; without one, against what the dump itself says. Everything is looked at."""
	failed: list[StepFailed] = []
	kinds = {"compare_tables": _compare_tables, "compare_files": _compare_files, "secret": _open_secret}
	for key, look in kinds.items():
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
	found, here = looks.read_tables(run, restored.database), looks.server(run)
	_report(inventory.differences(manifest, tables=found, server=here), said)
	if here != manifest.server:
		only = _("Sums of content compare only on the same server: {0} then, {1} now.")
		said.leave_open(only.format(manifest.server, here))
	rows = sum(look.rows for look in found.values())
	exact = sum(table.is_exact for table in manifest.tables.values())
	compared = _("{0} tables, {1} rows; {2} of them to the row and by content.")
	if said.result != FAILED:
		said.note(compared.format(len(found), rows, exact))


def _compare_with_dump(restored: Restored, said: Said) -> None:
	tables = "select table_name from information_schema.tables where table_schema = %s"
	there = restored.server.column(tables, (restored.database,))
	for table in sorted({*restored.tables_of_dump, *inventory.KEY_TABLES} - {*there}):
		said.fail(f"{_(inventory.MISSING_TABLE)}: {table}")
	for table in inventory.KEY_TABLES:
		first_row = f"select 1 from `{restored.database}`.`{table}` limit 1"
		if table in there and not restored.server.rows(first_row):
			said.fail(_("{0} is empty: no site works without it.").format(table))
	said.leave_open(_("The set has no manifest: rows and content have nothing to be compared with."))


def _compare_files(restored: Restored, said: Said) -> None:
	if restored.manifest is None:
		_compare_with_file_records(restored, said)
		return
	found = looks.stored(restored.folder)
	_report(inventory.differences(restored.manifest, files=found), said)
	if said.result != FAILED:
		said.note(_("{0} files, each by size and content.").format(len(found)))


def _compare_with_file_records(restored: Restored, said: Said) -> None:
	"""Every file that a File record of the restored database names is there."""
	for url, is_private in restored.server.rows(
		f"select distinct file_url, is_private from `{restored.database}`.`tabFile`"
		" where is_folder = 0 and (file_url like '/files/%' or file_url like '/private/files/%')"
	):
		below = url.lstrip("/") if is_private or url.startswith("/private") else f"public{url}"
		if not (restored.folder / below).exists():
			said.fail(f"{_(inventory.MISSING_FILE)}: {below}")
	said.leave_open(_("The set has no manifest: the files have nothing to be compared with."))


def _open_secret(restored: Restored, said: Said) -> None:
	"""One encrypted value, with the key of the set's own configuration: what a restore elsewhere would have."""
	kept, present = restored.source.config().get("encryption_key"), frappe.conf.get("encryption_key")
	row = _encrypted(restored)
	if not row:
		said.leave_open(_("The backup holds no encrypted value: the key has nothing to open."))
		return
	keys = filter(None, dict.fromkeys((kept, present)))
	restored.key = next((key for key in keys if _opens(key, row[3], restored.manifest)), "")
	if not restored.key:
		said.fail(f"{_(SECRET)}: {' '.join(map(str, row[:3]))}")
	elif restored.key != kept:
		said.fail(_("Only the site's present key opens it: the one in the set does not."))
	elif kept != present:
		said.note(_("The site's present key is another one: a restore takes the one in the set."))


def _encrypted(restored: Restored) -> tuple[Any, ...] | None:
	"""(doctype, name, fieldname, password) of the value that the manifest names, else of the first one there."""
	secret = restored.manifest.secret if restored.manifest else None
	wanted = "and (doctype, name, fieldname) = (%s, %s, %s)" if secret else ""
	rows = restored.server.rows(
		f"select doctype, name, fieldname, password from `{restored.database}`.`__Auth`"
		f" where encrypted = 1 {wanted} order by doctype, name, fieldname limit 1",
		(secret.doctype, secret.name, secret.fieldname) if secret else (),
	)
	return rows[0] if rows else None


def _opens(key: str, encrypted: str, manifest: Inventory | None) -> bool:
	"""Whether a key opens a value, and finds there what was there when the set was taken."""
	try:
		opened = Fernet(key.encode()).decrypt(encrypted.encode()).decode()
	except (InvalidToken, ValueError):
		return False
	return manifest is None or not inventory.differences(manifest, decrypted=opened)


def _report(found: list[Difference], said: Said) -> None:
	for row in found[:_SHOWN]:
		has_values = row.expected and row.found and row.kind != CONTENT
		values = f" ({row.expected} / {row.found})" if has_values else ""
		said.fail(f"{_(row.kind)}: {row.where}{values}")
	if len(found) > _SHOWN:
		said.fail(_("and {0} more.").format(len(found) - _SHOWN))
