"""Restoring against the promise: verdicts with what could not be compared, the clock, the forecast by size."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.restores import drills as drill_rules
from codigo_binario_support.domain.restores.drills import Step, drill, forecast, running_since

FIRST = datetime(2026, 1, 1, 6, 0, tzinfo=timezone.utc)
HOURS = 7200


def verdict(seconds: float, *results: str, target: int | None = HOURS) -> str:
	steps = [Step("restore", 1.0, result) for result in results]
	return drill(FIRST, FIRST + timedelta(seconds=seconds), steps, target, FIRST + timedelta(days=1))[1]


@pytest.mark.parametrize(
	("seconds", "results", "expected"),
	[
		(600, ["Passed"], "Kept"),
		(600, ["Passed", "Not proven"], "Not proven"),
		(600, ["Not proven", "Failed"], "Broken"),
		(7201, ["Not proven"], "Broken"),
		(7200.4, ["Passed"], "Broken"),
	],
)
def test_what_could_not_be_compared_proves_nothing_and_excuses_nothing(seconds, results, expected):
	assert verdict(seconds, *results) == expected


def test_what_did_not_come_to_its_end_is_never_kept():
	steps = [Step("restore", 1.0, "Passed")]
	ends = FIRST + timedelta(minutes=10)
	assert drill(FIRST, ends, steps, HOURS, ends)[1] == "Kept"
	assert drill(FIRST, ends, steps, HOURS, ends, is_finished=False)[1] == "Not proven"


@pytest.mark.parametrize(
	("verdict", "problem", "seconds", "stands"),
	[
		(
			"Broken",
			"Desempacar los archivos públicos: AttributeError: module 'tarfile' has no",
			44,
			"Not proven",
		),
		(
			"Broken",
			"Unpack the public files: note; and more.; TypeError: unexpected keyword",
			44,
			"Not proven",
		),
		("Broken", "AttributeError: module 'tarfile' has no attribute 'FilterError'", 44, "Not proven"),
		("Broken", "Truncated: the gzip stream ends early", 44, "Broken"),
		("Broken", "Load the database: Truncated: the gzip stream ends early", 60, "Broken"),
		("Broken", "Unpack the public files: JSONDecodeError: Expecting value", None, "Not proven"),
		("Broken", "Unpack the public files: AttributeError: module 'tarfile' has no", 7201, "Broken"),
		("Broken", "Cargar la base de datos: Truncado: the gzip stream ends early", 44, "Broken"),
		(
			"Broken",
			"Load the database: ERROR 1064 (42000) at line 3: You have an error in your SQL",
			44,
			"Broken",
		),
		("Broken", "Compare tables, rows and content: Altered content: tabError: Log", 44, "Broken"),
		("Broken", "Unpack the public files: No space left on device /x/Error: a", 44, "Broken"),
		("Broken", "", 44, "Broken"),
		("Broken", None, 7300, "Broken"),
		("Kept", "", 44, "Kept"),
		("Kept", "Given up by the operator.", 44, "Not proven"),
		("Not proven", "", 44, "Not proven"),
	],
)
def test_a_sealed_record_that_blames_our_own_mistake_on_the_backup_stands_for_nothing(
	verdict, problem, seconds, stands
):
	assert drill_rules.stands_as(verdict, problem, seconds, HOURS) == stands
	assert seconds is None or drill_rules.stands_as(verdict, problem, 44, None) == drill_rules.stands_as(
		verdict, problem, 44, HOURS
	)


def test_the_tenths_of_many_steps_may_add_up_to_a_little_more():
	steps = [Step("a", 0.1, "Passed")] * 10
	ends = FIRST + timedelta(seconds=0.6)
	assert drill(FIRST, ends, steps, HOURS, ends)[0] == 1


def test_the_clock_runs_from_report_or_detection_the_earlier():
	later = FIRST + timedelta(minutes=5)
	assert running_since(FIRST, later) == running_since(later, FIRST) == FIRST
	assert running_since(None, later) == running_since(later, None) == later
	assert running_since(None, None) is None


def grown(days: int, start: int, per_day: float, step: int = 1):
	return [(FIRST + timedelta(days=day), int(start + per_day * day)) for day in range(0, days + 1, step)]


@pytest.mark.parametrize(
	("drills", "sizes", "target"),
	[
		([], grown(30, 1000, 10), HOURS),
		([(1000, 60.0)], [], HOURS),
		([(1000, 60.0)], grown(13, 1000, 10), HOURS),
		([(1000, 60.0)], grown(40, 1000, 10, step=40), HOURS),
		([(1000, 60.0)], grown(30, 1000, 10), None),
		([(0, 60.0), (1000, 0.0)], grown(30, 1000, 10), HOURS),
	],
)
def test_without_history_nothing_is_foretold(drills, sizes, target):
	assert forecast(drills, sizes, target).state == drill_rules.NOT_ENOUGH


def test_at_ten_bytes_a_day_and_a_tenth_of_the_time_gone_the_limit_is_three_years_away():
	found = forecast([(1000, 600.0)], grown(30, 1000, 10), HOURS)
	assert (found.state, found.limit_bytes, round(found.months, 1)) == (drill_rules.AHEAD, 12000, 35.2)


def test_what_does_not_grow_reaches_no_limit_and_what_is_too_big_has_reached_it():
	assert forecast([(1000, 60.0)], grown(30, 1000, 0), HOURS).state == drill_rules.NO_GROWTH
	assert forecast([(1000, 60.0)], grown(30, 1000, -5), HOURS).state == drill_rules.NO_GROWTH
	assert forecast([(1000, 7201.0)], grown(30, 1000, 0), HOURS).state == drill_rules.REACHED


def test_what_any_restore_takes_is_not_paid_by_the_byte():
	"""Ten minutes whatever the size, and a second for each byte: proportion alone would double the cost of a byte."""
	drills = [(200, 800.0), (400, 1000.0), (600, 1200.0)]
	assert forecast(drills, grown(30, 600, 1), HOURS).limit_bytes == 6600
	assert forecast(drills[-1:], grown(30, 600, 1), HOURS).limit_bytes == 3600


def test_one_odd_set_moves_no_forecast():
	sizes = grown(30, 1_000_000, 1000)
	odd = [*sizes[:15], (sizes[15][0], 90_000_000), *sizes[16:]]
	even, bent = (forecast([(1_000_000, 600.0)], rows, HOURS) for rows in (sizes, odd))
	assert bent.months == pytest.approx(even.months, rel=0.02)


@given(st.integers(10_000, 10**12), st.integers(1, 10_000), st.floats(1, 6000), st.integers(14, 300))
def test_the_limit_is_where_a_walk_day_by_day_meets_it(start, per_day, seconds, days):
	"""The other way round: grow the set by a day until a restore in proportion takes too long."""
	sizes = grown(days, start, per_day)
	today = sizes[-1][1]
	found = forecast([(start, seconds)], sizes, HOURS)
	if today * seconds / start > HOURS:
		assert found.state == drill_rules.REACHED
		return
	if found.state == drill_rules.REACHED:
		assert today == pytest.approx(found.limit_bytes, rel=1e-6)
		return
	at_limit = today + per_day * found.months * drill_rules.MONTH_DAYS
	assert at_limit * seconds / start == pytest.approx(HOURS, rel=1e-3)


@given(st.floats(1, 7000), st.floats(1, 7000))
def test_a_slower_restore_reaches_the_limit_no_later(one, other):
	fast, slow = sorted((one, other))
	sizes = grown(60, 10_000, 50)
	assert (forecast([(10_000, slow)], sizes, HOURS).months or 0) <= (
		forecast([(10_000, fast)], sizes, HOURS).months or 0
	) + 1e-9
