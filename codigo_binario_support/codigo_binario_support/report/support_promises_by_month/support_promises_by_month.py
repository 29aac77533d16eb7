"""The promises side by side, month by month: what was kept, what was not, and what nobody proved."""

from collections import Counter, defaultdict
from typing import Any

import frappe
from frappe import _

from codigo_binario_support.adapters.policy import promises
from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.adapters.site.instants import from_site
from codigo_binario_support.domain.verdicts import KEPT, NOT_PROVEN
from codigo_binario_support.reports import chart, column, faults, numbers, summary, total


def execute(filters: dict[str, Any] | None = None) -> tuple:
	span = figures.months((filters or {}).get("period"))
	days, drills, availability = _days(span), _drills(span), _availability(span)
	late = _restorations(span) if frappe.has_permission("Support Request", "report") else {}
	data = [
		{
			"month": name,
			**_counted("days", days[name], "broken"),
			**_counted("drills", drills[name], "other"),
			**late.get(name, {"restorations": 0, "restorations_late": 0}),
			**availability.get(name, {"availability": _(NOT_PROVEN), "percent": None}),
		}
		for name in span.names
	]
	columns = [
		column("month", _("Month"), width=100),
		*numbers(days_kept=_("Days with a backup"), days_broken=_("Days without")),
		column("availability", _("Availability"), width=130),
		column("percent", _("At most"), "Percent", 110, precision=4),
		*numbers(restorations=_("Restorations promised"), restorations_late=_("Restorations late")),
		*numbers(drills_kept=_("Drills in time"), drills_other=_("Other drills")),
	]
	series = {_("Days with a backup"): "days_kept", _("Days without"): "days_broken"}
	cards = [
		summary(_("Days with a backup"), total(data, "days_kept"), "Int", "Green"),
		faults(_("Days without"), total(data, "days_broken")),
		faults(_("Restorations late"), total(data, "restorations_late")),
		summary(_("Drills in time"), total(data, "drills_kept"), "Int"),
	]
	colors = ("#29A36A", "#CB2929", "#98A1A9")
	return columns, data, None, chart("bar", data, "month", series, colors, stacked=1), cards


def _counted(what: str, verdicts: Counter, otherwise: str) -> dict[str, int]:
	kept = verdicts[KEPT]
	return {f"{what}_kept": kept, f"{what}_{otherwise}": verdicts.total() - kept}


def _days(span: figures.Months) -> dict[str, Counter]:
	"""Of a day that was judged more than once the last verdict counts."""
	rows = _list("Backup Day", {"day": (">=", f"{span.names[0]}-01")}, ["day", "state"])
	found: dict[str, Counter] = defaultdict(Counter)
	for day, state in {row.day: row.state for row in rows}.items():
		found[f"{day:%Y-%m}"][state] += 1
	return found


def _drills(span: figures.Months) -> dict[str, Counter]:
	zone = promises.zone()
	found: dict[str, Counter] = defaultdict(Counter)
	for row in _list("Restore Drill", {"started_at": (">=", span.bounds[0])}, ["started_at", "verdict"]):
		found[f"{from_site(row.started_at).astimezone(zone):%Y-%m}"][row.verdict] += 1
	return found


def _availability(span: figures.Months) -> dict[str, dict[str, Any]]:
	"""The last statement of each month."""
	fields = ["month", "state", "percent_at_most"]
	return {
		row.month: {"availability": _(row.state), "percent": row.percent_at_most}
		for row in _list("Availability Statement", {"month": ("in", span.names)}, fields)
	}


def _restorations(span: figures.Months) -> dict[str, dict[str, int]]:
	sums = {"late": "sum(`restore_breached`)"}
	return {
		span.name(row["month"]): {"restorations": row["total"], "restorations_late": int(row["late"])}
		for row in figures.by_month(span, (), sums, where="`restore_due_at` is not null")
	}


def _list(doctype: str, filters: dict[str, Any], fields: list[str]) -> list[Any]:
	"""What the reader may see of a chain, in its order."""
	return frappe.get_list(doctype, filters=filters, fields=fields, order_by="sequence asc", limit=0)
