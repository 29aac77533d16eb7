"""Backups, whoever made them: every set that lies in the backup folder is read once and leaves a record.

A set is looked at once it has been left alone for a while; one whose files change later leaves a second record, and the
last look counts. Records outlive the files.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import frappe

from ...adapters.backups import dumps, expectations
from ...adapters.backups.archives import read_file
from ...adapters.backups.settings import backup_settings
from ...adapters.policy import promises
from ...adapters.site.instants import from_site, to_site, to_text
from ...adapters.site.now import utc_now
from ...domain.backups import inventory, verification
from ...domain.backups.inventory import Inventory, InventoryError, manifest_name
from ...domain.backups.runs import ELSEWHERE
from ...domain.backups.sets import (
	DATABASE,
	Age,
	BackupName,
	DayVerdict,
	SetReading,
	age,
	days,
	is_known,
	sets_of,
	whole,
)
from ...domain.backups.verification import Expected

DOCTYPE = promises.BACKUP
#: A set whose files changed more recently may still be in the making.
SETTLE_SECONDS = 600


def observe(folder: str | Path | None = None, settle_seconds: int = SETTLE_SECONDS) -> list[Any]:
	"""Read what is new in the backup folder (default: the site's) and record it; returns the new records, oldest first."""
	return list(each(folder, settle_seconds))


def each(folder: str | Path | None = None, settle_seconds: int = SETTLE_SECONDS) -> Iterator[Any]:
	"""The same, one after the other: a record locks the end of its chain, and the next set may take an hour to read."""
	place = Path(folder).resolve() if folder else backup_settings().folder
	for names in sets_in(place):
		if _is_settling(place, names, settle_seconds) or dumps.is_being_made(place, names[0].set_key):
			continue
		mark = fingerprint(place, names)
		if mark and not frappe.db.exists(DOCTYPE, {"fingerprint": mark}):
			yield record(place, names, read(place, names), ELSEWHERE, "")


def sets_in(place: Path) -> Iterator[list[BackupName]]:
	"""The sets of this site in a folder, oldest first. A folder may be shared: other sites' sets are no evidence here."""
	site = frappe.local.site.replace(".", "_")
	for names in sets_of(path.name for path in place.glob("*") if path.is_file()).values():
		if names[0].site == site:
			yield names


def read(place: Path, names: Sequence[BackupName]) -> SetReading:
	"""A set read to its end, and compared with its manifest, or with the site where it has none."""
	return verification.assess_set(_reading(place, names), _expected(place, names[0]))


def record(
	place: Path, names: Sequence[BackupName], reading: SetReading, origin: str, triggered_by: str
) -> Any:
	"""Put down a set as it was read."""
	taken_at, now = from_site(names[0].taken_at), utc_now()
	return frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"taken_at": to_site(taken_at),
			"taken_at_utc": to_text(taken_at),
			"observed_at": to_site(now).replace(microsecond=0),
			"observed_at_utc": to_text(now),
			"origin": origin,
			"triggered_by": triggered_by,
			"set_key": names[0].set_key,
			"location": str(place),
			"fingerprint": fingerprint(place, names),
			"manifest_sha256": _manifest_sha256(place, names[0].set_key),
			"frappe_version": frappe.__version__,
			"erpnext_version": frappe.get_attr("erpnext.__version__"),
			**_values(reading),
		}
	).insert(
		ignore_permissions=True
	)  # No role may create one: it is made here, from the files, or not at all.


def current_age(now: datetime | None = None) -> Age | None:
	"""The promise of a backup every 24 hours, now; None when the policy in force promises none."""
	promised = promises.commitment("backup")
	if promised is None or promised.target_seconds is None:
		return None
	return age(now or utc_now(), promises.verified_backups(), promised.target_seconds)


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
	found = days(first, last, promises.verified_backups(), zone, promises.backup_seconds())
	return [row for row in found if is_known(row, since)]


def fingerprint(place: Path, names: Sequence[BackupName]) -> str:
	"""Changes when a file of the set comes, goes or is written; empty when the set has gone meanwhile."""
	stats = _stats(place, names)
	rows = [(name.name, *found) for name, found in zip(names, stats, strict=True) if found]
	if len(rows) < len(names):
		return ""
	return hashlib.sha256(repr((str(place), rows)).encode()).hexdigest()


def _reading(place: Path, names: Sequence[BackupName]) -> SetReading:
	passphrase = frappe.conf.get("backup_encryption_key")
	return whole(read_file(place, name, passphrase) for name in names)


def _expected(place: Path, name: BackupName) -> Expected:
	found = manifest(place, name.set_key)
	if found is None:
		return expectations.of_site(name.taken_at, name.set_key)
	return verification.of_manifest(found, expectations.latest(name.taken_at))


def manifest(place: Path, set_key: str) -> Inventory | None:
	"""The manifest beside a set; None when there is none of this set that can be read."""
	try:
		found = inventory.parse((place / manifest_name(set_key)).read_bytes())
	except (FileNotFoundError, InventoryError):
		return None
	return found if found.set_key == set_key else None


def _manifest_sha256(place: Path, set_key: str) -> str:
	try:
		return hashlib.sha256((place / manifest_name(set_key)).read_bytes()).hexdigest()
	except FileNotFoundError:
		return ""


def _values(reading: SetReading) -> dict[str, Any]:
	dump = next((row for row in reading.files if row.kind == DATABASE), None)
	return {
		"verdict": reading.verdict,
		"problem": reading.problem,
		"is_complete": int(reading.is_complete),
		"encryption": reading.encryption,
		"size_bytes": reading.size_bytes,
		"tool": dump.tool if dump else "",
		"dump_version": dump.frappe_version if dump else "",
		"files": [
			{
				"kind": row.kind,
				"file_name": row.name,
				"size_bytes": row.size_bytes,
				"entries": row.entries,
				"is_encrypted": int(row.is_encrypted),
				"problem": row.problem,
				"nature": row.nature,
				"found": row.found,
				"sha256": row.sha256,
			}
			for row in reading.files
		],
	}


def _is_settling(place: Path, names: Sequence[BackupName], settle_seconds: int) -> bool:
	limit = utc_now().timestamp() - settle_seconds
	return any(found is not None and found[1] > limit for found in _stats(place, names))


def _stats(place: Path, names: Sequence[BackupName]) -> list[tuple[int, float] | None]:
	"""(bytes, last written) of each file; None for one that was deleted since the folder was listed."""
	found: list[tuple[int, float] | None] = []
	for name in names:
		try:
			stat = (place / name.name).stat()
			found.append((stat.st_size, stat.st_mtime))
		except FileNotFoundError:
			found.append(None)
	return found
