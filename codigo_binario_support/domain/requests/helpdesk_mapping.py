"""A request in Frappe Helpdesk: which status, which priority, and what a step over there means here.

Statuses of Helpdesk are the site's own; each belongs to a category (Open, Paused, Resolved).
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from ..policy.policy import SEVERITIES
from . import status

OPEN, PAUSED, RESOLVED = status.CATEGORIES
_PRIORITIES = dict(zip(SEVERITIES, ("Urgent", "High", "Medium", "Medium"), strict=True))
_MARK = "mirror-"


class TicketStatus(NamedTuple):
	"""A status of Helpdesk, in the order that the site gives them."""

	name: str
	category: str


def ticket_status(state: str, there: Sequence[TicketStatus]) -> str | None:
	"""The status of a ticket whose request is in a state; None where Helpdesk has none of that category."""
	names = [row.name for row in there if row.category == status.STATUSES[state].category]
	# Helpdesk ships statuses of its own named as ours that are over; a site that renamed them gets another one.
	if state in status.OVER and state in names:
		return state
	others = [name for name in names if name not in status.OVER]
	return next(iter(others or names), None)


def step(state: str, category: str) -> str | None:
	"""The action on the request that a new status of its ticket asks for; None where both say the same already."""
	if status.STATUSES[state].category == category:
		return None
	if category in (RESOLVED, PAUSED):
		return "resolve" if category == RESOLVED else "ask_customer"
	return "reopen" if state == status.RESOLVED else "resume"


def priority(severity: str | None, there: Sequence[str]) -> str | None:
	"""Helpdesk's priority for a severity, if the site has it."""
	wanted = _PRIORITIES.get(severity or "")
	return wanted if wanted in there else None


def copy_name(original: str) -> str:
	"""The name of a message's copy on the other side: the same message is copied once, and a copy never again."""
	return _MARK + hashlib.sha256(original.encode()).hexdigest()[:24]


def is_copy(name: str | None) -> bool:
	"""Whether a message of this name is a copy that this app made on the other side."""
	return (name or "").startswith(_MARK)
