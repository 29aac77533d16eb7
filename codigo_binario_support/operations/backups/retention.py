"""Old sets go by policy, each with a row that says so before its files go; the record of the set stays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import frappe

from ...adapters.backups import dumps
from ...adapters.backups.settings import backup_settings
from ...adapters.policy import promises
from ...adapters.site.instants import from_site, utc_now
from ...adapters.site.record_rows import insert_record
from ...domain.backups.inventory import manifest_name
from ...domain.backups.retention import StoredSet, kept
from ...domain.backups.runs import ELSEWHERE
from ...domain.backups.sets import VERIFIED, BackupName
from . import observe

DOCTYPE = "Backup Removal"


def decide() -> tuple[dict[str, str], list[list[BackupName]]]:
	"""({set key: why it stays}, sets that go, oldest first) of the backup folder as it is now."""
	settings = backup_settings()
	folder = settings.folder
	there = observe.sets_in(folder)
	sets = {key: names for key, names in there.items() if not dumps.is_being_made(folder, key)}
	stored = [_stored(folder, names) for names in sets.values()]
	reasons = kept(stored, settings.retention, utc_now(), promises.zone())
	return reasons, [names for key, names in sets.items() if key not in reasons]


def announce(names: Sequence[BackupName], sets_left: int) -> Any:
	"""The row that says that these files go. It is committed before they do."""
	folder, set_key = backup_settings().folder, names[0].set_key
	files = [path for path in _files(folder, names) if path.exists()]
	values = {
		"backup_record": _last_record(set_key).name,
		"set_key": set_key,
		"taken_at": names[0].taken_at,
		"location": str(folder),
		"size_bytes": sum(path.stat().st_size for path in files),
		"files": "\n".join(path.name for path in files),
		"sets_left": sets_left,
	}
	return insert_record(DOCTYPE, values, removed_at=utc_now())


def remove(names: Sequence[BackupName]) -> None:
	for path in _files(backup_settings().folder, names):
		path.unlink(missing_ok=True)


def _files(folder: Path, names: Sequence[BackupName]) -> list[Path]:
	return [folder / name for name in (*(name.name for name in names), manifest_name(names[0].set_key))]


def _stored(folder: Path, names: Sequence[BackupName]) -> StoredSet:
	"""Verified is only what lies there as it was verified: not a set that somebody wrote into since."""
	record = _last_record(names[0].set_key)
	is_same = record is not None and record.fingerprint == observe.fingerprint(folder, names)
	return StoredSet(
		key=names[0].set_key,
		taken_at=from_site(names[0].taken_at),
		is_verified=bool(is_same and record.verdict == VERIFIED and record.is_complete),
		is_recorded=is_same,
		is_foreign=record is None or (record.origin or ELSEWHERE) == ELSEWHERE,
	)


def _last_record(set_key: str) -> Any:
	of_set, fields = {"set_key": set_key}, ["name", "verdict", "is_complete", "fingerprint", "origin"]
	return frappe.db.get_value(observe.DOCTYPE, of_set, fields, as_dict=True, order_by="sequence desc")
