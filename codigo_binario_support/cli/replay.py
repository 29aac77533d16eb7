"""Requests with their history, through triage, clock and offer: what the policy would have said and promised."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.errors import CalendarError, ClockError
from ..domain.offers.offer import Offer, offer_for
from ..domain.policy.policy import COMMITMENT_CLOCKS, Commitment, Policy
from ..domain.time.clock import ClockReading, ClockState, Targets, read
from ..domain.time.holidays import with_dates
from ..domain.time.windows import ALWAYS_OPEN, SlaWindow
from ..domain.triage.verdict import EXCLUDED, MIXED, NEEDS_REVIEW, Triage
from ..shipped import classify
from .columns import Row
from .lines import RowError, Skipped

KEPT, MISSED, RUNNING, UNKNOWN = "kept", "missed", "running", "unknown"
PROMISE_STATES = (KEPT, MISSED, RUNNING, UNKNOWN)


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
		order = (MISSED, UNKNOWN, RUNNING, KEPT)
		return min((promise.state for promise in self.promises), key=order.index, default=None)


class Replay:
	"""One policy applied to many requests. Holidays are looked up for the years that the requests touch."""

	def __init__(
		self, data: Mapping[str, Any], observe_at: datetime, hourly_rate: float | None = None
	) -> None:
		"""`hourly_rate` prices every Success Pack in place of the policy's own. Raises `PolicyError`."""
		if hourly_rate is not None and isinstance(data, Mapping):
			packs = [{**pack, "hourly_rate": hourly_rate} for pack in data.get("success_packs") or ()]
			data = {**data, "success_packs": packs}
		self.data = data
		self.policy = Policy(data)
		self.observe_at = observe_at
		self.hourly_rate = hourly_rate
		self._years: range = range(0)
		self._windows: Mapping[str, SlaWindow] = {}

	@property
	def support_window(self) -> SlaWindow:
		return self._window("support_hours")

	def outcome(self, row: Row) -> Outcome:
		"""Raises `ClockError` or `CalendarError` when the history is one that no clock can follow."""
		triage = classify(self.policy, row.subject, row.body, row.headers)
		self._cover(row)
		clauses = (triage.clause, triage.second_clause)
		# A request that a person has still to judge stands under no promise yet, and nothing is offered for it.
		is_decided = triage.verdict != NEEDS_REVIEW
		is_excluded = triage.verdict in (EXCLUDED, MIXED)
		attention = read(self.support_window, row.events, Targets(), self.observe_at)
		return Outcome(
			row=row,
			triage=triage,
			promises=tuple(self._promises(row, clauses, triage.severity)) if is_decided else (),
			offer=offer_for(self.policy, clauses) if is_excluded else None,
			is_in_hours=self.support_window.is_open(row.created_at),
			state=attention.state,
			attention_seconds=attention.resolution.elapsed_seconds,
			paused_seconds=attention.paused_seconds,
		)

	def _promises(self, row: Row, clauses: tuple[str | None, ...], severity: str) -> Iterator[Promise]:
		for kind in ("first_response", "resolution", "restore"):
			commitment = self.policy.commitment(kind, clauses, severity)
			if commitment and commitment.target_seconds is not None:
				yield self._promise(row, commitment, commitment.target_seconds)

	def _promise(self, row: Row, commitment: Commitment, seconds: int) -> Promise:
		is_response = commitment.kind == "first_response"
		is_platform = COMMITMENT_CLOCKS[commitment.kind] == "platform"
		reading: ClockReading = read(
			ALWAYS_OPEN if is_platform else self._windows[commitment.window],
			row.events,
			Targets(seconds, None) if is_response else Targets(None, seconds),
			self.observe_at,
			ignores_holds=is_platform,
		)
		face = reading.response if is_response else reading.resolution
		is_known = row.knows_reply if is_response else row.knows_end
		return Promise(commitment.kind, _state(face, is_known), face.due_at, face.elapsed_seconds, seconds)

	def _window(self, kind: str) -> SlaWindow:
		if not self._windows:
			self._extend(self.observe_at.year, self.observe_at.year)
		return self._windows[self.policy.promised(kind).window]

	def _cover(self, row: Row) -> None:
		first, last = row.events[0].at.year, row.events[-1].at.year
		if first not in self._years or last not in self._years:
			self._extend(first, last)

	def _extend(self, first: int, last: int) -> None:
		# One year more on each side: local dates are not UTC dates, and due times lie ahead.
		years = [*self._years, first - 1, last + 1, self.observe_at.year + 1]
		self._years = range(min(years), max(years) + 1)
		self._windows = Policy(with_dates(self.data, self._years)).windows


def _state(face: ClockState, is_known: bool) -> str:
	if face.stopped_at is not None:
		return MISSED if face.is_breached else KEPT
	if not is_known:
		return UNKNOWN
	return MISSED if face.is_breached else RUNNING


class SeenIds:
	"""The ids so far, on disk once there are many: exact, and the memory does not grow with the file."""

	def __init__(self) -> None:
		self._lines = sqlite3.connect("")
		self._lines.execute("pragma journal_mode = off")
		self._lines.execute("pragma cache_size = -8000")
		self._lines.execute("create table seen (id text primary key, line integer) without rowid")

	def require_new(self, request_id: str, line: int) -> None:
		"""Remember the id. Raises `RowError` naming the line where it stood first."""
		key = request_id.encode("utf-8", "surrogatepass")
		if self._lines.execute("insert or ignore into seen values (?, ?)", (key, line)).rowcount == 0:
			(first,) = self._lines.execute("select line from seen where id = ?", (key,)).fetchone()
			raise RowError(
				"The id {id} stands already in line {line}; the first one counts.", id=request_id, line=first
			)

	def close(self) -> None:
		self._lines.close()


def replayed(replay: Replay, requests: Iterable[Row | Skipped]) -> Iterator[Outcome | Skipped]:
	"""Each request's outcome, or why it has none."""
	seen = SeenIds()
	try:
		for row in requests:
			if isinstance(row, Skipped):
				yield row
				continue
			try:
				seen.require_new(row.id, row.line)
				yield replay.outcome(row)
			# Only what this row brought about: a missing model or a wrong policy ends the run.
			except (RowError, ClockError, CalendarError) as error:
				yield Skipped.because(row.line, error)
	finally:
		seen.close()


def as_data(outcome: Outcome, replay: Replay) -> dict[str, Any]:
	"""The keys of one result of `replay --json`; instants in the policy's zone, durations in minutes."""
	triage, zone = outcome.triage, replay.support_window.zone
	pack = outcome.offer.pack if outcome.offer else None
	return {
		"line": outcome.row.line,
		**triage_data(outcome.row.id, triage),
		"created_at": outcome.row.created_at.astimezone(zone).isoformat(),
		"in_hours": outcome.is_in_hours,
		"state": outcome.state,
		"attention_min": outcome.attention_seconds / 60,
		"paused_min": outcome.paused_seconds / 60,
		"promises": [
			{
				"kind": promise.kind,
				"state": promise.state,
				"due_at": promise.due_at.astimezone(zone).isoformat() if promise.due_at else None,
				"elapsed_min": promise.elapsed_seconds / 60,
				"target_min": promise.target_seconds / 60,
			}
			for promise in outcome.promises
		],
		"breached": None if not outcome.promises else outcome.promise_state == MISSED,
		"offer": pack
		and outcome.offer
		and {
			"clause": outcome.offer.clause,
			"pack": pack.code,
			"hours": pack.hours,
			"amount": outcome.offer.amount,
			"currency": pack.currency,
		},
	}


def triage_data(request_id: Any, triage: Triage) -> dict[str, Any]:
	"""The keys of one line of `triage`."""
	return {
		"id": request_id,
		"verdict": triage.verdict,
		"clause": triage.clause,
		"second_clause": triage.second_clause,
		"confidence": triage.confidence,
		"severity": triage.severity,
		"signals": [signal.text for signal in triage.signals],
	}
