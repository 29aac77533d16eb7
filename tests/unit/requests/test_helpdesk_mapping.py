"""A request as a ticket: statuses by category, and steps that mean the same on both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.requests import helpdesk_mapping, status
from codigo_binario_support.domain.requests.helpdesk_mapping import OPEN, PAUSED, RESOLVED, TicketStatus

SHIPPED = [
	TicketStatus("Open", OPEN),
	TicketStatus("Replied", PAUSED),
	TicketStatus("Resolved", RESOLVED),
	TicketStatus("Closed", RESOLVED),
]


@pytest.mark.parametrize(
	("state", "wanted"),
	[
		(status.NEW, "Open"),
		(status.IN_PROGRESS, "Open"),
		(status.WAITING_FOR_CUSTOMER, "Replied"),
		(status.WAITING_FOR_ACCEPTANCE, "Replied"),
		(status.RESOLVED, "Resolved"),
		(status.CLOSED, "Closed"),
	],
)
def test_a_state_has_its_status_in_a_helpdesk_as_it_is_shipped(state, wanted):
	assert helpdesk_mapping.ticket_status(state, SHIPPED) == wanted


def test_renamed_statuses_are_found_by_their_category():
	renamed = [
		TicketStatus("Abierto", OPEN),
		TicketStatus("En espera", PAUSED),
		TicketStatus("Listo", RESOLVED),
	]
	names = {row.category: row.name for row in renamed}
	for row in status.STATUSES.values():
		assert helpdesk_mapping.ticket_status(row.name, renamed) == names[row.category]


def test_a_helpdesk_without_a_category_gets_no_status():
	assert helpdesk_mapping.ticket_status(status.WAITING_FOR_CUSTOMER, [TicketStatus("Open", OPEN)]) is None


@given(st.sampled_from(status.STATES), st.sampled_from([OPEN, PAUSED, RESOLVED]))
def test_a_step_leads_to_the_category_it_was_asked_for(state, category):
	name = helpdesk_mapping.step(state, category)
	own = next(row for row in SHIPPED if row.name == helpdesk_mapping.ticket_status(state, SHIPPED)).category
	if name is None:
		assert own == category
		return
	action = status.action(name)
	target = next(
		row for row in SHIPPED if row.name == helpdesk_mapping.ticket_status(action.target, SHIPPED)
	).category
	assert target == category or (category == OPEN and state == status.CLOSED)


def test_a_priority_that_the_site_lacks_is_left_alone():
	assert helpdesk_mapping.priority("outage", ["Urgent", "Low"]) == "Urgent"
	assert helpdesk_mapping.priority("outage", ["Baja"]) is None
	assert helpdesk_mapping.priority(None, ["Urgent"]) is None


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_a_copy_has_one_name_and_is_known_as_a_copy(one, other):
	assert helpdesk_mapping.is_copy(helpdesk_mapping.copy_name(one))
	assert (helpdesk_mapping.copy_name(one) == helpdesk_mapping.copy_name(other)) == (one == other)
	assert not helpdesk_mapping.is_copy(None)
