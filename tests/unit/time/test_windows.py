"""SLA windows: what is open, what counts, and when so much time will have passed."""

from __future__ import annotations

import itertools
import pickle
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import DAYS, Hours
from strategies import CHANGES, UTC, calendars, instants

from codigo_binario_support.domain.errors import CalendarError, NoWorkingTime
from codigo_binario_support.domain.time import windows
from codigo_binario_support.domain.time.windows import (
	ALWAYS_OPEN,
	WEEKDAYS,
	OpenRow,
	SlaWindow,
	local_date,
	seconds_of,
)

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE_HOURS = {day: [("09:00", "18:00")] for day in WEEKDAYS[:5]}
OFFICE = SlaWindow.weekly("Office", "America/Mexico_City", OFFICE_HOURS, [date(2024, 9, 16)])
HOUR = 3600


def local(text: str, zone: str = "America/Mexico_City") -> datetime:
	return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# -- against the oracle ---------------------------------------------------------------------------------------------


@given(st.data())
def test_open_seconds_are_those_that_the_oracle_counts_tick_by_tick(data):
	window, hours, near = data.draw(calendars())
	start, end = sorted((data.draw(instants(near)), data.draw(instants(near))))
	assert window.open_seconds(start, end) == hours.count(start, end)


@given(st.data())
def test_a_window_is_open_when_the_oracle_says_so_and_until_it_closes(data):
	window, hours, near = data.draw(calendars())
	at = data.draw(instants(near))
	assert window.is_open(at) == hours.is_open(at)
	closes = window.closes_at(at)
	assert closes is None or window.is_open(at)
	if closes:
		assert not window.is_open(closes)
		assert window.open_seconds(at, closes) == (closes - at).total_seconds()
	opens = window.next_opening(at)
	assert window.is_open(opens)
	assert window.open_seconds(at, opens) == 0


@given(st.data(), st.integers(1, 1500))
def test_going_back_lands_at_the_latest_instant_from_which_so_much_time_passes(data, minutes):
	window, _hours, near = data.draw(calendars())
	end = data.draw(instants(near))
	start = window.subtract(end, minutes * 60)
	assert window.open_seconds(start, end) == minutes * 60
	assert window.open_seconds(start + timedelta(seconds=1), end) == minutes * 60 - 1


def test_going_back_by_nothing_is_the_end_itself_and_by_less_is_refused():
	at = local("2024-03-02T12:00")  # a Saturday
	assert OFFICE.subtract(at, 0) == at
	assert OFFICE.subtract(at, 60) == local("2024-03-01T17:59")
	assert ALWAYS_OPEN.subtract(at, 60) == at - timedelta(seconds=60)
	with pytest.raises(CalendarError):
		OFFICE.subtract(at, -1)


@given(st.data(), st.integers(1, 1500))
def test_adding_time_lands_where_the_oracle_arrives(data, minutes):
	window, hours, near = data.draw(calendars())
	start = data.draw(instants(near))
	landing = window.add(start, minutes * 60)
	if landing - start < timedelta(days=10):
		assert landing == hours.reach(start, minutes * 60)


@given(st.data(), st.integers(0, 400_000))
def test_the_time_added_is_the_time_that_passes(data, seconds):
	window, _hours, near = data.draw(calendars())
	start = data.draw(instants(near)) + timedelta(seconds=data.draw(st.integers(0, 59)))
	assert window.open_seconds(start, window.add(start, seconds)) == seconds


@given(st.data(), st.integers(1, 400_000))
def test_a_second_earlier_not_enough_time_has_passed(data, seconds):
	window, _hours, near = data.draw(calendars())
	start = data.draw(instants(near))
	earlier = window.add(start, seconds) - timedelta(seconds=1)
	assert window.open_seconds(start, earlier) == seconds - 1


@given(st.data())
def test_time_in_two_pieces_is_the_time_in_one(data):
	window, _hours, near = data.draw(calendars())
	a, b, c = sorted(data.draw(instants(near)) for _ in range(3))
	assert window.open_seconds(a, b) + window.open_seconds(b, c) == window.open_seconds(a, c)


@given(st.data())
def test_stretches_have_no_gaps_and_their_open_ones_are_the_open_time(data):
	window, _hours, near = data.draw(calendars())
	start, end = sorted((data.draw(instants(near)), data.draw(instants(near))))
	stretches = list(window.stretches(start, end))
	edges = [start, *(stretch.end for stretch in stretches)]
	assert [stretch.start for stretch in stretches] == edges[:-1]
	assert edges[-1] == end
	assert all(stretch.start < stretch.end for stretch in stretches)
	assert all(a.is_open != b.is_open for a, b in itertools.pairwise(stretches))
	assert sum(s.seconds for s in stretches if s.is_open) == window.open_seconds(start, end)


@given(st.data())
def test_the_answer_does_not_depend_on_what_was_asked_before(data):
	window, _hours, near = data.draw(calendars())
	start = data.draw(instants(near))
	far = start + timedelta(days=data.draw(st.integers(-4000, 4000)))
	fresh = pickle.loads(pickle.dumps(window.rows))
	again = SlaWindow("again", window.time_zone, fresh, window.holidays)
	window.is_open(far)
	assert window.add(start, 50_000) == again.add(start, 50_000)
	assert window.open_seconds(*sorted((start, far))) == again.open_seconds(*sorted((start, far)))


# -- against workclock, which counts in Rust ----------------------------------------------------------------------------


@given(st.data(), st.integers(1, 100 * HOUR))
def test_workclock_counts_and_adds_the_same(data, seconds):
	workclock = pytest.importorskip("workclock")
	zone = data.draw(st.sampled_from(sorted(set(CHANGES) - {"Pacific/Apia"})))
	near = data.draw(st.sampled_from(CHANGES[zone]))
	holidays = data.draw(st.sets(st.integers(-4, 8).map(lambda n: near + timedelta(days=n)), max_size=4))
	days = sorted(data.draw(st.sets(st.integers(0, 6), min_size=1)))
	spans = data.draw(st.sampled_from(([(9, 18)], [(9, 14), (16, 19)], [(22, 23)], [(1, 5)])))
	window = SlaWindow(
		"drawn", zone, [OpenRow(day, a * HOUR, b * HOUR) for day in days for a, b in spans], holidays
	)
	schedule = workclock.Schedule(
		[*(workclock.WorkDay(time(a), time(b), days) for a, b in spans), workclock.Holidays(holidays)],
		time_zone=zone,
	)
	start, end = sorted((data.draw(instants(near, 10)), data.draw(instants(near, 10))))
	assert window.open_seconds(start, end) == schedule.between(start, end).total_seconds()
	assert window.add(start, seconds) == schedule.add(start, seconds=seconds)


# -- cases with a name -----------------------------------------------------------------------------------------------


def test_friday_one_minute_before_closing_goes_on_monday_morning():
	assert OFFICE.add(local("2024-06-07T17:59"), HOUR) == local("2024-06-10T09:59")


def test_an_hour_asked_for_exactly_until_closing_is_due_at_closing_not_at_the_next_opening():
	assert OFFICE.add(local("2024-06-03T17:00"), HOUR) == local("2024-06-03T18:00")


def test_no_time_added_is_the_same_instant_also_when_closed():
	saturday = local("2024-06-08T12:00")
	assert OFFICE.add(saturday, 0) == saturday


def test_the_very_second_of_closing_is_closed_and_of_opening_is_open():
	assert not OFFICE.is_open(local("2024-06-03T18:00"))
	assert OFFICE.is_open(local("2024-06-03T17:59:59"))
	assert OFFICE.is_open(local("2024-06-03T09:00"))
	assert not OFFICE.is_open(local("2024-06-03T08:59:59"))


def test_a_holiday_shuts_its_whole_local_day():
	assert OFFICE.open_seconds(local("2024-09-16T00:00"), local("2024-09-17T00:00")) == 0
	assert OFFICE.open_seconds(local("2024-09-13T00:00"), local("2024-09-18T00:00")) == 18 * HOUR


def test_a_holiday_shuts_the_part_of_a_night_shift_that_falls_on_it_and_no_more():
	nights = SlaWindow.weekly(
		"Nights", "America/Mexico_City", {"mon": [("22:00", "06:00")]}, [date(2024, 6, 4)]
	)
	assert nights.open_seconds(local("2024-06-03T12:00"), local("2024-06-05T12:00")) == 2 * HOUR
	eve = SlaWindow.weekly("Nights", "America/Mexico_City", {"mon": [("22:00", "06:00")]}, [date(2024, 6, 3)])
	assert eve.open_seconds(local("2024-06-03T12:00"), local("2024-06-05T12:00")) == 6 * HOUR


def test_a_sunday_night_shift_ends_on_monday():
	nights = SlaWindow.weekly("Nights", "America/Mexico_City", {"sun": [("22:00", "06:00")]})
	assert nights.is_open(local("2024-06-03T05:59"))
	assert not nights.is_open(local("2024-06-03T06:00"))


def test_rows_that_overlap_count_once():
	twice = SlaWindow.weekly("Twice", "UTC", {"mon": [("09:00", "12:00"), ("10:00", "13:00")]})
	monday = datetime(2024, 6, 3, tzinfo=UTC)
	assert twice.open_seconds(monday, monday + timedelta(days=1)) == 4 * HOUR
	assert twice.add(monday, 4 * HOUR) == monday + timedelta(hours=13)


def test_midnight_between_two_whole_days_is_no_closing():
	always = SlaWindow.weekly("Whole days", "Europe/Madrid", {day: [("00:00", "24:00")] for day in WEEKDAYS})
	start = local("2024-06-03T23:30", "Europe/Madrid")
	assert [s.is_open for s in always.stretches(start, start + timedelta(hours=2))] == [True]


@pytest.mark.parametrize(
	("zone", "start", "end", "hours"),
	[
		("America/Tijuana", "2024-03-10T00:00", "2024-03-10T04:00", 3),  # 2:00 to 3:00 did not exist
		("America/Tijuana", "2024-11-03T00:00", "2024-11-03T04:00", 5),  # 1:00 to 2:00 came twice
		("Europe/Madrid", "2024-03-31T00:00", "2024-03-31T04:00", 3),
		("Europe/Madrid", "2024-10-27T00:00", "2024-10-27T04:00", 5),
		("Australia/Lord_Howe", "2024-10-06T00:00", "2024-10-06T04:00", 3.5),
		("Australia/Lord_Howe", "2024-04-07T00:00", "2024-04-07T04:00", 4.5),
		("Africa/Casablanca", "2024-03-10T00:00", "2024-03-10T04:00", 5),
		("America/Mexico_City", "2024-04-07T00:00", "2024-04-07T04:00", 4),  # no change since 2022
		("America/Mexico_City", "2022-04-03T00:00", "2022-04-03T04:00", 3),
		("Asia/Kolkata", "2024-03-31T00:00", "2024-03-31T04:00", 4),
	],
)
def test_hours_that_the_clocks_skip_or_repeat_count_as_they_happen(zone, start, end, hours):
	night = SlaWindow.weekly("Night", zone, {day: [("00:00", "04:00")] for day in WEEKDAYS})
	start, end = local(start, zone), local(end, zone)
	assert night.open_seconds(start, end) == hours * HOUR
	assert night.add(start, int(hours * HOUR)) == end.astimezone(UTC)
	assert night.closes_at(start) == end
	assert not night.is_open(end)


def test_a_window_inside_the_hour_that_does_not_exist_stays_shut_that_day():
	tiny = SlaWindow.weekly("Tiny", "America/Tijuana", {"sun": [("02:00", "03:00")]})
	skipped = local("2024-03-10T00:00", "America/Tijuana")
	assert tiny.open_seconds(skipped, skipped + timedelta(days=1)) == 0
	assert tiny.next_opening(skipped) == local("2024-03-17T02:00", "America/Tijuana")


def test_a_window_inside_the_hour_that_comes_twice_opens_twice():
	tiny = SlaWindow.weekly("Tiny", "America/Tijuana", {"sun": [("01:00", "02:00")]})
	repeated = local("2024-11-03T00:00", "America/Tijuana")
	assert tiny.open_seconds(repeated, repeated + timedelta(days=1)) == 2 * HOUR


def test_the_zone_of_the_question_does_not_matter_only_the_instant():
	in_mexico = local("2024-06-03T10:00")
	in_madrid = in_mexico.astimezone(ZoneInfo("Europe/Madrid"))
	assert OFFICE.add(in_mexico, 5 * HOUR) == OFFICE.add(in_madrid, 5 * HOUR)


def test_an_always_open_window_counts_the_wall_clock():
	start = datetime(2024, 3, 9, tzinfo=UTC)
	assert ALWAYS_OPEN.open_seconds(start, start + timedelta(days=2)) == 2 * 86_400
	assert ALWAYS_OPEN.add(start, 90) == start + timedelta(seconds=90)
	assert ALWAYS_OPEN.is_open(start)
	assert ALWAYS_OPEN.next_opening(start) == start
	assert ALWAYS_OPEN.closes_at(start) is None
	assert [s.seconds for s in ALWAYS_OPEN.stretches(start, start + timedelta(hours=1))] == [HOUR]
	assert list(ALWAYS_OPEN.stretches(start, start)) == []


def test_a_window_that_is_open_every_hour_of_the_week_never_closes_but_on_a_holiday():
	whole = {day: [("00:00", "24:00")] for day in WEEKDAYS}
	at = local("2024-06-03T10:00")
	assert SlaWindow.weekly("Whole", "America/Mexico_City", whole).closes_at(at) is None
	far = SlaWindow.weekly("Whole", "America/Mexico_City", whole, [date(2031, 1, 1)])
	assert far.closes_at(at) == local("2031-01-01T00:00")


def test_a_closed_stretch_names_the_holidays_on_which_the_window_would_have_opened():
	gap = next(s for s in OFFICE.stretches(local("2024-09-13T18:00"), local("2024-09-17T09:00")))
	assert (gap.is_open, gap.holidays) == (False, (date(2024, 9, 16),))
	weekend = next(s for s in OFFICE.stretches(local("2024-06-07T18:00"), local("2024-06-10T09:00")))
	assert weekend.holidays == ()


def test_a_holiday_on_a_day_that_is_shut_anyway_is_no_reason():
	shut = SlaWindow.weekly("Office", "America/Mexico_City", OFFICE_HOURS, [date(2024, 6, 8)])
	gap = next(s for s in shut.stretches(local("2024-06-07T18:00"), local("2024-06-10T09:00")))
	assert gap.holidays == ()


def test_many_years_cost_no_more_than_a_day_and_are_exact():
	start, end = local("2000-01-03T00:00"), local("2024-01-01T00:00")
	weeks = (end - start).days // 7
	plain = SlaWindow.weekly("Office", "America/Mexico_City", OFFICE_HOURS)
	assert plain.open_seconds(start, end) == weeks * 45 * HOUR
	assert plain.add(start, weeks * 45 * HOUR) == local("2023-12-29T18:00").astimezone(UTC)


# -- no working time is an error, not a loop ---------------------------------------------------------------------------


def test_a_window_without_rows_is_refused():
	with pytest.raises(NoWorkingTime, match="no open hours"):
		SlaWindow.weekly("Empty", "America/Mexico_City", {})
	with pytest.raises(NoWorkingTime, match="no open hours"):
		SlaWindow.weekly("Empty", "America/Mexico_City", {"mon": []})
	with pytest.raises(NoWorkingTime, match="no open hours"):
		SlaWindow.weekly("Empty", "America/Mexico_City", {"mon": [("24:00", "00:00")]})


def test_a_window_shut_by_holidays_opens_after_the_last_of_them():
	mondays = [date(2024, 1, 1) + timedelta(weeks=n) for n in range(300)]
	rare = SlaWindow.weekly("Mondays", "America/Mexico_City", {"mon": [("10:00", "14:00")]}, mondays)
	assert rare.add(local("2024-01-01T10:00"), HOUR) == local("2029-10-01T11:00")
	assert rare.next_opening(local("2024-01-01T10:00")) == local("2029-10-01T10:00")


def test_a_window_whose_every_day_to_the_end_of_the_calendar_is_a_holiday_is_an_error(monkeypatch):
	monkeypatch.setattr(windows, "_LAST_YEAR", 2040)
	every_monday = [date(2024, 1, 1) + timedelta(weeks=n) for n in range(17 * 53)]
	never = SlaWindow.weekly("Never", "UTC", {"mon": [("10:00", "14:00")]}, every_monday)
	for ask in (lambda at: never.add(at, 1), never.next_opening):
		with pytest.raises(NoWorkingTime, match="does not open any more after"):
			ask(datetime(2024, 1, 1, tzinfo=UTC))


def test_more_time_than_there_is_in_the_calendar_is_an_error(monkeypatch):
	monkeypatch.setattr(windows, "_LAST_YEAR", 2100)
	rare = SlaWindow.weekly("Rare", "UTC", {"mon": [("10:00", "10:01")]})
	with pytest.raises(NoWorkingTime, match="does not open any more"):
		rare.add(datetime(2024, 1, 1, tzinfo=UTC), 10**12)
	with pytest.raises(CalendarError, match="calendar ends"):
		ALWAYS_OPEN.add(datetime(2024, 1, 1, tzinfo=UTC), 10**12)


@pytest.mark.parametrize("year", [1, 1850, 1901, 9000, 9998])
def test_a_year_out_of_range_is_refused_not_misread(year):
	with pytest.raises(CalendarError, match="out of range"):
		OFFICE.open_seconds(datetime(year, 6, 3, tzinfo=UTC), datetime(year, 6, 4, tzinfo=UTC))
	with pytest.raises(CalendarError, match="out of range"):
		OFFICE.add(datetime(year, 6, 3, tzinfo=UTC), HOUR)


def test_an_end_before_its_start_is_refused():
	with pytest.raises(CalendarError, match="before the start"):
		OFFICE.open_seconds(local("2024-06-04T10:00"), local("2024-06-03T10:00"))


def test_a_negative_time_is_refused():
	for window in (OFFICE, ALWAYS_OPEN):
		with pytest.raises(CalendarError, match="negative"):
			window.add(local("2024-06-04T10:00"), -1)


@pytest.mark.parametrize("name", ["Atlantis", "", "../etc/passwd", "America", None, 6])
def test_an_unknown_time_zone_is_refused_by_its_name(name):
	with pytest.raises(CalendarError, match="is not a time zone"):
		SlaWindow("Where", name, always_open=True)


@pytest.mark.parametrize(
	("text", "seconds"),
	[
		("00:00", 0),
		("9:00", 32_400),
		("09:30", 34_200),
		("23:59:59", 86_399),
		("24:00", 86_400),
		(" 18:00 ", 64_800),
	],
)
def test_a_time_of_day_reads_as_seconds(text, seconds):
	assert seconds_of(text) == seconds


@pytest.mark.parametrize(
	"text", ["", "9", "24:01", "25:00", "12:60", "12:00:60", "-1:00", "9am", "12:00 PM", None, 9]
)
def test_what_is_no_time_of_day_is_refused(text):
	with pytest.raises(CalendarError, match="is not a time of day"):
		seconds_of(text)


def test_the_oracle_itself_knows_a_week():
	hours = Hours("America/Mexico_City", {day: [("09:00", "18:00")] for day in DAYS[:5]})
	start = local("2024-06-03T00:00").astimezone(timezone.utc)
	assert hours.count(start, start + timedelta(days=7)) == 45 * HOUR


@pytest.mark.parametrize(("closes", "is_hourly"), [("18:00", True), ("24:00", True), ("17:30", False)])
def test_a_window_knows_whether_it_keeps_to_the_hour(closes, is_hourly):
	window = SlaWindow.weekly(
		"office", "America/Mexico_City", {"mon": [("09:00", "13:00"), ("14:00", closes)]}
	)
	assert window.is_hourly is is_hourly


# -- what changing the code in small ways showed to be untried -------------------------------------------------------


def test_going_back_reaches_the_instant_at_which_the_window_opened_and_not_the_night_before():
	monday = local("2024-06-03T18:00")
	assert OFFICE.subtract(monday, 9 * HOUR) == local("2024-06-03T09:00")
	assert OFFICE.subtract(local("2024-06-03T09:00"), 1) == local("2024-05-31T17:59:59")
	assert OFFICE.subtract(local("2024-06-03T09:00"), 0) == local("2024-06-03T09:00")


def test_going_back_further_than_the_tables_reach_and_further_than_there_is():
	window = SlaWindow.weekly("Office", "America/Mexico_City", OFFICE_HOURS)
	here = local("2024-06-03T18:00")
	decade = window.open_seconds(local("2014-06-03T18:00"), here)
	fresh = SlaWindow.weekly("Office", "America/Mexico_City", OFFICE_HOURS)
	assert fresh.subtract(here, decade) == local("2014-06-04T09:00"), (
		"the latest instant: the night does not count"
	)
	with pytest.raises(NoWorkingTime) as error:
		window.subtract(here, 200 * 366 * 86400)
	assert error.value.template == "The window {name} was not open that long before {end}."
	assert error.value.values == {"name": "Office", "end": here}


def test_a_negative_time_is_refused_with_its_number():
	with pytest.raises(CalendarError) as error:
		OFFICE.subtract(local("2024-06-03T18:00"), -5)
	assert error.value.template == "Cannot subtract a negative time ({seconds} s)."
	assert error.value.values == {"seconds": -5}


def test_holidays_of_a_gap_are_those_of_the_window_s_own_days():
	"""At 18:00 in Mexico it is the next day in UTC: the zone decides which days a gap touches."""
	days = [date(2024, 6, 4), date(2024, 6, 6), date(2024, 6, 9)]
	window = SlaWindow.weekly("Office", "America/Mexico_City", OFFICE_HOURS, days)
	gaps = [
		part.holidays
		for part in window.stretches(local("2024-06-03T18:00"), local("2024-06-10T09:00"))
		if not part.is_open
	]
	assert gaps == [(date(2024, 6, 4),), (date(2024, 6, 6),), ()], "a Sunday would not have opened"
	assert [
		part.holidays for part in window.stretches(local("2024-06-03T18:00"), local("2024-06-04T00:00"))
	] == [()]
	assert [
		part.holidays for part in window.stretches(local("2024-06-03T18:00"), local("2024-06-04T00:00:01"))
	] == [(date(2024, 6, 4),)]
	evening = window.stretches(local("2024-06-04T19:00"), local("2024-06-05T09:00"))
	assert [part.holidays for part in evening] == [(date(2024, 6, 4),)], "it is the fifth in UTC by then"


def test_going_back_reaches_the_first_opening_that_there_is_and_not_a_second_further():
	first, here = datetime(1902, 1, 1, 9, tzinfo=UTC), datetime(1902, 2, 3, 12, tzinfo=UTC)
	window = SlaWindow.weekly("Office", "UTC", OFFICE_HOURS)
	there_is = window.open_seconds(first, here)
	assert window.subtract(here, there_is) == first
	with pytest.raises(NoWorkingTime):
		window.subtract(here, there_is + 1)


def test_a_window_closes_in_the_second_of_its_opening_as_in_any_other():
	assert OFFICE.closes_at(local("2024-06-03T09:00")) == local("2024-06-03T18:00")
	assert OFFICE.closes_at(local("2024-06-03T08:59:59")) is None
	assert OFFICE.closes_at(local("2024-06-03T18:00")) is None


@pytest.mark.parametrize("year", range(2024, 2030))
def test_a_closing_at_the_end_of_a_year_or_on_its_first_day_is_found_whatever_was_asked_before(year):
	"""At 18:00 in Mexico it is midnight in UTC: the years of the tables end there."""
	eve = local(f"{year}-12-31T17:00")
	every_day = {day: [("09:00", "18:00")] for day in WEEKDAYS}
	whole = {day: [("00:00", "24:00")] for day in WEEKDAYS}
	for asked in range(year - 3, year + 2):
		evening = SlaWindow.weekly("Office", "America/Mexico_City", every_day)
		evening.is_open(local(f"{asked}-06-03T10:00"))
		assert evening.closes_at(eve) == local(f"{year}-12-31T18:00")
		holiday = SlaWindow.weekly("Whole", "America/Mexico_City", whole, [date(year, 1, 1)])
		assert holiday.closes_at(local(f"{asked}-06-03T10:00")) == (
			local(f"{year}-01-01T00:00") if asked < year else None
		)


def _answers(window, at):
	hour, day = timedelta(hours=1), timedelta(days=1)
	return [
		window.is_open(at),
		window.closes_at(at),
		window.next_opening(at),
		window.add(at, HOUR),
		window.subtract(at, HOUR),
		window.open_seconds(at - hour, at),
		window.open_seconds(at, at + day),
		list(window.stretches(at, at + day)),
	]


@pytest.mark.parametrize("zone", ["UTC", "America/Mexico_City", "Asia/Kolkata"])
@pytest.mark.parametrize("hours", [("00:00", "24:00"), ("00:00", "18:00"), ("22:00", "03:00")])
def test_the_turn_of_a_year_is_as_any_other_second_whatever_was_asked_before(zone, hours):
	weekly = {day: [hours] for day in WEEKDAYS}
	wide = SlaWindow.weekly("Wide", zone, weekly)
	wide.open_seconds(datetime(2015, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC))
	turn = datetime(2026, 1, 1, tzinfo=UTC)
	for asked, seconds in itertools.product(range(2023, 2028), (-1, 0, 1)):
		window = SlaWindow.weekly("Narrow", zone, weekly)
		window.is_open(datetime(asked, 6, 3, tzinfo=UTC))
		at = turn + timedelta(seconds=seconds)
		assert window.is_open(at) == wide.is_open(at)
		assert _answers(window, at) == _answers(wide, at)


def test_a_second_counts():
	assert OFFICE.add(local("2024-06-08T12:00"), 1) == local("2024-06-10T09:00:01")
	assert OFFICE.subtract(local("2024-06-08T12:00"), 1) == local("2024-06-07T17:59:59")


def test_a_row_that_closes_when_it_opens_is_a_whole_day():
	noon = local("2024-06-03T12:00")
	shift = SlaWindow.weekly("Shift", "America/Mexico_City", {"mon": [("12:00", "12:00")]})
	assert shift.closes_at(noon) == noon + timedelta(days=1)
	assert shift.open_seconds(noon - timedelta(days=3), noon + timedelta(days=3)) == 24 * HOUR


def test_rows_stand_in_the_order_of_the_week():
	weekly = {"wed": [("16:00", "19:00"), ("09:00", "14:00")], "mon": [("09:00", "14:00")]}
	rows = SlaWindow.weekly("Office", "UTC", weekly).rows
	assert [(row.weekday, row.opens // HOUR) for row in rows] == [(0, 9), (2, 9), (2, 16)]


def test_a_night_that_ends_at_midnight_makes_the_next_day_s_holiday_no_reason():
	nights = SlaWindow.weekly("Nights", "UTC", {"mon": [("18:00", "00:00")]}, [date(2024, 6, 4)])
	gap = nights.stretches(datetime(2024, 6, 4, tzinfo=UTC), datetime(2024, 6, 5, tzinfo=UTC))
	assert [part.holidays for part in gap] == [()]


@pytest.mark.parametrize("years", range(1, 12))
def test_years_without_a_single_opening_are_looked_past(years):
	"""No table of the first years has open time: all their Mondays are holidays."""
	start = datetime(2024, 1, 1, tzinfo=UTC)
	mondays = [date(2018, 1, 1) + timedelta(weeks=n) for n in range(52 * (years + 6))]
	opens = datetime.combine(mondays[-1] + timedelta(weeks=1), time(10), UTC)
	rare, again = (
		SlaWindow.weekly("Mondays", "UTC", {"mon": [("10:00", "14:00")]}, mondays) for _n in range(2)
	)
	assert rare.next_opening(start) == opens
	assert again.add(start, HOUR) == opens + timedelta(hours=1)


def test_the_date_of_an_instant_is_that_of_the_zone():
	at = datetime(2024, 6, 8, 5, 59, tzinfo=UTC)
	assert local_date(at, "America/Mexico_City") == date(2024, 6, 7)
	assert local_date(at + timedelta(minutes=1), "America/Mexico_City") == date(2024, 6, 8)


_RARE = SlaWindow.weekly("Rare", "UTC", {"mon": [("10:00", "10:01")]})
_NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
	("ask", "sentence"),
	[
		(lambda: seconds_of("9 am"), "9 am is not a time of day: write HH:MM, from 00:00 to 24:00."),
		(lambda: SlaWindow.weekly("W", "UTC", {"mon": [9]}), 'Write pairs such as ["09:00", "18:00"].'),
		(
			lambda: SlaWindow.weekly("W", "UTC", {"lun": []}),
			"lun is not a weekday: use one of mon, tue, wed, thu, fri, sat, sun.",
		),
		(
			lambda: SlaWindow("W", "UTC"),
			"The window W has no open hours: add at least one row, or mark it as always open.",
		),
		(
			lambda: SlaWindow("W", "Mars"),
			"Mars is not a time zone: use a name of the IANA database such as America/Mexico_City.",
		),
		(
			lambda: OFFICE.open_seconds(_NEW_YEAR + timedelta(seconds=1), _NEW_YEAR),
			"The end 2024-01-01 00:00:00+00:00 is before the start 2024-01-01 00:00:01+00:00.",
		),
		(lambda: OFFICE.add(_NEW_YEAR, -5), "Cannot add a negative time (-5 s)."),
		(lambda: OFFICE.subtract(_NEW_YEAR, -5), "Cannot subtract a negative time (-5 s)."),
		(
			lambda: _RARE.subtract(_NEW_YEAR, 10**9),
			"The window Rare was not open that long before 2024-01-01 00:00:00+00:00.",
		),
		(lambda: _RARE.add(_NEW_YEAR, 10**12), "The window Rare does not open any more after 2040."),
		(lambda: ALWAYS_OPEN.add(_NEW_YEAR, 10**12), "The calendar ends in 9999."),
		(
			lambda: OFFICE.is_open(datetime(1901, 12, 31, 23, 59, 59, tzinfo=UTC)),
			"The year of 1901-12-31 23:59:59+00:00 is out of range: years from 1902 to 2039 are read.",
		),
		(
			lambda: OFFICE.is_open(datetime(2040, 1, 1, tzinfo=UTC)),
			"The year of 2040-01-01 00:00:00+00:00 is out of range: years from 1902 to 2039 are read.",
		),
	],
)
def test_an_error_of_a_window_is_a_whole_sentence(monkeypatch, ask, sentence):
	monkeypatch.setattr(windows, "_LAST_YEAR", 2040)
	with pytest.raises(CalendarError) as error:
		ask()
	assert str(error.value) == sentence


@pytest.mark.parametrize("zone", ["UTC", "America/Mexico_City", "Asia/Kolkata"])
@pytest.mark.parametrize(
	"at", [datetime(1902, 1, 1, tzinfo=UTC), datetime(8999, 12, 31, 23, 59, 59, tzinfo=UTC)]
)
def test_the_first_and_the_last_second_of_the_calendar_are_read(at, zone):
	window = SlaWindow.weekly("Whole", zone, {day: [("00:00", "24:00")] for day in WEEKDAYS})
	assert window.is_open(at)
	assert window.open_seconds(at, at) == 0
