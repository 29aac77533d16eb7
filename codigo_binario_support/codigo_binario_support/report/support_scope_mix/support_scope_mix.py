"""What was asked for, by clause, and how often a person decided otherwise than the classifier."""

from collections import Counter
from typing import Any

from frappe import _

from codigo_binario_support.adapters.requests import figures
from codigo_binario_support.domain.evidence.metrics import percent
from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES
from codigo_binario_support.domain.triage.verdict import BY_NAME, IN_SCOPE, TO_REVIEW
from codigo_binario_support.reports import chart, column, number, share, summary

#: Hues of Frappe's charts, by the colour of the verdict.
_HUES = {"green": "#29A36A", "orange": "#ED6F2D", "blue": "#449CF0", "gray": "#98A1A9"}


def execute(filters: dict[str, Any] | None = None) -> tuple:
	filters = filters or {}
	span = figures.months(filters.get("period"))
	rows = figures.by_month(
		span,
		("ifnull(`clause`, '') as `clause`", "`verdict`"),
		{
			"automatic": f"sum(ifnull(`first_verdict`, '') not in ('', '{TO_REVIEW}'))",
			"overruled": "sum(`is_overruled`)",
		},
	)
	by_clause: dict[str, Counter[str]] = {code: Counter() for code in ("", *CLAUSE_SIDES)}
	by_month: dict[str, Counter[int]] = {verdict: Counter() for verdict in BY_NAME}
	whole: Counter[str] = Counter()
	for row in rows:
		counts = Counter(
			{
				"total": row["total"],
				row["verdict"]: row["total"],
				"automatic": int(row["automatic"]),
				"overruled": int(row["overruled"]),
			}
		)
		by_clause.setdefault(row["clause"], Counter()).update(counts)
		by_month[row["verdict"]][row["month"]] += row["total"]
		whole.update(counts)
	data = [_row(code, counts) for code, counts in by_clause.items() if counts["total"]]
	return (
		_columns(),
		sorted(data, key=lambda row: -row["total"]),
		None,
		_chart(span, by_month),
		_summary(whole),
	)


def _columns() -> list[dict[str, Any]]:
	return [
		column("clause", _("Clause"), width=240),
		number("total", _("Requests")),
		*(number(verdict, _(verdict)) for verdict in BY_NAME),
		number("automatic", _("Decided automatically")),
		number("overruled", _("A person decided otherwise")),
		share("override_rate", _("Overruled")),
	]


def _row(code: str, counts: Counter) -> dict[str, Any]:
	return {
		"clause": _(code) if code else _("No clause"),
		"override_rate": percent(counts["overruled"], counts["automatic"]),
		**{key: counts[key] for key in ("total", *BY_NAME, "automatic", "overruled")},
	}


def _chart(span: figures.Months, by_month: dict[str, Counter]) -> dict[str, Any]:
	series = {
		_(verdict): [counts[position] for position in range(1, len(span.names) + 1)]
		for verdict, counts in by_month.items()
	}
	return chart("bar", span.names, series, [_HUES[row.color] for row in BY_NAME.values()], is_stacked=True)


def _summary(whole: Counter) -> list[dict[str, Any]]:
	return [
		summary(_("Requests"), whole["total"], "Int"),
		summary(_("In scope"), percent(whole[IN_SCOPE], whole["total"]), "Percent", "Green"),
		summary(_("Decided automatically"), percent(whole["automatic"], whole["total"]), "Percent"),
		summary(_("Overruled"), percent(whole["overruled"], whole["automatic"]), "Percent", "Orange"),
	]
