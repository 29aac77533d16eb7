"""What was asked for, by clause, and how often a person decided otherwise than the classifier."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES
from codigo_binario_support.domain.triage.verdict import BY_NAME, IN_SCOPE, TO_REVIEW
from codigo_binario_support.reports import chart, column, numbers, share, summary

#: Hues of Frappe's charts, by the colour of the verdict.
_HUES = {"green": "#29A36A", "orange": "#ED6F2D", "blue": "#449CF0", "gray": "#98A1A9"}
_SUMS = {
	"automatic": f"sum(ifnull(`first_verdict`, '') not in ('', '{TO_REVIEW}'))",
	"overruled": "sum(`is_overruled`)",
}


def execute(filters: dict[str, Any] | None = None) -> tuple:
	span = figures.months((filters or {}).get("period"))
	by_clause: dict[str, Counter[str]] = {code: Counter() for code in ("", *CLAUSE_SIDES)}
	by_month: dict[int, Counter[str]] = {position: Counter() for position in range(1, len(span.names) + 1)}
	for row in figures.by_month(span, ("ifnull(`clause`, '') as `clause`", "`verdict`"), _SUMS):
		counts = {key: int(row[key]) for key in ("total", *_SUMS)}
		by_clause.setdefault(row["clause"], Counter()).update({**counts, row["verdict"]: row["total"]})
		by_month[row["month"]][row["verdict"]] += row["total"]
	whole = sum(by_clause.values(), Counter())
	data = [_row(code, counts) for code, counts in by_clause.items() if counts["total"]]
	data.sort(key=lambda row: -row["total"])
	columns = [
		column("clause", _("Clause"), width=240),
		*numbers(total=_("Requests"), **{verdict: _(verdict) for verdict in BY_NAME}),
		*numbers(automatic=_("Decided automatically"), overruled=_("A person decided otherwise")),
		share("override_rate", _("Overruled")),
	]
	points = [{"month": span.name(position), **counts} for position, counts in by_month.items()]
	series = {_(verdict): verdict for verdict in BY_NAME}
	colors = [_HUES[verdict.color] for verdict in BY_NAME.values()]
	cards = [
		summary(_("Requests"), whole["total"], "Int"),
		summary(_("In scope"), percent(whole[IN_SCOPE], whole["total"]), "Percent", "Green"),
		summary(_("Decided automatically"), percent(whole["automatic"], whole["total"]), "Percent"),
		summary(_("Overruled"), percent(whole["overruled"], whole["automatic"]), "Percent", "Orange"),
	]
	return columns, data, None, chart("bar", points, "month", series, colors, stacked=1), cards


def _row(code: str, counts: Counter) -> dict[str, Any]:
	return {
		"clause": _(code) if code else _("No clause"),
		"override_rate": percent(counts["overruled"], counts["automatic"]),
		**{key: counts[key] for key in ("total", *BY_NAME, *_SUMS)},
	}
