"""What a site held when its backup was taken, written beside the set as `<set_key>-manifest.json`, and compared after a restore.

The dump is one consistent snapshot that starts somewhere between two looks at the tables. A table that looked the same
before and after is *exact*: after a restore it must be the same, to the row. One that changed meanwhile is a *range*.
The same holds for files: one that nobody touched while the archives were written is exact.

The file is canonical JSON (sorted keys, UTF-8, one object, a line feed at the end):

	format          1
	site            name of the site
	set_key         `20261123_101530-erp_mx`, as in `domain.backups`
	taken_at_utc    ISO 8601, when the run began; `finished_at_utc` when its last file was whole
	apps            {app: version}
	server          version of the database server: checksums of tables compare only within one
	tables          {table: {rows, newest, newest_name, checksum}, each [before, after]}
	files           {"public/files/a.png": {size, sha256, is_exact}}; the path is that below the site's folder
	secret          {doctype, name, fieldname, salt, digest} or null

`newest` is the newest `modified` (site time, to the microsecond) or null for a table without that column; `checksum` is
MariaDB's CHECKSUM TABLE, a sum over the rows in any order. `digest` is the HMAC-SHA-256 of a decrypted password: the
wrong encryption key shows, and the secret does not.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ..errors import SupportError

FORMAT = 1
_OTHER_FORMAT = (
	"The manifest has the format {found}, this version reads {known}: use the version that wrote it."
)
#: What a table that changed during the dump may differ by besides, or a hundredth of it.
_MARGIN_ROWS = 50

#: Without these, or without a row in them, no site works: present and not empty in every backup.
_KEYS = "DefaultValue", "DocField", "DocPerm", "DocType", "Has Role", "Module Def", "Role", "Singles", "User"
KEY_TABLES = ("__Auth", *(f"tab{doctype}" for doctype in _KEYS))

#: Every way in which what was restored may differ from what was backed up, the worst first.
_TABLES = MISSING_TABLE, EXTRA_TABLE = "Missing table", "Table that was not there"
_ROWS = ROWS, NEWEST, CONTENT = "Other number of rows", "Other newest row", "Altered content"
_FILES = MISSING_FILE, EXTRA_FILE, FILE_CONTENT = "Missing file", "File that was not there", "Altered file"
SECRET = "Secret that the key does not open"
DIFFERENCES = (*_TABLES, *_ROWS, *_FILES, SECRET)


class InventoryError(SupportError):
	"""A manifest that cannot be read."""


class TableReading(NamedTuple):
	"""A table at one moment, as in the manifest. `newest` is text, `YYYY-MM-DD HH:MM:SS.ffffff`; empty when the table has no `modified`."""

	rows: int
	newest: str = ""
	newest_name: str = ""
	checksum: int | None = None


class Table(NamedTuple):
	"""A table before and after the dump."""

	before: TableReading
	after: TableReading

	@property
	def is_exact(self) -> bool:
		"""Nobody wrote into it while the dump was taken, as far as rows, newest row and content can tell."""
		return self.before == self.after

	@property
	def rows_between(self) -> tuple[int, int]:
		"""How many rows the dump may have, both ends included: rows may come and go between the two looks."""
		low, high = sorted((self.before.rows, self.after.rows))
		margin = 0 if self.is_exact else max(_MARGIN_ROWS, high // 100)
		return max(low - margin, 0), high + margin


class StoredFile(NamedTuple):
	"""An uploaded file. Not exact: it came, went or changed while the archives were written."""

	size_bytes: int
	sha256: str
	is_exact: bool = True


class Secret(NamedTuple):
	"""Where one encrypted password lies, and the salted digest of what it says."""

	doctype: str
	name: str
	fieldname: str
	salt: str
	digest: str

	def matches(self, decrypted: str) -> bool:
		return hmac.compare_digest(self.digest, secret_digest(decrypted, self.salt))


@dataclass(frozen=True, slots=True)
class Inventory:
	"""Everything that a restore of this backup must bring back."""

	site: str
	set_key: str
	taken_at: datetime
	finished_at: datetime
	tables: Mapping[str, Table]
	files: Mapping[str, StoredFile]
	secret: Secret | None = None
	apps: Mapping[str, str] = field(default_factory=dict)
	server: str = ""


class Difference(NamedTuple):
	"""One thing that a restore did not bring back as it was. `where` is a table, a file or a field."""

	kind: str
	where: str
	expected: str = ""
	found: str = ""


def manifest_name(set_key: str) -> str:
	"""
	>>> manifest_name("20261123_101530-erp_mx")
	'20261123_101530-erp_mx-manifest.json'
	"""
	return f"{set_key}-manifest.json"


def secret_digest(decrypted: str, salt: str) -> str:
	"""HMAC-SHA-256 of a decrypted password, in hexadecimal: it shows a wrong key and not the secret."""
	return hmac.new(salt.encode(), decrypted.encode(), hashlib.sha256).hexdigest()


def joined(before: Mapping[str, TableReading], after: Mapping[str, TableReading]) -> dict[str, Table]:
	"""Two looks at a database as tables. One that came or went between them is left out: the dump may have it or not."""
	return {name: Table(before[name], after[name]) for name in sorted(before.keys() & after.keys())}


def serialize(inventory: Inventory) -> bytes:
	"""The manifest as it is written; the same inventory gives the same bytes, and so the same hash."""
	files = {
		path: {"size": file.size_bytes, "sha256": file.sha256, "is_exact": file.is_exact}
		for path, file in inventory.files.items()
	}
	content = {
		"format": FORMAT,
		"site": inventory.site,
		"set_key": inventory.set_key,
		"taken_at_utc": _text(inventory.taken_at),
		"finished_at_utc": _text(inventory.finished_at),
		"apps": dict(inventory.apps),
		"server": inventory.server,
		"tables": {name: _table_values(table) for name, table in inventory.tables.items()},
		"files": files,
		"secret": inventory.secret and inventory.secret._asdict(),
	}
	text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
	# A file's name may hold bytes that are no UTF-8: they come back as they were.
	return text.encode("utf-8", "surrogateescape") + b"\n"


def parse(content: bytes) -> Inventory:
	"""The manifest as values. Raises `InventoryError` for anything that `serialize` did not write."""
	try:
		data = json.loads(content.decode("utf-8", "surrogateescape"))
		if data["format"] != FORMAT:
			raise InventoryError(_OTHER_FORMAT, found=data["format"], known=FORMAT)
		files = {
			path: StoredFile(row["size"], row["sha256"], row["is_exact"])
			for path, row in data["files"].items()
		}
		return Inventory(
			site=data["site"],
			set_key=data["set_key"],
			taken_at=instant(data["taken_at_utc"]),
			finished_at=instant(data["finished_at_utc"]),
			tables={name: _table(row) for name, row in data["tables"].items()},
			files=files,
			secret=Secret(**data["secret"]) if data["secret"] else None,
			apps=data["apps"],
			server=data["server"],
		)
	except InventoryError:
		raise
	except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
		raise InventoryError("The manifest cannot be read: {reason}.", reason=repr(error)) from None


def differences(
	expected: Inventory,
	tables: Mapping[str, TableReading] | None = None,
	files: Mapping[str, StoredFile] | None = None,
	decrypted: str | None = None,
	server: str = "",
) -> list[Difference]:
	"""What was restored against the manifest, worst kinds first. Give only what was looked at: None is not compared.

	`tables` is one look at the restored database, `files` what lies in the restored folders, `decrypted` the secret as
	the restored key opens it (an empty string when it does not). Checksums count only on the same server version.
	"""
	found: list[Difference] = []
	if tables is not None:
		found += _table_differences(expected.tables, tables, compares_content=expected.server == server)
	if files is not None:
		found += _file_differences(expected.files, files)
	if decrypted is not None and expected.secret and not expected.secret.matches(decrypted):
		secret = expected.secret
		found.append(Difference(SECRET, f"{secret.doctype} {secret.name} {secret.fieldname}"))
	return sorted(found, key=lambda row: (DIFFERENCES.index(row.kind), row.where))


def _table_differences(
	expected: Mapping[str, Table], found: Mapping[str, TableReading], compares_content: bool
) -> Iterable[Difference]:
	for name in expected.keys() - found.keys():
		yield Difference(MISSING_TABLE, name, str(expected[name].after.rows), "")
	for name in found.keys() - expected.keys():
		yield Difference(EXTRA_TABLE, name, "", str(found[name].rows))
	for name in expected.keys() & found.keys():
		table, look = expected[name], found[name]
		low, high = table.rows_between
		if not low <= look.rows <= high:
			yield Difference(ROWS, name, str(low) if low == high else f"{low} - {high}", str(look.rows))
		elif look.newest > max(table.before.newest, table.after.newest):
			yield Difference(NEWEST, name, table.after.newest, look.newest)
		elif table.is_exact and look.newest < table.after.newest:
			yield Difference(NEWEST, name, table.after.newest, look.newest)
		elif table.is_exact and compares_content and None not in (table.after.checksum, look.checksum):
			if table.after.checksum != look.checksum:
				yield Difference(CONTENT, name, str(table.after.checksum), str(look.checksum))


def _file_differences(
	expected: Mapping[str, StoredFile], found: Mapping[str, StoredFile]
) -> Iterable[Difference]:
	for path in expected.keys() - found.keys():
		if expected[path].is_exact:
			yield Difference(MISSING_FILE, path, expected[path].sha256, "")
	for path in found.keys() - expected.keys():
		yield Difference(EXTRA_FILE, path, "", found[path].sha256)
	for path in expected.keys() & found.keys():
		before, after = expected[path], found[path]
		if before.is_exact and (before.size_bytes, before.sha256) != (after.size_bytes, after.sha256):
			yield Difference(FILE_CONTENT, path, before.sha256, after.sha256)


def _table_values(table: Table) -> dict[str, Any]:
	values = {key: [getattr(look, key) for look in table] for key in TableReading._fields}
	return {**values, "newest": [newest or None for newest in values["newest"]]}


def _table(row: Mapping[str, Any]) -> Table:
	looks = zip(*(row[key] for key in TableReading._fields), strict=True)
	before, after = (TableReading(rows, newest or "", name, sum_) for rows, newest, name, sum_ in looks)
	return Table(before, after)


def _text(at: datetime) -> str:
	return at.astimezone(timezone.utc).isoformat(timespec="seconds")


def instant(text: str) -> datetime:
	"""An aware instant as ISO 8601. Raises `ValueError`."""
	at = datetime.fromisoformat(text)
	if at.tzinfo is None:
		raise ValueError(f"{text} has no time zone")
	return at
