"""The states of a request and what may be done next. The server asks here; forms and boards only show the answer.

What is to be known of a state stands in its row of `STATUSES`, what is to be known of an action in its row of `ACTIONS`:
lists, board, chat, portal and Helpdesk take it from there, and JavaScript gets both with the boot.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from ..errors import TransitionError

NEW, IN_PROGRESS = "New", "In Progress"
WAITING_FOR_CUSTOMER, WAITING_FOR_ACCEPTANCE = "Waiting for Customer", "Waiting for Acceptance"
RESOLVED, CLOSED = "Resolved", "Closed"

#: By which way a request came.
CHANNELS = ("Desk", "Portal", "Email", "Chat", "API")
#: Whose turn it is.
TURNS = OURS, THEIRS, NOBODYS = "Support", "Customer", "Nobody"
#: What the attention clock does, in Helpdesk's words for its categories: it may run, it stands still, it has stopped.
CATEGORIES = RUNNING, PAUSED, ENDED = "Open", "Paused", "Resolved"


class Status(NamedTuple):
	"""A state: its colour in lists and on the board, whose turn it is, its category, and the sentence for the portal.

	A pause also says whom it waits for, to agents (`waits`) and to who asked (`waits_for_you`), and how the clock says it.
	"""

	name: str
	color: str
	turn: str
	category: str
	sentence: str
	waits: str = ""
	waits_for_you: str = ""
	clock_sentence: str = ""

	@property
	def is_open(self) -> bool:
		return self.category != ENDED


_QUEUED = "In the queue: we answer in the order of arrival, within support hours."
_OFFER = "We are waiting for your decision on the Success Pack."
_THEM = ("Waiting for the customer", "Waiting for you", "Waiting for the customer: the clock stands still")

_ROWS = (
	Status(NEW, "blue", OURS, RUNNING, _QUEUED),
	Status(IN_PROGRESS, "cyan", OURS, RUNNING, "Somebody is working on it."),
	Status(WAITING_FOR_CUSTOMER, "yellow", THEIRS, PAUSED, "We are waiting for your answer.", *_THEM),
	Status(WAITING_FOR_ACCEPTANCE, "orange", THEIRS, PAUSED, _OFFER, *_THEM),
	Status(RESOLVED, "green", NOBODYS, ENDED, "Resolved. If it is not, write to us and it is opened again."),
	Status(CLOSED, "gray", NOBODYS, ENDED, "Closed."),
)
STATUSES = {row.name: row for row in _ROWS}
STATES = tuple(STATUSES)
WAITING = tuple(row.name for row in _ROWS if row.category == PAUSED)
OPEN = tuple(row.name for row in _ROWS if row.is_open)
OVER = tuple(row.name for row in _ROWS if not row.is_open)

_ABOUT_OFFERS = ("propose", "withdraw_offer", "accept", "decline")
#: Actions that need more than a click and a reason: they have doors of their own.
INDIRECT = ("propose", "accept", "decline", "merge")
#: Actions that may be done with many requests at once.
BULK = ("start", "ask_customer", "resume", "resolve", "close")

#: The sides of a request.
AGENT, CUSTOMER = _EITHER = ("agent", "customer")


class Action(NamedTuple):
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


_AT_WORK = (NEW, IN_PROGRESS, WAITING_FOR_CUSTOMER)
_OFFERED = (WAITING_FOR_ACCEPTANCE,)
_STEPS = (
	Action("start", (NEW,), IN_PROGRESS, (AGENT,), needs_scope=True),
	Action("ask_customer", (NEW, IN_PROGRESS), WAITING_FOR_CUSTOMER, (AGENT,), "hold", needs_reason=True),
	Action("resume", (WAITING_FOR_CUSTOMER,), IN_PROGRESS, _EITHER, "resume"),
	Action("propose", _AT_WORK, WAITING_FOR_ACCEPTANCE, (AGENT,), "hold"),
	Action("withdraw_offer", _OFFERED, IN_PROGRESS, (AGENT,), "resume", needs_reason=True, needs_scope=True),
	Action("accept", _OFFERED, IN_PROGRESS, (CUSTOMER,), "resume"),
	Action("decline", _OFFERED, RESOLVED, (CUSTOMER,), "resolve", needs_reason=True),
	Action("resolve", _AT_WORK, RESOLVED, _EITHER, "resolve", needs_reason=True),
	# No event: who joins another request is neither answered nor helped by it; the clock follows the other one.
	Action("merge", OPEN, CLOSED, (AGENT,), needs_reason=True),
	Action("reopen", (RESOLVED,), IN_PROGRESS, _EITHER, "reopen", needs_reason=True),
	Action("close", (RESOLVED,), CLOSED, _EITHER, "close"),
)
ACTIONS = {step.name: step for step in _STEPS}


class Words(NamedTuple):
	"""An action in words: on its button; what introduces its reason, where that is part of the conversation; what an
	answer that it follows from is sent with; and in the list's menu. Empty where it is not there.
	"""

	label: str
	said: str = ""
	sent_with: str = ""
	menu: str = ""


WORDS = {
	"start": Words("Start work", menu="Support: start work"),
	"ask_customer": Words(
		"Ask the customer", "asks", "Send and wait for the customer", "Support: ask the customer"
	),
	"resume": Words("Resume"),
	"propose": Words("Propose a Success Pack"),
	"withdraw_offer": Words("Withdraw the offer", "withdrew the offer"),
	"accept": Words("Accept the offer"),
	"decline": Words("Decline the offer", "declined the offer"),
	"resolve": Words(
		"Resolve", "resolved the request", "Send and resolve", "Support: resolve with one reason"
	),
	"merge": Words("Merge with another request"),
	"reopen": Words("Reopen", "reopened the request"),
	"close": Words("Close"),
	"contest": Words("I do not agree with the verdict", "contests the verdict"),
}
#: What the history tells beside the actions. `file` is how 0.1 wrote `filed`: its rows are sealed and stay as they are.
NOTES = tuple(
	"""filed reply offer offer_cancelled breach stop offer_superseded warning breach_told split linked pack_low
	pack_empty contest rate ask_offer send_password_reset upgrade undelivered assign_requester acknowledge_seal
	file other_language""".split()
)


def action(name: str) -> Action:
	"""The action of that name. Raises `TransitionError`."""
	if name not in ACTIONS:
		said = "{action} is not an action: use one of {actions}."
		raise TransitionError(said, action=name, actions=", ".join(ACTIONS))
	return ACTIONS[name]


def allowed(state: str, by: str, is_in_scope: bool) -> list[Action]:
	"""What somebody on that side may do next. `is_in_scope`: included, undecided, or accepted."""
	return [
		row
		for row in _STEPS
		if state in row.sources and by in row.by and (is_in_scope or not row.needs_scope)
	]


def target_status(row: Action, is_in_scope: bool) -> str:
	"""Where an action ends: excluded work that nobody accepted goes back to New, never to In Progress by a detour."""
	return NEW if row.target == IN_PROGRESS and not is_in_scope else row.target


def between(source: str, target: str, by: str) -> Action:
	"""The action that a drag from one state to another stands for. Raises `TransitionError`.

	A drag gives no reason and answers no offer: what needs either has a button.
	"""
	for row in _STEPS:
		leads_there = source in row.sources and row.target == target and by in row.by
		if leads_there and not row.needs_reason and row.name not in _ABOUT_OFFERS:
			return row
	said = "A request cannot go from {source} to {target}. Use one of the buttons on the form."
	raise TransitionError(said, source=source, target=target)


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
	return SUCCESSOR if state in OVER else None


def require(name: str, state: str, by: str, is_in_scope: bool, reason: str | None = None) -> Action:
	"""The action, if it may be done now. Raises `TransitionError` saying why not."""
	row = action(name)
	if by not in row.by:
		raise TransitionError("This is for the other side to do: {action}.", action=name)
	if state not in row.sources:
		said = "The request is {state}; {action} is possible from: {sources}."
		raise TransitionError(said, state=state, action=name, sources=", ".join(row.sources))
	if row.needs_scope and not is_in_scope:
		raise TransitionError(
			"This is outside the support policy: work can start once the customer accepts the Success Pack."
		)
	if row.needs_reason and not (reason or "").strip():
		raise TransitionError("Write the reason: both sides can read it later.")
	return row
