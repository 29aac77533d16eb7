"""The promises as they stand now, in a few figures for the workspace."""

from datetime import timedelta
from typing import Any

import frappe
from frappe import _

from ...adapters.policy import promises
from ...adapters.site.formatting import duration_phrase, minutes_phrase
from ...adapters.site.instants import from_site
from ...adapters.site.now import utc_now
from ...domain.availability.availability import UNPLANNED
from ...domain.verdicts import KEPT
from ..backups import days
from ..evidence import provider_changes
from . import monthly_statement
from .print_view import month_phrase
from .promise_status import promise_status

#: Days of backups that the workspace sums up.
DAYS = 30


def backup_age() -> str:
	status = promise_status()
	if "backup" not in status.promised:
		return _("None promised")
	age_seconds = status.backup_age_seconds
	return _("None yet") if age_seconds is None else duration_phrase(age_seconds)


def last_drill() -> str:
	drill = promise_status().drill
	if drill is None:
		return _("None yet")
	return _("{0} in {1}, {2} days ago").format(
		_(drill.verdict), duration_phrase(drill.elapsed_seconds), (utc_now() - drill.started_at).days
	)


def budget_left() -> str:
	status = promise_status()
	if status.month is None:
		return _("None promised")
	if not status.is_measured and not status.month["unplanned_minutes"]:
		# A whole budget would read as a month without an outage; nobody looked.
		return _("Not measured")
	return _("{0} of {1}").format(
		minutes_phrase(status.month["budget_left_minutes"]), minutes_phrase(status.month["budget_minutes"])
	)


def days_kept() -> str:
	"""Of the days that are recorded among the last thirty, the last row of each."""
	states = list(backup_states().values())
	if not states:
		return _("None recorded")
	return _("{0} of {1}").format(sum(state == KEPT for state in states), len(states))


def last_statement() -> str:
	"""The newest that the user may see."""
	rows = frappe.get_list(
		monthly_statement.DOCTYPE, fields=["month", "state"], order_by="month desc, version desc", limit=1
	)
	return f"{month_phrase(rows[0].month, is_short=True)}: {_(rows[0].state)}" if rows else _("None yet")


def backup_states() -> dict[Any, str]:
	"""Day -> state of the days recorded among the last thirty, oldest first."""
	first = utc_now().astimezone(promises.zone()).date() - timedelta(days=DAYS)
	rows = frappe.get_all(
		days.DOCTYPE,
		filters=[["day", ">=", first], ["sequence", ">", 0]],
		fields=["day", "state"],
		order_by="day asc, sequence asc",
	)
	return {row.day: row.state for row in rows}


def days_of_promises() -> list[dict[str, Any]]:
	"""The last thirty days that are over, oldest first: `day`, `backup`, `incidents`, `outage_minutes`, `changes`.

	Outages are the unplanned incidents that began on the day, with all their minutes.
	"""
	zone = promises.zone()
	last = utc_now().astimezone(zone).date()
	first = last - timedelta(days=DAYS)
	backup_of, change_of = backup_states(), _changes(first)
	begun: dict[Any, list[float]] = {}
	for row in frappe.get_all(
		promises.INCIDENT,
		filters={"incident_class": UNPLANNED, "opened_at": (">=", first)},
		fields=["opened_at", "minutes"],
		order_by="opened_at asc",
	):
		begun.setdefault(from_site(row.opened_at).astimezone(zone).date(), []).append(row.minutes or 0)
	return [
		{
			"day": day,
			"backup": backup_of.get(day, ""),
			"incidents": len(begun.get(day, ())),
			"outage_minutes": sum(begun.get(day, ())),
			"changes": change_of.get(day, ""),
		}
		for day in (first + timedelta(days=number) for number in range(DAYS))
	]


def _changes(first: Any) -> dict[Any, str]:
	rows = frappe.get_all(
		provider_changes.DOCTYPE,
		filters=[["day", ">=", first], ["sequence", ">", 0]],
		fields=["day", "state"],
		order_by="day asc, sequence asc",
	)
	return {row.day: row.state for row in rows}
