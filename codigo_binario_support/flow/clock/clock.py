"""Station 3, the clock: due times where promised, transitions, pauses. Every change leaves an event row."""

from datetime import datetime
from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.offers import packs
from ...adapters.policy.terms import terms
from ...adapters.requests import requests
from ...adapters.requests.requests import SupportRequest, add_event, duplicates_of, events_of, joinings_of
from ...adapters.site.errors import refusing
from ...adapters.site.instants import from_site, to_site, utc_now
from ...domain.offers import hours_balance
from ...domain.offers.offer import ACCEPTED, DRAFT
from ...domain.policy.policy import Policy
from ...domain.requests import queue, status
from ...domain.time import clock
from ...domain.time.clock import ClockReading, Event, Segment, Targets
from ...domain.time.windows import ALWAYS_OPEN, SlaWindow
from ...domain.triage.verdict import OUT_OF_SCOPE, TO_REVIEW

#: The attention clock and, where a restoration is promised, the platform clock.
Clocks = tuple[ClockReading, ClockReading | None]


def read(doc: SupportRequest, at: datetime | None = None) -> Clocks:
	"""The attention clock and, where a restoration is promised, the platform clock, at an instant (default now).

	Those of a request that others joined are theirs too: the strictest promise of them all, see `domain.time.clock.together`.
	"""
	readings = [reading for _doc, reading in _family(doc, at or utc_now())]
	platforms = [platform for _attention, platform in readings if platform]
	attention = clock.together([attention for attention, _platform in readings])
	return attention, clock.together(platforms) if platforms else None


def _family(doc: SupportRequest, at: datetime) -> list[tuple[Any, Clocks]]:
	"""A request and those that joined it, itself first, each with its own clocks."""
	joined = [] if doc.is_new() or doc.duplicate_of else duplicates_of(doc.name)
	family = [doc, *(frappe.get_doc(requests.DOCTYPE, name) for name in joined)]
	return [(one, _read_one(one, _history(one, doc), at)) for one in family]


def _history(doc: SupportRequest, original: SupportRequest) -> list[Event]:
	"""What its clocks read. `original`: the request that it joined, as it is now and may not be stored yet."""
	joinings = []
	for at, name in joinings_of(doc):
		other = original if original.name == name else frappe.get_doc(requests.DOCTYPE, name)
		joinings.append(clock.Joining(at, events_of(other)))
	return clock.joined(events_of(doc), joinings) if joinings else events_of(doc)


def _read_one(doc: SupportRequest, events: list[Event], at: datetime) -> Clocks:
	policy = terms(doc.terms)
	if policy is None:
		return clock.read(ALWAYS_OPEN, events, Targets(), at), None
	targets = Targets(*(_commitment(doc, policy, kind)[0] for kind in ("first_response", "resolution")))
	attention = clock.read(attention_window(policy), events, targets, at)
	seconds, window = _commitment(doc, policy, "restore")
	if window is None or seconds is None:
		return attention, None
	return attention, clock.read(window, events, Targets(None, seconds), at, ignores_holds=True)


def attention_window(policy: Policy | None) -> SlaWindow:
	"""The hours in which people answer: always, where no policy says when."""
	return policy.support_window if policy else ALWAYS_OPEN


def ledger(doc: SupportRequest, at: datetime | None = None) -> list[Segment]:
	"""The attention clock's account, segment by segment; its counted seconds are the elapsed time.

	Where others joined the request it is the account of the one whose clock counts for all.
	"""
	at = at or utc_now()
	family = _family(doc, at)
	one = family[clock.ruling([attention for _doc, (attention, _platform) in family])][0]
	return clock.ledger(attention_window(terms(one.terms)), _history(one, doc), at)


def pauses(doc: SupportRequest) -> list[tuple[datetime, str]]:
	"""When a clock of the request, or of one that it joined or that joined it, began to wait, and by which action."""
	names = [name for _at, name in joinings_of(doc)] or duplicates_of(doc.name)
	docs = [doc, *(frappe.get_doc(requests.DOCTYPE, name) for name in names)]
	return sorted(pause for one in docs for pause in requests.pauses_of(one))


def refresh(doc: SupportRequest) -> None:
	"""Read the clocks and write what they say on the request, and where it stands in the queue."""
	now = utc_now()
	attention, platform = read(doc, now)
	requests.apply_reading(doc, attention, platform)
	if doc.duplicate_of:
		# Its due time is that of the request it joined, which stands in the queue for both.
		doc.due_at = None
	_place(doc, attention, now)


def place(doc: SupportRequest) -> None:
	"""Only where it stands in the queue, by the due time that is written on it."""
	now = utc_now()
	_place(doc, read(doc, now)[0], now)


def side_of(doc: SupportRequest, user: str | None = None) -> str | None:
	"""On which side of a request somebody stands: agent, customer (who asks is, whatever else), or neither (None)."""
	user = user or frappe.session.user
	if user == doc.raised_by:
		return status.CUSTOMER
	if people.is_agent(user):
		return status.AGENT
	if doc.has_permission("read", user=user):
		return status.CUSTOMER
	return None


def require_agent(doc: SupportRequest) -> None:
	"""Refuse who is not on the agents' side of the request."""
	if side_of(doc) != status.AGENT:
		frappe.throw(_("Only a support agent can do this."), frappe.PermissionError)


def is_in_scope(doc: SupportRequest) -> bool:
	"""Whether work may start: inside the policy at least in part, undecided, or an accepted offer."""
	return doc.verdict != OUT_OF_SCOPE or doc.offer_status == ACCEPTED


def has_hours(doc: SupportRequest) -> bool:
	"""Whether excluded work that was accepted still has hours; nothing else needs any."""
	is_charged = doc.verdict == OUT_OF_SCOPE and doc.offer_status == ACCEPTED
	return not is_charged or packs.balance_of(doc).state(0) != hours_balance.EMPTY


def used_up_sentence() -> str:
	return _(
		"The hours of the Success Pack are used up. What runs is finished; new work starts once the customer accepts another pack: use Ask for a Success Pack."
	)


def allowed_actions(doc: SupportRequest) -> list[status.Action]:
	side = side_of(doc)
	return status.allowed(doc.status, side, is_in_scope(doc)) if side else []


def act(doc: SupportRequest, name: str, reason: str = "", side: str | None = None, source: str = "") -> bool:
	"""Do one action. Returns False when it was done already (a second click); raises when it is not allowed."""
	side = side or side_of(doc)
	if side is None:
		frappe.throw(_("You cannot do this."), frappe.PermissionError)
	with refusing():
		if _done_already(doc, name):
			return False
		action = status.require(name, doc.status, side, is_in_scope(doc), reason)
	_require_hours(doc, action)
	_apply(doc, action, (reason or "").strip(), source)
	return True


def follow_board(doc: SupportRequest) -> None:
	"""A status that was dragged or set from outside is the action it stands for, or it is refused."""
	before = doc.get_doc_before_save()
	if not before or before.status == doc.status or doc.flags.from_flow:
		return
	side = side_of(doc)
	with refusing():
		action = status.between(before.status, doc.status, side or "")
		status.require(action.name, before.status, side or "", is_in_scope(doc))
	_require_hours(doc, action)
	_apply(doc, action, "", "board")


def answer(doc: SupportRequest, source: str) -> bool:
	"""A first answer by a person stops the response clock. Returns False when there was one before."""
	if doc.answered_at:
		return False
	add_event(doc, utc_now(), "first_reply", "reply", source=source)
	if doc.status == status.NEW and is_in_scope(doc) and has_hours(doc):
		doc.status = status.IN_PROGRESS
	refresh(doc)
	return True


def restart_after_verdict(doc: SupportRequest, reason: str) -> None:
	"""After a new verdict or a lost offer: excluded work stops, and nobody waits for what is not on offer."""
	if doc.status == status.IN_PROGRESS and not is_in_scope(doc):
		doc.status = status.NEW
		note(doc, "stop", reason)
	is_on_offer = doc.verdict == OUT_OF_SCOPE and doc.offer_status == DRAFT
	if doc.status == status.WAITING_FOR_ACCEPTANCE and not is_on_offer:
		_apply(doc, status.ACTIONS["withdraw_offer"], reason, "")


def note(doc: SupportRequest, action: str, detail: str, source: str = "") -> None:
	"""Something that no clock reacts to, but that belongs to the history."""
	add_event(doc, utc_now(), "note", action, detail=detail, source=source)


def _place(doc: SupportRequest, attention: ClockReading, now: datetime) -> None:
	window, seconds = attention_window(terms(doc.terms)), attention.resolution.elapsed_seconds
	due_at, events = from_site(doc.due_at), events_of(doc)
	if doc.duplicate_of:
		# In the queue it was over when it joined the other one.
		events.append(Event(joinings_of(doc)[0][0], "resolve"))
	place = queue.queue_position(doc.status, doc.severity, events, due_at, seconds, window, now)
	# Derived from the sealed history, so it is not sealed itself.
	doc.turn, doc.turn_since, doc.queue_key = place.turn, to_site(place.turn_since), place.key


def _apply(doc: SupportRequest, action: status.Action, reason: str, source: str) -> None:
	now = utc_now()
	add_event(doc, now, action.event or "note", action.name, detail=reason, source=source)
	doc.status = _target_status(doc, action)
	doc.times_reopened = (doc.times_reopened or 0) + (action.name == "reopen")
	if action.event == "resolve":
		doc.resolution_note = reason
	doc.closed_at = to_site(now) if action.target == status.CLOSED else None
	refresh(doc)


def _target_status(doc: SupportRequest, action: status.Action) -> str:
	"""A reopened request whose hours are used up waits as a new one; a running job that resumes is not cut off."""
	may_work = is_in_scope(doc) and (action.name != "reopen" or has_hours(doc))
	return status.target_status(action, may_work)


def _require_hours(doc: SupportRequest, action: status.Action) -> None:
	if action.name == "start" and not has_hours(doc):
		frappe.throw(used_up_sentence(), title=_("Success Pack"))


def _done_already(doc: SupportRequest, name: str) -> bool:
	action = status.action(name)
	last = doc.clock_events[-1].action if doc.clock_events else None
	return last == name and doc.status == _target_status(doc, action) and doc.status not in action.sources


def _commitment(doc: SupportRequest, policy: Policy, kind: str) -> tuple[int | None, SlaWindow | None]:
	"""What is promised to a request: in how many seconds, of which window."""
	clauses, severity = [doc.clause or None, doc.second_clause or None], doc.severity
	if doc.verdict == TO_REVIEW:
		# A suggested clause promises nothing yet; once a person decides, the time runs from filing.
		clauses, severity = [None], None
	row = policy.commitment(kind, clauses, severity)
	return (row.target_seconds, policy.windows[row.window]) if row else (None, None)
