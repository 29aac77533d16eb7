"""Each of the last thirty days by the promises that are kept or not day by day: backups, outages, changes by the provider."""

from typing import Any

from frappe import _

from codigo_binario_support.domain.backups.sets import KEPT, LATE, NOT_KEPT
from codigo_binario_support.operations.statements import cards
from codigo_binario_support.reports import chart, column, number, summary

#: How a day is drawn: kept, late, not kept, not recorded.
_SERIES = ((KEPT, "#2f7d4f"), (LATE, "#d68910"), (NOT_KEPT, "#c0392b"), ("", "#b8bec6"))


def execute(filters: dict[str, Any] | None = None) -> tuple:
	rows = cards.days_of_promises()
	data = [
		{
			**row,
			"backup": _(row["backup"]) if row["backup"] else _("Not recorded"),
			"changes": _(row["changes"]) if row["changes"] else _("Not recorded"),
		}
		for row in rows
	]
	return _columns(), data, None, _chart(rows), _summary(rows)


def _columns() -> list[dict[str, Any]]:
	return [
		column("day", _("Day"), "Date"),
		column("backup", _("Backup", context="Support Promises by Day")),
		number("incidents", _("Incidents")),
		column("outage_minutes", _("Outage minutes"), "Float", precision=2),
		column("changes", _("Changes by the provider"), width=220),
	]


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any]:
	names = {KEPT: _("Kept"), LATE: _("Late"), NOT_KEPT: _("Not kept"), "": _("Not recorded")}
	series = {names[state]: [int(row["backup"] == state) for row in rows] for state, _color in _SERIES}
	labels = [row["day"].strftime("%d/%m") for row in rows]
	return chart("bar", labels, series, [color for _state, color in _SERIES], is_stacked=True)


def _summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
	known = [row for row in rows if row["backup"]]
	kept = sum(row["backup"] == KEPT for row in known)
	minutes = sum(row["outage_minutes"] for row in rows)
	return [
		summary(_("Days with a backup in time"), kept if known else None, "Int", "Green"),
		summary(_("Days recorded"), len(known), "Int"),
		summary(_("Outage minutes"), minutes, "Float", "Red" if minutes else "Green"),
	]
