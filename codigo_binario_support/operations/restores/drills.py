"""A restore, rehearsed: the newest verified set into a scratch database and folder, compared, timed, and dropped again.

The site goes on meanwhile: nothing of it is written but the record. Scratches of drills that died are found by their
names and dropped by the next one.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import frappe
from frappe import _

from ...adapters.policy import promises
from ...adapters.restores import site_folder, unpacking
from ...adapters.restores.databases import Access, Server, new_name
from ...adapters.site.formatting import in_language
from ...adapters.site.instants import from_site, from_text, to_site, to_text, utc_now
from ...adapters.site.settings import promise_settings
from ...domain.backups.sets import VERIFIED
from ...domain.restores import databases
from ...domain.restores.drills import SCHEDULES, Forecast, forecast
from ...shipped import backup_words
from . import recovery
from . import verdict as judging
from .recovery import Restored
from .sets import BackupSet
from .steps import StepFailed, Steps, Tell, leave_record

DOCTYPE = "Restore Drill"


def carry_out(source: BackupSet, who: Access, tell: Tell | None = None, is_scheduled: bool = False) -> Any:
	"""Rehearse the restore of a set and leave its Restore Drill. What goes wrong is in the record, named."""
	found = promises.policy()
	with in_language(found.language if found else frappe.local.lang):
		started_at, steps = utc_now(), Steps(tell)
		name = new_name(databases.DRILL)
		# The site's disk, or another one by `support_scratch_folder` of the configuration.
		place = Path(frappe.conf.support_scratch_folder or site_folder.scratches()).resolve()
		with Server(who) as server:
			restored = Restored(source, server, name, place / name)
			problem = _rehearse(restored, steps)
		finished_at, size = utc_now(), source.size_bytes
		seconds = (finished_at - started_at).total_seconds()
		ahead = forecast_now() if problem else forecast_now(size, seconds)
		return leave_record(
			DOCTYPE,
			steps.rows,
			problem,
			backup_record=source.record,
			set_key=source.key,
			taken_at=to_site(source.taken_at),
			is_scheduled=int(is_scheduled),
			has_manifest=int(restored.manifest is not None),
			started_at=to_site(started_at),
			finished_at=to_site(finished_at),
			started_at_utc=to_text(started_at),
			set_bytes=size,
			database_bytes=restored.database_bytes,
			tables=len(restored.tables_of_dump),
			files=restored.files,
			forecast_state=ahead.state,
			forecast_months=round(ahead.months or 0, 1),
			forecast=forecast_phrase(ahead),
		)


def due(now: datetime) -> bool:
	"""Whether the setting asks for a drill now."""
	days, last = schedule_days(), last_drill()
	return bool(days) and (last is None or now - from_site(last.started_at) >= timedelta(days=days))


def schedule_days() -> int:
	"""Days between drills as the settings want them; 0: none run by themselves."""
	return SCHEDULES.get(promise_settings().drill_schedule or "", 0)


def last_drill() -> Any:
	fields = ["name", "started_at", *judging.READ]
	return frappe.db.get_value(DOCTYPE, {}, fields, as_dict=True, order_by="sequence desc")


def forecast_now(set_bytes: int = 0, seconds: float = 0) -> Forecast:
	"""When the promise will be out of reach, from the drills that came to their end and the sets that were recorded."""
	promised = promises.commitment("restore")
	ended, fields = {"set_bytes": (">", 0), "problem": ("is", "not set")}, ["set_bytes", "elapsed_seconds"]
	rows = frappe.get_all(DOCTYPE, filters=ended, fields=fields, order_by="sequence asc")
	drills = [(row.set_bytes, float(row.elapsed_seconds)) for row in rows]
	if set_bytes:
		drills.append((set_bytes, seconds))
	good = {"verdict": VERIFIED, "is_complete": 1, "taken_at_utc": ("is", "set")}
	fields = ["set_key", "taken_at_utc", "size_bytes"]
	looks = frappe.get_all(promises.BACKUP, filters=good, fields=fields, order_by="sequence asc")
	sets = {row.set_key: (from_text(row.taken_at_utc), row.size_bytes) for row in looks}
	return forecast(drills, sorted(sets.values()), promised.target_seconds if promised else None)


def forecast_phrase(found: Forecast) -> str:
	months = found.months or 0
	said = backup_words()["forecasts"]["Limit far ahead" if months >= 120 else found.state]
	return _(said).format(f"{months:.0f}")


def _rehearse(restored: Restored, steps: Steps) -> str:
	"""All steps up to the first that fails, and the cleaning in any case; returns what failed."""
	problem = ""
	try:
		_clear_leftovers(restored, steps)
		recovery.check_set(restored, steps)
		recovery.check_space(restored, steps)
		# What the archives hide is found before the hours that a load may take.
		recovery.unpack(restored, steps)
		with steps.step("create"):
			restored.password = restored.server.create(restored.database)
		recovery.load(restored, steps)
		recovery.compare(restored, steps)
	except StepFailed as error:
		problem = error.with_label
	finally:
		try:
			with steps.step("drop"):
				_drop(restored.server, restored.database, restored.folder)
		except StepFailed as error:
			problem = problem or error.with_label
	return problem


def _clear_leftovers(restored: Restored, steps: Steps) -> None:
	server, place = restored.server, restored.folder.parent
	with steps.step("leftovers") as said:
		server.hold(restored.database)
		for name in server.leftovers(databases.DRILL):
			_drop(server, name, place / name)
			said.note(_("A drill died before its end: its database {0} was dropped.").format(name))
		for folder in place.glob("cbsd_*"):
			if databases.parse_name(folder.name) and not server.is_held(folder.name):
				unpacking.remove_scratch(folder)


def _drop(server: Server, name: str, folder: Path) -> None:
	server.drop(name)
	unpacking.remove_scratch(folder)
