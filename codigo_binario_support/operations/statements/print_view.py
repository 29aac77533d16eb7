"""A monthly statement as its reader sees it on paper: sentences, tables and charts, in the language it is printed in.

Everything comes from the sealed record; nothing is asked of the database but the policy's own words.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from frappe import _

from ...adapters.policy.terms import terms
from ...adapters.site import charts
from ...adapters.site.formatting import duration_phrase, locale_of, minutes_phrase, zone_phrase
from ...adapters.site.instants import from_text
from ...domain.evidence.monthly_statement import (
	AVAILABILITY,
	BACKUP,
	EVIDENCE_LABELS,
	LANGUAGE,
	NO_CHANGES,
	NONE_FOUND,
	PROMISE_LABELS,
	SUPPORT_HOURS,
)
from ...domain.policy.policy import CLAUSE_SIDES, INCLUDED, words
from ...domain.triage.verdict import IN_PART, IN_SCOPE, OUT_OF_SCOPE, TO_REVIEW
from ...domain.verdicts import BROKEN, KEPT, NOT_PROVEN
from ...shipped import mapping

#: Why a promise is judged as it is. Values ending in `_seconds`, `_minutes` and `_percent` are shown with their unit.
REASONS: Mapping[str, str] = mapping("evidence/reasons.json")
_COLORS = {KEPT: charts.GREEN, BROKEN: charts.RED, NOT_PROVEN: charts.ORANGE}
#: Of a day's backup, as the statement keeps it.
_DAY_COLORS = {1: charts.GREEN, 0.5: charts.ORANGE, 0: charts.RED, -1: charts.GREY}
_KINDS = {label: kind for kind, label in PROMISE_LABELS.items()}
#: Evidence named one by one under a promise; the rest is counted.
_NAMED = 4
_VERDICTS = (IN_SCOPE, IN_PART, OUT_OF_SCOPE, TO_REVIEW)


def sentence_of(reason: str, values: Mapping[str, Any]) -> str:
	"""The sentence of a finding, its figures in the units that their names say."""
	return _(REASONS[reason]).format(**{key: _figure(key, value) for key, value in values.items()})


def of(doc: Any) -> dict[str, Any]:
	"""What the print format shows of a Monthly Statement, in the language it is printed in: charts are SVG, `offers` and
	`channels` are (name, how many), `digest` is the anchor's in groups of 16.
	"""
	policy = terms(doc.terms)
	figures: dict[str, dict[str, float]] = {}
	for row in doc.figures:
		figures.setdefault(row.subject, {})[row.item] = row.value
	promises = [_promise(doc, row, policy, figures) for row in doc.promises]
	by_clause = _by_clause(figures.get("clause", {}))
	zone = ZoneInfo(doc.time_zone)
	return {
		"month": month_phrase(doc.month),
		"whose": doc.customer or doc.company or "",
		"state": {"label": _(doc.state), "color": _COLORS[doc.state]},
		"summary": _summary(promises),
		"promises": promises,
		"clauses": _clauses(by_clause),
		"clause_chart": _clause_chart(by_clause),
		"answer_chart": _answer_chart(figures.get("first_answer", {})),
		"facts": _facts(doc),
		"offers": [(_(name), int(value)) for name, value in figures.get("offer", {}).items()],
		"channels": [(_(name), int(value)) for name, value in figures.get("channel", {}).items() if name],
		"issued": _instant(from_text(doc.issued_at_utc), zone),
		"zone": zone_phrase(zone),
		"policy_version": doc.policy_version,
		"is_replacing": doc.supersedes or "",
		"command": "bench support verify-evidence --anchor",
		"digest": [doc.anchor_digest[at : at + 16] for at in range(0, len(doc.anchor_digest or ""), 16)],
	}


def month_phrase(month: str, is_short: bool = False) -> str:
	"""`noviembre de 2026`, or `nov 2026`."""
	first = datetime.strptime(month, "%Y-%m").date()
	pattern = "MMMM 'de' y" if locale_of().language == "es" else "MMMM y"
	return format_date(first, "MMM y" if is_short else pattern, locale=locale_of())


def _promise(doc: Any, row: Any, policy: Any, figures: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
	kind = _KINDS[row.promise]
	values = json.loads(row.figures or "{}")
	return {
		"title": _(row.promise),
		"state": row.state,
		"label": _(row.state),
		"color": _COLORS[row.state],
		"promised": _promised(kind, policy) or row.promised,
		"sentence": sentence_of(row.reason, values),
		"evidence": _evidence(doc, row.promise),
		"chart": _chart(kind, values, figures),
		"note": _note(kind, figures),
	}


def _promised(kind: str, policy: Any) -> str:
	"""The policy's own words, in the language of the page; the record keeps them in the policy's."""
	if policy is None:
		return ""
	if kind == NO_CHANGES:
		return policy.limits(frappe.local.lang)
	commitment = "support_hours" if kind in (SUPPORT_HOURS, LANGUAGE) else kind
	texts = [words(one.text, frappe.local.lang) for one in policy.commitments if one.kind == commitment]
	return " ".join(texts)


def _chart(kind: str, values: Mapping[str, Any], figures: Mapping[str, Mapping[str, float]]) -> str:
	if kind == BACKUP and figures.get("backup_day"):
		days = sorted(figures["backup_day"].items())
		return charts.strip([(str(int(day[8:])), _DAY_COLORS[value]) for day, value in days])
	if kind == AVAILABILITY and values.get("budget_minutes"):
		used, limit = values["used_minutes"], values["budget_minutes"]
		used_label = _("Outages that count: {0}").format(minutes_phrase(used))
		return charts.budget(used, limit, used_label, _("Allowed: {0}").format(minutes_phrase(limit)))
	return ""


def _note(kind: str, figures: Mapping[str, Mapping[str, float]]) -> str:
	"""What the evidence of a promise cannot show; said beside it, not elsewhere."""
	if kind == BACKUP and figures.get("backup_day"):
		return _(
			"Full: a complete and verified backup in time. One cross: none. One line: late, after more than 24 hours. Hollow: not recorded."
		)
	if kind == NO_CHANGES and figures.get("changes"):
		refused = int(figures["changes"].get("refused", 0))
		return _(
			"What is looked at is what users with the role Support Agent left in business documents. Changes by Administrator or by somebody with access to the server carry no agent's name and are not seen. Attempts that the system refused, at least: {0}."
		).format(refused)
	return ""


def _evidence(doc: Any, promise: str) -> list[str]:
	"""`Backup Record: 30 (CBS-BKP-1, CBS-BKP-2 …)`, by kind of record; what speaks against the promise is named first."""
	found: dict[str, list[Any]] = defaultdict(list)
	for row in doc.evidence:
		if row.promise == promise:
			found[row.reference_doctype].append(row)
	lines = []
	for doctype, rows in found.items():
		rows.sort(key=lambda row: row.shows in (KEPT, NONE_FOUND, EVIDENCE_LABELS["kept"]))
		named = [f"{row.reference_name} ({_(row.shows)})" for row in rows[:_NAMED]]
		more = len(rows) - len(named)
		text = f"{_(doctype)}: {', '.join(named)}"
		lines.append(_("{0} and {1} more").format(text, more) if more else text)
	return lines


def _summary(promises: list[dict[str, Any]]) -> list[dict[str, Any]]:
	labels = {KEPT: _("promises kept"), BROKEN: _("promises broken"), NOT_PROVEN: _("promises not proven")}
	states = [promise["state"] for promise in promises]
	return [
		{"label": label, "color": _COLORS[state], "count": states.count(state)}
		for state, label in labels.items()
	]


def _by_clause(figures: Mapping[str, float]) -> dict[str, dict[str, int]]:
	"""Clause -> verdict -> requests, in the order of the record."""
	counts: dict[str, dict[str, int]] = defaultdict(dict)
	for key, value in figures.items():
		clause, verdict = key.split("|", 1)
		counts[clause][verdict] = int(value)
	return counts


def _clauses(by_clause: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
	"""Requests by clause and verdict, the clauses in the order of the policy."""
	order = {clause: number for number, clause in enumerate([*CLAUSE_SIDES, ""])}
	rows: list[dict[str, Any]] = []
	for clause in sorted(by_clause, key=lambda clause: order.get(clause, len(order))):
		counts = by_clause[clause]
		shown = [counts.get(verdict, 0) for verdict in _VERDICTS]
		rows.append({"label": _clause(clause), "counts": shown, "total": sum(counts.values())})
	return {
		"verdicts": [_(verdict) for verdict in _VERDICTS],
		"rows": rows,
		"totals": [sum(row["counts"][at] for row in rows) for at in range(len(_VERDICTS))],
		"total": sum(row["total"] for row in rows),
	}


def _clause(code: str) -> str:
	"""The clause as people call it; its code, spelled out, in a language that has no name for it."""
	if not code:
		return _("No clause yet")
	name = _(code)
	return name if name != code else code.replace("_", " ").capitalize()


def _clause_chart(by_clause: Mapping[str, Mapping[str, int]]) -> str:
	totals = {clause: sum(counts.values()) for clause, counts in by_clause.items()}
	rows = []
	for clause, count in sorted(totals.items(), key=lambda row: -row[1]):
		color = charts.ORANGE if clause else charts.GREY
		if CLAUSE_SIDES.get(clause) == INCLUDED:
			color = charts.GREEN
		rows.append((_clause(clause), count, color))
	return charts.bars(rows) if rows else ""


def _answer_chart(figures: Mapping[str, float]) -> str:
	if not sum(figures.values()):
		return ""
	limits = [label for label in figures if label != "+"]
	rows = [(_("up to {0}").format(label), int(figures[label])) for label in limits]
	rows.append((_("more than {0}").format(limits[-1]), int(figures.get("+", 0))))
	return charts.columns(rows)


def _facts(doc: Any) -> list[tuple[str, str]]:
	rows = [
		(_("Hours of support in the month"), "open_hours"),
		(_("Requests received"), "received"),
		(_("While support was open"), "received_open"),
		(_("While support was closed"), "received_closed"),
		(_("First answers given in support hours"), "answers_open"),
		(_("First answers given outside of them"), "answers_closed"),
	]
	if doc.answered:
		rows.append((_("Half were answered within (open time)"), "half_within_seconds"))
		rows.append((_("Nine of ten within (open time)"), "most_within_seconds"))
	rows += [
		(_("Requests answered or resolved"), "answered"),
		(_("Success Packs offered"), "offers"),
		(_("Success Packs accepted"), "offers_accepted"),
		(_("Success Packs declined"), "offers_declined"),
	]
	facts = [(label, _figure(field, doc.get(field))) for label, field in rows]
	if doc.ratings:
		text = _("{0} of 5, from {1} ratings").format(_figure("", doc.rating_average), doc.ratings)
		facts.append((_("Average rating"), text))
	return facts


def _figure(key: str, value: Any) -> str:
	if value is None:
		return "–"
	if key.endswith("_seconds"):
		return duration_phrase(value)
	if key.endswith("_minutes"):
		return minutes_phrase(value)
	pattern = "#,##0.####" if key.endswith("_percent") else "#,##0.##"
	text = format_decimal(value, pattern, locale=locale_of())
	return f"{text} %" if key.endswith("_percent") else text


def _instant(at: datetime, zone: ZoneInfo) -> str:
	pattern = "d 'de' MMMM 'de' y, H:mm" if locale_of().language == "es" else "d MMMM y, H:mm"
	return format_datetime(at.astimezone(zone), pattern, tzinfo=zone, locale=locale_of())
