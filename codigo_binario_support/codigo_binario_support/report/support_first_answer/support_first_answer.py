"""How long the first answer of a person took, in open time. The policy promises none, so nothing here is late."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.adapters.site.formatting import duration_phrase
from codigo_binario_support.domain.evidence.metrics import percent, percentile
from codigo_binario_support.reports import chart, column, faults, numbers, share, summary


def execute(filters: dict[str, Any] | None = None) -> tuple:
	span = figures.months((filters or {}).get("period"))
	answered: dict[int, Counter[int]] = {position: Counter() for position in range(1, len(span.names) + 1)}
	waiting: Counter[int] = Counter()
	for row in figures.by_month(
		span, ("`answered_at` is not null as `is_answered`", "`response_seconds` div 60 as `minutes`")
	):
		if row["is_answered"]:
			answered[row["month"]][int(row["minutes"])] += row["total"]
		else:
			waiting[row["month"]] += row["total"]
	data = [
		{"month": span.name(month), "unanswered": waiting[month], **_figures(minutes)}
		for month, minutes in answered.items()
	]
	columns = [
		column("month", _("Month"), width=120),
		*numbers(answered=_("Answered"), unanswered=_("Not answered")),
		column("median", _("Half within"), width=140),
		column("most", _("Nine of ten within"), width=160),
		column("slowest", _("Slowest"), width=140),
		share("within_hour", _("Within one open hour")),
	]
	series = {_("Open minutes until half were answered"): "median_minutes"}
	whole = _figures(sum(answered.values(), Counter()))
	cards = [
		summary(_("Answered"), whole["answered"], "Int", "Green"),
		faults(_("Not answered"), waiting.total(), indicator="Orange"),
		summary(_("Half within"), whole["median"], "Data"),
		summary(_("Nine of ten within"), whole["most"], "Data"),
	]
	return columns, data, None, chart("line", data, "month", series, ("#449CF0",)), cards


def _figures(minutes: Counter) -> dict[str, Any]:
	within_hour = sum(count for value, count in minutes.items() if value < 60)
	return {
		"answered": minutes.total(),
		"median_minutes": percentile(minutes, 0.5),
		"median": _phrase(percentile(minutes, 0.5)),
		"most": _phrase(percentile(minutes, 0.9)),
		"slowest": _phrase(percentile(minutes, 1)),
		"within_hour": percent(within_hour, minutes.total()),
	}


def _phrase(minutes: int | None) -> str:
	return "" if minutes is None else duration_phrase(minutes * 60)
