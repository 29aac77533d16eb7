"""Each of the last thirty days by the promises that are kept or not day by day: backups, outages, changes by the provider."""

from typing import Any

from frappe import _

from codigo_binario_support.domain.backups.sets import KEPT, LATE, NOT_KEPT
from codigo_binario_support.operations.statements import cards
from codigo_binario_support.reports import chart, column, faults, numbers, summary, total

#: How a day is drawn: kept, late, not kept, not recorded.
_COLORS = ("#2f7d4f", "#d68910", "#c0392b", "#b8bec6")


def execute(filters: dict[str, Any] | None = None) -> tuple:
	rows = cards.days_of_promises()
	unknown = _("Not recorded")
	data = [
		row | {key: _(row[key]) if row[key] else unknown for key in ("backup", "changes")} for row in rows
	]
	columns = [
		column("day", _("Day"), "Date"),
		column("backup", _("Backup", context="Support Promises by Day")),
		*numbers(incidents=_("Incidents")),
		column("outage_minutes", _("Outage minutes"), "Float", precision=2),
		column("changes", _("Changes by the provider"), width=220),
	]
	points = [{"label": row["day"].strftime("%d/%m"), row["backup"]: 1} for row in rows]
	series = {_("Kept"): KEPT, _("Late"): LATE, _("Not kept"): NOT_KEPT, unknown: ""}
	known = [row["backup"] for row in rows if row["backup"]]
	figures = [
		summary(_("Days with a backup in time"), known.count(KEPT) if known else None, "Int", "Green"),
		summary(_("Days recorded"), len(known), "Int"),
		faults(_("Outage minutes"), total(rows, "outage_minutes"), "Float"),
	]
	return columns, data, None, chart("bar", points, "label", series, _COLORS, stacked=1), figures
