"""The promises as they stand now, in a few figures for the workspace. What takes time is kept for a minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import frappe
from frappe import _

from ...adapters.policy import promises
from ...adapters.site.formatting import duration_phrase, minutes_phrase
from ...adapters.site.instants import from_site
from ...adapters.site.now import utc_now
from ...domain.backups.sets import KEPT
from ..availability import availability
from ..backups import days, observe
from ..evidence import provider_changes
from ..restores import verdict
from . import monthly_statement
from .print_view import month_phrase

_CACHE = "codigo_binario_support:today"
_SECONDS = 60
#: Days of backups that the workspace sums up.
DAYS = 30


def backup_age() -> str:
	age = _kept("backup_age", lambda: _age())
	if age is None:
		return _("None promised")
	return duration_phrase(age) if age >= 0 else _("None yet")


def last_drill() -> str:
	rows = frappe.get_all(
		"Restore Drill",
		filters={"sequence": (">", 0)},
		fields=["started_at", *verdict.READ],
		order_by="started_at desc",
		limit=1,
	)
	if not rows:
		return _("None yet")
	past = (utc_now() - from_site(rows[0].started_at)).days
	return _("{0} in {1}, {2} days ago").format(
		_(verdict.verdict_of(rows[0])), duration_phrase(rows[0].elapsed_seconds or 0), past
	)


def budget_left() -> str:
	found = _kept("budget_left", availability.month_so_far)
	if found is None:
		return _("None promised")
	if not found["observed_up_minutes"] and not found["unplanned_minutes"]:
		# A whole budget would read as a month without an outage; nobody looked.
		return _("Not measured")
	return _("{0} of {1}").format(
		minutes_phrase(found["budget_left_minutes"]), minutes_phrase(found["budget_minutes"])
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


def _age() -> int | None:
	"""Seconds since the newest verified backup; -1 when there is none, None when none is promised."""
	age = observe.current_age()
	if age is None:
		return None
	return -1 if age.seconds is None else age.seconds


def _kept(key: str, find: Callable[[], Any]) -> Any:
	"""What was found within the last minute; the answer alone is kept, its words are each reader's."""
	found = frappe.cache.get_value(f"{_CACHE}:{key}")
	if found is None:
		found = [find()]
		frappe.cache.set_value(f"{_CACHE}:{key}", found, expires_in_sec=_SECONDS)
	return found[0]


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
		filters={"incident_class": "Unplanned", "opened_at": (">=", first)},
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
