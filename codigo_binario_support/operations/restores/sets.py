"""The set that is restored: which one, where its files lie, what its record and its manifest say of it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils.backups import get_backup_path

from ...adapters.backups.archives import read_json
from ...adapters.backups.settings import backup_settings
from ...adapters.policy import promises
from ...adapters.policy.promises import BACKUP
from ...adapters.restores import unpacking
from ...adapters.site.instants import from_site, from_text
from ...domain.backups.inventory import Inventory, manifest_name, parse
from ...domain.backups.sets import CONFIG, KINDS, UNREADABLE, VERIFIED, BackupName, Damaged
from ..backups import observe


class NoSet(frappe.ValidationError):
	"""There is nothing to restore; the text says what to do."""


@dataclass(frozen=True)
class BackupSet:
	"""A set on disk. `record` is the name of its Backup Record, `sha256` what was recorded for each file."""

	key: str
	folder: Path
	taken_at: datetime
	files: dict[str, BackupName]
	record: str | None = None
	sha256: dict[str, str] = field(default_factory=dict)
	manifest_sha256: str = ""

	def path(self, kind: str) -> Path:
		return self.folder / self.files[kind].name

	def plain(self, kind: str) -> AbstractContextManager[BinaryIO]:
		"""The bytes of a file, decrypted with the site's key when it is encrypted. Raises `Damaged`."""
		return unpacking.plain(self.path(kind), frappe.conf.get("backup_encryption_key"))

	@property
	def missing(self) -> list[str]:
		return [kind for kind in KINDS if kind not in self.files or not self.path(kind).exists()]

	@property
	def size_bytes(self) -> int:
		return sum(self.path(kind).stat().st_size for kind in self.files if self.path(kind).exists())

	@property
	def manifest_path(self) -> Path:
		return self.folder / manifest_name(self.key)

	def manifest(self) -> Inventory | None:
		"""What was there when the set was taken; None for a set of somebody else's making. Raises `InventoryError`."""
		return parse(self.manifest_path.read_bytes()) if self.manifest_path.exists() else None

	def config(self) -> dict[str, Any]:
		"""The site's configuration as it was: Frappe leaves it plain, whatever its name says. Raises `Damaged`."""
		with self.plain(CONFIG) as stream:
			found = read_json(stream)
		if not isinstance(found, dict):
			raise Damaged(UNREADABLE, "a configuration that is no JSON object")
		return found


def choose(key: str | None = None, folder: str | Path | None = None) -> BackupSet:
	"""The newest verified and complete set whose files are still there, or the one that is named. Raises `NoSet`."""
	return named(key, folder) if key or folder else newest()


def newest() -> BackupSet:
	for row in _latest_records().values():
		if row.verdict == VERIFIED and row.is_complete:
			found = _on_disk(row.set_key, Path(row.location), row)
			if found and not found.missing:
				return found
	said = _(
		"There is no verified and complete backup set on this disk. Bring one into {0} and run bench --site {1} support observe-backups --now, or name one."
	)
	raise NoSet(said.format(backup_settings().folder, frappe.local.site))


def named(key: str | None, folder: str | Path | None = None) -> BackupSet:
	"""A set by its key (`20261123_101530-erp_mx`; the time alone will do), read and recorded first if nobody has seen it."""
	place = Path(folder or backup_settings().folder).resolve()
	there, records = observe.in_folder(place), _latest_records()
	keys = _of_this_site(there, key)
	if not keys and key in records and not folder:
		place = Path(records[key].location)
		keys = [key] if key in observe.in_folder(place) else []
	if not keys:
		said = _("{0} has no backup set {1} of this site. There are: {2}")
		raise NoSet(said.format(place, key or "", ", ".join(there) or _("none")))
	found = keys[-1]
	if found not in records or records[found].location != str(place):
		observe.observe(place, settle_seconds=0)
		records = _latest_records()
	return cast(BackupSet, _on_disk(found, place, records.get(found)))


def on_disk_only(key: str | None, folder: str | Path | None = None) -> BackupSet:
	"""A set without the help of any record: for a site whose database does not answer. The newest with all its files."""
	# The settings are in the database that does not answer: `backup_path` of the configuration is all that is known.
	place = Path(folder or get_backup_path()).resolve()
	there = observe.in_folder(place)
	for name in reversed(_of_this_site(there, key)):
		taken_at = there[name][0].taken_at.replace(tzinfo=ZoneInfo(promises.shipped().time_zone))
		found = BackupSet(name, place, taken_at, {row.kind: row for row in there[name]})
		if not found.missing:
			manifest = found.manifest()
			return replace(found, taken_at=manifest.taken_at) if manifest else found
	said = _("{0} has no complete backup set of this site. Where is it? Name its folder with --folder.")
	raise NoSet(said.format(place))


def at(key: str, folder: Path, taken_at: datetime, has_records: bool) -> BackupSet:
	"""A set that was chosen before, as it lies on the disk now. Raises `NoSet` when it is gone."""
	record = _latest_records().get(key) if has_records else None
	found = _on_disk(key, folder, record, taken_at)
	if found is None:
		raise NoSet(_("The backup set {0} is not in {1} any more: bring it back.").format(key, folder))
	return found


def _latest_records() -> dict[str, Any]:
	"""The last look at each set, newest set first."""
	fields = ["name", "set_key", "verdict", "is_complete", "location", "taken_at_utc", "manifest_sha256"]
	rows = frappe.get_all(BACKUP, fields=fields, order_by="sequence asc")
	latest = {row.set_key: row for row in rows if row.taken_at_utc}
	return dict(sorted(latest.items(), key=lambda item: item[1].taken_at_utc, reverse=True))


def _of_this_site(there: dict[str, list[BackupName]], key: str | None) -> list[str]:
	"""Keys of this site that begin so, oldest first."""
	slug = frappe.local.site.replace(".", "_")
	return [name for name in there if there[name][0].site == slug and name.startswith(key or "")]


def _on_disk(key: str, place: Path, record: Any, taken_at: datetime | None = None) -> BackupSet | None:
	names = observe.in_folder(place).get(key)
	if not names:
		return None
	files = {name.kind: name for name in names}
	if not record:
		return BackupSet(key, place, taken_at or from_site(names[0].taken_at), files)
	recorded = frappe.get_all(
		"Backup Record File",
		filters={"parent": record.name, "sha256": ("is", "set")},
		fields=["file_name", "sha256"],
		order_by="idx asc",
		as_list=True,
	)
	taken_at = taken_at or from_text(record.taken_at_utc)
	return BackupSet(key, place, taken_at, files, record.name, dict(recorded), record.manifest_sha256 or "")
