"""Warnings: before a due time, at a breach, once each, quiet outside open hours save for outages."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.requests.due_warnings import (
	BREACH,
	RESOLUTION,
	RESTORE,
	WARNING,
	Watched,
	news,
)
from codigo_binario_support.domain.time import clock
from codigo_binario_support.domain.time.clock import Event, Targets
from codigo_binario_support.domain.time.windows import ALWAYS_OPEN, WEEKDAYS, SlaWindow

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = SlaWindow.weekly(
	"Office", "America/Mexico_City", {day: [("09:00", "18:00")] for day in WEEKDAYS[:5]}
)
HOUR = 3600


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
	"""March 2026; the 6th is a Friday, the 9th a Monday."""
	return datetime(2026, 3, day, hour, minute, second, tzinfo=MEXICO)


def look(filed, target, now, told=(), is_outage=False, lead=HOUR, name=RESOLUTION, window=OFFICE):
	face = clock.read(window, [Event(filed, "create")], Targets(None, target), now).resolution
	return [row.kind for row in news([Watched(name, face, lead)], told, OFFICE, now, is_outage)]


def test_at_1755_on_a_friday_what_is_due_on_monday_at_930_is_warned_of():
	"""35 minutes of open time are left, and 63.5 hours on the wall."""
	assert look(at(6, 12, 0), 6 * HOUR + 1800, at(6, 17, 55)) == [WARNING]


def test_at_1755_on_a_friday_what_is_due_on_monday_at_1030_waits_for_monday():
	filed, target = at(6, 12, 0), 7 * HOUR + 1800
	assert look(filed, target, at(6, 17, 55)) == []
	assert look(filed, target, at(7, 12)) == [], "closed"
	assert look(filed, target, at(9, 9, 29)) == []
	assert look(filed, target, at(9, 9, 30)) == [WARNING]


def test_what_comes_up_while_support_is_closed_is_told_at_the_opening():
	filed, target = at(6, 17, 0), 2 * HOUR
	assert look(filed, target, at(6, 18, 0)) == []
	assert look(filed, target, at(8, 12)) == []
	assert look(filed, target, at(9, 9, 0)) == [WARNING]


def test_a_breach_is_told_a_second_after_the_due_time_and_not_at_it():
	filed = at(6, 10)
	assert look(filed, HOUR, at(6, 11)) == [WARNING]
	assert look(filed, HOUR, at(6, 11, 0, 1)) == [BREACH]


def test_an_outage_is_told_at_any_hour():
	assert look(at(7, 2), 2 * HOUR, at(7, 3, 15), window=ALWAYS_OPEN, is_outage=True) == [WARNING]
	assert look(at(7, 2), 2 * HOUR, at(7, 3, 15), window=ALWAYS_OPEN) == []


def test_a_restoration_is_told_at_any_hour_whatever_its_severity():
	given_ = {"window": ALWAYS_OPEN, "name": RESTORE, "lead": 1800}
	assert look(at(7, 2), 2 * HOUR, at(7, 3, 29), **given_) == []
	assert look(at(7, 2), 2 * HOUR, at(7, 3, 30), **given_) == [WARNING]


def test_what_was_told_is_not_told_again_and_a_breach_makes_a_late_warning_superfluous():
	filed = at(6, 10)
	warned, late = f"{WARNING}/{RESOLUTION}/{2 * HOUR}", f"{BREACH}/{RESOLUTION}/{2 * HOUR}"
	assert look(filed, 2 * HOUR, at(6, 11, 30), told=[warned]) == []
	assert look(filed, 2 * HOUR, at(6, 12, 30), told=[warned]) == [BREACH]
	assert look(filed, 2 * HOUR, at(6, 12, 30), told=[late]) == []
	assert look(filed, 3 * HOUR, at(6, 12, 30), told=[warned, late]) == [WARNING], "another promise"


def test_a_promise_shorter_than_the_lead_is_warned_of_at_half_its_time():
	assert look(at(6, 10), HOUR, at(6, 10, 29)) == []
	assert look(at(6, 10), HOUR, at(6, 10, 30)) == [WARNING]


def test_without_a_promise_or_with_the_lead_at_zero_there_is_no_warning():
	assert look(at(6, 10), None, at(6, 17)) == []
	assert look(at(6, 10), HOUR, at(6, 10, 59), lead=0) == []
	assert look(at(6, 10), HOUR, at(6, 11, 1), lead=0) == [BREACH]


@given(st.integers(0, 7 * 1440), st.integers(1, 20 * 60), st.integers(0, 180), st.integers(0, 9 * 1440))
def test_looking_every_five_minutes_each_is_told_once_and_in_open_hours_only(filed, target, lead, until):
	start = at(2, 0) + timedelta(minutes=filed)
	told, kinds = set(), []
	for minute in range(0, until, 5):
		now = start + timedelta(minutes=minute)
		face = clock.read(OFFICE, [Event(start, "create")], Targets(None, target * 60), now).resolution
		for row in news([Watched(RESOLUTION, face, lead * 60)], told, OFFICE, now, False):
			assert OFFICE.is_open(now)
			told.add(row.key)
			kinds.append(row.kind)
	assert kinds in ([], [WARNING], [BREACH], [WARNING, BREACH])


@pytest.mark.parametrize("stopped", ["resolve", "first_reply"])
def test_a_clock_that_has_stopped_is_no_news(stopped):
	events = [Event(at(6, 10), "create"), Event(at(6, 11), stopped)]
	reading = clock.read(OFFICE, events, Targets(HOUR, HOUR), at(6, 17))
	rows = [Watched("response", reading.response, HOUR)]
	assert news(rows, (), OFFICE, at(6, 17), False) == []
