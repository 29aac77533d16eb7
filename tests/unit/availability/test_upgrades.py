"""Upgrades: outside support hours, behind a backup, one step after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.availability import upgrades
from codigo_binario_support.domain.availability.upgrades import STATES, STEPS, UpgradeError
from codigo_binario_support.domain.backups.sets import Age
from codigo_binario_support.domain.time.windows import ALWAYS_OPEN, SlaWindow

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = SlaWindow.weekly(
	"office",
	"America/Mexico_City",
	{day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")},
)
MONDAY = datetime(2026, 11, 30, tzinfo=MEXICO)


def at(hours: float) -> datetime:
	return MONDAY + timedelta(hours=hours)


@pytest.mark.parametrize(("start", "end"), [(18, 22), (20, 33), (-48, -40), (0, 9)])
def test_between_closing_and_opening_there_is_room(start, end):
	upgrades.check_window(at(start), at(end), at(-72), OFFICE)


@pytest.mark.parametrize(
	("start", "end", "why"),
	[
		(17, 19, "touches support hours"),
		(6, 9.01, "touches support hours"),
		(-4, 20, "touches support hours"),
		(22, 20, "end after it starts"),
		(22, 22, "end after it starts"),
		(-60, -30, "within 24 hours"),
	],
)
def test_any_other_span_is_refused_with_the_reason(start, end, why):
	with pytest.raises(UpgradeError, match=why):
		upgrades.check_window(at(start), at(end), at(-72), OFFICE)


def test_what_has_begun_cannot_be_planned():
	with pytest.raises(UpgradeError, match="lie ahead"):
		upgrades.check_window(at(19), at(20), at(19), OFFICE)


def test_support_around_the_clock_has_no_outside():
	upgrades.check_window(at(10), at(12), at(0), ALWAYS_OPEN)


@given(st.integers(1, 24 * 60), st.integers(0, 7 * 24 * 60))
def test_a_window_that_passes_has_no_open_minute(minutes, start):
	starts = MONDAY + timedelta(minutes=start)
	ends = starts + timedelta(minutes=minutes)
	inside = [
		moment
		for moment in (starts + timedelta(minutes=n) for n in range(minutes))
		if moment.weekday() < 5 and 9 <= moment.hour < 18
	]
	try:
		upgrades.check_window(starts, ends, MONDAY - timedelta(days=1), OFFICE)
	except UpgradeError:
		assert inside
	else:
		assert not inside


@pytest.mark.parametrize("seconds", [None, 86_400, 200_000])
def test_without_a_young_backup_nothing_begins(seconds):
	with pytest.raises(UpgradeError, match="make one first"):
		upgrades.require_backup(Age(None, seconds, 86_400))


def test_a_policy_that_promises_no_backup_opens_no_gate():
	with pytest.raises(UpgradeError):
		upgrades.require_backup(None)


def test_a_young_backup_opens_the_gate_even_where_the_promise_is_looser():
	upgrades.require_backup(Age(MONDAY, 86_399, 7 * 86_400))


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_only_what_follows_follows(before, after):
	if after in STEPS.get(before, ()):
		upgrades.require_step(before, after)
	else:
		with pytest.raises(UpgradeError):
			upgrades.require_step(before, after)


@given(
	st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12")),
	st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12")),
)
def test_what_moved_is_what_differs(before, after):
	same = {app for app in before if after.get(app) == before[app]}
	assert set(upgrades.moved(before, after)) == {*before, *after} - same
