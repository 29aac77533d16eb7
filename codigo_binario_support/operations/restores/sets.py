"""The set that is restored: which one, where its files lie, what its record and its manifest say of it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils.backups import get_backup_path

from ...adapters.backups.settings import backup_settings
from ...adapters.policy import promises
from ...adapters.policy.promises import BACKUP
from ...adapters.restores.unpacking import plain
from ...adapters.site.instants import from_site, from_text
from ...domain.backups.inventory import Inventory, manifest_name, parse
from ...domain.backups.sets import (
	CONFIG,
	KINDS,
	TRUNCATED,
	UNREADABLE,
	VERIFIED,
	BackupName,
	Damaged,
	sets_of,
)
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
	verdict: str | None = None
	sha256: dict[str, str] = field(default_factory=dict)
	manifest_sha256: str = ""

	def path(self, kind: str) -> Path:
		return self.folder / self.files[kind].name

	@property
	def missing(self) -> list[str]:
		return [kind for kind in KINDS if kind not in self.files or not self.path(kind).exists()]

	@property
	def size_bytes(self) -> int:
		return sum(self.path(kind).stat().st_size for kind in self.files if self.path(kind).exists())

	def manifest(self) -> Inventory | None:
		"""What was there when the set was taken; None for a set of somebody else's making. Raises `InventoryError`."""
		path = self.folder / manifest_name(self.key)
		return parse(path.read_bytes()) if path.exists() else None

	def config(self) -> dict[str, Any]:
		"""The site's configuration as it was: Frappe leaves it plain, whatever its name says. Raises `Damaged`."""
		with plain(self.path(CONFIG), frappe.conf.get("backup_encryption_key")) as stream:
			try:
				found = json.loads(stream.read())
			except (ValueError, RecursionError):
				raise Damaged(TRUNCATED, "not one whole JSON object") from None
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
	raise NoSet(
		_(
			"There is no verified and complete backup set on this disk. Bring one into {0} and run bench --site {1} support observe-backups --now, or name one."
		).format(backup_settings().folder, frappe.local.site)
	)


def named(key: str | None, folder: str | Path | None = None) -> BackupSet:
	"""A set by its key (`20261123_101530-erp_mx`; the time alone will do), read and recorded first if nobody has seen it."""
	place = Path(folder or backup_settings().folder).resolve()
	there = sets_of(path.name for path in place.glob("*") if path.is_file())
	slug = frappe.local.site.replace(".", "_")
	keys = [name for name in there if there[name][0].site == slug and (not key or name.startswith(key))]
	records = _latest_records()
	if not keys and key in records and not folder:
		place = Path(records[key].location)
		keys = [key] if _on_disk(key, place, None) else []
	if not keys:
		raise NoSet(
			_("{0} has no backup set {1} of this site. There are: {2}").format(
				place, key or "", ", ".join(there) or _("none")
			)
		)
	found = keys[-1]
	if found not in records or records[found].location != str(place):
		observe.observe(place, settle_seconds=0)
		records = _latest_records()
	return cast(BackupSet, _on_disk(found, place, records.get(found)))


def on_disk_only(key: str | None, folder: str | Path | None = None) -> BackupSet:
	"""A set without the help of any record: for a site whose database does not answer. The newest with all its files."""
	# The settings are in the database that does not answer: `backup_path` of the configuration is all that is known.
	place = Path(folder or get_backup_path()).resolve()
	slug = frappe.local.site.replace(".", "_")
	there = sets_of(path.name for path in place.glob("*") if path.is_file())
	for name in reversed(there):
		if there[name][0].site == slug and name.startswith(key or ""):
			manifest = place / manifest_name(name)
			taken_at = (
				parse(manifest.read_bytes()).taken_at
				if manifest.exists()
				else there[name][0].taken_at.replace(tzinfo=ZoneInfo(promises.shipped().time_zone))
			)
			found = BackupSet(name, place, taken_at, {row.kind: row for row in there[name]})
			if not found.missing:
				return found
	raise NoSet(
		_("{0} has no complete backup set of this site. Where is it? Name its folder with --folder.").format(
			place
		)
	)


def at(key: str, folder: Path, taken_at: datetime, has_records: bool) -> BackupSet:
	"""A set that was chosen before, as it lies on the disk now. Raises `NoSet` when it is gone."""
	record = _latest_records().get(key) if has_records else None
	found = _on_disk(key, folder, record, taken_at)
	if found is None:
		raise NoSet(_("The backup set {0} is not in {1} any more: bring it back.").format(key, folder))
	return found


def _latest_records() -> dict[str, Any]:
	"""The last look at each set, newest set first."""
	rows = frappe.get_all(
		BACKUP,
		fields=["name", "set_key", "verdict", "is_complete", "location", "taken_at_utc", "manifest_sha256"],
		order_by="sequence asc",
	)
	latest = {row.set_key: row for row in rows if row.taken_at_utc}
	return dict(sorted(latest.items(), key=lambda item: item[1].taken_at_utc, reverse=True))


def _on_disk(key: str, place: Path, record: Any, taken_at: datetime | None = None) -> BackupSet | None:
	names = sets_of(path.name for path in place.glob(f"{key}*") if path.is_file()).get(key)
	if not names:
		return None
	recorded = (
		frappe.get_all(
			"Backup Record File",
			filters={"parent": record.name},
			fields=["file_name", "sha256"],
			order_by="idx asc",
		)
		if record
		else []
	)
	return BackupSet(
		key=key,
		folder=place,
		taken_at=taken_at or (from_text(record.taken_at_utc) if record else from_site(names[0].taken_at)),
		files={name.kind: name for name in names},
		record=record.name if record else None,
		verdict=record.verdict if record else None,
		sha256={row.file_name: row.sha256 for row in recorded if row.sha256},
		manifest_sha256=(record.manifest_sha256 or "") if record else "",
	)
