"""The balance of Success Packs, and when it is news."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.offers.hours_balance import EMPTY, FINE, LOW, NONE, Balance, crossing

packs = st.lists(st.integers(1, 6000), max_size=4)


def test_without_a_pack_there_is_no_balance():
	assert Balance().state(20) == NONE


def test_low_is_measured_by_the_packs_that_are_not_used_up():
	assert Balance((600, 600), 600).state(20) == FINE
	assert Balance((600, 600), 1079).state(20) == FINE, "121 of 600"
	assert Balance((600, 600), 1081).state(20) == LOW
	assert Balance((600,), 480).state(20) == FINE, "exactly a fifth is not below it"


def test_zero_is_empty_and_what_crosses_it_is_kept():
	assert Balance((60,), 60).state(20) == EMPTY
	assert Balance((60,), 90).left_minutes == -30


@given(packs, st.lists(st.integers(1, 2000), max_size=12), st.integers(0, 100))
def test_row_by_row_low_and_empty_are_news_once_each_and_in_this_order(bought, rows, percent):
	used, told = 0, []
	for minutes in rows:
		news = crossing(Balance(bought, used), Balance(bought, used + minutes), percent)
		used += minutes
		if bought and news:
			told.append(news)
	assert told.count(EMPTY) <= 1
	if EMPTY in told:
		assert told[-1] == EMPTY
	if len(bought) == 1:
		assert told.count(LOW) <= 1
	assert (EMPTY in told) == bool(bought and rows and used >= sum(bought))


@given(packs, st.integers(0, 20000))
def test_what_is_left_and_used_sums_to_what_was_bought(bought, used):
	balance = Balance(bought, used)
	assert balance.left_minutes + balance.used_minutes == balance.bought_minutes
	assert (balance.current_minutes == 0) == (balance.left_minutes <= 0)
	assert balance.left_minutes <= 0 or balance.left_minutes <= balance.current_minutes


def test_hours_used_without_a_pack_are_more_than_none():
	assert Balance((), 30).state(20) == EMPTY
	assert Balance((600,), 0).state(20) == FINE
