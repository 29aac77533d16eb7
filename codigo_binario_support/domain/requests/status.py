"""The states of a request and what may be done next. The server asks here; forms and boards only show the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..errors import TransitionError

NEW = "New"
IN_PROGRESS = "In Progress"
WAITING_FOR_CUSTOMER = "Waiting for Customer"
WAITING_FOR_ACCEPTANCE = "Waiting for Acceptance"
RESOLVED = "Resolved"
CLOSED = "Closed"

STATES = (NEW, IN_PROGRESS, WAITING_FOR_CUSTOMER, WAITING_FOR_ACCEPTANCE, RESOLVED, CLOSED)
WAITING = (WAITING_FOR_CUSTOMER, WAITING_FOR_ACCEPTANCE)
OPEN = (NEW, IN_PROGRESS, *WAITING)

_ABOUT_OFFERS = ("propose", "withdraw_offer", "accept", "decline")
#: Actions that need more than a click and a reason: they have doors of their own.
INDIRECT = ("propose", "accept", "decline", "merge")

AGENT = "agent"
CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Action:
	"""One thing that may be done: from which states, to which, by whom, and whether it must give a reason.

	`event` is what the clock is told. `needs_scope` bars excluded work that nobody has accepted (the policy:
	excluded situations need a Success Pack).
	"""

	name: str
	sources: tuple[str, ...]
	target: str
	by: tuple[str, ...]
	event: str | None = None
	needs_reason: bool = False
	needs_scope: bool = False


ACTIONS = {
	action.name: action
	for action in (
		Action("start", (NEW,), IN_PROGRESS, (AGENT,), needs_scope=True),
		Action("ask_customer", (NEW, IN_PROGRESS), WAITING_FOR_CUSTOMER, (AGENT,), "hold", needs_reason=True),
		Action("resume", (WAITING_FOR_CUSTOMER,), IN_PROGRESS, (AGENT, CUSTOMER), "resume"),
		Action("propose", (NEW, IN_PROGRESS, WAITING_FOR_CUSTOMER), WAITING_FOR_ACCEPTANCE, (AGENT,), "hold"),
		Action(
			"withdraw_offer",
			(WAITING_FOR_ACCEPTANCE,),
			IN_PROGRESS,
			(AGENT,),
			"resume",
			needs_reason=True,
			needs_scope=True,
		),
		Action("accept", (WAITING_FOR_ACCEPTANCE,), IN_PROGRESS, (CUSTOMER,), "resume"),
		Action("decline", (WAITING_FOR_ACCEPTANCE,), RESOLVED, (CUSTOMER,), "resolve", needs_reason=True),
		Action(
			"resolve",
			(NEW, IN_PROGRESS, WAITING_FOR_CUSTOMER),
			RESOLVED,
			(AGENT, CUSTOMER),
			"resolve",
			needs_reason=True,
		),
		Action("merge", OPEN, CLOSED, (AGENT,), "resolve", needs_reason=True),
		Action("reopen", (RESOLVED,), IN_PROGRESS, (AGENT, CUSTOMER), "reopen", needs_reason=True),
		Action("close", (RESOLVED,), CLOSED, (AGENT, CUSTOMER), "close"),
	)
}


def action(name: str) -> Action:
	"""The action of that name. Raises `TransitionError`."""
	if name not in ACTIONS:
		raise TransitionError(
			"{action} is not an action: use one of {actions}.", action=name, actions=", ".join(ACTIONS)
		)
	return ACTIONS[name]


def allowed(state: str, by: str, is_in_scope: bool) -> list[Action]:
	"""What somebody on that side may do next. `is_in_scope`: included, undecided, or accepted."""
	return [
		row
		for row in ACTIONS.values()
		if state in row.sources and by in row.by and (is_in_scope or not row.needs_scope)
	]


def target_status(row: Action, is_in_scope: bool) -> str:
	"""Where an action ends: excluded work that nobody accepted goes back to New, never to In Progress by a detour."""
	return NEW if row.target == IN_PROGRESS and not is_in_scope else row.target


def between(source: str, target: str, by: str) -> Action:
	"""The action that a drag from one state to another stands for. Raises `TransitionError`.

	A drag gives no reason and answers no offer: what needs either has a button.
	"""
	for row in ACTIONS.values():
		if (
			source in row.sources
			and row.target == target
			and by in row.by
			and not row.needs_reason
			and row.name not in _ABOUT_OFFERS
		):
			return row
	raise TransitionError(
		"A request cannot go from {source} to {target}. Use one of the buttons on the form.",
		source=source,
		target=target,
	)


#: What an answer on a request that is over becomes: a new request, linked to it.
SUCCESSOR = "successor"


def on_answer(state: str, resolved_at: datetime | None, at: datetime, reopen_days: int) -> str | None:
	"""What an answer of the customer does, whichever way it came: `resume`, `reopen`, `successor`, or nothing.

	A resolved request is reopened within `reopen_days` of its resolution, the last instant included. A closed one stays
	closed. An offer is answered by its buttons or in the books, never by a mere message.
	"""
	if state == WAITING_FOR_CUSTOMER:
		return "resume"
	if state == RESOLVED and resolved_at and at <= resolved_at + timedelta(days=reopen_days):
		return "reopen"
	return SUCCESSOR if state in (RESOLVED, CLOSED) else None


def require(name: str, state: str, by: str, is_in_scope: bool, reason: str | None = None) -> Action:
	"""The action, if it may be done now. Raises `TransitionError` saying why not."""
	row = action(name)
	if by not in row.by:
		raise TransitionError("This is for the other side to do: {action}.", action=name)
	if state not in row.sources:
		raise TransitionError(
			"The request is {state}; {action} is possible from: {sources}.",
			state=state,
			action=name,
			sources=", ".join(row.sources),
		)
	if row.needs_scope and not is_in_scope:
		raise TransitionError(
			"This is outside the support policy: work can start once the customer accepts the Success Pack."
		)
	if row.needs_reason and not (reason or "").strip():
		raise TransitionError("Write the reason: both sides can read it later.")
	return row
