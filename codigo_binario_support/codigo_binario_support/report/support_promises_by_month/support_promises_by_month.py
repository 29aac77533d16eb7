"""The promises side by side, month by month: what was kept, what was not, and what nobody proved."""

from collections import Counter
from typing import Any

import frappe
from frappe import _

from codigo_binario_support.adapters.policy import promises
from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.adapters.site.instants import from_site
from codigo_binario_support.domain.verdicts import KEPT, NOT_PROVEN
from codigo_binario_support.reports import chart, column, number, summary

_COLORS = ("#29A36A", "#CB2929", "#98A1A9")


def execute(filters: dict[str, Any] | None = None) -> tuple:
	span = figures.months((filters or {}).get("period"))
	days, drills, availability = _days(span), _drills(span), _availability(span)
	restorations = _restorations(span) if frappe.has_permission("Support Request", "report") else {}
	data = [
		{
			"month": name,
			**days.get(name, _no_days()),
			"drills_kept": drills.get(name, Counter())[KEPT],
			"drills_other": drills.get(name, Counter()).total() - drills.get(name, Counter())[KEPT],
			"availability": _(availability[name].state) if name in availability else _(NOT_PROVEN),
			"percent": availability[name].percent_at_most if name in availability else None,
			**restorations.get(name, {"restorations": 0, "restorations_late": 0}),
		}
		for name in span.names
	]
	return _columns(), data, None, _chart(data), _summary(data)


def _columns() -> list[dict[str, Any]]:
	return [
		column("month", _("Month"), width=100),
		number("days_kept", _("Days with a backup")),
		number("days_broken", _("Days without")),
		column("availability", _("Availability"), width=130),
		column("percent", _("At most"), "Percent", 110, precision=4),
		number("restorations", _("Restorations promised")),
		number("restorations_late", _("Restorations late")),
		number("drills_kept", _("Drills in time")),
		number("drills_other", _("Other drills")),
	]


def _no_days() -> dict[str, int]:
	return {"days_kept": 0, "days_broken": 0}


def _days(span: figures.Months) -> dict[str, dict[str, int]]:
	"""Of a day that was judged more than once the last verdict counts."""
	last: dict[Any, str] = {}
	for row in frappe.get_list(
		"Backup Day",
		filters={"day": (">=", f"{span.names[0]}-01")},
		fields=["day", "state"],
		order_by="sequence asc",
		limit=0,
	):
		last[row.day] = row.state
	found: dict[str, dict[str, int]] = {}
	for day, state in last.items():
		counts = found.setdefault(f"{day:%Y-%m}", _no_days())
		counts["days_kept" if state == KEPT else "days_broken"] += 1
	return found


def _drills(span: figures.Months) -> dict[str, Counter]:
	found: dict[str, Counter] = {}
	for row in frappe.get_list(
		"Restore Drill",
		filters={"started_at": (">=", span.bounds[0])},
		fields=["started_at", "verdict"],
		order_by="started_at asc",
		limit=0,
	):
		found.setdefault(_month_of(row.started_at), Counter())[row.verdict] += 1
	return found


def _month_of(at: Any) -> str:
	return f"{from_site(at).astimezone(promises.zone()):%Y-%m}"


def _availability(span: figures.Months) -> dict[str, Any]:
	"""The last statement of each month."""
	rows = frappe.get_list(
		"Availability Statement",
		filters={"month": ("in", span.names)},
		fields=["month", "state", "percent_at_most"],
		order_by="sequence asc",
		limit=0,
	)
	return {row.month: row for row in rows}


def _restorations(span: figures.Months) -> dict[str, dict[str, int]]:
	rows = figures.by_month(
		span, (), {"late": "sum(`restore_breached`)"}, where="`restore_due_at` is not null"
	)
	return {
		span.name(row["month"]): {"restorations": row["total"], "restorations_late": int(row["late"])}
		for row in rows
	}


def _chart(data: list[dict[str, Any]]) -> dict[str, Any]:
	series = {
		_("Days with a backup"): [row["days_kept"] for row in data],
		_("Days without"): [row["days_broken"] for row in data],
	}
	return chart("bar", [row["month"] for row in data], series, _COLORS, is_stacked=True)


def _summary(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
	broken, late = (sum(row[key] for row in data) for key in ("days_broken", "restorations_late"))
	return [
		summary(_("Days with a backup"), sum(row["days_kept"] for row in data), "Int", "Green"),
		summary(_("Days without"), broken, "Int", "Red" if broken else "Green"),
		summary(_("Restorations late"), late, "Int", "Red" if late else "Green"),
		summary(_("Drills in time"), sum(row["drills_kept"] for row in data), "Int"),
	]
