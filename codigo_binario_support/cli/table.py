"""The printed table of a replay: fits the terminal, names what was decided, promised and offered."""

import unicodedata
from bisect import bisect_right
from itertools import accumulate

import click

from ..domain.triage.verdict import EXCLUDED, INCLUDED, MIXED, NEEDS_REVIEW
from .language import Language
from .replay import KEPT, MISSED, RUNNING, UNKNOWN, Outcome, Replay, Tally

MIN_WIDTH, MAX_WIDTH = 80, 140
VERDICT_LABELS = {INCLUDED: "included", EXCLUDED: "excluded", MIXED: "mixed", NEEDS_REVIEW: "to review"}
#: The answer to the column's question "breached?".
BREACH_LABELS = {MISSED: "YES", KEPT: "no", RUNNING: "not yet", UNKNOWN: "unknown"}
COLOURS = {INCLUDED: "green", EXCLUDED: "yellow", MIXED: "magenta", NEEDS_REVIEW: "cyan", MISSED: "red"}


class Table:
	"""Columns of fixed width, so that a row can be printed as soon as it is known."""

	def __init__(self, lang: Language, replay: Replay, width: int) -> None:
		self.lang, self.replay = lang, replay
		width = max(MIN_WIDTH, min(width, MAX_WIDTH)) - 1
		self.is_wide = width >= 100
		fixed = {"verdict": 11, "clause": 20, "due": 19, "breach": 9}
		rest = width - 10 - sum(fixed.values()) - 5
		if self.is_wide:
			self.widths = {"id": 10, "subject": rest - 18, **fixed, "offer": 17}
		else:
			self.widths = {"id": 10, **fixed, "offer": rest}

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
			"offer": t("Offer") if self.is_wide else "Pack",
		}
		line = " ".join(fit(titles[key], width) for key, width in self.widths.items())
		rule = "─" * (sum(self.widths.values()) + len(self.widths) - 1)
		return [click.style(line.rstrip(), bold=True), rule]

	def row(self, outcome: Outcome) -> str:
		state, verdict = outcome.promise_state, outcome.triage.verdict
		said = cells(self.lang, self.replay, outcome, self.is_wide)
		fitted = {key: fit(said[key], width) for key, width in self.widths.items()}
		for key, colour in (("verdict", COLOURS.get(verdict)), ("breach", COLOURS.get(state or ""))):
			if colour:
				fitted[key] = click.style(fitted[key], fg=colour)
		return " ".join(fitted.values()).rstrip()


def cells(lang: Language, replay: Replay, outcome: Outcome, has_amount: bool = True) -> dict[str, str]:
	"""What a row says of a request, by column: the clause that decided with a question mark while it is only a
	suggestion, the offer with its price where there is room.
	"""
	t, row, triage, state = lang.t, outcome.row, outcome.triage, outcome.promise_state
	clause, due, offer = triage.clause or "–", t("on hold"), "–"
	if triage.clause and triage.verdict == NEEDS_REVIEW:
		clause += "?"
	elif triage.clause and triage.second_clause:
		clause += " +"
	if triage.verdict == NEEDS_REVIEW:
		due = t("a person decides")
	elif not outcome.promises:
		due = t("no time promised")
	elif outcome.due_at:
		due = lang.moment(outcome.due_at, replay.support_window.zone)
	if outcome.offer:
		offer, amount, currency = outcome.offer.pack.code, outcome.offer.amount, outcome.offer.pack.currency
		if amount is not None and has_amount:
			offer += f" {lang.money(amount, currency)}"
	return {
		"id": str(row.id),
		"subject": row.subject or row.body,
		"verdict": t(VERDICT_LABELS[triage.verdict]),
		"clause": clause,
		"due": due,
		"breach": t(BREACH_LABELS[state]) if state else "–",
		"offer": offer,
	}


def summary(lang: Language, replay: Replay, tally: Tally) -> list[str]:
	"""The totals in sentences."""
	t, n = lang.t, lang.number
	lines = [click.style(t("Summary"), bold=True)]
	if tally.first_at and tally.last_at:
		first, last = lang.day(tally.first_at, tally.zone), lang.day(tally.last_at, tally.zone)
		message = t("{count} requests, from {first} to {last}.")
		lines.append(message.format(count=n(tally.requests), first=first, last=last))
		shares = (f"{t(label)} {n(tally.verdicts[verdict])}" for verdict, label in VERDICT_LABELS.items())
		lines.append(t("Scope: {shares}.").format(shares=", ".join(shares)))
		closed = sum(tally.hours_closed.values())
		share = lang.percent(closed / tally.requests)
		lines.append(t("Outside support hours: {count} ({share}).").format(count=n(closed), share=share))
	lines += [promise_sentence(lang, tally), offer_sentence(lang, replay, tally)]
	if tally.skipped_count:
		message = t("Rows left out: {count} (see the messages above).").format(count=n(tally.skipped_count))
		lines.append(click.style(message, fg="red"))
	return lines


def promise_sentence(lang: Language, tally: Tally) -> str:
	text = lang.t(
		"Promises with a time: {kept} kept, {missed} missed, {running} running, {unknown} unknown; "
		"{none} requests without one."
	)
	counts = {state: lang.number(tally.promised(state)) for state in (KEPT, MISSED, RUNNING, UNKNOWN)}
	return text.format(**counts, none=lang.number(tally.without_promise))


def offer_sentence(lang: Language, replay: Replay, tally: Tally) -> str:
	t, n = lang.t, lang.number
	count, hours = n(sum(tally.packs.values())), n(sum(tally.offer_hours.values()))
	text = t("Success Packs to offer: {count}, {hours} hours in all").format(count=count, hours=hours)
	if tally.amounts:
		text += ", " + amounts_text(lang, tally)
	if replay.hourly_rate is not None:
		text += t(", at {rate} an hour: the price of this replay, not of the policy.")
		return text.format(rate=n(replay.hourly_rate))
	return text + (t("; the policy has no price yet.") if tally.unpriced_offers else ".")


def amounts_text(lang: Language, tally: Tally) -> str:
	return " + ".join(lang.money(amount, currency) for currency, amount in tally.amounts.items())


def fit(text: str, width: int) -> str:
	"""The text in exactly `width` columns of a terminal, without control characters."""
	text = "".join(mark if mark.isprintable() else " " for mark in text[: 4 * width])
	ends = list(accumulate(map(_columns, text)))
	is_whole = not ends or ends[-1] <= width
	shown = text if is_whole else text[: bisect_right(ends, width - 1)] + "…"
	return shown + " " * (width - sum(map(_columns, shown)))


def _columns(mark: str) -> int:
	if unicodedata.combining(mark):
		return 0
	return 2 if unicodedata.east_asian_width(mark) in "WF" else 1
