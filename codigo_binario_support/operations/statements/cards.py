"""The promises as they stand now, in a few figures for the workspace."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _

from ...adapters.evidence import chains
from ...adapters.policy import promises
from ...adapters.site.formatting import duration_phrase, minutes_phrase
from ...adapters.site.instants import from_site, utc_now
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
	text, days_ago = _("{0} in {1}, {2} days ago"), (utc_now() - drill.started_at).days
	return text.format(_(drill.verdict), duration_phrase(drill.elapsed_seconds), days_ago)


def budget_left() -> str:
	status = promise_status()
	if status.month is None:
		return _("None promised")
	if not status.is_measured and not status.month["unplanned_minutes"]:
		# A whole budget would read as a month without an outage; nobody looked.
		return _("Not measured")
	left, budget = status.month["budget_left_minutes"], status.month["budget_minutes"]
	return _("{0} of {1}").format(minutes_phrase(left), minutes_phrase(budget))


def days_kept() -> str:
	"""Of the days that are recorded among the last thirty, the last row of each."""
	states = list(_states(days.DOCTYPE, _today() - timedelta(days=DAYS)).values())
	if not states:
		return _("None recorded")
	return _("{0} of {1}").format(states.count(KEPT), len(states))


def last_statement() -> str:
	"""The newest that the user may see."""
	rows = frappe.get_list(
		monthly_statement.DOCTYPE, fields=["month", "state"], order_by="month desc, version desc", limit=1
	)
	return f"{month_phrase(rows[0].month, is_short=True)}: {_(rows[0].state)}" if rows else _("None yet")


def days_of_promises() -> list[dict[str, Any]]:
	"""The last thirty days that are over, oldest first: `day`, `backup`, `incidents`, `outage_minutes`, `changes`.

	Outages are the unplanned incidents that began on the day, with all their minutes.
	"""
	zone, first = promises.zone(), _today() - timedelta(days=DAYS)
	backup_of, change_of = _states(days.DOCTYPE, first), _states(provider_changes.DOCTYPE, first)
	begun: dict[date, list[float]] = defaultdict(list)
	unplanned, fields = {"incident_class": UNPLANNED, "opened_at": (">=", first)}, ["opened_at", "minutes"]
	for row in frappe.get_all(promises.INCIDENT, filters=unplanned, fields=fields, order_by="opened_at asc"):
		begun[from_site(row.opened_at).astimezone(zone).date()].append(row.minutes or 0)
	return [
		{
			"day": day,
			"backup": backup_of.get(day, ""),
			"incidents": len(begun[day]),
			"outage_minutes": sum(begun[day]),
			"changes": change_of.get(day, ""),
		}
		for day in (first + timedelta(days=number) for number in range(DAYS))
	]


def _today() -> date:
	return utc_now().astimezone(promises.zone()).date()


def _states(doctype: str, first: date) -> dict[date, str]:
	return {day: row.state for day, row in chains.last_of_days(doctype, first).items()}
