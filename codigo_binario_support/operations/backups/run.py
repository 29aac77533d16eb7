"""Making a complete set: room first, manifest before and after, read to its end while nobody can take it for a set.

Whoever calls holds the lock, commits, and then calls `record_result`. A run leaves a Backup Run whether it made a set or not; the
sets before it are never touched.
"""

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import frappe
from frappe import _

from ...adapters.backups import dumps, expectations
from ...adapters.backups import inventory as site
from ...adapters.backups.archives import read_file
from ...adapters.backups.settings import backup_settings
from ...adapters.restores.unpacking import free_bytes
from ...adapters.site.instants import from_site, to_text, utc_now
from ...adapters.site.record_rows import insert_record
from ...domain.backups import inventory, runs, verification
from ...domain.backups.inventory import Inventory
from ...domain.backups.runs import MakingError
from ...domain.backups.sets import VERIFIED, SetReading, parse_name, whole
from . import observe

DOCTYPE = "Backup Run"


def is_due(now: datetime | None = None) -> bool:
	"""The policy promises backups, the settings let this site make them, and the newest verified set is old enough."""
	settings, age = backup_settings(), observe.current_age(now)
	if not settings.makes_backups or age is None:
		return False
	return runs.is_due(now or utc_now(), age.taken_at, min(settings.every_seconds, age.target_seconds - 3600))


def prepare() -> list[Any]:
	"""Before a run, and committed before it: the secret that the dump must have, and what runs left behind that died.

	Whole sets are recorded, the rest is cleared and named. Returns the new documents.
	"""
	site.create_canary()
	folder = backup_settings().folder
	made = []
	for set_key, note in dumps.finish_dead_runs(folder):
		names = observe.sets_in(folder).get(set_key, [])
		seen = {"fingerprint": observe.fingerprint(folder, names)}
		if names and not frappe.db.exists(observe.DOCTYPE, seen):
			reading = observe.read(folder, names)
			made.append(observe.record(folder, names, reading, **note))
		dumps.clear_ready_mark(folder, set_key)
	for set_key in dumps.clear_dead_runs(folder):
		# A dumper that outlived its run may write once more: that run is down already.
		if frappe.db.exists(DOCTYPE, {"problem": runs.KILLED, "found": set_key}):
			continue
		parsed = parse_name(f"{set_key}-database.sql.gz")
		started_at = from_site(parsed.taken_at) if parsed else utc_now()
		error = MakingError(runs.KILLED, set_key)
		made.append(_run(started_at, error, {"origin": "", "triggered_by": ""}))
	return made


def make(origin: str, triggered_by: str = "") -> Any:
	"""Make a set now; returns the Backup Run, which names the record of the set or what went wrong."""
	settings, started_at = backup_settings(), utc_now()
	settings.folder.mkdir(parents=True, exist_ok=True)
	asked = {"origin": origin, "triggered_by": triggered_by}
	figures: dict[str, Any] = {**asked}
	try:
		figures["backup_record"] = _make(settings.folder, asked, figures).name
	except MakingError as error:
		return _run(started_at, error, figures)
	return _run(started_at, None, figures)


def note_failure(origin: str, triggered_by: str, error_log: str) -> Any:
	"""The Backup Run of a run that ended in an error nobody foresaw."""
	error = MakingError(runs.UNFORESEEN, error_log)
	return _run(utc_now(), error, {"origin": origin, "triggered_by": triggered_by})


def record_result(run: Any) -> None:
	"""After the commit: what said that the set was not recorded yet may go."""
	if run.backup_record:
		set_key = frappe.db.get_value(observe.DOCTYPE, run.backup_record, "set_key")
		dumps.clear_ready_mark(backup_settings().folder, set_key)


def check_settings(doc: Any) -> None:
	"""Settings with which the promise could not be kept are refused when they are saved."""
	if doc.makes_backups and not 1 <= (doc.backup_every_hours or 0) <= 23:
		frappe.throw(_("A new backup must be due after 1 to 23 hours: the promise is one every 24."))
	if doc.expires_sets and (doc.keep_daily or 0) < 1:
		frappe.throw(_("Keep the sets of at least one day."))
	if min(doc.keep_weekly or 0, doc.keep_monthly or 0) < 0:
		frappe.throw(_("A number of weeks or months is not negative."))
	if doc.backup_folder and not Path(doc.backup_folder).is_absolute():
		frappe.throw(_("Write the folder of the backups as an absolute path."))
	if doc.offsite_enabled and not doc.offsite_bucket:
		frappe.throw(_("Name the bucket that backups are copied to."))


def _make(folder: Path, asked: dict[str, str], figures: dict[str, Any]) -> Any:
	place = Path(frappe.get_site_path()).resolve()
	uploads = site.uploads(place)
	_require_room(folder, uploads, figures)
	began, started_at = time.monotonic(), utc_now()
	with site.snapshot() as run:
		before, server = site.read_tables(run, frappe.conf.db_name), site.server(run)
	hidden = dumps.generate(folder)
	try:
		with site.snapshot() as run:
			after = site.read_tables(run, frappe.conf.db_name)
		held = Inventory(
			site=frappe.local.site,
			set_key=hidden.set_key,
			taken_at=started_at,
			finished_at=utc_now(),
			tables=inventory.joined(before, after),
			files=site.stored(place, uploads),
			secret=site.secret(),
			apps=site.versions(),
			server=server,
		)
		dumps.write_manifest(hidden, inventory.serialize(held))
		figures["making_seconds"] = round(time.monotonic() - began, 3)
		began = time.monotonic()
		reading = _read(hidden, held)
		figures["verifying_seconds"] = round(time.monotonic() - began, 3)
		figures["size_bytes"] = reading.size_bytes
		if reading.verdict != VERIFIED:
			wrong = [f"{row.kind}: {row.problem} ({row.found})" for row in reading.files if row.problem]
			raise MakingError(runs.NOT_VERIFIED, "; ".join(wrong))
		dumps.publish(hidden, asked)
	except BaseException:
		dumps.discard(hidden)
		raise
	names = [name for name in hidden.names if (folder / name.name).exists()]
	names.sort(key=lambda name: name.name)
	return observe.record(folder, names, reading, **asked)


def _read(hidden: dumps.Hidden, held: Inventory) -> SetReading:
	"""The hidden files read to their end, under the names that they will have."""
	passphrase = frappe.conf.get("backup_encryption_key")
	rows = []
	for name in hidden.names:
		found = read_file(hidden.folder, replace(name, name=hidden.path(name.name).name), passphrase)
		rows.append(replace(found, name=name.name))
	latest = expectations.latest(hidden.names[0].taken_at)
	expected = verification.of_manifest(held, latest, dumps.is_encryption_wanted())
	return verification.assess_set(whole(rows), expected)


def _require_room(folder: Path, uploads: dict[str, tuple[int, int]], figures: dict[str, Any]) -> None:
	archived = [
		sum(size for path, (size, _written) in uploads.items() if path.startswith(start))
		for start in ("public/", "private/")
	]
	last = next(iter(expectations.verified_bytes(1)), {})
	needed = runs.needed_bytes(last, dumps.database_bytes(), archived, dumps.is_encryption_wanted())
	free = free_bytes(folder)
	figures.update(needed_bytes=needed, free_bytes=free)
	if free < needed:
		raise MakingError(runs.TOO_LITTLE_DISK, f"{needed >> 20} MiB needed, {free >> 20} MiB free: {folder}")


def _run(started_at: datetime, error: MakingError | None, values: dict[str, Any]) -> Any:
	is_killed = error is not None and error.problem == runs.KILLED
	# When a run was killed is not known.
	finished_at = started_at if is_killed else utc_now()
	ended = {
		"finished_at_utc": to_text(finished_at),
		"elapsed_seconds": round((finished_at - started_at).total_seconds()),
		"state": runs.FAILED if error else runs.MADE,
		"problem": error.problem if error else "",
		"found": error.values["found"] if error else "",
	}
	return insert_record(DOCTYPE, {**values, **ended}, started_at=started_at)
