"""A row for every day that is over, with or without a backup: absence is written down as surely as presence.

Days are those of the policy's calendar, from the day on which the app began to watch; of that one only a set is known. What is learned later (a key that opens
an old set, a set that turned out to be damaged) is a row of its own, and the last row of a day counts.
"""

from datetime import date, datetime, timedelta
from typing import Any

import frappe

from ...adapters.backups.settings import backup_settings, watch_from
from ...adapters.policy import promises
from ...adapters.site.instants import as_date, from_text, to_text, utc_now
from ...adapters.site.record_rows import insert_record
from ...domain.backups.runs import FAILED
from ...domain.backups.sets import DayVerdict, days, is_known
from . import run

DOCTYPE = "Backup Day"
#: A set of the last minutes of a day must have been read before the day is judged.
GRACE = timedelta(hours=2)
#: So far back a verdict is looked at again.
REVISED_DAYS = 7
_MOST_DAYS = 400


def write() -> list[Any]:
	"""Write the rows that are missing, and those that changed within the last days; returns them, oldest first."""
	if promises.commitment("backup") is None:
		return []
	zone, now = promises.zone(), utc_now()
	since = backup_settings().watched_since
	if since is None:
		watch_from(now.astimezone(zone).date())
		return []
	last = (now - GRACE).astimezone(zone).date() - timedelta(days=1)
	first = max(since, last - timedelta(days=_MOST_DAYS))
	if last < first:
		return []
	recent, fields = {"day": (">=", first)}, ["day", "state", "sets", "revision"]
	rows = frappe.get_all(DOCTYPE, filters=recent, fields=fields, order_by="sequence asc")
	last_rows = {as_date(row.day): row for row in rows}
	records = promises.verified_records()
	made = []
	for row in days(first, last, [at for at, _name in records], zone, promises.backup_seconds()):
		before = last_rows.get(row.day)
		if before is None and not is_known(row, since):
			continue
		is_recent = row.day > last - timedelta(days=REVISED_DAYS)
		if before is None or (is_recent and (before.state, before.sets) != (row.state, row.sets)):
			made.append(_row(row, records, (before.revision if before else 0) + 1, now))
	return made


def _row(row: DayVerdict, records: list[tuple[datetime, str]], revision: int, now: datetime) -> Any:
	zone, gap = promises.zone(), row.gap
	of_day = [name for at, name in sorted(records) if at.astimezone(zone).date() == row.day]
	values = {
		"day": row.day,
		"state": row.state,
		"sets": row.sets,
		"newest_record": of_day[-1] if of_day else None,
		"failed_runs": _failed_runs(row.day),
		"gap_seconds": gap.seconds if gap else 0,
		"gap_since_utc": to_text(gap.since) if gap else "",
		"gap_until_utc": to_text(gap.until) if gap and gap.until else "",
		"target_seconds": promises.backup_seconds(),
		"time_zone": zone.key,
		"revision": revision,
	}
	return insert_record(DOCTYPE, values, written_at=now)


def _failed_runs(day: date) -> int:
	zone, around = promises.zone(), ("between", (day - timedelta(days=2), day + timedelta(days=2)))
	failed = {"state": FAILED, "started_at": around}
	rows = frappe.get_all(run.DOCTYPE, filters=failed, pluck="started_at_utc", order_by="sequence asc")
	return sum(from_text(at).astimezone(zone).date() == day for at in rows)
