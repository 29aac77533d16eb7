"""Of the requests filed in a month: how many were resolved, and how many came back."""

from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.reports import chart, column, faults, numbers, share, summary, total

_SUMS = {
	"resolved": "sum(`status` in ('Resolved', 'Closed') or `times_reopened` > 0)",
	"reopened": "sum(`times_reopened` > 0)",
	"times": "sum(`times_reopened`)",
}


def execute(filters: dict[str, Any] | None = None) -> tuple:
	span = figures.months((filters or {}).get("period"))
	found = {row["month"]: row for row in figures.by_month(span, (), _SUMS)}
	data = [_row(name, found.get(position, {})) for position, name in enumerate(span.names, 1)]
	columns = [
		column("month", _("Month"), width=120),
		*numbers(total=_("Requests"), resolved=_("Resolved")),
		*numbers(reopened=_("Reopened"), times=_("Times reopened")),
		share("rate", _("Reopened of the resolved")),
	]
	series = {_("Resolved"): "resolved", _("Reopened"): "reopened"}
	resolved, reopened = total(data, "resolved"), total(data, "reopened")
	cards = [
		summary(_("Resolved"), resolved, "Int", "Green"),
		faults(_("Reopened"), reopened, indicator="Orange"),
		summary(_("Reopened of the resolved"), percent(reopened, resolved), "Percent"),
	]
	return columns, data, None, chart("bar", data, "month", series, ("#29A36A", "#ED6F2D")), cards


def _row(month: str, found: dict[str, Any]) -> dict[str, Any]:
	counts = {key: int(found.get(key) or 0) for key in ("total", *_SUMS)}
	return {"month": month, **counts, "rate": percent(counts["reopened"], counts["resolved"])}
