"""Both clocks of a request: what they read, when they are due, and how the ledger accounts for it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Happening, Hours, Walk
from strategies import calendars, histories, targets

from codigo_binario_support.domain.errors import ClockError, NoWorkingTime
from codigo_binario_support.domain.time.clock import (
	ACTIONS,
	ClockState,
	Event,
	Joining,
	Targets,
	in_order,
	joined,
	ledger,
	read,
	ruling,
	together,
)
from codigo_binario_support.domain.time.windows import ALWAYS_OPEN, WEEKDAYS, SlaWindow

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = SlaWindow.weekly(
	"Office", "America/Mexico_City", {day: [("09:00", "18:00")] for day in WEEKDAYS[:5]}
)
HOUR = 3600


def at(text: str) -> datetime:
	"""An instant of the first week of June 2024, `mon 10:00`, in Mexico City."""
	day, clock = text.split()
	hour, minute = clock.split(":")
	return datetime(2024, 6, 3 + WEEKDAYS.index(day), int(hour), int(minute), tzinfo=MEXICO)


def history(*steps: str) -> list[Event]:
	"""Events from `mon 10:00 create` and so on; a fourth word is the detail."""
	events = []
	for step in steps:
		day, clock, do, *detail = step.split()
		events.append(Event(at(f"{day} {clock}"), do, *detail))
	return events


def reading(*steps: str, targets=None, until="fri 18:00", **options):
	return read(OFFICE, history(*steps), targets or Targets(HOUR, 4 * HOUR), at(until), **options)


# -- against the oracle ---------------------------------------------------------------------------------------------


def _read(window, events, terms, observe_at):
	return read(
		window,
		[Event(event.at, event.do, event.to) for event in events],
		{
			priority: Targets(
				*(
					None if value is None else value * 60
					for value in (row["response_min"], row["resolution_min"])
				)
			)
			for priority, row in terms.items()
		},
		observe_at,
		"Low",
	)


@given(st.data(), targets)
def test_any_history_reads_as_the_oracle_walks_it(data, terms):
	window, hours, near = data.draw(calendars())
	events, observe_at = data.draw(histories(near))
	try:
		expected = Walk(hours, terms, "Low", events, observe_at).result()
	except AssertionError:  # a window so small that the oracle gives up
		return
	found = _read(window, events, terms, observe_at)
	assert found.response.elapsed_seconds == expected["response_elapsed_min"] * 60
	assert found.resolution.elapsed_seconds == expected["elapsed_min"] * 60
	assert found.paused_seconds == expected["paused_min"] * 60
	assert found.response.is_breached == expected["response_breached"]
	assert found.resolution.is_breached == expected["resolution_breached"]
	assert found.response.due_at == expected["response_due"]
	assert found.resolution.due_at == expected["resolution_due"]


@pytest.mark.parametrize("ignores_holds", [False, True])
def test_every_short_history_reads_as_the_oracle_walks_it(ignores_holds):
	"""An event an hour, in every order; what the platform clock ignores, the oracle is not told."""
	office = {day: [("09:00", "18:00")] for day in WEEKDAYS[:5]}
	hours = Hours("America/Mexico_City", office)
	terms = {"Low": {"response_min": 90, "resolution_min": 120}}
	end = at("mon 17:00")
	for actions in itertools.product(("first_reply", "hold", "resume", "resolve", "reopen"), repeat=4):
		events = history("mon 10:00 create", *(f"mon {11 + n}:00 {do}" for n, do in enumerate(actions)))
		told = [event for event in events if not ignores_holds or event.do not in ("hold", "resume")]
		walk = Walk(hours, terms, "Low", [Happening(event.at, event.do) for event in told], end)
		found = read(OFFICE, events, Targets(90 * 60, 2 * HOUR), end, ignores_holds=ignores_holds)
		assert (
			found.state,
			found.response.elapsed_seconds,
			found.resolution.elapsed_seconds,
			found.paused_seconds,
			found.response.due_at,
			found.resolution.due_at,
		) == (
			walk.state,
			walk.response,
			walk.resolution,
			walk.paused,
			walk.response_due,
			walk.resolution_due,
		), actions


@given(st.data(), targets)
def test_the_ledger_has_no_gaps_and_sums_to_the_elapsed_time(data, terms):
	window, _hours, near = data.draw(calendars())
	happenings, observe_at = data.draw(histories(near))
	events = [Event(event.at, event.do, event.to) for event in happenings]
	segments = ledger(window, events, observe_at)
	edges = [events[0].at, *(segment.end for segment in segments)]
	assert [segment.start for segment in segments] == edges[:-1]
	assert edges[-1] == max(observe_at, events[-1].at)
	found = _read(window, happenings, terms, observe_at)
	assert sum(segment.counted_seconds for segment in segments) == found.resolution.elapsed_seconds
	assert all(segment.start < segment.end for segment in segments)
	assert all(
		segment.open_seconds == window.open_seconds(segment.start, segment.end) for segment in segments
	)


@given(st.data(), st.integers(1, 3000), st.integers(1, 3000))
def test_a_pause_while_support_is_closed_moves_nothing(data, response, resolution):
	window, _hours, near = data.draw(calendars())
	happenings, observe_at = data.draw(histories(near))
	created, observe_at = happenings[0].at, observe_at + timedelta(days=2)
	closed = [s for s in window.stretches(created, observe_at) if not s.is_open]
	if not closed:
		return
	gap = data.draw(st.sampled_from(closed))
	terms = Targets(response * 60, resolution * 60)
	plain = [Event(created, "create")]
	paused = [*plain, Event(gap.start, "hold"), Event(gap.end, "resume")]
	before, after = (read(window, events, terms, observe_at) for events in (plain, paused))
	assert after == before
	assert after.paused_seconds == 0


@given(st.data(), st.integers(1, 3000))
def test_a_pause_of_open_time_moves_the_due_time_by_exactly_that_much_open_time(data, resolution):
	window, _hours, near = data.draw(calendars())
	happenings, _observe_at = data.draw(histories(near))
	created = happenings[0].at
	due = window.add(created, resolution * 60)
	hold = created + (due - created) * data.draw(st.sampled_from((0, 0.25, 0.5, 0.75)))
	hold = hold.replace(microsecond=0)
	resume = hold + timedelta(minutes=data.draw(st.integers(0, 5000)))
	events = [Event(created, "create"), Event(hold, "hold"), Event(resume, "resume")]
	found = read(window, events, Targets(None, resolution * 60), resume)
	if window.open_seconds(created, hold) < resolution * 60:
		until_due = window.open_seconds(created, found.resolution.due_at)
		assert found.paused_seconds == window.open_seconds(hold, resume)
		assert until_due == resolution * 60 + found.paused_seconds


@given(st.data())
def test_the_due_time_is_the_first_second_at_which_the_target_is_used_up(data):
	window, _hours, near = data.draw(calendars())
	happenings, _observe_at = data.draw(histories(near))
	created, target = happenings[0].at, data.draw(st.integers(1, 100_000))
	due = read(window, [Event(created, "create")], Targets(None, target), created).resolution.due_at
	assert window.open_seconds(created, due) == target
	assert window.open_seconds(created, due - timedelta(seconds=1)) == target - 1


# -- cases with a name -----------------------------------------------------------------------------------------------


def test_exactly_the_target_is_no_breach_and_a_second_more_is():
	just = reading("mon 10:00 create", "mon 14:00 resolve")
	assert (just.resolution.elapsed_seconds, just.resolution.is_breached) == (4 * HOUR, False)
	late = read(
		OFFICE,
		[*history("mon 10:00 create"), Event(at("mon 14:00") + timedelta(seconds=1), "resolve")],
		Targets(HOUR, 4 * HOUR),
		at("fri 18:00"),
	)
	assert (late.resolution.elapsed_seconds, late.resolution.is_breached) == (4 * HOUR + 1, True)


def test_no_target_is_no_promise_no_due_time_and_no_breach():
	found = reading("mon 10:00 create", targets=Targets())
	for face in (found.response, found.resolution):
		assert (face.target_seconds, face.due_at, face.is_breached, face.left_seconds) == (
			None,
			None,
			False,
			None,
		)
	assert found.resolution.elapsed_seconds == 44 * HOUR


def test_a_target_of_zero_is_due_at_once_and_late_as_soon_as_open_time_passes():
	early = reading("mon 07:00 create", "mon 08:00 first_reply", targets=Targets(0, None))
	assert (early.response.due_at, early.response.is_breached) == (at("mon 07:00"), False)
	late = reading("mon 10:00 create", "mon 10:01 first_reply", targets=Targets(0, None))
	assert (late.response.due_at, late.response.is_breached) == (at("mon 10:00"), True)


def test_a_held_clock_has_no_due_time_and_can_still_be_late():
	found = reading("mon 09:00 create", "mon 16:00 hold")
	assert (found.state, found.resolution.due_at, found.resolution.is_breached) == ("held", None, True)


def test_the_response_clock_stops_at_the_first_answer_only():
	found = reading("mon 10:00 create", "mon 10:20 first_reply", "mon 12:00 first_reply")
	assert (found.response.elapsed_seconds, found.response.stopped_at) == (20 * 60, at("mon 10:20"))


def test_a_solution_without_an_answer_is_the_answer():
	found = reading("mon 10:00 create", "mon 10:50 resolve")
	assert found.response.stopped_at == found.resolution.stopped_at == at("mon 10:50")


def test_resolving_straight_from_a_pause_counts_the_pause_as_a_pause():
	found = reading("mon 10:00 create", "mon 11:00 hold", "mon 15:00 resolve")
	assert (found.resolution.elapsed_seconds, found.paused_seconds) == (HOUR, 4 * HOUR)


def test_two_holds_in_a_row_are_one_pause():
	once = reading("mon 10:00 create", "mon 11:00 hold", "mon 13:00 resume")
	twice = reading("mon 10:00 create", "mon 11:00 hold", "mon 12:00 hold", "mon 13:00 resume")
	assert twice == once


def test_a_pause_after_the_breach_does_not_move_the_due_time():
	found = reading("mon 09:00 create", "mon 14:00 hold", "mon 16:00 resume")
	assert (found.resolution.due_at, found.resolution.is_breached) == (at("mon 13:00"), True)


def test_a_target_used_up_at_the_second_of_a_pause_was_due_at_that_second():
	found = reading("mon 10:00 create", "mon 14:00 hold", "mon 16:00 resume", until="mon 17:00")
	assert (found.resolution.due_at, found.resolution.is_breached) == (at("mon 14:00"), True)


def test_a_solution_without_an_answer_ends_the_response_clock_for_good():
	found = reading("mon 10:00 create", "mon 10:30 resolve", "mon 12:00 reopen", "mon 15:00 first_reply")
	assert (found.response.elapsed_seconds, found.response.is_breached) == (HOUR // 2, False)


def test_the_end_of_a_pause_does_not_start_a_platform_clock_that_is_over():
	steps = history("mon 10:00 create", "mon 11:00 hold", "mon 12:00 resolve", "mon 13:00 resume")
	found = read(ALWAYS_OPEN, steps, Targets(), at("mon 15:00"), ignores_holds=True)
	assert (found.state, found.resolution.elapsed_seconds) == ("resolved", 2 * HOUR)


def test_a_reopened_request_goes_on_where_it_stood():
	found = reading("mon 10:00 create", "mon 11:00 resolve", "tue 10:00 reopen", "tue 12:00 resolve")
	assert found.resolution.elapsed_seconds == 3 * HOUR
	assert found.paused_seconds == 8 * HOUR
	assert found.resolution.due_at == at("tue 13:00")


def test_time_after_a_resolve_that_stands_is_no_pause():
	assert reading("mon 10:00 create", "mon 11:00 resolve").paused_seconds == 0


def test_reopening_twice_counts_the_stop_once():
	found = reading("mon 10:00 create", "mon 11:00 resolve", "mon 12:00 reopen", "mon 13:00 reopen")
	assert found.paused_seconds == HOUR


def test_resolving_twice_changes_no_total():
	found = reading("mon 10:00 create", "mon 11:00 resolve", "mon 12:00 resolve", "mon 13:00 reopen")
	assert found.paused_seconds == 2 * HOUR


def test_a_hold_on_a_resolved_request_is_a_pause_of_its_own():
	found = reading(
		"mon 10:00 create", "mon 11:00 resolve", "mon 12:00 hold", "mon 13:00 resume", "mon 14:00 resolve"
	)
	assert (found.resolution.elapsed_seconds, found.paused_seconds) == (2 * HOUR, HOUR)


def test_closing_and_editing_the_agreement_are_history_that_moves_no_clock():
	plain = reading("mon 10:00 create", "mon 11:00 resolve", until="mon 18:00")
	noted = reading(
		"mon 10:00 create",
		"mon 10:30 edit_agreement",
		"mon 11:00 resolve",
		"mon 17:00 close",
		until="mon 18:00",
	)
	assert noted == plain


BOTH = {"Low": Targets(2 * HOUR, 8 * HOUR), "High": Targets(HOUR // 2, 4 * HOUR)}


def test_a_raised_priority_counts_from_creation():
	found = reading("mon 09:00 create", "mon 10:00 set_priority High", targets=BOTH, priority="Low")
	assert (found.response.due_at, found.resolution.due_at) == (at("mon 09:30"), at("mon 13:00"))
	assert found.response.is_breached


def test_a_stopped_clock_keeps_the_target_it_stopped_under():
	found = reading(
		"mon 09:00 create",
		"mon 10:00 first_reply",
		"mon 11:00 set_priority High",
		targets=BOTH,
		priority="Low",
	)
	assert (found.response.target_seconds, found.resolution.target_seconds) == (2 * HOUR, 4 * HOUR)
	assert not found.response.is_breached


def test_a_priority_set_after_the_resolve_waits_for_the_reopening():
	steps = ["mon 09:00 create", "mon 10:00 resolve", "mon 11:00 set_priority High"]
	assert reading(*steps, targets=BOTH, priority="Low").resolution.target_seconds == 8 * HOUR
	reopened = reading(*steps, "mon 12:00 reopen", targets=BOTH, priority="Low")
	assert reopened.resolution.target_seconds == 4 * HOUR


def test_the_platform_clock_does_not_wait_for_the_customer():
	steps = history("fri 17:00 create", "fri 18:00 hold", "fri 20:00 resolve")
	found = read(ALWAYS_OPEN, steps, Targets(None, 2 * HOUR), at("fri 20:00"), ignores_holds=True)
	assert (found.resolution.elapsed_seconds, found.paused_seconds) == (3 * HOUR, 0)
	assert (found.resolution.due_at, found.resolution.is_breached) == (at("fri 19:00"), True)
	assert [segment.why for segment in ledger(ALWAYS_OPEN, steps, at("fri 20:00"), ignores_holds=True)] == [
		"running",
		"running",
	]


def test_a_clock_looked_at_before_its_last_event_reads_to_that_event():
	found = reading("mon 10:00 create", "mon 12:00 hold", until="mon 11:00")
	assert (found.read_at, found.resolution.elapsed_seconds) == (at("mon 12:00"), 2 * HOUR)


def test_the_ledger_says_why_each_stretch_did_not_count():
	window = SlaWindow.weekly(
		"Office",
		"America/Mexico_City",
		{day: [("09:00", "18:00")] for day in WEEKDAYS[:5]},
		[at("tue 00:00").date()],
	)
	lines = ledger(
		window, history("mon 17:00 create", "wed 10:00 hold", "wed 11:00 resolve"), at("wed 12:00")
	)
	assert [(line.why, line.is_counted, line.counted_seconds) for line in lines] == [
		("running", True, HOUR),
		("holiday", False, 0),
		("running", True, HOUR),
		("on_hold", False, 0),
		("resolved", False, 0),
	]
	assert lines[1].detail == "2024-06-04"
	assert lines[3].open_seconds == HOUR


def test_events_given_out_of_order_are_read_in_order():
	steps = history("mon 10:00 create", "mon 11:00 hold", "mon 12:00 resume", "mon 13:00 resolve")
	expected = read(OFFICE, steps, Targets(HOUR, 4 * HOUR), at("fri 18:00"))
	assert read(OFFICE, steps[::-1], Targets(HOUR, 4 * HOUR), at("fri 18:00")) == expected


def test_events_of_the_same_instant_happen_in_the_order_given():
	steps = history("mon 10:00 create", "mon 11:00 hold", "mon 11:00 resume")
	assert [event.do for event in in_order(steps)] == ["create", "hold", "resume"]
	assert read(OFFICE, steps, Targets(), at("mon 12:00")).state == "open"


# -- what is no history ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("events", "says"),
	[
		([], "begins with the event create"),
		(history("mon 10:00 resolve"), "begins with the event create"),
		(history("mon 10:00 create", "mon 09:00 hold"), "nothing can come before it"),
		(history("mon 10:00 create", "mon 11:00 create"), "one event create"),
		(history("mon 10:00 create", "mon 11:00 snooze"), "snooze is not an event"),
		([Event(datetime(2024, 6, 3, 10), "create")], "no time zone"),
	],
)
def test_what_is_no_history_is_refused_with_the_reason(events, says):
	for ask in (
		lambda: read(OFFICE, events, Targets(), at("fri 18:00")),
		lambda: ledger(OFFICE, events, at("fri 18:00")),
	):
		with pytest.raises(ClockError, match=says):
			ask()


def test_a_naive_instant_to_look_at_is_refused():
	with pytest.raises(ClockError, match="has no offset"):
		read(OFFICE, history("mon 10:00 create"), Targets(), datetime(2024, 6, 3, 12))


def test_a_priority_that_the_agreement_does_not_know_is_refused_by_name():
	with pytest.raises(ClockError, match="no priority Urgent: it knows Low, High"):
		reading("mon 09:00 create", "mon 10:00 set_priority Urgent", targets=BOTH, priority="Low")
	with pytest.raises(ClockError, match="no priority None"):
		reading("mon 09:00 create", targets=BOTH)


@pytest.mark.parametrize(
	("ask", "sentence"),
	[
		(
			lambda: in_order([], datetime(2024, 6, 3, 12)),
			"The instant 2024-06-03 12:00:00 has no offset: write -06:00 or the like after it.",
		),
		(
			lambda: in_order(history("mon 10:00 snooze")),
			"snooze is not an event of the clock: use one of create, first_reply, hold, resume, resolve, reopen, close,"
			" set_priority, edit_agreement.",
		),
		(
			lambda: in_order([Event(datetime(2024, 6, 3, 10), "create")]),
			"The event create at 2024-06-03 10:00:00 has no time zone.",
		),
		(lambda: in_order([]), "A history begins with the event create; nothing can come before it."),
		(
			lambda: in_order(history("mon 10:00 create", "mon 11:00 create")),
			"A history has one event create, not several.",
		),
		(
			lambda: reading("mon 09:00 create", targets=BOTH, priority="Urgent"),
			"The agreement has no priority Urgent: it knows Low, High.",
		),
	],
)
def test_an_error_of_the_clock_is_a_whole_sentence(ask, sentence):
	with pytest.raises(ClockError) as error:
		ask()
	assert str(error.value) == sentence


def test_a_due_time_that_cannot_exist_is_an_error_not_a_loop():
	with pytest.raises(NoWorkingTime):
		read(
			SlaWindow.weekly("Rare", "UTC", {"mon": [("10:00", "10:01")]}),
			[Event(datetime(8990, 1, 1, tzinfo=timezone.utc), "create")],
			Targets(None, 10**9),
			datetime(8990, 1, 1, tzinfo=timezone.utc),
		)


def test_every_action_of_the_vocabulary_is_understood():
	for action in ACTIONS:
		steps = (
			history("mon 10:00 create")
			if action == "create"
			else history("mon 10:00 create", f"mon 11:00 {action}")
		)
		assert read(OFFICE, steps, Targets(), at("mon 12:00")).state in ("open", "held", "resolved")


def test_the_ledger_says_why_time_does_not_count_and_what_was_said_of_it():
	"""Nights are `closed`, holidays name their days, a hold keeps the words of who asked for it."""
	holidays = [datetime(2024, 6, 4).date(), datetime(2024, 6, 5).date()]
	week = {day: [("09:00", "18:00")] for day in WEEKDAYS[:5]}
	window = SlaWindow.weekly("Office", "America/Mexico_City", week, holidays)
	events = history("mon 10:00 create", "mon 11:00 hold a-word", "mon 12:00 resume")
	found = [(row.why, row.detail) for row in ledger(window, events, at("fri 10:00"))]
	assert found == [
		("running", ""),
		("on_hold", "a-word"),
		("running", ""),
		("holiday", "2024-06-04, 2024-06-05"),
		("running", ""),
		("closed", ""),
		("running", ""),
	]


def test_a_pause_without_a_word_has_no_detail_in_the_ledger():
	lines = ledger(OFFICE, history("mon 10:00 create", "mon 11:00 hold"), at("mon 12:00"))
	assert [(line.why, line.detail) for line in lines] == [("running", ""), ("on_hold", "")]


def test_an_instant_without_an_offset_is_no_place_to_look_from():
	with pytest.raises(ClockError, match="has no offset"):
		ledger(OFFICE, history("mon 10:00 create"), datetime(2024, 6, 4, 10))


# -- duplicates -----------------------------------------------------------------------------------------------------


def test_joining_another_request_neither_answers_nor_resolves():
	original = history("mon 9:00 create")
	duplicate = joined(history("mon 9:30 create"), [Joining(at("mon 10:00"), original)])
	found = read(OFFICE, duplicate, Targets(HOUR, 4 * HOUR), at("mon 12:00"))
	assert (found.state, found.response.stopped_at, found.resolution.stopped_at) == ("open", None, None)
	assert found.resolution.elapsed_seconds == 2.5 * HOUR


def test_a_duplicate_ends_with_the_request_it_joined():
	original = history("mon 9:00 create", "mon 9:10 first_reply", "mon 11:00 resolve", "mon 12:00 reopen")
	duplicate = joined(history("mon 9:30 create"), [Joining(at("mon 10:00"), original)])
	found = read(OFFICE, duplicate, Targets(HOUR, 4 * HOUR), at("mon 13:00"))
	# The answer before it joined was given to somebody else.
	assert found.response.stopped_at == at("mon 11:00") and found.response.is_breached
	assert (found.state, found.resolution.elapsed_seconds) == ("open", 2.5 * HOUR)


def test_a_duplicate_waits_while_the_request_it_joined_waits():
	original = history("mon 9:00 create", "mon 9:30 hold", "mon 12:00 resume")
	running = joined(history("mon 10:00 create"), [Joining(at("mon 11:00"), original)])
	held = joined(history("mon 10:00 create", "mon 10:30 hold"), [Joining(at("mon 13:00"), original)])
	seconds = [
		read(OFFICE, events, Targets(), at("mon 14:00")).resolution.elapsed_seconds
		for events in (running, held)
	]
	assert seconds == [3 * HOUR, 1.5 * HOUR]


def test_who_was_merged_twice_follows_each_request_while_it_was_joined_to_it():
	first = history("mon 9:00 create", "mon 10:30 first_reply", "mon 11:30 hold")
	second = history("mon 9:00 create", "mon 9:45 first_reply", "mon 12:00 resolve")
	events = joined(
		history("mon 9:30 create"), [Joining(at("mon 10:00"), first), Joining(at("mon 11:00"), second)]
	)
	assert [(event.at, event.do) for event in events] == [
		(at("mon 9:30"), "create"),
		(at("mon 10:30"), "first_reply"),
		(at("mon 12:00"), "resolve"),
	]


def test_what_was_done_in_the_second_of_joining_was_done_before_it():
	held = history("mon 9:00 create", "mon 9:30 first_reply", "mon 10:00 hold")
	events = joined(history("mon 9:30 create"), [Joining(at("mon 10:00"), held)])
	assert [(event.at, event.do) for event in events[1:]] == [(at("mon 10:00"), "hold")], (
		"it waits from now on"
	)
	answered = history("mon 9:00 create", "mon 10:00 first_reply")
	events = joined(history("mon 9:30 create"), [Joining(at("mon 10:00"), answered)])
	assert [event.do for event in events] == ["create"], "the answer was to the other one alone"


def test_what_the_first_request_does_in_the_second_of_joining_the_next_still_counts():
	first = history("mon 9:00 create", "mon 11:00 first_reply", "mon 11:01 resolve")
	joinings = [Joining(at("mon 10:00"), first), Joining(at("mon 11:00"), history("mon 9:00 create"))]
	events = joined(history("mon 9:30 create"), joinings)
	assert [(event.at, event.do) for event in events[1:]] == [(at("mon 11:00"), "first_reply")]


def test_who_joins_a_request_that_is_not_there_yet_goes_on():
	later = [Joining(at("mon 10:00"), history("mon 11:00 create", "mon 12:00 hold"))]
	events = joined(history("mon 9:30 create"), later)
	assert [(event.at, event.do) for event in events[1:]] == [(at("mon 12:00"), "hold")]


def _clock(elapsed: int, target: int | None, stopped_at: datetime | None = None) -> ClockState:
	due_at = None if target is None else at("mon 9:00") + timedelta(seconds=target)
	return ClockState(elapsed, target, due_at, stopped_at)


@pytest.mark.parametrize(
	("one", "other", "because"),
	[
		(_clock(61, 60), _clock(0, 9), "one that is late makes all of them late"),
		(_clock(10, 3600), _clock(50, 60, at("mon 9:01")), "what still runs can still be late"),
		(_clock(10, 3600), _clock(99, None), "a promise is stricter than none"),
		(_clock(60, 60), _clock(3600, 3601), "nothing left is less than a second"),
		(_clock(20, 60), _clock(0, 50), "the less is left the stricter"),
		(_clock(30, 60), _clock(20, 50), "with as much left, the one that has run longer"),
	],
)
def test_the_strictest_clock_rules_wherever_it_stands(one, other, because):
	plain = reading("mon 9:00 create", targets=Targets())
	strict, lax = (replace(plain, response=clock, resolution=clock) for clock in (one, other))
	assert [ruling([strict, lax]), ruling([lax, strict])] == [0, 1], because
	for both in (together([strict, lax]), together([lax, strict])):
		assert both.resolution.due_at == both.response.due_at == one.due_at, because


def test_of_two_clocks_that_read_the_same_the_request_s_own_rules():
	same = reading("mon 9:00 create")
	assert ruling([same, same]) == 0


def test_together_they_stand_as_the_request_itself_stands():
	held = reading("mon 9:00 create", "mon 10:00 hold", until="mon 12:00")
	running = reading("mon 9:00 create", until="mon 12:00")
	for own, others in ((held, [running]), (running, [held]), (held, [])):
		both = together([own, *others])
		assert (both.state, both.paused_seconds, both.read_at) == (own.state, own.paused_seconds, own.read_at)


@st.composite
def merges(draw):
	"""Two requests with their terms, the instant one joins the other, and when an agent ends it for both."""
	events, until = [], []
	for _request in range(2):
		here = at("mon 9:00") + timedelta(minutes=draw(st.integers(0, 600)))
		rows = [Event(here, "create")]
		for do in draw(st.sampled_from(((), ("hold",), ("hold", "resume"), ("first_reply",)))):
			here += timedelta(minutes=draw(st.integers(0, 300)))
			rows.append(Event(here, do))
		events.append(rows)
		until.append(here)
	merged = max(until) + timedelta(minutes=draw(st.integers(0, 300)))
	ends = merged + timedelta(minutes=draw(st.integers(1, 900)))
	limits = st.one_of(st.none(), st.integers(0, 900).map(lambda minutes: minutes * 60))
	terms = [Targets(draw(limits), draw(limits)) for _request in range(2)]
	return events, terms, merged, ends


@given(merges(), st.booleans())
def test_merging_never_changes_whether_a_promise_counts_as_kept(case, ignores_holds):
	(original, duplicate), terms, merged, ends = case
	window = ALWAYS_OPEN if ignores_holds else OFFICE
	# Both begin to wait, or to run, when they are merged: what differs is only that one closes.
	state = "hold" if original[-1].do == "hold" else "resume"
	for until, last in ((merged, ()), (ends, (Event(ends, "resolve"),))):
		target = [*original, *last]
		apart = [
			read(window, events, targets, until, ignores_holds=ignores_holds)
			for events, targets in zip(
				(target, [*duplicate, Event(merged, state), *last]), terms, strict=True
			)
		]
		joint = [
			read(window, events, targets, until, ignores_holds=ignores_holds)
			for events, targets in zip(
				(target, joined(duplicate, [Joining(merged, target)])), terms, strict=True
			)
		]
		one = together(joint)
		for clock in ("response", "resolution"):
			each = [getattr(reading, clock) for reading in apart]
			both = getattr(one, clock)
			assert both.is_breached == any(row.is_breached for row in each)
			assert (both.stopped_at is None) == any(row.stopped_at is None for row in each)
			running = [row for row in each if row.stopped_at is None and row.target_seconds is not None]
			if running and not both.is_breached:
				assert both.due_at == min((row.due_at for row in running if row.due_at), default=None)
		assert one.resolution.elapsed_seconds == joint[ruling(joint)].resolution.elapsed_seconds
