"""The report of a replay: one HTML page with its charts drawn inline, complete without a network.

Here the numbers become bars and lines of text; `templates/report/replay.html` only places them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from ..domain.policy.policy import words
from ..domain.time.windows import DAY_SECONDS, SlaWindow
from ..domain.triage.verdict import EXCLUDED, NEEDS_REVIEW
from .language import Language
from .output import skipped_text
from .replay import KEPT, MISSED, RUNNING, UNKNOWN, Outcome, Replay
from .table import BREACH_LABELS, VERDICT_LABELS, due_cell, offer_cell, offer_sentence, promise_sentence
from .tally import Tally

CLAUSE_LABELS = {
	"connectivity": "Connectivity",
	"backup": "Backup copies",
	"restore": "Restoration",
	"usage_guidance": "Usage guidance",
	"faq": "Frequent questions",
	"account_billing": "Account and billing",
	"platform_upgrade": "Platform update",
	"onsite_visit": "On-site visit",
	"data_import": "Data import",
	"process_consulting": "Process consulting",
	"misconfiguration": "Misconfiguration",
	"training": "Training",
	"design_improvement": "Design and improvements",
	"native_bug": "Native bug",
	"workflow_permissions": "Workflows and permissions",
	"third_party": "Third-party work",
}
STATE_LABELS = {KEPT: "kept", MISSED: "missed", RUNNING: "running", UNKNOWN: "unknown"}
KIND_LABELS = {"first_response": "first response", "resolution": "resolution", "restore": "restore"}


@dataclass(frozen=True, slots=True)
class ChartMark:
	"""One bar or slice. `share` is its part of the whole (of the longest bar, where bars stand alone), 0 to 1."""

	label: str
	tone: str
	value: float
	text: str
	share: float
	before: float = 0.0


@dataclass(frozen=True, slots=True)
class Hour:
	"""One hour of the day: requests that came in it, and the part of the week's working days that are open then."""

	hour: int
	in_hours: int
	out_of_hours: int
	open_share: float


def page(lang: Language, replay: Replay, tally: Tally, source: str) -> str:
	"""The whole page in the language of the command."""
	hours = _hours(tally, replay.support_window)
	return _template().render(
		t=lang.t,
		lang=lang,
		replay=replay,
		policy=replay.policy,
		tally=tally,
		source=source,
		zone=tally.zone,
		scope=_slices(lang, [(key, label, tally.verdicts[key]) for key, label in VERDICT_LABELS.items()]),
		hours=hours,
		busiest=max([1, *(hour.in_hours + hour.out_of_hours for hour in hours)]),
		clauses=_clause_bars(lang, replay, tally),
		promises=_slices(lang, [(key, label, tally.promised(key)) for key, label in STATE_LABELS.items()]),
		promise_rows=_promise_rows(lang, tally),
		packs=_pack_bars(lang, replay, tally),
		pack_total=_pack_total(lang, tally),
		promise_sentence=promise_sentence(lang, tally),
		offer_sentence=offer_sentence(lang, replay, tally),
		skipped=[skipped_text(lang, row) for row in tally.skipped],
		notable=[_line(lang, replay, outcome) for outcome in tally.notable],
		limits=words(replay.data["limits"], lang.code) if replay.data.get("limits") else "",
	)


@cache
def _template() -> Template:
	environment = Environment(
		autoescape=True,
		trim_blocks=True,
		lstrip_blocks=True,
		undefined=StrictUndefined,
		keep_trailing_newline=True,
	)
	source = files("codigo_binario_support") / "templates" / "report" / "replay.html"
	return environment.from_string(source.read_text(encoding="utf-8"))


def _slices(lang: Language, parts: Iterable[tuple[str, str, int]]) -> list[ChartMark]:
	"""Parts of one whole, each after the one before."""
	parts = list(parts)
	total = sum(count for _tone, _label, count in parts) or 1
	marks, before = [], 0.0
	for tone, label, count in parts:
		share = count / total
		marks.append(
			ChartMark(
				lang.t(label), tone, count, f"{lang.number(count)} ({lang.percent(share)})", share, before
			)
		)
		before += share
	return marks


def _bars(rows: list[tuple[str, str, float, str]]) -> list[ChartMark]:
	"""Bars side by side: (label, tone, value, text)."""
	longest = max((value for _label, _tone, value, _text in rows), default=0) or 1
	return [ChartMark(label, tone, value, text, value / longest) for label, tone, value, text in rows]


def _clause_bars(lang: Language, replay: Replay, tally: Tally) -> list[ChartMark]:
	return _bars(
		[
			(lang.t(CLAUSE_LABELS[code]), clause.side, tally.clauses[code], lang.number(tally.clauses[code]))
			for code, clause in replay.policy.clauses.items()
		]
	)


def _pack_bars(lang: Language, replay: Replay, tally: Tally) -> list[ChartMark]:
	"""Money by clause where every offer has a price, in one currency; hours otherwise."""
	is_priced = not tally.unpriced_offers and len(tally.amounts) == 1
	rows = []
	for code in replay.policy.clauses:
		hours = tally.offer_hours[code]
		if not hours:
			continue
		hours_text = lang.t("{hours} hours").format(hours=lang.number(hours))
		if is_priced:
			currency = next(iter(tally.amounts))
			amount = tally.offer_amounts[code, currency]
			rows.append((lang.t(CLAUSE_LABELS[code]), EXCLUDED, amount, lang.money(amount, currency)))
		else:
			rows.append((lang.t(CLAUSE_LABELS[code]), EXCLUDED, hours, hours_text))
	return _bars(sorted(rows, key=lambda row: -row[2]))


def _pack_total(lang: Language, tally: Tally) -> str:
	if tally.amounts and not tally.unpriced_offers:
		return " + ".join(lang.money(amount, currency) for currency, amount in tally.amounts.items())
	return lang.t("{hours} hours").format(hours=lang.number(sum(tally.offer_hours.values())))


def _promise_rows(lang: Language, tally: Tally) -> list[tuple[str, list[str]]]:
	kinds = [kind for kind in KIND_LABELS if any(of == kind for of, _state in tally.promises)]
	return [
		(lang.t(KIND_LABELS[kind]), [lang.number(tally.promises[kind, state]) for state in STATE_LABELS])
		for kind in kinds
	]


def _hours(tally: Tally, window: SlaWindow) -> list[Hour]:
	days = {row.weekday for row in window.rows} or set(range(7))
	return [
		Hour(
			hour,
			tally.hours_open[hour],
			tally.hours_closed[hour],
			1.0 if window.always_open else sum(_is_open_in(window, day, hour) for day in days) / len(days),
		)
		for hour in range(24)
	]


def _is_open_in(window: SlaWindow, weekday: int, hour: int) -> bool:
	"""Whether the weekly hours cover more than half of that hour. Holidays are no part of the weekly hours."""
	begin, end = hour * 3600, hour * 3600 + 3600
	covered = 0
	for row in window.rows:
		closes = row.closes if row.closes > row.opens else row.closes + DAY_SECONDS
		for shift in (0, DAY_SECONDS):
			if (row.weekday + shift // DAY_SECONDS) % 7 == weekday:
				covered += max(0, min(end, closes - shift) - max(begin, row.opens - shift))
	return covered * 2 > 3600


def _line(lang: Language, replay: Replay, outcome: Outcome) -> dict[str, str]:
	"""The cells of one notable request."""
	triage, state = outcome.triage, outcome.promise_state
	clauses = [lang.t(CLAUSE_LABELS[code]) for code in (triage.clause, triage.second_clause) if code]
	text = " + ".join(clauses) or "–"
	late = sum(max(0, promise.elapsed_seconds - promise.target_seconds) for promise in outcome.promises)
	return {
		"id": outcome.row.id,
		"subject": (outcome.row.subject or outcome.row.body)[:140],
		"arrived": lang.moment(outcome.row.created_at, replay.support_window.zone),
		"out_of_hours": "" if outcome.is_in_hours else lang.t("outside hours"),
		"tone": triage.verdict,
		"verdict": lang.t(VERDICT_LABELS[triage.verdict]),
		"clause": lang.t("{clause} (suggested)").format(clause=text)
		if triage.verdict == NEEDS_REVIEW and triage.clause
		else text,
		"due": due_cell(lang, replay, outcome),
		"state": state or "",
		"breach": lang.t(BREACH_LABELS[state]) if state else "–",
		"late": lang.t("{time} late").format(time=lang.duration(late)) if state == MISSED else "",
		"offer": offer_cell(lang, outcome),
	}
