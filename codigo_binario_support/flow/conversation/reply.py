"""Station 4, reply: who wrote, and what that does to the request, whichever way it came.

An answer of the customer resumes a waiting request and reopens a resolved one within the policy's days. Later, and on
a closed one, it becomes a new request linked to the old one. A mere thank-you reopens nothing. An agent's first
message is the first answer.
"""

from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.policy.terms import language_of, terms
from ...adapters.requests.requests import DOCTYPE
from ...adapters.site import formatting, instants
from ...adapters.site.instants import utc_now
from ...domain.policy.policy import REOPEN_DAYS
from ...domain.requests import status
from ...domain.triage import markup
from ...domain.triage.cleaning import automatic_kind, is_courtesy
from ..clock import clock
from ..filing import intake


def from_communication(communication: Any) -> None:
	"""A mail or chat message on a request. Automated messages move no clock.

	A message on a request that is over moves to the new one: read its `reference_name` afterwards.
	"""
	if communication.reference_doctype != DOCTYPE or communication.communication_type != "Communication":
		return
	medium, name = communication.communication_medium, communication.reference_name
	# What a person types into a chat is no machine's answer, whatever it sounds like.
	if medium != "Chat" and automatic_kind(communication.subject or "", plain(communication.content)):
		return
	request, source = frappe.get_doc(DOCTYPE, name), f"Communication {communication.name}"
	address = _mailed_from(communication)
	if address is None:
		side = clock.side_of(request, communication.owner)
	else:
		is_agent = address != request.raised_by and address in people.agents()
		side = status.AGENT if is_agent else status.CUSTOMER
	if side == status.AGENT:
		request = frappe.get_doc(DOCTYPE, name, for_update=True)
		if clock.answer(request, source):
			request.save_from_flow()
	elif side == status.CUSTOMER:
		if address is None:
			requester = people.requester_for(communication.owner)
		else:
			requester = people.requester_of(address, communication.sender_full_name or "")
		channel = medium if medium in ("Email", "Chat") else "Portal"
		landed = from_customer(name, requester, communication.content or "", channel, source)
		if landed != name:
			communication.db_set("reference_name", landed, update_modified=False)


def from_comment(comment: Any) -> None:
	"""A comment under the request. The customer's counts as an answer; an agent's is a note, not an answer."""
	if comment.reference_doctype != DOCTYPE or comment.comment_type != "Comment":
		return
	request = frappe.get_doc(DOCTYPE, comment.reference_name)
	if clock.side_of(request, comment.owner) == status.CUSTOMER:
		requester = people.requester_for(comment.owner)
		from_customer(request.name, requester, comment.content or "", "Desk", f"Comment {comment.name}")


def from_customer(name: str, requester: people.Requester, content: str, channel: str, source: str) -> str:
	"""The one rule for an answer of the customer's side, by any way. `content` may be HTML, `source` names the message.

	Returns the request that the answer belongs to: the same, or the new one when that one is over.
	"""
	request = frappe.get_doc(DOCTYPE, name, for_update=True)
	if request.duplicate_of and _reaches_original(request, source):
		return name
	policy = terms(request.terms)
	days = policy.reopen_days if policy else REOPEN_DAYS
	action = status.on_answer(request.status, instants.from_site(request.resolved_at), utc_now(), days)
	if action in ("reopen", status.SUCCESSOR) and is_courtesy(plain(content)):
		return name
	if action == status.SUCCESSOR:
		# A conversation of five messages is one new request, not five.
		successors = {"previous_request": name, "status": ("in", status.OPEN)}
		if later := frappe.db.get_value(DOCTYPE, successors, "name", order_by="creation desc"):
			return from_customer(later, requester, content, channel, source)
		return intake.file(requester, request.subject, content, channel, previous_request=name).name
	if action:
		with formatting.in_language(language_of(request.terms)):
			reason = _("The customer answered.") if action == "reopen" else ""
		if clock.act(request, action, reason, side=status.CUSTOMER, source=source):
			request.save_from_flow()
	return name


def _reaches_original(request: Any, source: str) -> bool:
	"""An answer on a duplicate is one to the request it was merged into, while that is open: its words stay here."""
	original = frappe.get_doc(DOCTYPE, request.duplicate_of, for_update=True)
	if original.status not in status.OPEN:
		return False
	clock.note(original, "reply", _("An answer on the duplicate {0}.").format(request.name))
	if original.status == status.WAITING_FOR_CUSTOMER:
		clock.act(original, "resume", side=status.CUSTOMER, source=source)
	original.save_from_flow()
	return True


def plain(content: str | None) -> str:
	"""The words of a message: Frappe keeps messages as HTML."""
	return markup.text_of(content or "").strip()


def _mailed_from(communication: Any) -> str | None:
	"""The address of who wrote a mail: it comes under the mailbox's name. None of what one writes under one's own."""
	if communication.sent_or_received != "Received" or communication.communication_medium == "Chat":
		return None
	return frappe.utils.parse_addr(communication.sender or "")[1].lower()
