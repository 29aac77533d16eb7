"""Incidents and the statement of a month."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import frappe
from frappe import _

from ..adapters import promises
from ..adapters.errors import throw
from ..adapters.instants import from_site, to_text
from ..adapters.now import utc_now
from ..domain import availability
from ..domain.availability import AvailabilityError, Incident, Statement, month_span, seconds_of, statement

INCIDENT = promises.INCIDENT
STATEMENT = "Availability Statement"
#: What is known of a month before it is over.
_RUNNING = (
	"percent_at_most",
	"percent_at_least",
	"unplanned_minutes",
	"planned_minutes",
	"customer_minutes",
	"observed_up_minutes",
	"unknown_minutes",
)


def check_incident(doc: Any) -> None:
	"""Times that can be, and the minutes once it is closed."""
	now, opened, closed = utc_now(), from_site(doc.opened_at), from_site(doc.closed_at)
	if opened > now or (closed and closed > now):
		frappe.throw(_("An incident cannot open or close in the future."))
	if closed and closed <= opened:
		frappe.throw(_("The incident must close after it opens."))
	if closed and doc.incident_class != availability.UNKNOWN and not (doc.cause or "").strip():
		frappe.throw(_("Write the cause before closing the incident, or leave its class unknown."))
	if len({row.support_request for row in doc.requests}) < len(doc.requests):
		frappe.throw(_("A request stands twice: keep one."))
	doc.state = "Closed" if closed else "Ongoing"
	doc.minutes = seconds_of(opened, closed) / 60 if closed else 0
	doc.closed_by = frappe.session.user if closed else None


def account(doc: Any) -> None:
	"""Fill a new statement from the incidents of its month; the person gives the month and nothing else."""
	promised, zone = promises.commitment("availability"), promises.zone()
	if promised is None or promised.target_percent is None:
		frappe.throw(_("The policy in force promises no availability: there is nothing to state."))
	now = utc_now()
	try:
		start, end = month_span((doc.month or "").strip(), zone)
	except AvailabilityError as error:
		throw(error)
	if end > now:
		frappe.throw(_("{0} is not over: its statement can be made from {1}.").format(doc.month, end.date()))
	rows = promises.incidents(start, end)
	# No samples are taken yet: what no incident covers is unknown.
	found = statement(start, end, rows, promised.target_percent)
	doc.update(
		{
			"month": start.strftime("%Y-%m"),
			"time_zone": str(zone),
			"issued_at_utc": to_text(now),
			"target_percent": promised.target_percent,
			**_figures(found),
			"incidents": [_row(row, start, end) for row in rows],
		}
	)


def state_month(month: str) -> Any:
	"""A new statement of a month, `2026-11`."""
	return frappe.get_doc({"doctype": STATEMENT, "month": month}).insert()


def month_so_far() -> dict[str, Any] | None:
	"""The running month of the policy's zone, up to now; None when the policy in force promises no availability.

	Keys: `month` (2026-11), `from_utc` and `to_utc` (ISO text), `target_percent`, `budget_minutes` (of the whole month),
	`budget_left_minutes` (below zero once it is overdrawn), `unplanned_minutes`, `planned_minutes`, `customer_minutes`,
	`observed_up_minutes`, `unknown_minutes` (all up to now), `percent_at_most`, `percent_at_least` (of the time up to now),
	`open_incidents` (names), and `is_broken`: more than the budget is used for certain. Nothing is claimed of the rest of
	the month, so there is no verdict of kept.
	"""
	now, zone = utc_now(), promises.zone()
	return _running(now.astimezone(zone).strftime("%Y-%m"), now)


def _running(month: str, now: datetime) -> dict[str, Any] | None:
	promised, zone = promises.commitment("availability"), promises.zone()
	if promised is None or promised.target_percent is None:
		return None
	start, end = month_span(month, zone)
	until = min(end, now.replace(microsecond=0))
	rows = promises.incidents(start, until)
	found = statement(start, until, rows, promised.target_percent)
	budget = availability.budget_seconds(start, end, promised.target_percent)
	figures = _figures(found)
	return {
		"month": month,
		"from_utc": to_text(start),
		"to_utc": to_text(until),
		"target_percent": promised.target_percent,
		"is_broken": found.down_seconds > budget,
		"open_incidents": [row.name for row in rows if row.closed_at is None],
		**{key: figures[key] for key in _RUNNING},
		"budget_minutes": float(budget / 60),
		"budget_left_minutes": float((budget - found.down_seconds) / 60),
	}


def _figures(found: Statement) -> dict[str, Any]:
	doubtful = found.down_seconds + found.seconds[availability.PLANNED] + found.unknown_seconds
	return {
		"state": found.state,
		"percent_at_most": float(found.percent_at_most),
		"percent_at_least": float(found.percent_at_least),
		"formula_at_most": _formula(found, found.down_seconds, found.percent_at_most),
		"formula_at_least": _formula(found, doubtful, found.percent_at_least),
		"total_minutes": found.total_seconds / 60,
		"budget_minutes": float(found.budget_seconds / 60),
		"budget_left_minutes": float(found.budget_left_seconds / 60),
		"unplanned_minutes": found.seconds[availability.UNPLANNED] / 60,
		"planned_minutes": found.seconds[availability.PLANNED] / 60,
		"customer_minutes": found.seconds[availability.CUSTOMER_CAUSED] / 60,
		"observed_up_minutes": found.observed_up_seconds / 60,
		"unknown_minutes": found.unknown_seconds / 60,
	}


def _formula(found: Statement, against_seconds: int, percent: Fraction) -> str:
	"""The division as it is done, in figures that need no language."""
	total, against = found.total_seconds / 60, against_seconds / 60
	return f"({total:,.2f} − {against:,.2f}) ÷ {total:,.2f} × 100 = {float(percent):.4f} %"


def _row(row: Incident, start: datetime, end: datetime) -> dict[str, Any]:
	opened, closed = row.within(start, end)
	return {
		"incident": row.name,
		"incident_class": row.kind,
		"from_utc": to_text(opened),
		"to_utc": to_text(closed),
		"minutes": seconds_of(opened, closed) / 60,
	}
