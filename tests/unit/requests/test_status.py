"""The states of a request: what may be done from each, by whom, and what may not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from codigo_binario_support.domain.errors import TransitionError
from codigo_binario_support.domain.requests.status import (
	ACTIONS,
	AGENT,
	CLOSED,
	CUSTOMER,
	IN_PROGRESS,
	NEW,
	OPEN,
	RESOLVED,
	STATES,
	WAITING,
	WAITING_FOR_ACCEPTANCE,
	WAITING_FOR_CUSTOMER,
	action,
	allowed,
	between,
	on_answer,
	require,
	target_status,
)
from codigo_binario_support.domain.time import clock

#: The whole table: state -> what an agent, and what the customer, may do. Everything else is forbidden.
TABLE = {
	NEW: ({"start", "ask_customer", "propose", "resolve", "merge"}, {"resolve"}),
	IN_PROGRESS: ({"ask_customer", "propose", "resolve", "merge"}, {"resolve"}),
	WAITING_FOR_CUSTOMER: ({"resume", "propose", "resolve", "merge"}, {"resume", "resolve"}),
	WAITING_FOR_ACCEPTANCE: ({"withdraw_offer", "merge"}, {"accept", "decline"}),
	RESOLVED: ({"reopen", "close"}, {"reopen", "close"}),
	CLOSED: (set(), set()),
}
ROWS = [
	(state, side, name, name in names)
	for state, (agents, customers) in TABLE.items()
	for side, names in ((AGENT, agents), (CUSTOMER, customers))
	for name in ACTIONS
]
#: Actions that begin work on the request.
BEGINS_WORK = {"start", "withdraw_offer"}


def test_the_table_speaks_of_every_state():
	assert tuple(TABLE) == STATES


@pytest.mark.parametrize(("state", "side", "name", "is_allowed"), ROWS)
def test_an_action_is_possible_where_the_table_says_and_nowhere_else(state, side, name, is_allowed):
	assert (name in {row.name for row in allowed(state, side, is_in_scope=True)}) == is_allowed
	if is_allowed:
		assert require(name, state, side, True, "because").name == name
	else:
		with pytest.raises(TransitionError):
			require(name, state, side, True, "because")


@pytest.mark.parametrize("state", STATES)
def test_excluded_work_cannot_begin_before_it_is_accepted(state):
	inside = {row.name for row in allowed(state, AGENT, is_in_scope=True)}
	outside = {row.name for row in allowed(state, AGENT, is_in_scope=False)}
	assert inside - outside == inside & BEGINS_WORK
	for name in inside & BEGINS_WORK:
		with pytest.raises(TransitionError, match="once the customer accepts the Success Pack"):
			require(name, state, AGENT, False, "because")


@pytest.mark.parametrize("name", [row.name for row in ACTIONS.values() if row.needs_reason])
@pytest.mark.parametrize("reason", [None, "", "   \n"])
def test_an_action_that_takes_something_away_needs_a_reason(name, reason):
	row = ACTIONS[name]
	with pytest.raises(TransitionError, match="Write the reason"):
		require(name, row.sources[0], row.by[0], True, reason)


def test_no_reason_is_asked_for_what_needs_none():
	assert require("start", NEW, AGENT, True).target == IN_PROGRESS
	assert require("accept", WAITING_FOR_ACCEPTANCE, CUSTOMER, False).target == IN_PROGRESS
	assert require("close", RESOLVED, CUSTOMER, True).target == CLOSED


def test_declining_an_offer_resolves_and_does_not_close():
	assert ACTIONS["decline"].target == RESOLVED


def test_the_refusal_says_from_where_it_would_be_possible():
	with pytest.raises(TransitionError, match="The request is New; reopen is possible from: Resolved"):
		require("reopen", NEW, AGENT, True, "because")


def test_the_other_side_s_action_is_refused_as_such():
	with pytest.raises(TransitionError, match="for the other side to do: accept"):
		require("accept", WAITING_FOR_ACCEPTANCE, AGENT, True)


def test_an_unknown_action_is_refused_with_the_known_ones():
	with pytest.raises(TransitionError, match="escalate is not an action: use one of start, "):
		action("escalate")


@pytest.mark.parametrize("row", ACTIONS.values(), ids=lambda row: row.name)
def test_a_drag_on_the_board_is_an_action_that_needs_no_reason_and_answers_no_offer(row):
	is_a_drag = row.name in ("start", "resume", "close")
	for source in row.sources:
		for side in row.by:
			if is_a_drag:
				assert between(source, row.target, side) is row
			else:
				with pytest.raises(TransitionError, match="Use one of the buttons"):
					between(source, row.target, side)


@pytest.mark.parametrize(
	("source", "target", "side"),
	[
		(NEW, CLOSED, AGENT),
		(IN_PROGRESS, NEW, AGENT),
		(CLOSED, IN_PROGRESS, AGENT),
		(CLOSED, RESOLVED, CUSTOMER),
		(NEW, IN_PROGRESS, CUSTOMER),
		(WAITING_FOR_ACCEPTANCE, CLOSED, AGENT),
		(NEW, NEW, AGENT),
		(NEW, IN_PROGRESS, ""),
	],
)
def test_a_drag_that_is_no_action_is_refused_naming_both_ends(source, target, side):
	with pytest.raises(TransitionError, match=f"cannot go from {source} to {target}"):
		between(source, target, side)


def test_what_the_clock_is_told_is_a_word_of_the_clock():
	assert {row.event for row in ACTIONS.values()} - {None} <= set(clock.ACTIONS)


def test_the_clock_stands_still_exactly_while_a_request_waits_or_is_done():
	for row in ACTIONS.values():
		if row.target in WAITING:
			assert row.event == "hold", row.name
		if row.target == RESOLVED:
			assert row.event == "resolve", row.name
		if row.target == IN_PROGRESS and row.sources != (NEW,):
			assert row.event in ("resume", "reopen"), row.name


def test_words_that_frappe_and_erpnext_write_into_are_not_used():
	assert not {"Open", "Replied"} & set(STATES)
	assert set(OPEN) == set(STATES) - {RESOLVED, CLOSED}


@pytest.mark.parametrize("name", ["resume", "reopen"])
def test_a_pause_or_a_reopening_is_no_detour_into_excluded_work(name):
	assert target_status(ACTIONS[name], is_in_scope=False) == NEW
	assert target_status(ACTIONS[name], is_in_scope=True) == IN_PROGRESS


@pytest.mark.parametrize(
	("state", "days_later", "does"),
	[
		(WAITING_FOR_CUSTOMER, 400, "resume"),
		(RESOLVED, 0, "reopen"),
		(RESOLVED, 7, "reopen"),
		(RESOLVED, 7.00001, "successor"),
		(CLOSED, 0, "successor"),
		(NEW, 0, None),
		(IN_PROGRESS, 0, None),
		(WAITING_FOR_ACCEPTANCE, 0, None),
	],
)
def test_what_an_answer_of_the_customer_does(state, days_later, does):
	resolved_at = datetime(2026, 11, 24, 10, tzinfo=timezone.utc)
	assert on_answer(state, resolved_at, resolved_at + timedelta(days=days_later), 7) == does
