"""How customers rated the answers, by the month in which they asked."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.reports import chart, column, number, share, summary

_RATINGS = (5, 4, 3, 2, 1)


def execute(filters: dict[str, Any] | None = None) -> tuple:
	span = figures.months((filters or {}).get("period"))
	by_month: dict[int, Counter[int]] = {position: Counter() for position in range(1, len(span.names) + 1)}
	for row in figures.by_month(
		span,
		("ifnull(`rating`, 0) as `rating`",),
		where="`status` in ('Resolved', 'Closed')",
		# A duplicate counts once, with the request that it joined; what its own asker thinks of the answer counts.
		counted=f"({figures.COUNTED} or `rating` > 0)",
	):
		by_month[row["month"]][int(row["rating"])] += row["total"]
	data = [_row(span.name(month), counts) for month, counts in by_month.items()]
	return _columns(), data, None, _chart(data), _summary(sum(by_month.values(), Counter()))


def _columns() -> list[dict[str, Any]]:
	return [
		column("month", _("Month"), width=120),
		number("resolved", _("Resolved")),
		number("rated", _("Rated")),
		column("average", _("Average"), "Float", precision=2),
		*(number(f"rating_{rating}", _("{0} of 5").format(rating)) for rating in _RATINGS),
		share("rated_share", _("Rated of the resolved")),
	]


def _row(month: str, counts: Counter) -> dict[str, Any]:
	return {
		"month": month,
		"resolved": counts.total(),
		"rated": _rated(counts),
		"average": _average(counts),
		**{f"rating_{rating}": counts[rating] for rating in _RATINGS},
		"rated_share": percent(_rated(counts), counts.total()),
	}


def _rated(counts: Counter) -> int:
	return sum(counts[rating] for rating in _RATINGS)


def _average(counts: Counter) -> float | None:
	"""Of those who rated; nobody's opinion is not a zero."""
	rated = _rated(counts)
	return sum(rating * counts[rating] for rating in _RATINGS) / rated if rated else None


def _chart(data: list[dict[str, Any]]) -> dict[str, Any]:
	series = {
		_("{0} of 5").format(rating): [row[f"rating_{rating}"] for row in data]
		for rating in reversed(_RATINGS)
	}
	colors = ("#CB2929", "#ED6F2D", "#ECAD4B", "#8CCF54", "#29A36A")
	return chart("bar", [row["month"] for row in data], series, colors, is_stacked=True)


def _summary(whole: Counter) -> list[dict[str, Any]]:
	average = _average(whole)
	return [
		summary(_("Average"), None if average is None else f"{average:.2f}", "Data", "Green"),
		summary(_("Rated"), _rated(whole), "Int"),
		summary(_("Rated of the resolved"), percent(_rated(whole), whole.total()), "Percent"),
	]
