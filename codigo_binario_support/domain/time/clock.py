"""The two clocks of a request, read from its history of events.

The *response* clock runs from creation until the first answer by a person, the *resolution* clock until the request
is resolved. Both stand still while the request is on hold; the window decides which seconds count. A due time is
derived from running time, never from adding a pause to a date: `due_at` is the earliest instant at which the
running time reaches the target.

Rules: `tests/unit/time/scenarios`. The policy promises no time for an ordinary request: without a target there is no due time.

>>> from datetime import datetime, timezone
>>> from codigo_binario_support.domain.time.windows import ALWAYS_OPEN
>>> at = lambda hour: datetime(2026, 3, 2, hour, tzinfo=timezone.utc)
>>> history = [Event(at(9), "create"), Event(at(10), "hold"), Event(at(12), "resume")]
>>> reading = read(ALWAYS_OPEN, history, Targets(None, 2 * 3600), at(12))
>>> reading.resolution.elapsed_seconds, reading.paused_seconds, reading.resolution.due_at.hour
(3600, 7200, 13)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from ..errors import ClockError
from .windows import SlaWindow

#: What may happen to a clock. `close` and `edit_agreement` are history that no clock reacts to.
ACTIONS = tuple("create first_reply hold resume resolve reopen close set_priority edit_agreement".split())


@dataclass(frozen=True, slots=True)
class Event:
	"""Something that happened: `at` is aware; `detail` is a hold's reason or the new priority."""

	at: datetime
	do: str
	detail: str | None = None


@dataclass(frozen=True, slots=True)
class Targets:
	"""Promised running time in seconds. None: no promise, hence no due time and no breach. Zero: due at once."""

	response_seconds: int | None = None
	resolution_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ClockState:
	"""One clock as it reads: running seconds, the target it stands under, when that is used up."""

	elapsed_seconds: int
	target_seconds: int | None
	due_at: datetime | None
	stopped_at: datetime | None

	@property
	def is_breached(self) -> bool:
		return self.target_seconds is not None and self.elapsed_seconds > self.target_seconds

	@property
	def left_seconds(self) -> int | None:
		return None if self.target_seconds is None else self.target_seconds - self.elapsed_seconds


@dataclass(frozen=True, slots=True)
class ClockReading:
	"""Both clocks at one instant. `state` is open, held or resolved."""

	state: str
	read_at: datetime
	response: ClockState
	resolution: ClockState
	paused_seconds: int


@dataclass(frozen=True, slots=True)
class Joining:
	"""From `at` on a request is a duplicate of another one, whose whole history is `events`."""

	at: datetime
	events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Segment:
	"""One line of the ledger: a stretch of time, whether the resolution clock counted it, and why (not).

	`why`: running, closed, holiday, on_hold, resolved. `open_seconds` is the open part, counted or not.
	"""

	start: datetime
	end: datetime
	is_counted: bool
	why: str
	open_seconds: int
	detail: str = ""

	@property
	def counted_seconds(self) -> int:
		return self.open_seconds if self.is_counted else 0


class _Stretch(NamedTuple):
	"""Time between two events, in one state."""

	start: datetime
	end: datetime
	state: str
	is_answered: bool
	begun_by: str
	detail: str


def read(
	window: SlaWindow,
	events: Iterable[Event],
	targets: Targets | Mapping[str, Targets],
	observe_at: datetime,
	priority: str | None = None,
	ignores_holds: bool = False,
) -> ClockReading:
	"""Read the clocks at `observe_at` (or at the last event, if that is later).

	`targets` are the terms frozen at creation: one pair, or one per priority. `ignores_holds` is the platform
	clock: wall-clock promises do not wait for the customer. Raises `ClockError` on a history without a creation
	and `NoWorkingTime` when a due time cannot exist.
	"""
	history = in_order(events, observe_at)
	current = _targets_of(priority, targets)
	#: When a clock stopped, and the terms it stood under then.
	answered: tuple[datetime, Targets] | None = None
	resolved: tuple[datetime, Targets] | None = None
	for event in history:
		if event.do == "set_priority":
			current = _targets_of(event.detail, targets)
		elif event.do in ("first_reply", "resolve"):
			answered = answered or (event.at, current)
			if event.do == "resolve":
				resolved = (event.at, current)
	stretches = list(_stretches(history, observe_at, ignores_holds))
	state, end = stretches[-1].state, stretches[-1].end
	running = [stretch for stretch in stretches if stretch.state == "open"]
	unanswered = [stretch for stretch in running if not stretch.is_answered]
	replied_at, terms = answered or (None, current)
	response = _clock_state(window, unanswered, terms.response_seconds, replied_at, end)
	resolved_at, terms = (resolved if state == "resolved" else None) or (None, current)
	has_due = state != "held"
	resolution = _clock_state(window, running, terms.resolution_seconds, resolved_at, end, has_due)
	return ClockReading(state, end, response, resolution, _paused_seconds(window, stretches))


def ledger(
	window: SlaWindow, events: Iterable[Event], observe_at: datetime, ignores_holds: bool = False
) -> list[Segment]:
	"""The segments from creation to `observe_at`, without gaps; their counted seconds sum to the elapsed time."""
	history = in_order(events, observe_at)
	segments = []
	for start, end, state, _is_answered, _begun_by, reason in _stretches(history, observe_at, ignores_holds):
		if state != "open":
			why = "on_hold" if state == "held" else "resolved"
			if start < end:
				segments.append(Segment(start, end, False, why, window.open_seconds(start, end), reason))
			continue
		for part in window.stretches(start, end):
			why = "running" if part.is_open else ("holiday" if part.holidays else "closed")
			detail = ", ".join(day.isoformat() for day in part.holidays)
			open_seconds = part.seconds if part.is_open else 0
			segments.append(Segment(part.start, part.end, part.is_open, why, open_seconds, detail))
	return segments


def in_order(events: Iterable[Event], observe_at: datetime | None = None) -> list[Event]:
	"""The events by time, equal instants in the order given. Raises `ClockError` if they are not a history."""
	history = list(events)
	if observe_at is not None and observe_at.tzinfo is None:
		sentence = "The instant {value} has no offset: write -06:00 or the like after it."
		raise ClockError(sentence, value=observe_at)
	for event in history:
		if event.do not in ACTIONS:
			known = ", ".join(ACTIONS)
			template = "{action} is not an event of the clock: use one of {actions}."
			raise ClockError(template, action=event.do, actions=known)
		if event.at.tzinfo is None:
			raise ClockError("The event {action} at {at} has no time zone.", action=event.do, at=event.at)
	history.sort(key=lambda event: event.at)
	if not history or history[0].do != "create":
		raise ClockError("A history begins with the event create; nothing can come before it.")
	if sum(event.do == "create" for event in history) > 1:
		raise ClockError("A history has one event create, not several.")
	return history


#: What happens to a request that others joined happens to them too: they wait for the same.
_SHARED = ("first_reply", "hold", "resume", "resolve", "reopen", "close")


def joined(own: Iterable[Event], joinings: Sequence[Joining]) -> list[Event]:
	"""The history of a duplicate: its own, and what happened to the request it joined since it joined.

	Joining is no event: it neither answers nor resolves nor restores anything. What was done in the same second was done
	before: it was an answer to the other one alone.

	>>> from datetime import datetime, timezone
	>>> at = lambda hour: datetime(2026, 3, 2, hour, tzinfo=timezone.utc)
	>>> original = [Event(at(8), "create"), Event(at(9), "first_reply"), Event(at(12), "resolve")]
	>>> [event.do for event in joined([Event(at(10), "create")], [Joining(at(11), original)])]
	['create', 'resolve']
	"""
	history = sorted(own, key=lambda event: event.at)
	for joining, following in zip(joinings, [*joinings, None][1:], strict=True):
		theirs = sorted(joining.events, key=lambda event: event.at)
		state = _state_after([event for event in theirs if event.at <= joining.at])
		if state != _state_after(history):
			# One waits for the customer and the other does not: from now on it is as with the request that is joined.
			history.append(Event(joining.at, _INTO[state]))
		since = [event for event in theirs if event.do in _SHARED and joining.at < event.at]
		history += [event for event in since if not following or event.at <= following.at]
		history.sort(key=lambda event: event.at)
	return history


def together(readings: Sequence[ClockReading]) -> ClockReading:
	"""A request and its duplicates as one, the request itself first: the strictest promise of them all.

	One that is late makes all of them late, and nothing is over before it is over for everybody who asked.
	"""
	response = _strictest([reading.response for reading in readings])
	resolution = _strictest([reading.resolution for reading in readings])
	return replace(readings[0], response=response, resolution=resolution)


def ruling(readings: Sequence[ClockReading]) -> int:
	"""Whose resolution clock counts for all of them: the place among the readings."""
	return max(range(len(readings)), key=lambda place: (_strictness(readings[place].resolution), -place))


def _strictest(clocks: Sequence[ClockState]) -> ClockState:
	ends = [clock.stopped_at for clock in clocks]
	return replace(max(clocks, key=_strictness), stopped_at=max(filter(None, ends)) if all(ends) else None)


def _strictness(clock: ClockState) -> tuple[bool, bool, bool, int, int]:
	has_target = clock.left_seconds is not None
	is_running = has_target and clock.stopped_at is None
	return clock.is_breached, is_running, has_target, -(clock.left_seconds or 0), clock.elapsed_seconds


def _targets_of(priority: str | None, targets: Targets | Mapping[str, Targets]) -> Targets:
	if isinstance(targets, Targets):
		return targets
	if priority is None or priority not in targets:
		sentence = "The agreement has no priority {priority}: it knows {known}."
		raise ClockError(sentence, priority=priority, known=", ".join(targets))
	return targets[priority]


_NEXT_STATE = {"create": "open", "hold": "held", "resume": "open", "resolve": "resolved", "reopen": "open"}
_INTO = {"open": "resume", "held": "hold", "resolved": "resolve"}


def _state_after(history: Sequence[Event]) -> str:
	return next((_NEXT_STATE[event.do] for event in reversed(history) if event.do in _NEXT_STATE), "open")


def _stretches(history: Sequence[Event], observe_at: datetime, ignores_holds: bool) -> Iterator[_Stretch]:
	state, is_answered, detail = "open", False, ""
	for event, following in zip(history, [*history[1:], None], strict=True):
		if event.do in _NEXT_STATE and not (ignores_holds and event.do in ("hold", "resume")):
			state, detail = _NEXT_STATE[event.do], event.detail or ""
		is_answered = is_answered or event.do in ("first_reply", "resolve")
		end = following.at if following else max(observe_at, event.at)
		yield _Stretch(event.at, end, state, is_answered, event.do, detail)


def _paused_seconds(window: SlaWindow, stretches: Iterable[_Stretch]) -> int:
	"""Open seconds in which the clock stood still; time after a resolve counts only once it is reopened."""
	paused = tail = 0
	was_resolved = False
	for stretch in stretches:
		if stretch.begun_by == "reopen":
			paused, tail = paused + tail, 0
		elif stretch.begun_by == "resolve" and not was_resolved:
			tail = 0
		was_resolved = stretch.state == "resolved"
		if was_resolved:
			tail += window.open_seconds(stretch.start, stretch.end)
		elif stretch.state == "held":
			paused += window.open_seconds(stretch.start, stretch.end)
	return paused


def _clock_state(
	window: SlaWindow,
	running: Sequence[_Stretch],
	target_seconds: int | None,
	stopped_at: datetime | None,
	end: datetime,
	has_due: bool = True,
) -> ClockState:
	elapsed = 0
	due_at = running[0].start if target_seconds == 0 else None
	for stretch in running:
		counted = window.open_seconds(stretch.start, stretch.end)
		if due_at is None and target_seconds is not None and elapsed + counted >= target_seconds:
			due_at = window.add(stretch.start, target_seconds - elapsed)
		elapsed += counted
	if not has_due or target_seconds is None:
		due_at = None
	elif due_at is None:
		due_at = window.add(stopped_at or end, target_seconds - elapsed)
	return ClockState(elapsed, target_seconds, due_at, stopped_at)
