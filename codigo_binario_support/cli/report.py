"""The report of a replay: one HTML page with its charts drawn inline, complete without a network.

Here the numbers become bars and lines of text; `templates/report/replay.html` only places them.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined, Template

from ..domain.policy.policy import words
from ..domain.time.windows import DAY_SECONDS, SlaWindow
from ..domain.triage.verdict import EXCLUDED, NEEDS_REVIEW
from ..shipped import mapping
from . import table
from .language import Language
from .replay import KEPT, MISSED, RUNNING, UNKNOWN, Outcome, Replay, Tally

#: The names of the clauses in charts and rows.
CLAUSE_LABELS = mapping("clause_labels.json")
STATE_LABELS = {KEPT: "kept", MISSED: "missed", RUNNING: "running", UNKNOWN: "unknown"}
KIND_LABELS = {"first_response": "first response", "resolution": "resolution", "restore": "restore"}


class ChartMark(NamedTuple):
	"""One bar or slice. `share` is its part of the whole (of the longest bar, where bars stand alone), 0 to 1."""

	label: str
	tone: str
	value: float
	text: str
	share: float
	before: float = 0.0


class Hour(NamedTuple):
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
		scope=_slices(lang, table.VERDICT_LABELS, tally.verdicts.__getitem__),
		hours=hours,
		busiest=max([1, *(hour.in_hours + hour.out_of_hours for hour in hours)]),
		clauses=_clause_bars(lang, replay, tally),
		promises=_slices(lang, STATE_LABELS, tally.promised),
		promise_rows=_promise_rows(lang, tally),
		packs=_pack_bars(lang, replay, tally),
		pack_total=_pack_total(lang, tally),
		promise_sentence=table.promise_sentence(lang, tally),
		offer_sentence=table.offer_sentence(lang, replay, tally),
		skipped=[lang.skipped(row) for row in tally.skipped],
		notable=[_line(lang, replay, outcome) for outcome in tally.notable],
		limits=words(replay.data["limits"], lang.code) if replay.data.get("limits") else "",
	)


@cache
def _template() -> Template:
	source = files("codigo_binario_support") / "templates" / "report" / "replay.html"
	environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
	environment.trim_blocks = environment.lstrip_blocks = True
	return environment.from_string(source.read_text(encoding="utf-8"))


def _slices(lang: Language, labels: Mapping[str, str], count_of: Callable[[str], int]) -> list[ChartMark]:
	"""Parts of one whole, each after the one before."""
	total, marks, before = sum(map(count_of, labels)) or 1, [], 0.0
	for tone, label in labels.items():
		count = count_of(tone)
		share = count / total
		text = f"{lang.number(count)} ({lang.percent(share)})"
		marks.append(ChartMark(lang.t(label), tone, count, text, share, before))
		before += share
	return marks


def _bars(rows: list[tuple[str, str, float, str]]) -> list[ChartMark]:
	"""Bars side by side: (label, tone, value, text)."""
	longest = max((value for _label, _tone, value, _text in rows), default=0) or 1
	return [ChartMark(label, tone, value, text, value / longest) for label, tone, value, text in rows]


def _clause_bars(lang: Language, replay: Replay, tally: Tally) -> list[ChartMark]:
	rows: list[tuple[str, str, float, str]] = []
	for code, clause in replay.policy.clauses.items():
		count = tally.clauses[code]
		rows.append((lang.t(CLAUSE_LABELS[code]), clause.side, count, lang.number(count)))
	return _bars(rows)


def _pack_bars(lang: Language, replay: Replay, tally: Tally) -> list[ChartMark]:
	"""Money by clause where every offer has a price, in one currency; hours otherwise."""
	currency, *others = tally.amounts or [""]
	rows = []
	for code in filter(tally.offer_hours.__contains__, replay.policy.clauses):
		value = tally.offer_hours[code]
		text = lang.hours(value)
		if currency and not others and not tally.unpriced_offers:
			value = tally.offer_amounts[code, currency]
			text = lang.money(value, currency)
		rows.append((lang.t(CLAUSE_LABELS[code]), EXCLUDED, value, text))
	return _bars(sorted(rows, key=lambda row: -row[2]))


def _pack_total(lang: Language, tally: Tally) -> str:
	if tally.amounts and not tally.unpriced_offers:
		return table.amounts_text(lang, tally)
	return lang.hours(sum(tally.offer_hours.values()))


def _promise_rows(lang: Language, tally: Tally) -> list[tuple[str, list[str]]]:
	promised = {kind for kind, _state in tally.promises}
	return [
		(lang.t(label), [lang.number(tally.promises[kind, state]) for state in STATE_LABELS])
		for kind, label in KIND_LABELS.items()
		if kind in promised
	]


def _hours(tally: Tally, window: SlaWindow) -> list[Hour]:
	days = {row.weekday for row in window.rows} or set(range(7))
	hours = []
	for hour in range(24):
		share = sum(_is_open_in(window, day, hour) for day in days) / len(days)
		open_share = 1.0 if window.always_open else share
		hours.append(Hour(hour, tally.hours_open[hour], tally.hours_closed[hour], open_share))
	return hours


def _is_open_in(window: SlaWindow, weekday: int, hour: int) -> bool:
	"""Whether the weekly hours cover more than half of that hour. Holidays are no part of the weekly hours."""
	begin, covered = weekday * DAY_SECONDS + hour * 3600, 0
	for row in window.rows:
		opens = row.weekday * DAY_SECONDS + row.opens
		closes = row.weekday * DAY_SECONDS + row.closes + (0 if row.closes > row.opens else DAY_SECONDS)
		for week in (0, 7 * DAY_SECONDS):
			covered += max(0, min(begin + 3600, closes - week) - max(begin, opens - week))
	return covered * 2 > 3600


def _line(lang: Language, replay: Replay, outcome: Outcome) -> dict[str, str]:
	"""The cells of one notable request."""
	t, triage, state = lang.t, outcome.triage, outcome.promise_state
	clauses = (t(CLAUSE_LABELS[code]) for code in (triage.clause, triage.second_clause) if code)
	clause = " + ".join(clauses) or "–"
	if triage.verdict == NEEDS_REVIEW and triage.clause:
		clause = t("{clause} (suggested)").format(clause=clause)
	said = table.cells(lang, replay, outcome)
	late = sum(max(0, promise.elapsed_seconds - promise.target_seconds) for promise in outcome.promises)
	return {
		**said,
		"subject": said["subject"][:140],
		"arrived": lang.moment(outcome.row.created_at, replay.support_window.zone),
		"out_of_hours": "" if outcome.is_in_hours else t("outside hours"),
		"tone": triage.verdict,
		"clause": clause,
		"state": state or "",
		"late": t("{time} late").format(time=lang.duration(late)) if state == MISSED else "",
	}
