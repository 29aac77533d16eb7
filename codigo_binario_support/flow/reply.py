"""Station 4, reply: who wrote, and what that does to the clock, whichever way it came."""

from __future__ import annotations

from typing import Any

import frappe

from ..adapters import people
from ..adapters.requests import DOCTYPE
from ..domain import status
from ..domain.text import automatic_kind
from . import clock


def from_communication(communication: Any) -> None:
	"""A mail or chat message on a request. Automated messages move no clock."""
	if communication.reference_doctype != DOCTYPE or communication.communication_type != "Communication":
		return
	if automatic_kind(communication.subject or "", frappe.utils.strip_html(communication.content or "")):
		return
	side = _side(communication)
	if side:
		_record(communication.reference_name, side == status.CUSTOMER, f"Communication {communication.name}")


def from_comment(comment: Any) -> None:
	"""A comment under the request. The customer's counts as an answer; an agent's is a note, not an answer."""
	if comment.reference_doctype != DOCTYPE or comment.comment_type != "Comment":
		return
	if _is_customer(comment.reference_name, comment.owner):
		_record(comment.reference_name, True, f"Comment {comment.name}")


def _side(communication: Any) -> str | None:
	"""On which side a message was written. Mail comes under the mailbox's name, so its sender counts, not its owner."""
	if communication.sent_or_received != "Received":
		return clock.side_of(frappe.get_doc(DOCTYPE, communication.reference_name), communication.owner)
	sender = frappe.utils.parse_addr(communication.sender or "")[1]
	return status.AGENT if sender in people.agents() else status.CUSTOMER


def _is_customer(name: str, user: str) -> bool:
	request = frappe.get_doc(DOCTYPE, name)
	return clock.side_of(request, user) == status.CUSTOMER


def _record(name: str, by_customer: bool, source: str) -> None:
	request = frappe.get_doc(DOCTYPE, name, for_update=True)
	if by_customer:
		changed = request.status == status.WAITING_FOR_CUSTOMER and clock.act(
			request, "resume", side=status.CUSTOMER, source=source
		)
	else:
		changed = clock.answer(request, source)
	if changed:
		request.save_at_station()
