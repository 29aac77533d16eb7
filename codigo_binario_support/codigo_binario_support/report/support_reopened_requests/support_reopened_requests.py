"""Of the requests filed in a month: how many were resolved, and how many came back."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.reports import chart, column, number, share, summary

_SUMS = {
	"resolved": "sum(`status` in ('Resolved', 'Closed') or `times_reopened` > 0)",
	"reopened": "sum(`times_reopened` > 0)",
	"times": "sum(`times_reopened`)",
}


def execute(filters: dict[str, Any] | None = None) -> tuple:
	filters = filters or {}
	span = figures.months(filters.get("period"))
	found = {row["month"]: row for row in figures.by_month(span, (), _SUMS)}
	data = [_row(name, found.get(position, {})) for position, name in enumerate(span.names, 1)]
	whole: Counter[str] = Counter()
	for row in data:
		whole.update({key: row[key] for key in ("total", *_SUMS)})
	return _columns(), data, None, _chart(data), _summary(whole)


def _columns() -> list[dict[str, Any]]:
	return [
		column("month", _("Month"), width=120),
		number("total", _("Requests")),
		number("resolved", _("Resolved")),
		number("reopened", _("Reopened")),
		number("times", _("Times reopened")),
		share("rate", _("Reopened of the resolved")),
	]


def _row(month: str, found: dict[str, Any]) -> dict[str, Any]:
	counts = {key: int(found.get(key) or 0) for key in ("total", *_SUMS)}
	return {"month": month, **counts, "rate": percent(counts["reopened"], counts["resolved"])}


def _chart(data: list[dict[str, Any]]) -> dict[str, Any]:
	series = {
		_("Resolved"): [row["resolved"] for row in data],
		_("Reopened"): [row["reopened"] for row in data],
	}
	return chart("bar", [row["month"] for row in data], series, ("#29A36A", "#ED6F2D"))


def _summary(whole: Counter) -> list[dict[str, Any]]:
	return [
		summary(_("Resolved"), whole["resolved"], "Int", "Green"),
		summary(_("Reopened"), whole["reopened"], "Int", "Orange" if whole["reopened"] else "Green"),
		summary(_("Reopened of the resolved"), percent(whole["reopened"], whole["resolved"]), "Percent"),
	]
