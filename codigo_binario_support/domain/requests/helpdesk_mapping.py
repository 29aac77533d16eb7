"""A request in Frappe Helpdesk: which status, which priority, and what a step over there means here.

Statuses of Helpdesk are the site's own; each belongs to a category (Open, Paused, Resolved).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from . import status

OPEN, PAUSED, RESOLVED = "Open", "Paused", "Resolved"

_CATEGORY = {
	status.NEW: OPEN,
	status.IN_PROGRESS: OPEN,
	status.WAITING_FOR_CUSTOMER: PAUSED,
	status.WAITING_FOR_ACCEPTANCE: PAUSED,
	status.RESOLVED: RESOLVED,
	status.CLOSED: RESOLVED,
}
#: Names that Helpdesk ships, by our status; a site that renamed them gets the first of the category.
_PREFERRED = {status.RESOLVED: "Resolved", status.CLOSED: "Closed"}
_PRIORITIES = {"outage": "Urgent", "degraded": "High", "question": "Medium", "request": "Medium"}
_MARK = "mirror-"


@dataclass(frozen=True, slots=True)
class TicketStatus:
	"""A status of Helpdesk, in the order that the site gives them."""

	name: str
	category: str


def ticket_status(state: str, there: Sequence[TicketStatus]) -> str | None:
	"""The status of a ticket whose request is in a state; None where Helpdesk has none of that category."""
	names = [row.name for row in there if row.category == _CATEGORY[state]]
	if _PREFERRED.get(state) in names:
		return _PREFERRED[state]
	others = [name for name in names if name not in _PREFERRED.values()]
	return next(iter(others or names), None)


def step(state: str, category: str) -> str | None:
	"""The action on the request that a new status of its ticket asks for; None where both say the same already."""
	if _CATEGORY[state] == category:
		return None
	if category == RESOLVED:
		return "resolve"
	if category == PAUSED:
		return "ask_customer"
	if state == status.RESOLVED:
		return "reopen"
	return "resume"


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
