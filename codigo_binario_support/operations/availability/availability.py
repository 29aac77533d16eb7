"""Incidents and the statement of a month."""

from datetime import datetime, timedelta
from typing import Any, TypedDict, cast

import frappe
from frappe import _
from frappe.utils import flt

from ...adapters.availability import samples
from ...adapters.policy import promises
from ...adapters.site.errors import refusing
from ...adapters.site.instants import from_site, to_text, utc_now
from ...domain.availability import availability
from ...domain.availability.availability import Incident, Statement, epochs, month_span, seconds_of
from . import heartbeats, incidents

INCIDENT = promises.INCIDENT
STATEMENT = "Availability Statement"
#: Parts of a month that make a new statement of it when they are not the same any more.
_COMPARED = [f"{part}_minutes" for part in ("unplanned", "planned", "announced", "customer", "unknown")]
#: What the probes saw of an incident.
_MEASURED: tuple[str, ...] = ("down_from_utc", "down_until_utc", "is_back", "maintenance_window")
_MEASURED += ("probes", "failing_samples", "errors", "first_sample", "last_sample")


def check_incident(doc: Any) -> None:
	"""Times that can be, and the minutes once it is closed. What was measured is the probes', what it means is people's."""
	if not doc.flags.measured:
		if not doc.opened_at:
			return  # Frappe refuses it after this, and names the field.
		_store_measured(doc)
		_check_correction(doc)
		_check_times(doc)
	if len({row.support_request for row in doc.requests}) < len(doc.requests):
		frappe.throw(_("A request stands twice: keep one."))
	opened, closed = from_site(doc.opened_at), from_site(doc.closed_at)
	doc.state = availability.CLOSED if closed else availability.ONGOING
	doc.minutes = seconds_of(opened, closed) / 60 if closed else 0
	doc.closed_by = frappe.session.user if closed and not doc.flags.measured else None


def _store_measured(doc: Any) -> None:
	"""Nobody writes what the probes saw; who judges an incident anew takes it over from the one that is judged."""
	is_correction = doc.is_new() and doc.corrects
	origin = frappe.get_doc(INCIDENT, doc.corrects) if is_correction else doc.get_doc_before_save()
	is_measured = bool(origin) and origin.source == availability.SAMPLES
	doc.source = availability.SAMPLES if is_measured else availability.PEOPLE
	doc.update({key: origin.get(key) if is_measured else None for key in _MEASURED})
	if not is_measured:
		return
	doc.update({"opened_at": origin.opened_at, "closed_at": origin.closed_at})
	if doc.incident_class == availability.PLANNED and not doc.maintenance_window:
		frappe.throw(_("It does not lie in maintenance that was announced in time: it cannot be planned."))
	if doc.incident_class == availability.NO_OUTAGE:
		frappe.throw(_("The probes saw it. If they were wrong, choose Unknown and write why."))


def _check_correction(doc: Any) -> None:
	if not doc.corrects and doc.incident_class == availability.NO_OUTAGE:
		frappe.throw(_("Name the incident that this one takes the place of."))
	if not doc.corrects or not doc.is_new():
		return
	if frappe.db.get_value(INCIDENT, doc.corrects, "state") != availability.CLOSED:
		frappe.throw(_("{0} is still open: correct it there.").format(doc.corrects))
	if other := frappe.db.get_value(INCIDENT, {"corrects": doc.corrects}):
		frappe.throw(_("{0} takes its place already: correct that one.").format(other))
	if not doc.closed_at:
		text = _("What takes the place of a closed incident is closed too: write when the service was back.")
		frappe.throw(text)


def _check_times(doc: Any) -> None:
	now, opened, closed = utc_now(), from_site(doc.opened_at), from_site(doc.closed_at)
	if max(opened, closed or opened) > now:
		frappe.throw(_("An incident cannot open or close in the future."))
	if closed and closed <= opened:
		frappe.throw(_("The incident must close after it opens."))
	if closed and doc.incident_class != availability.UNKNOWN and not (doc.cause or "").strip():
		frappe.throw(_("Write the cause before closing the incident, or leave its class unknown."))


def account(doc: Any) -> None:
	"""Fill a new statement from the incidents of its month; the person gives the month and nothing else."""
	target, zone, now = _target_percent(), promises.zone(), utc_now()
	if target is None:
		frappe.throw(_("The policy in force promises no availability: there is nothing to state."))
	with refusing():
		start, end = month_span((doc.month or "").strip(), zone)
	if end > now:
		frappe.throw(_("{0} is not over: its statement can be made from {1}.").format(doc.month, end.date()))
	incidents.follow_from(int(start.timestamp()))
	found, rows = _statement_of(start, end, target)
	month = start.strftime("%Y-%m")
	before, restore = last_statement(month), promises.commitment("restore")
	values = {
		"month": month,
		"version": (before.version or 1) + 1 if before else 1,
		"supersedes": before.name if before else None,
		"time_zone": str(zone),
		"issued_at_utc": to_text(now),
		"target_percent": target,
		# What one restoration may take as promised; 0 when none is promised.
		"restore_minutes": ((restore and restore.target_seconds) or 0) / 60,
		"inside_minutes": heartbeats.lived_seconds(start, end) / 60,
		**_figures(found),
		"incidents": [_row(row, start, end) for row in rows],
	}
	doc.update(values)


def last_statement(month: str) -> Any | None:
	"""The name and the figures of the statement of a month that no other supersedes; None when none was made."""
	fields = ["name", "version", "state", *_COMPARED]
	return frappe.db.get_value(STATEMENT, {"month": month}, fields, as_dict=True, order_by="sequence desc")


def state_last_month() -> Any | None:
	"""The statement of last month if there is none, or if samples and incidents say something else by now."""
	target = _target_percent()
	first_day = utc_now().astimezone(promises.zone()).replace(day=1)
	month = (first_day - timedelta(days=1)).strftime("%Y-%m")
	return None if target is None or _current(month, target) else state_month(month)


def up_to_date(month: str) -> Any | None:
	"""The statement of a month that says what is known now, made if there is none; None when no availability is promised."""
	target = _target_percent()
	if target is None:
		return None
	name = _current(month, target)
	return frappe.get_doc(STATEMENT, name) if name else state_month(month)


def _current(month: str, target_percent: float) -> str | None:
	"""The name of the last statement of a month, if samples and incidents still say the same."""
	before = last_statement(month)
	if not before:
		return None
	figures = _figures(_statement_of(*month_span(month, promises.zone()), target_percent)[0])
	is_moved = any(abs(flt(before.get(key)) - figures[key]) >= 0.001 for key in _COMPARED)
	return None if is_moved else before.name


def _target_percent() -> float | None:
	promised = promises.commitment("availability")
	return promised.target_percent if promised else None


def _statement_of(start: datetime, end: datetime, target_percent: float) -> tuple[Statement, list[Incident]]:
	rows = promises.incidents(start, end)
	seen = samples.seen_between(*epochs(start, end))
	announced = promises.maintenance(start, end)
	return availability.statement(start, end, rows, target_percent, seen, announced), rows


def state_month(month: str) -> Any:
	"""A new statement of a month, `2026-11`."""
	return frappe.get_doc({"doctype": STATEMENT, "month": month}).insert()


class MonthSoFar(TypedDict):
	"""The running month (`2026-11`) up to now, `from_utc` as ISO text. Nothing is claimed of the rest of the month, so there
	is no verdict of kept: `is_broken` once more than the budget is used for certain. `open_incidents` are names.
	"""

	month: str
	from_utc: str
	is_broken: bool
	open_incidents: list[str]
	unplanned_minutes: float
	customer_minutes: float
	observed_up_minutes: float
	unknown_minutes: float
	#: Of the whole month; what is left is below zero once it is overdrawn.
	budget_minutes: float
	budget_left_minutes: float


def month_so_far() -> MonthSoFar | None:
	"""The running month of the policy's zone, up to now; None when the policy in force promises no availability."""
	now, zone, target = utc_now(), promises.zone(), _target_percent()
	if target is None:
		return None
	month = now.astimezone(zone).strftime("%Y-%m")
	start, end = month_span(month, zone)
	found, rows = _statement_of(start, now.replace(microsecond=0), target)
	budget = availability.budget_seconds(start, end, target)
	return {
		"month": month,
		"from_utc": to_text(start),
		"is_broken": found.down_seconds > budget,
		"open_incidents": [row.name for row in rows if row.is_open or row.closed_at is None],
		"unplanned_minutes": found.down_seconds / 60,
		"customer_minutes": found.seconds[availability.CUSTOMER_CAUSED] / 60,
		"observed_up_minutes": found.observed_up_seconds / 60,
		"unknown_minutes": found.unknown_seconds / 60,
		"budget_minutes": float(budget / 60),
		"budget_left_minutes": float((budget - found.down_seconds) / 60),
	}


def _figures(found: Statement) -> dict[str, Any]:
	at_most, at_least = float(found.percent_at_most), float(found.percent_at_least)
	return {
		"state": found.state,
		"percent_at_most": at_most,
		"percent_at_least": at_least,
		"formula_at_most": _formula(found, found.down_seconds, at_most),
		"formula_at_least": _formula(found, found.doubtful_seconds, at_least),
		"total_minutes": found.total_seconds / 60,
		"budget_minutes": float(found.budget_seconds / 60),
		"budget_used_minutes": found.down_seconds / 60,
		"budget_left_minutes": float(found.budget_left_seconds / 60),
		"unplanned_minutes": found.down_seconds / 60,
		"planned_minutes": found.seconds[availability.PLANNED] / 60,
		"announced_minutes": found.announced_seconds / 60,
		"customer_minutes": found.seconds[availability.CUSTOMER_CAUSED] / 60,
		"observed_up_minutes": found.observed_up_seconds / 60,
		"partial_minutes": found.partial_seconds / 60,
		"unknown_minutes": found.unknown_seconds / 60,
		"coverage_percent": 100 * (1 - found.unknown_seconds / (found.total_seconds or 1)),
	}


def _formula(found: Statement, against_seconds: int, percent: float) -> str:
	"""The division as it is done, in figures that need no language."""
	total, against = found.total_seconds / 60, against_seconds / 60
	return f"({total:,.2f} − {against:,.2f}) ÷ {total:,.2f} × 100 = {percent:.4f} %"


def _row(row: Incident, start: datetime, end: datetime) -> dict[str, Any]:
	# Only incidents of the month have a row in its statement.
	opened, closed = cast(availability.Span, row.within(start, end))
	return {
		"incident": row.name,
		"incident_class": row.kind,
		"from_utc": to_text(opened),
		"to_utc": to_text(closed),
		"minutes": seconds_of(opened, closed) / 60,
	}
