"""How customers rated the answers, by the month in which they asked."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.reports import chart, column, numbers, share, summary

_COLORS = {1: "#CB2929", 2: "#ED6F2D", 3: "#ECAD4B", 4: "#8CCF54", 5: "#29A36A"}
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
	data = [{"month": span.name(month), **_figures(counts)} for month, counts in by_month.items()]
	columns = [
		column("month", _("Month"), width=120),
		*numbers(resolved=_("Resolved"), rated=_("Rated")),
		column("average", _("Average"), "Float", precision=2),
		*numbers(**{f"rating_{rating}": _("{0} of 5").format(rating) for rating in _RATINGS}),
		share("rated_share", _("Rated of the resolved")),
	]
	series = {_("{0} of 5").format(rating): f"rating_{rating}" for rating in _COLORS}
	whole = _figures(sum(by_month.values(), Counter()))
	average = whole["average"]
	cards = [
		summary(_("Average"), None if average is None else f"{average:.2f}", "Data", "Green"),
		summary(_("Rated"), whole["rated"], "Int"),
		summary(_("Rated of the resolved"), whole["rated_share"], "Percent"),
	]
	return columns, data, None, chart("bar", data, "month", series, [*_COLORS.values()], stacked=1), cards


def _figures(counts: Counter) -> dict[str, Any]:
	"""`average` is of those who rated; nobody's opinion is not a zero."""
	rated = sum(counts[rating] for rating in _RATINGS)
	return {
		"resolved": counts.total(),
		"rated": rated,
		"average": sum(rating * counts[rating] for rating in _RATINGS) / rated if rated else None,
		**{f"rating_{rating}": counts[rating] for rating in _RATINGS},
		"rated_share": percent(rated, counts.total()),
	}
