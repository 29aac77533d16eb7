"""Requests with their history, through triage, clock and offer: what the policy would have said and promised."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.errors import CalendarError, ClockError
from ..domain.offers.offer import Offer, offer_for
from ..domain.policy.policy import COMMITMENT_CLOCKS, Policy
from ..domain.time.clock import ClockState, Targets, read
from ..domain.time.holidays import with_dates
from ..domain.time.windows import ALWAYS_OPEN, SlaWindow
from ..domain.triage.verdict import EXCLUDED, MIXED, NEEDS_REVIEW, Triage
from ..shipped import classify
from .columns import Row
from .lines import RowError, Skipped

KEPT, MISSED, RUNNING, UNKNOWN = "kept", "missed", "running", "unknown"
#: Why a request deserves a look, the most urgent first: the state of its promises, or that a person has to look.
REASONS = (MISSED, UNKNOWN, RUNNING, KEPT, MIXED, NEEDS_REVIEW)
MAX_NOTABLE, MAX_SKIPPED = 60, 100


@dataclass(frozen=True, slots=True)
class Promise:
	"""One commitment of the policy as it stood for one request.

	`state`: kept, missed, running (not over and not late), or unknown (the file does not say how it ended).
	`due_at` is None while the clock is on hold.
	"""

	kind: str
	state: str
	due_at: datetime | None
	elapsed_seconds: int
	target_seconds: int


@dataclass(frozen=True, slots=True)
class Outcome:
	"""What the policy says about one request."""

	row: Row
	triage: Triage
	promises: tuple[Promise, ...]
	offer: Offer | None
	is_in_hours: bool
	state: str
	attention_seconds: int
	paused_seconds: int

	@property
	def due_at(self) -> datetime | None:
		"""The first due time of its promises."""
		return min((promise.due_at for promise in self.promises if promise.due_at), default=None)

	@property
	def promise_state(self) -> str | None:
		"""The worst state of its promises; None when nothing was promised."""
		return min((promise.state for promise in self.promises), key=REASONS.index, default=None)


class Replay:
	"""One policy applied to many requests. Holidays are looked up for the years that the requests touch."""

	def __init__(
		self, data: Mapping[str, Any], observe_at: datetime, hourly_rate: float | None = None
	) -> None:
		"""`hourly_rate` prices every Success Pack in place of the policy's own. Raises `PolicyError`."""
		if hourly_rate is not None and isinstance(data, Mapping):
			packs = [{**pack, "hourly_rate": hourly_rate} for pack in data.get("success_packs") or ()]
			data = {**data, "success_packs": packs}
		self.policy = Policy(data)
		self.data, self.observe_at, self.hourly_rate = data, observe_at, hourly_rate
		self._years: range = range(0)
		self._cover(observe_at.year, observe_at.year)

	@property
	def support_window(self) -> SlaWindow:
		return self._windows[self.policy.promised("support_hours").window]

	def outcome(self, row: Row) -> Outcome:
		"""Raises `ClockError` or `CalendarError` when the history is one that no clock can follow."""
		triage = classify(self.policy, row.subject, row.body, row.headers)
		self._cover(row.events[0].at.year, row.events[-1].at.year)
		clauses = (triage.clause, triage.second_clause)
		# A request that a person has still to judge stands under no promise yet, and nothing is offered for it.
		is_decided = triage.verdict != NEEDS_REVIEW
		is_excluded = triage.verdict in (EXCLUDED, MIXED)
		attention = read(self.support_window, row.events, Targets(), self.observe_at)
		return Outcome(
			row,
			triage,
			tuple(self._promises(row, clauses, triage.severity)) if is_decided else (),
			offer_for(self.policy, clauses) if is_excluded else None,
			self.support_window.is_open(row.created_at),
			attention.state,
			attention.resolution.elapsed_seconds,
			attention.paused_seconds,
		)

	def _promises(self, row: Row, clauses: tuple[str | None, ...], severity: str) -> Iterator[Promise]:
		for kind in ("first_response", "resolution", "restore"):
			commitment = self.policy.commitment(kind, clauses, severity)
			seconds = commitment.target_seconds if commitment else None
			if commitment is None or seconds is None:
				continue
			is_response, is_platform = kind == "first_response", COMMITMENT_CLOCKS[kind] == "platform"
			window = ALWAYS_OPEN if is_platform else self._windows[commitment.window]
			targets = Targets(seconds, None) if is_response else Targets(None, seconds)
			reading = read(window, row.events, targets, self.observe_at, ignores_holds=is_platform)
			face = reading.response if is_response else reading.resolution
			is_known = row.knows_reply if is_response else row.knows_end
			yield Promise(kind, _state(face, is_known), face.due_at, face.elapsed_seconds, seconds)

	def _cover(self, first: int, last: int) -> None:
		"""Have the holidays of these years."""
		if first not in self._years or last not in self._years:
			# One year more on each side: local dates are not UTC dates, and due times lie ahead.
			years = [*self._years, first - 1, last + 1, self.observe_at.year + 1]
			self._years = range(min(years), max(years) + 1)
			self._windows = Policy(with_dates(self.data, self._years)).windows


def _state(face: ClockState, is_known: bool) -> str:
	if face.stopped_at is None and not is_known:
		return UNKNOWN
	if face.is_breached:
		return MISSED
	return RUNNING if face.stopped_at is None else KEPT


def replayed(replay: Replay, requests: Iterable[Row | Skipped]) -> Iterator[Outcome | Skipped]:
	"""Each request's outcome, or why it has none."""
	# On disk once there are many ids: exact, and the memory does not grow with the file.
	with closing(sqlite3.connect("")) as seen:
		seen.execute("pragma journal_mode = off")
		seen.execute("pragma cache_size = -8000")
		seen.execute("create table seen (id text primary key, line integer) without rowid")
		for row in requests:
			if isinstance(row, Skipped):
				yield row
				continue
			try:
				key = str(row.id).encode("utf-8", "surrogatepass")
				if seen.execute("insert or ignore into seen values (?, ?)", (key, row.line)).rowcount == 0:
					(first,) = seen.execute("select line from seen where id = ?", (key,)).fetchone()
					message = "The id {id} stands already in line {line}; the first one counts."
					raise RowError(message, id=row.id, line=first)
				yield replay.outcome(row)
			# Only what this row brought about: a missing model or a wrong policy ends the run.
			except (RowError, ClockError, CalendarError) as error:
				yield Skipped.because(row.line, error)


@dataclass
class Tally:
	"""Running totals: what the summary and the report need. Their size depends on the policy, never on the number of
	requests. `zone` is the policy's: hours and weekdays are counted in it.
	"""

	zone: ZoneInfo
	requests: int = 0
	verdicts: Counter[str] = field(default_factory=Counter)
	clauses: Counter[str] = field(default_factory=Counter)
	hours_open: Counter[int] = field(default_factory=Counter)
	hours_closed: Counter[int] = field(default_factory=Counter)
	promises: Counter[tuple[str, str]] = field(default_factory=Counter)
	without_promise: int = 0
	packs: Counter[str] = field(default_factory=Counter)
	offer_hours: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
	offer_amounts: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
	unpriced_offers: int = 0
	first_at: datetime | None = None
	last_at: datetime | None = None
	child_rows: int = 0
	notable_count: int = 0
	skipped_count: int = 0
	skipped: list[Skipped] = field(default_factory=list)
	_notable: dict[str, list[Outcome]] = field(default_factory=lambda: {reason: [] for reason in REASONS})

	def skip(self, row: Skipped) -> None:
		self.skipped_count += row.rows
		if len(self.skipped) < MAX_SKIPPED:
			self.skipped.append(row)

	def add(self, outcome: Outcome) -> None:
		self.requests += 1
		verdict = outcome.triage.verdict
		self.verdicts[verdict] += 1
		if verdict != NEEDS_REVIEW:
			self.clauses.update(filter(None, (outcome.triage.clause, outcome.triage.second_clause)))
		at = outcome.row.created_at
		hours = self.hours_open if outcome.is_in_hours else self.hours_closed
		hours[at.astimezone(self.zone).hour] += 1
		self.first_at, self.last_at = min(self.first_at or at, at), max(self.last_at or at, at)
		self.promises.update((promise.kind, promise.state) for promise in outcome.promises)
		self.without_promise += not outcome.promises
		if offer := outcome.offer:
			self.packs[offer.pack.code] += 1
			self.offer_hours[offer.clause] += offer.pack.hours
			self.unpriced_offers += offer.amount is None
			if offer.amount is not None:
				self.offer_amounts[offer.clause, offer.pack.currency] += offer.amount
		reason = outcome.promise_state or (verdict if verdict in (MIXED, NEEDS_REVIEW) else None)
		self.notable_count += bool(reason)
		if reason and len(self._notable[reason]) < MAX_NOTABLE:
			self._notable[reason].append(outcome)

	@property
	def notable(self) -> list[Outcome]:
		"""The requests that deserve a look, the most urgent reason first, as many as a page can hold."""
		return [outcome for reason in REASONS for outcome in self._notable[reason]][:MAX_NOTABLE]

	@property
	def amounts(self) -> dict[str, float]:
		"""The value of all offers by currency."""
		totals: dict[str, float] = {}
		for (_clause, currency), amount in self.offer_amounts.items():
			totals[currency] = totals.get(currency, 0.0) + amount
		return totals

	def as_data(self) -> dict[str, Any]:
		"""The totals as `replay --json` writes them."""
		kinds: dict[str, dict[str, int]] = {kind: {} for kind, _state in sorted(self.promises)}
		for (kind, state), count in self.promises.items():
			kinds[kind][state] = count
		return {
			"requests": self.requests,
			"skipped": self.skipped_count,
			"child_rows": self.child_rows,
			"verdicts": dict(self.verdicts),
			"clauses": dict(self.clauses),
			"out_of_hours": sum(self.hours_closed.values()),
			"promises": kinds,
			"without_promise": self.without_promise,
			"packs": dict(self.packs),
			"pack_hours": sum(self.offer_hours.values()),
			"pack_amounts": self.amounts,
		}

	def promised(self, state: str) -> int:
		return sum(count for (_kind, of), count in self.promises.items() if of == state)


def as_data(outcome: Outcome, replay: Replay) -> dict[str, Any]:
	"""The keys of one result of `replay --json`; instants in the policy's zone, durations in minutes."""
	row, offer, zone = outcome.row, outcome.offer, replay.support_window.zone
	promises = [
		{
			"kind": promise.kind,
			"state": promise.state,
			"due_at": promise.due_at.astimezone(zone).isoformat() if promise.due_at else None,
			"elapsed_min": promise.elapsed_seconds / 60,
			"target_min": promise.target_seconds / 60,
		}
		for promise in outcome.promises
	]
	offered = offer and {
		"clause": offer.clause,
		"pack": offer.pack.code,
		"hours": offer.pack.hours,
		"amount": offer.amount,
		"currency": offer.pack.currency,
	}
	return {
		"line": row.line,
		**triage_data(row.id, outcome.triage),
		"created_at": row.created_at.astimezone(zone).isoformat(),
		"in_hours": outcome.is_in_hours,
		"state": outcome.state,
		"attention_min": outcome.attention_seconds / 60,
		"paused_min": outcome.paused_seconds / 60,
		"promises": promises,
		"breached": outcome.promise_state == MISSED if promises else None,
		"offer": offered,
	}


def triage_data(request_id: Any, triage: Triage) -> dict[str, Any]:
	"""The keys of one line of `triage`."""
	told = ("verdict", "clause", "second_clause", "confidence", "severity")
	signals = [signal.text for signal in triage.signals]
	return {"id": request_id, **{name: getattr(triage, name) for name in told}, "signals": signals}
