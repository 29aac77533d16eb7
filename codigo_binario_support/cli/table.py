"""The printed table of a replay: fits the terminal, names what was decided, promised and offered."""

import unicodedata
from collections.abc import Sequence

import click

from ..domain.triage.verdict import EXCLUDED, INCLUDED, MIXED, NEEDS_REVIEW
from .language import Language
from .replay import KEPT, MISSED, RUNNING, UNKNOWN, Outcome, Replay
from .tally import Tally

MIN_WIDTH, MAX_WIDTH = 80, 140
VERDICT_LABELS = {INCLUDED: "included", EXCLUDED: "excluded", MIXED: "mixed", NEEDS_REVIEW: "to review"}
#: The answer to the column's question "breached?".
BREACH_LABELS = {MISSED: "YES", KEPT: "no", RUNNING: "not yet", UNKNOWN: "unknown"}
COLOURS = {INCLUDED: "green", EXCLUDED: "yellow", MIXED: "magenta", NEEDS_REVIEW: "cyan", MISSED: "red"}


class Table:
	"""Columns of fixed width, so that a row can be printed as soon as it is known."""

	def __init__(self, lang: Language, replay: Replay, width: int) -> None:
		self.lang = lang
		self.replay = replay
		width = max(MIN_WIDTH, min(width, MAX_WIDTH)) - 1
		is_wide = width >= 100
		widths = {"id": 10, "verdict": 11, "clause": 20, "due": 19, "breach": 9}
		rest = width - sum(widths.values()) - len(widths)
		self.widths = {
			"id": 10,
			**({"subject": rest - 18} if is_wide else {}),
			**{key: widths[key] for key in ("verdict", "clause", "due", "breach")},
			"offer": 17 if is_wide else rest,
		}

	def head(self) -> list[str]:
		t = self.lang.t
		titles = {
			"id": "id",
			"subject": t("Subject"),
			"verdict": t("Verdict"),
			"clause": t("Clause"),
			"due": t("Due"),
			"breach": t("Breached?"),
			# In eighty columns there is room for the code of a pack, not for its price.
			"offer": t("Offer") if "subject" in self.widths else "Pack",
		}
		line = " ".join(fit(titles[key], width) for key, width in self.widths.items())
		return [
			click.style(line.rstrip(), bold=True),
			"─" * (sum(self.widths.values()) + len(self.widths) - 1),
		]

	def row(self, outcome: Outcome) -> str:
		t, state = self.lang.t, outcome.promise_state
		verdict = outcome.triage.verdict
		cells = {
			"id": outcome.row.id,
			"subject": outcome.row.subject or outcome.row.body,
			"verdict": t(VERDICT_LABELS[verdict]),
			"clause": clause_cell(outcome),
			"due": due_cell(self.lang, self.replay, outcome),
			"breach": t(BREACH_LABELS[state]) if state else "–",
			"offer": offer_cell(self.lang, outcome, has_amount="subject" in self.widths),
		}
		colours = {"verdict": COLOURS.get(verdict), "breach": COLOURS.get(state or "")}
		return " ".join(
			click.style(fit(cells[key], width), fg=colours.get(key))
			if colours.get(key)
			else fit(cells[key], width)
			for key, width in self.widths.items()
		).rstrip()


def clause_cell(outcome: Outcome) -> str:
	"""The clause that decided; with a question mark while it is only a suggestion."""
	clause = outcome.triage.clause
	if not clause:
		return "–"
	if outcome.triage.verdict == NEEDS_REVIEW:
		return f"{clause}?"
	return f"{clause} +" if outcome.triage.second_clause else clause


def due_cell(lang: Language, replay: Replay, outcome: Outcome) -> str:
	if outcome.triage.verdict == NEEDS_REVIEW:
		return lang.t("a person decides")
	if not outcome.promises:
		return lang.t("no time promised")
	if outcome.due_at is None:
		return lang.t("on hold")
	return lang.moment(outcome.due_at, replay.support_window.zone)


def offer_cell(lang: Language, outcome: Outcome, has_amount: bool = True) -> str:
	if not outcome.offer:
		return "–"
	pack = outcome.offer.pack
	if outcome.offer.amount is None or not has_amount:
		return pack.code
	return f"{pack.code} {lang.money(outcome.offer.amount, pack.currency)}"


def summary(lang: Language, replay: Replay, tally: Tally) -> list[str]:
	"""The totals in sentences."""
	t, n = lang.t, lang.number
	lines = [click.style(t("Summary"), bold=True)]
	if tally.first_at and tally.last_at:
		lines.append(
			t("{count} requests, from {first} to {last}.").format(
				count=n(tally.requests),
				first=lang.day(tally.first_at, tally.zone),
				last=lang.day(tally.last_at, tally.zone),
			)
		)
	lines += _scope_lines(lang, tally)
	closed = sum(tally.hours_closed.values())
	if tally.requests:
		lines.append(
			t("Outside support hours: {count} ({share}).").format(
				count=n(closed), share=lang.percent(closed / tally.requests)
			)
		)
	lines.append(promise_sentence(lang, tally))
	lines.append(offer_sentence(lang, replay, tally))
	if tally.skipped_count:
		message = t("Rows left out: {count} (see the messages above).").format(count=n(tally.skipped_count))
		lines.append(click.style(message, fg="red"))
	return lines


def _scope_lines(lang: Language, tally: Tally) -> list[str]:
	shares: Sequence[str] = [
		f"{lang.t(label)} {lang.number(tally.verdicts[verdict])}" for verdict, label in VERDICT_LABELS.items()
	]
	return [lang.t("Scope: {shares}.").format(shares=", ".join(shares))] if tally.requests else []


def promise_sentence(lang: Language, tally: Tally) -> str:
	text = lang.t(
		"Promises with a time: {kept} kept, {missed} missed, {running} running, {unknown} unknown; "
		"{none} requests without one."
	)
	counts = {state: lang.number(tally.promised(state)) for state in (KEPT, MISSED, RUNNING, UNKNOWN)}
	return text.format(**counts, none=lang.number(tally.without_promise))


def offer_sentence(lang: Language, replay: Replay, tally: Tally) -> str:
	t, n = lang.t, lang.number
	text = t("Success Packs to offer: {count}, {hours} hours in all").format(
		count=n(sum(tally.packs.values())), hours=n(sum(tally.offer_hours.values()))
	)
	if tally.amounts:
		text += ", " + " + ".join(lang.money(amount, currency) for currency, amount in tally.amounts.items())
	if replay.hourly_rate is not None:
		return (text + t(", at {rate} an hour: the price of this replay, not of the policy.")).format(
			rate=n(replay.hourly_rate)
		)
	return text + (t("; the policy has no price yet.") if tally.unpriced_offers else ".")


def fit(text: str, width: int) -> str:
	"""The text in exactly `width` columns of a terminal, without control characters."""
	kept, used = [], 0
	text = "".join(mark if mark.isprintable() else " " for mark in text[: 4 * width])
	total = sum(_columns(mark) for mark in text)
	room = width if total <= width else width - 1
	for mark in text:
		if used + _columns(mark) > room:
			break
		kept.append(mark)
		used += _columns(mark)
	if total > width:
		kept.append("…")
		used += 1
	return "".join(kept) + " " * (width - used)


def _columns(mark: str) -> int:
	if unicodedata.combining(mark):
		return 0
	return 2 if unicodedata.east_asian_width(mark) in "WF" else 1
