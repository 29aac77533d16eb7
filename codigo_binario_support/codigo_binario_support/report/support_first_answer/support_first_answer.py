"""How long the first answer of a person took, in open time. The policy promises none, so nothing here is late."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.adapters.site.formatting import duration_phrase
from codigo_binario_support.domain.evidence.metrics import percent, percentile
from codigo_binario_support.reports import chart, column, number, share, summary


def execute(filters: dict[str, Any] | None = None) -> tuple:
	filters = filters or {}
	span = figures.months(filters.get("period"))
	rows = figures.by_month(
		span, ("`answered_at` is not null as `is_answered`", "`response_seconds` div 60 as `minutes`")
	)
	answered: dict[int, Counter[int]] = {position: Counter() for position in range(1, len(span.names) + 1)}
	waiting: Counter[int] = Counter()
	for row in rows:
		if row["is_answered"]:
			answered[row["month"]][int(row["minutes"])] += row["total"]
		else:
			waiting[row["month"]] += row["total"]
	data = [_row(span.name(month), counts, waiting[month]) for month, counts in answered.items()]
	whole = sum(answered.values(), Counter())
	return _columns(), data, None, _chart(data), _summary(whole, sum(waiting.values()))


def _columns() -> list[dict[str, Any]]:
	return [
		column("month", _("Month"), width=120),
		number("answered", _("Answered")),
		number("unanswered", _("Not answered")),
		column("median", _("Half within"), width=140),
		column("most", _("Nine of ten within"), width=160),
		column("slowest", _("Slowest"), width=140),
		share("within_hour", _("Within one open hour")),
	]


def _row(month: str, minutes: Counter, unanswered: int) -> dict[str, Any]:
	median = percentile(minutes, 0.5)
	return {
		"month": month,
		"answered": minutes.total(),
		"unanswered": unanswered,
		"median_minutes": median,
		"median": _phrase(median),
		"most": _phrase(percentile(minutes, 0.9)),
		"slowest": _phrase(percentile(minutes, 1)),
		"within_hour": percent(_within_hour(minutes), minutes.total()),
	}


def _within_hour(minutes: Counter) -> int:
	return sum(count for value, count in minutes.items() if value < 60)


def _phrase(minutes: int | None) -> str:
	return "" if minutes is None else duration_phrase(minutes * 60)


def _chart(data: list[dict[str, Any]]) -> dict[str, Any]:
	series = {_("Open minutes until half were answered"): [row["median_minutes"] or 0 for row in data]}
	return chart("line", [row["month"] for row in data], series, ("#449CF0",))


def _summary(whole: Counter, unanswered: int) -> list[dict[str, Any]]:
	return [
		summary(_("Answered"), whole.total(), "Int", "Green"),
		summary(_("Not answered"), unanswered, "Int", "Orange" if unanswered else "Green"),
		summary(_("Half within"), _phrase(percentile(whole, 0.5)), "Data"),
		summary(_("Nine of ten within"), _phrase(percentile(whole, 0.9)), "Data"),
	]
