"""Availability: the arithmetic of a month, and what may be claimed of it; restore drills."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.availability import availability
from codigo_binario_support.domain.availability.availability import (
	AvailabilityError,
	Incident,
	month_span,
	seconds_of,
	statement,
)
from codigo_binario_support.domain.availability.samples import Seen
from codigo_binario_support.domain.restores import drills
from codigo_binario_support.domain.restores.drills import DrillError, Step, drill

MEXICO = ZoneInfo("America/Mexico_City")
START, END = month_span("2026-11", MEXICO)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
	return datetime(2026, 11, day, hour, minute, tzinfo=MEXICO)


def seen_up(*found: tuple[datetime, datetime]) -> Seen:
	return Seen([(int(opened.timestamp()), int(closed.timestamp())) for opened, closed in found], [], [])


def outage(day: int, minutes: float, kind: str = availability.UNPLANNED, hour: int = 12) -> Incident:
	opened = at(day, hour)
	return Incident(f"{kind}-{day}", kind, opened, opened + timedelta(minutes=minutes))


@pytest.mark.parametrize(
	("month", "zone", "minutes", "budget"),
	[
		("2026-11", "America/Mexico_City", 43_200, "4.32"),
		("2026-12", "America/Mexico_City", 44_640, "4.464"),
		("2027-02", "America/Mexico_City", 40_320, "4.032"),
		("2028-02", "America/Mexico_City", 41_760, "4.176"),
		("2026-03", "America/Tijuana", 44_580, "4.458"),
		("2026-11", "America/Tijuana", 43_260, "4.326"),
	],
)
def test_a_month_has_its_own_minutes_and_budget(month, zone, minutes, budget):
	start, end = month_span(month, ZoneInfo(zone))
	assert seconds_of(start, end) == minutes * 60
	assert statement(start, end, [], 99.99).budget_seconds == Fraction(budget) * 60


@pytest.mark.parametrize("month", ["2026-13", "2026", "noviembre", "", None, "9999-12"])
def test_what_is_no_month_is_refused(month):
	with pytest.raises(AvailabilityError, match="write YYYY-MM"):
		month_span(month, MEXICO)


def test_a_month_without_samples_and_incidents_is_not_proven():
	found = statement(START, END, [], 99.99)
	assert (found.state, found.unknown_seconds) == (availability.NOT_PROVEN, 43_200 * 60)
	assert (found.percent_at_least, found.percent_at_most) == (0, 100)


def test_a_month_seen_up_from_end_to_end_is_kept():
	found = statement(START, END, [], 99.99, seen_up((START, at(10)), (at(9), END)))
	assert (found.state, found.unknown_seconds, found.percent_at_least) == (availability.KEPT, 0, 100)


@pytest.mark.parametrize(
	("minutes", "state"), [(4.3, availability.KEPT), (4.32, availability.KEPT), (4.35, availability.BROKEN)]
)
def test_exactly_the_budget_is_kept(minutes, state):
	assert statement(START, END, [outage(5, minutes)], 99.99, seen_up((START, END))).state == state


def test_one_restore_of_two_hours_breaks_the_month_even_without_samples():
	found = statement(START, END, [outage(5, 120)], 99.99)
	assert found.state == availability.BROKEN
	assert round(float(found.percent_at_most), 3) == 99.722
	assert float(found.budget_left_seconds / 60) == pytest.approx(4.32 - 120)


def test_incidents_that_overlap_are_counted_once_under_the_gravest_class():
	found = statement(
		START,
		END,
		[
			outage(5, 60),
			outage(5, 60),
			outage(5, 90, availability.PLANNED),
			outage(5, 100, availability.CUSTOMER_CAUSED),
			outage(5, 130, availability.UNKNOWN),
		],
		99.99,
	)
	assert found.seconds == {
		availability.UNPLANNED: 3600,
		availability.PLANNED: 1800,
		availability.CUSTOMER_CAUSED: 600,
		availability.UNKNOWN: 1800,
	}


def test_maintenance_is_counted_apart_and_proves_nothing_yet():
	found = statement(START, END, [outage(8, 240, availability.PLANNED)], 99.99, seen_up((START, END)))
	assert (found.down_seconds, found.state) == (0, availability.NOT_PROVEN)


def test_maintenance_counts_against_nothing_only_where_it_was_announced_in_time():
	window = [(int(at(8).timestamp()), int(at(8, 15).timestamp()))]
	found = statement(
		START, END, [outage(8, 240, availability.PLANNED)], 99.99, seen_up((START, END)), window
	)
	assert (found.announced_seconds, found.doubtful_seconds) == (3 * 3600, 3600)
	assert found.state == availability.NOT_PROVEN
	window[0] = (window[0][0], window[0][1] + 3600)
	assert statement(
		START, END, [outage(8, 240, availability.PLANNED)], 99.99, seen_up((START, END)), window
	).state == (availability.KEPT)


def test_what_the_customer_caused_is_not_held_against_the_promise():
	found = statement(
		START, END, [outage(8, 240, availability.CUSTOMER_CAUSED)], 99.99, seen_up((START, END))
	)
	assert (found.down_seconds, found.state) == (0, availability.KEPT)


def test_an_incident_counts_only_inside_the_month_and_an_open_one_to_its_end():
	before = Incident("a", availability.UNPLANNED, START - timedelta(hours=1), START + timedelta(minutes=1))
	still = Incident("b", availability.UNPLANNED, END - timedelta(minutes=2))
	after = Incident("c", availability.UNPLANNED, END, END + timedelta(hours=1))
	assert statement(START, END, [before, still, after], 99.99).down_seconds == 180


spans = st.lists(
	st.tuples(st.integers(-3000, 50_000), st.integers(0, 5000)).map(
		lambda row: (START + timedelta(minutes=row[0]), START + timedelta(minutes=row[0] + row[1]))
	),
	max_size=8,
)


@given(spans, spans, st.lists(st.sampled_from(availability.CLASSES), min_size=8, max_size=8))
def test_the_parts_of_a_month_sum_to_the_month(down, up, kinds):
	incidents = [Incident(str(i), kinds[i], *span) for i, span in enumerate(down)]
	found = statement(START, END, incidents, 99.99, seen_up(*up))
	known = [found.seconds[kind] for kind in availability.CLASSES if kind != availability.UNKNOWN]
	assert sum(known) + found.observed_up_seconds + found.unknown_seconds == found.total_seconds
	assert found.unknown_seconds >= found.seconds[availability.UNKNOWN]
	assert found.percent_at_least <= found.percent_at_most


NOW = datetime(2026, 11, 24, 18, 0, tzinfo=timezone.utc)


def drilled(seconds: int, *results: str, target: int | None = 7200):
	steps = [Step("restore", 60, result) for result in results or (drills.PASSED,)]
	_seconds, found = drill(NOW - timedelta(seconds=seconds), NOW, steps, target, NOW)
	return found


@pytest.mark.parametrize(
	("seconds", "verdict"), [(600, "Kept"), (7200, "Kept"), (7201, "Broken"), (90_000, "Broken")]
)
def test_a_drill_keeps_the_promise_up_to_and_with_two_hours(seconds, verdict):
	assert drilled(seconds) == verdict


def test_a_step_that_failed_is_a_drill_that_failed():
	assert drilled(600, drills.PASSED, drills.FAILED) == drills.BROKEN


def test_without_a_promised_time_a_drill_proves_nothing():
	assert drilled(600, target=None) == drills.NOT_PROVEN


def test_times_that_cannot_be_are_refused():
	with pytest.raises(DrillError, match="after it starts"):
		drilled(0)
	with pytest.raises(DrillError, match="in the future"):
		drill(NOW, NOW + timedelta(hours=1), [Step("a", 1, drills.PASSED)], 7200, NOW)
	with pytest.raises(DrillError, match="at least one"):
		drill(NOW - timedelta(hours=1), NOW, [], 7200, NOW)
	with pytest.raises(DrillError, match="take 120 seconds and the drill 100"):
		drilled(100, drills.PASSED, drills.PASSED)
