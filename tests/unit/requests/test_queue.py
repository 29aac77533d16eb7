"""The order of the queue: what is stored once must stay the right order while time passes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.requests import queue, status
from codigo_binario_support.domain.time import clock
from codigo_binario_support.domain.time.clock import Event, Targets
from codigo_binario_support.domain.time.windows import WEEKDAYS, SlaWindow

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = SlaWindow.weekly(
	"Office", "America/Mexico_City", {day: [("09:00", "18:00")] for day in WEEKDAYS[:5]}
)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=MEXICO)
HOUR = timedelta(hours=1)

_STATE_AFTER = {"create": status.NEW, "hold": status.WAITING_FOR_CUSTOMER, "resume": status.IN_PROGRESS}


@st.composite
def requests(draw):
	"""A history of filing and pauses over some days, and a promise or none."""
	here = MONDAY + timedelta(minutes=draw(st.integers(0, 7 * 1440)))
	events = [Event(here, "create")]
	for _n in range(draw(st.integers(0, 4))):
		here += timedelta(minutes=draw(st.integers(1, 2000)))
		events.append(Event(here, "resume" if events[-1].do == "hold" else "hold"))
	return events, draw(st.one_of(st.none(), st.integers(1, 40 * 60)))


def placed(events, target_minutes, now, severity="question"):
	targets = Targets(None, target_minutes * 60 if target_minutes else None)
	reading = clock.read(OFFICE, events, targets, now)
	face = reading.resolution
	state = _STATE_AFTER[events[-1].do]
	return (
		queue.queue_position(state, severity, events, face.due_at, face.elapsed_seconds, OFFICE, now),
		face,
	)


@given(requests(), requests(), st.integers(0, 20_000))
def test_the_stored_order_is_the_order_of_the_open_time_left_whenever_one_looks(first, second, minutes):
	stored = [placed(events, target, events[-1].at) for events, target in (first, second)]
	look = max(events[-1].at for events, _target in (first, second)) + timedelta(minutes=minutes)
	later = [placed(events, target, look) for events, target in (first, second)]
	for (before, _face), (after, _later_face) in zip(stored, later, strict=True):
		if before.turn == queue.SUPPORT:
			assert after.key == before.key, "it was stored once and holds"
	if all(place.turn == queue.SUPPORT for place, _face in stored):
		(a, a_face), (b, b_face) = later
		if a.lane == b.lane == queue.PROMISED and a_face.left_seconds < b_face.left_seconds:
			assert a.key < b.key
		if a.lane == b.lane == queue.WAITING_FOR_US and a_face.elapsed_seconds > b_face.elapsed_seconds:
			assert a.key < b.key
		if a.lane < b.lane:
			assert a.key < b.key


def test_open_time_left_counts_and_not_the_wall_clock():
	"""Filed Friday at 17:30 with 2 h: due Monday 10:30. Filed Monday at 8:00 with 1 h: due Monday 10:00, and first."""
	friday = datetime(2026, 3, 6, 17, 30, tzinfo=MEXICO)
	monday = datetime(2026, 3, 9, 8, tzinfo=MEXICO)
	weekend, _face = placed([Event(friday, "create")], 120, friday)
	early, _face = placed([Event(monday, "create")], 60, monday)
	assert early.key < weekend.key


def test_a_pause_does_not_age_a_request_without_a_promise():
	paused = [Event(MONDAY, "create"), Event(MONDAY + HOUR, "hold"), Event(MONDAY + 5 * HOUR, "resume")]
	unpaused = [Event(MONDAY + 2 * HOUR, "create")]
	now = MONDAY + 6 * HOUR
	(a, a_face), (b, b_face) = placed(paused, None, now), placed(unpaused, None, now)
	assert (a_face.elapsed_seconds, b_face.elapsed_seconds) == (2 * 3600, 4 * 3600)
	assert b.key < a.key


def test_the_lanes_follow_each_other():
	def key(state, severity="question", due=None, events=("create",)):
		history = [Event(MONDAY + n * HOUR, do) for n, do in enumerate(events)]
		return queue.queue_position(state, severity, history, due, 0, OFFICE, MONDAY + 9 * HOUR).key

	keys = [
		key(status.IN_PROGRESS, due=MONDAY + 400 * HOUR),
		key(status.NEW, severity="outage"),
		key(status.NEW),
		key(status.WAITING_FOR_CUSTOMER, events=("create", "hold")),
		key(status.RESOLVED, events=("create", "resolve")),
		key(status.CLOSED, events=("create", "resolve")),
	]
	assert keys == sorted(keys)
	assert {len(row) for row in keys} == {21}


def test_what_was_over_last_stands_first_among_what_is_over():
	early = queue.QueuePosition(queue.NOBODY, MONDAY, queue.CLOSED, MONDAY, MONDAY)
	late = queue.QueuePosition(queue.NOBODY, MONDAY, queue.CLOSED, MONDAY + HOUR, MONDAY)
	assert late.key < early.key


def test_of_two_filed_on_a_weekend_the_first_comes_first():
	saturday, sunday = (datetime(2026, 3, day, 12, tzinfo=MEXICO) for day in (7, 8))
	now = datetime(2026, 3, 9, 10, tzinfo=MEXICO)
	(first, first_face), (second, second_face) = (
		placed([Event(at, "create")], None, now) for at in (saturday, sunday)
	)
	assert first_face.elapsed_seconds == second_face.elapsed_seconds
	assert first.at == second.at and first.key < second.key


def test_a_restoration_runs_while_the_customer_is_asked_and_keeps_its_place():
	events = [Event(MONDAY, "create"), Event(MONDAY + HOUR, "hold")]
	found = queue.queue_position(
		status.WAITING_FOR_CUSTOMER, "outage", events, MONDAY + 2 * HOUR, 3600, OFFICE, MONDAY + HOUR
	)
	assert (found.lane, found.turn, found.turn_since) == (queue.PROMISED, queue.CUSTOMER, MONDAY + HOUR)


@pytest.mark.parametrize(
	("state", "turn"),
	[
		(status.NEW, queue.SUPPORT),
		(status.IN_PROGRESS, queue.SUPPORT),
		(status.WAITING_FOR_CUSTOMER, queue.CUSTOMER),
		(status.WAITING_FOR_ACCEPTANCE, queue.CUSTOMER),
		(status.RESOLVED, queue.NOBODY),
		(status.CLOSED, queue.NOBODY),
	],
)
def test_whose_turn_it_is(state, turn):
	assert status.STATUSES[state].turn == turn


def test_an_instant_before_1970_still_sorts():
	long_ago = datetime(1960, 1, 1, tzinfo=timezone.utc)
	old = queue.QueuePosition(queue.SUPPORT, MONDAY, queue.WAITING_FOR_US, long_ago, long_ago)
	assert old.key == "3" + "0" * 20
