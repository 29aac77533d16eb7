"""Figures over many requests, beside the slow way of counting them."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.evidence.metrics import (
	PERIODS,
	FigureError,
	bounds,
	load_by_hour,
	months,
	percent,
	percentile,
)
from codigo_binario_support.domain.time.windows import SlaWindow

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = SlaWindow.weekly(
	"office",
	"America/Mexico_City",
	{day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")},
)


@given(st.sampled_from(sorted(PERIODS)), st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_the_months_of_a_period_follow_each_other_and_end_with_today(period, today):
	names = months(period, today)
	assert len(names) == PERIODS[period]
	assert names[-1] == f"{today:%Y-%m}"
	walked = [date(int(name[:4]), int(name[5:]), 1) for name in names]
	for earlier, later in pairwise(walked):
		assert (earlier + timedelta(days=31)).replace(day=1) == later


@given(st.sampled_from(sorted(PERIODS)), st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_bounds_enclose_every_instant_of_their_month_and_no_other(period, today):
	names = months(period, today)
	edges = bounds(names, MEXICO)
	for name, start, end in zip(names, edges, edges[1:], strict=False):
		assert f"{start.astimezone(MEXICO):%Y-%m}" == name
		assert f"{(end - timedelta(seconds=1)).astimezone(MEXICO):%Y-%m}" == name
		assert start < end


def test_a_period_that_is_none_is_refused_with_what_there_is():
	with pytest.raises(FigureError) as error:
		months("Yesterday", date(2026, 1, 1))
	assert "Last 12 months" in error.value.values["periods"]


def test_no_period_is_twelve_months():
	assert months(None, date(2026, 11, 26))[0] == "2025-12"


def test_a_share_of_nothing_is_unknown():
	assert percent(0, 0) is None
	assert percent(1, 4) == 25


@given(
	st.lists(st.integers(0, 500), min_size=1, max_size=200),
	st.floats(0, 1, exclude_min=True, allow_nan=False),
)
def test_a_percentile_is_the_one_found_by_sorting_all(values, share):
	ordered = sorted(values)
	expected = ordered[max(math.ceil(share * len(ordered)), 1) - 1]
	assert percentile(Counter(values), share) == expected


def test_nothing_has_no_percentile():
	assert percentile({}, 0.5) is None


@given(
	st.lists(
		st.tuples(
			st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(timezone.utc)),
			st.integers(1, 50),
		),
		max_size=40,
	)
)
def test_load_is_counted_once_in_its_hour_and_on_its_side(counts):
	rows = load_by_hour(counts, OFFICE)
	assert [row.hour for row in rows] == list(range(24))
	for row in rows:
		here = [(at, n) for at, n in counts if at.astimezone(MEXICO).hour == row.hour]
		assert row.total == sum(n for _at, n in here) == sum(row.by_weekday)
		assert row.open == sum(
			n
			for at, n in here
			if at.astimezone(MEXICO).weekday() < 5 and 9 <= at.astimezone(MEXICO).hour < 18
		)
