"""Station 4, reply: who wrote, and what that does to the clock, whichever way it came."""

from __future__ import annotations

from typing import Any

import frappe

from ..adapters.requests import DOCTYPE
from ..domain import status
from . import clock


def from_communication(communication: Any) -> None:
	"""A mail or chat message on a request. Automated messages move no clock."""
	if communication.reference_doctype != DOCTYPE or communication.communication_type != "Communication":
		return
	if communication.sent_or_received == "Received":
		by_customer = True
	else:
		by_customer = _is_customer(communication.reference_name, communication.owner)
		if not by_customer and communication.owner in ("Administrator", "Guest") and not communication.sender:
			return
	_record(communication.reference_name, by_customer, f"Communication {communication.name}")


def from_comment(comment: Any) -> None:
	"""A comment under the request. The customer's counts as an answer; an agent's is a note, not an answer."""
	if comment.reference_doctype != DOCTYPE or comment.comment_type != "Comment":
		return
	if _is_customer(comment.reference_name, comment.owner):
		_record(comment.reference_name, True, f"Comment {comment.name}")


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
