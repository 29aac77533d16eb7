"""Backups, whoever made them: every set that lies in the backup folder is read once and leaves a record.

A set is looked at once it has been left alone for a while; one whose files change later leaves a second record, and the
last look counts. Records outlive the files.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import frappe

from ...adapters.backups import dumps, expectations
from ...adapters.backups.archives import read_file
from ...adapters.backups.settings import backup_settings
from ...adapters.policy import promises
from ...adapters.site.instants import from_site, to_site, utc_now
from ...adapters.site.record_rows import insert_record
from ...domain.backups import inventory, sets, verification
from ...domain.backups.inventory import InventoryError, manifest_name
from ...domain.backups.runs import ELSEWHERE
from ...domain.backups.sets import Age, BackupName, DayVerdict, SetReading

DOCTYPE = promises.BACKUP
#: A set whose files changed more recently may still be in the making.
SETTLE_SECONDS = 600
#: What a record and its rows say in the words of the reading.
_OF_SET = "verdict", "problem", "encryption", "size_bytes"
_OF_FILE = "kind", "size_bytes", "entries", "problem", "nature", "found", "sha256"


def observe(folder: str | Path | None = None, settle_seconds: int = SETTLE_SECONDS) -> list[Any]:
	"""Read what is new in the backup folder (default: the site's) and record it; returns the new records, oldest first."""
	return list(each(folder, settle_seconds))


def each(folder: str | Path | None = None, settle_seconds: int = SETTLE_SECONDS) -> Iterator[Any]:
	"""The same, one after the other: a record locks the end of its chain, and the next set may take an hour to read."""
	place = Path(folder).resolve() if folder else backup_settings().folder
	for set_key, names in sets_in(place).items():
		settled_at = utc_now().timestamp() - settle_seconds
		is_settling = any(written > settled_at for *_file, written in _stats(place, names))
		if is_settling or dumps.is_being_made(place, set_key):
			continue
		mark = fingerprint(place, names)
		if mark and not frappe.db.exists(DOCTYPE, {"fingerprint": mark}):
			yield record(place, names, read(place, names), ELSEWHERE, "")


def in_folder(place: Path) -> dict[str, list[BackupName]]:
	"""The sets in a folder by their keys, oldest first, whoever's they are."""
	return sets.sets_of(path.name for path in place.glob("*") if path.is_file())


def sets_in(place: Path) -> dict[str, list[BackupName]]:
	"""Those of this site. A folder may be shared: other sites' sets are no evidence here."""
	site = frappe.local.site.replace(".", "_")
	return {set_key: names for set_key, names in in_folder(place).items() if names[0].site == site}


def read(place: Path, names: Sequence[BackupName]) -> SetReading:
	"""A set read to its end, and compared with its manifest, or with the site where it has none."""
	passphrase = frappe.conf.get("backup_encryption_key")
	reading = sets.whole(read_file(place, name, passphrase) for name in names)
	taken_at, set_key = names[0].taken_at, names[0].set_key
	try:
		manifest = inventory.parse(_manifest(place, set_key) or b"")
	except InventoryError:
		manifest = None
	if manifest and manifest.set_key == set_key:
		expected = verification.of_manifest(manifest, expectations.latest(taken_at))
	else:
		expected = expectations.of_site(taken_at, set_key)
	return verification.assess_set(reading, expected)


def record(
	place: Path, names: Sequence[BackupName], reading: SetReading, origin: str, triggered_by: str
) -> Any:
	"""Put down a set as it was read."""
	dump, manifest = reading.files[0], _manifest(place, names[0].set_key)
	values = {
		"origin": origin,
		"triggered_by": triggered_by,
		"set_key": names[0].set_key,
		"location": str(place),
		"fingerprint": fingerprint(place, names),
		"manifest_sha256": hashlib.sha256(manifest).hexdigest() if manifest is not None else "",
		"frappe_version": frappe.__version__,
		"erpnext_version": frappe.get_attr("erpnext.__version__"),
		**{field: getattr(reading, field) for field in _OF_SET},
		"is_complete": int(reading.is_complete),
		"tool": dump.tool,
		"dump_version": dump.frappe_version,
		"files": [
			{field: getattr(row, field) for field in _OF_FILE}
			| {"file_name": row.name, "is_encrypted": int(row.is_encrypted)}
			for row in reading.files
		],
	}
	return insert_record(DOCTYPE, values, taken_at=from_site(names[0].taken_at), observed_at=utc_now())


def current_age(now: datetime | None = None) -> Age | None:
	"""The promise of a backup every 24 hours, now; None when the policy in force promises none."""
	promised = promises.commitment("backup")
	if promised is None or promised.target_seconds is None:
		return None
	return sets.age(now or utc_now(), promises.verified_backups(), promised.target_seconds)


def are_foreign_seen(days_back: int) -> bool:
	"""Somebody else makes sets in the same folder."""
	since = to_site(utc_now() - timedelta(days=days_back)).replace(microsecond=0)
	return bool(frappe.db.exists(DOCTYPE, {"origin": ELSEWHERE, "taken_at": (">", since)}))


def last_days(count: int) -> list[DayVerdict]:
	"""A verdict for each of the last days of the policy's calendar that are over and were watched: of others nothing is known."""
	zone, since = promises.zone(), backup_settings().watched_since
	if since is None:
		return []
	last = utc_now().astimezone(zone).date() - timedelta(days=1)
	first = max(last - timedelta(days=count - 1), since)
	found = sets.days(first, last, promises.verified_backups(), zone, promises.backup_seconds())
	return [row for row in found if sets.is_known(row, since)]


def fingerprint(place: Path, names: Sequence[BackupName]) -> str:
	"""Changes when a file of the set comes, goes or is written; empty when the set has gone meanwhile."""
	rows = _stats(place, names)
	if len(rows) < len(names):
		return ""
	return hashlib.sha256(repr((str(place), rows)).encode()).hexdigest()


def _manifest(place: Path, set_key: str) -> bytes | None:
	"""What lies beside a set as its manifest."""
	with suppress(FileNotFoundError):
		return (place / manifest_name(set_key)).read_bytes()
	return None


def _stats(place: Path, names: Sequence[BackupName]) -> list[tuple[str, int, float]]:
	"""(name, bytes, last written) of each file, without those that were deleted since the folder was listed."""
	found = []
	for name in names:
		with suppress(FileNotFoundError):
			stat = (place / name.name).stat()
			found.append((name.name, stat.st_size, stat.st_mtime))
	return found
