"""Who is chosen: somebody who may, who is at work, who has room, and who has the least to do."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.requests.assignment import Agent, choose
from codigo_binario_support.domain.time.windows import ALWAYS_OPEN, WEEKDAYS, SlaWindow

MEXICO = ZoneInfo("America/Mexico_City")
MORNING = SlaWindow.weekly("M", "America/Mexico_City", {day: [("09:00", "14:00")] for day in WEEKDAYS[:5]})
EVENING = SlaWindow.weekly("E", "America/Mexico_City", {day: [("13:00", "18:00")] for day in WEEKDAYS[:5]})
FRIDAY_10 = datetime(2026, 3, 6, 10, tzinfo=MEXICO)
FRIDAY_1330 = datetime(2026, 3, 6, 13, 30, tzinfo=MEXICO)


def test_the_one_with_the_least_to_do_of_those_at_work():
	agents = [Agent("a", MORNING, load=3), Agent("b", MORNING, load=1), Agent("c", EVENING)]
	assert choose(agents, False, FRIDAY_10) == "b"
	assert choose(agents, False, FRIDAY_1330) == "c"


def test_equal_loads_give_the_same_answer_every_time():
	assert choose([Agent("b", MORNING), Agent("a", MORNING)], False, FRIDAY_10) == "a"


def test_nobody_at_work_leaves_the_request_waiting():
	assert choose([Agent("a", EVENING)], False, FRIDAY_10) is None
	assert choose([], False, FRIDAY_10) is None


def test_a_billing_matter_goes_to_billing_agents_only():
	agents = [Agent("a", MORNING), Agent("b", MORNING, load=9, does_billing=True)]
	assert choose(agents, True, FRIDAY_10) == "b"
	assert choose(agents, False, FRIDAY_10) == "a"


def test_nobody_is_given_their_own_request():
	assert choose([Agent("a", MORNING)], False, FRIDAY_10, requester="a") is None


def test_who_is_away_gets_nothing_on_either_of_the_two_days():
	away = Agent("a", ALWAYS_OPEN, away_from=date(2026, 3, 6), away_until=date(2026, 3, 7))
	for day, is_away in ((5, False), (6, True), (7, True), (8, False)):
		assert away.is_away(date(2026, 3, day)) == is_away
	assert Agent("a", MORNING, away_until=date(2026, 3, 6)).is_away(date(2026, 1, 1))
	assert Agent("a", MORNING, away_from=date(2026, 3, 6)).is_away(date(2027, 1, 1))


def test_the_days_away_are_days_of_the_agents_zone():
	agent = Agent("a", SlaWindow("x", "America/Mexico_City", always_open=True), away_from=date(2026, 3, 7))
	assert agent.is_on_duty(datetime(2026, 3, 6, 23, tzinfo=MEXICO)), "already the 7th in UTC"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=6), st.booleans())
def test_the_chosen_one_has_room_and_nobody_who_could_has_less_to_do(rows, is_billing):
	agents = [
		Agent(f"u{n}", MORNING, load, most, does_billing=billing)
		for n, (load, most, billing) in enumerate(rows)
	]
	chosen = choose(agents, is_billing, FRIDAY_10)
	fit = [
		a for a in agents if (a.does_billing or not is_billing) and (a.max_open == 0 or a.load < a.max_open)
	]
	if chosen is None:
		assert not fit
	else:
		assert min(a.load for a in fit) == next(a.load for a in fit if a.user == chosen)
