"""A request as a ticket of Frappe Helpdesk, where that is installed: optional, never required.

The request leads: status, verdict and due times are written onto the ticket, and a status that an agent sets over there
is the action it stands for here, or is refused. Messages of either side arrive on the other once. Billing requests stay
out: Helpdesk's agents all see all tickets.
"""

from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.conversation import messages
from ...adapters.requests import helpdesk
from ...adapters.requests.requests import DOCTYPE
from ...adapters.site.errors import refusing
from ...domain.requests import helpdesk_mapping, status
from ..clock import clock
from ..conversation import reply


def write(name: str) -> str | None:
	"""Make or update the ticket of a request; returns its name. Safe to run again."""
	doc = frappe.get_doc(DOCTYPE, name)
	ticket_name = helpdesk.ticket_of(name)
	if people.BILLING_CLAUSE in (doc.clause, doc.second_clause):
		if ticket_name:
			_withdraw(ticket_name)
		return None
	values = _values(doc)
	with people.as_system(), helpdesk.quietly():
		if ticket_name:
			ticket = frappe.get_doc(helpdesk.TICKET, ticket_name, for_update=True)
			shown = {**values, "response_by": doc.response_due_at}
			# The hourly look finds most tickets as they should be: saving them would index and announce each again.
			if all((ticket.get(key) or None) == (value or None) for key, value in shown.items()):
				return ticket.name
		else:
			own = {"support_request": doc.name, "raised_by": _address(doc.raised_by)}
			said = doc.description or doc.subject
			ticket = frappe.get_doc({"doctype": helpdesk.TICKET, **own, "description": said, **values})
			ticket.insert(ignore_permissions=True)  # The system writes what the request says.
			if ticket.status == values["status"]:
				return ticket.name
			# A new ticket is open whatever it is given.
		ticket.update(values)
		ticket.status_category = helpdesk.category_of(ticket.status)
		ticket.save(ignore_permissions=True)  # As above.
	return ticket.name


def copy(name: str) -> str | None:
	"""Copy a message to the other side; returns the copy's name, None where there is nothing to copy."""
	message = frappe.get_doc(messages.DOCTYPE, name)
	way = {DOCTYPE: _to_ticket, helpdesk.TICKET: _to_request}.get(message.reference_doctype)
	return way(message) if way and not helpdesk_mapping.is_copy(name) else None


def follow(ticket: Any) -> None:
	"""Before a ticket is saved: our clock stays the only one, and a new status is an action on the request."""
	if not ticket.get("support_request") or not frappe.db.exists(DOCTYPE, ticket.support_request):
		return
	before = ticket.get_doc_before_save()
	if before and before.status != ticket.status and not helpdesk.is_quiet():
		_act(ticket)
	helpdesk.keep_our_clock(ticket)


def _act(ticket: Any) -> None:
	request = frappe.get_doc(DOCTYPE, ticket.support_request, for_update=True)
	category = helpdesk.category_of(ticket.status) or helpdesk_mapping.OPEN
	action = helpdesk_mapping.step(request.status, category)
	if action is None or frappe.flags.in_support_copy:
		return
	side = clock.side_of(request)
	if side is None:
		text = _("This ticket is the request {0}, and you are no support agent of it: its status stays.")
		frappe.throw(text.format(request.name), frappe.PermissionError)
	with refusing():
		status.require(action, request.status, side, clock.is_in_scope(request), "helpdesk")
	moved = _("Moved in Helpdesk to {0}.").format(_(ticket.status))
	reason = reply.plain(ticket.get("resolution_details")) or moved
	if clock.act(request, action, reason, side=side, source=f"{helpdesk.TICKET} {ticket.name}"):
		request.save_from_flow()


def _values(doc: Any) -> dict[str, Any]:
	values = {
		"subject": doc.subject,
		"status": helpdesk_mapping.ticket_status(doc.status, helpdesk.statuses()),
		"support_verdict": _(doc.verdict),
		"support_clause": ", ".join(_(code) for code in (doc.clause, doc.second_clause) if code),
		"support_due_at": doc.due_at,
	}
	if priority := helpdesk_mapping.priority(doc.severity, helpdesk.priorities()):
		values["priority"] = priority
	return values


def _withdraw(ticket_name: str) -> None:
	"""A request that became a billing matter: its words leave Helpdesk, the ticket stays as an empty closed one."""
	with people.as_system(), helpdesk.quietly():
		for name in messages.on(ticket_name, doctype=helpdesk.TICKET, pluck="name"):
			# The words stay on the request; the ticket's copies are what must go.
			frappe.delete_doc(messages.DOCTYPE, name, ignore_permissions=True, force=True)
		closed = helpdesk_mapping.ticket_status(status.CLOSED, helpdesk.statuses())
		values = {"subject": _("Moved to billing"), "description": "", "status": closed}
		frappe.db.set_value(helpdesk.TICKET, ticket_name, {**values, "status_category": "Resolved"})


def _to_ticket(message: Any) -> str | None:
	ticket = helpdesk.ticket_of(message.reference_name)
	if not ticket:
		return None
	is_sent = clock.side_of(frappe.get_doc(DOCTYPE, message.reference_name), message.owner) == status.AGENT
	with helpdesk.quietly():
		# Helpdesk saves the ticket with the writer's own rights, and our people need none over there.
		return _write(message, helpdesk.TICKET, ticket, "Email", is_sent, "Administrator")


def _to_request(message: Any) -> str | None:
	name = frappe.db.get_value(helpdesk.TICKET, message.reference_name, "support_request")
	if not name:
		return None
	request = frappe.get_doc(DOCTYPE, name)
	is_sent = message.sent_or_received == "Sent"
	writer = message.owner if is_sent else _user_of(message.sender)
	if writer is None or clock.side_of(request, writer) is None:
		text = _("A message on the ticket {0} came from somebody who does not see this request.")
		clock.note(request, "reply", text.format(message.reference_name))
		request.save_from_flow()
		return None
	frappe.flags.in_support_copy = True
	try:
		with helpdesk.quietly():
			# Chat counts under the name of who writes, and nothing mails it again: Helpdesk has mailed it.
			return _write(message, DOCTYPE, name, "Chat", is_sent, writer)
	finally:
		frappe.flags.in_support_copy = False


def _write(message: Any, doctype: str, name: str, medium: str, is_sent: bool, writer: str) -> str:
	"""Write the copy of a message, as the user who counts as its writer on that side."""
	copy = helpdesk_mapping.copy_name(message.name)
	if frappe.db.exists(messages.DOCTYPE, copy):
		return copy
	same = {field: message.get(field) for field in ("subject", "content", "sender_full_name", "recipients")}
	sender = message.sender or _address(message.owner)
	doc = messages.new(doctype, name, medium, is_sent, sender=sender, status="Linked", **same)
	with people.as_user(writer):
		doc.insert(ignore_permissions=True, set_name=copy)  # A copy of what was allowed on the other side.
	return copy


def _address(user: str | None) -> str:
	return (user and frappe.db.get_value("User", user, "email")) or user or ""


def _user_of(address: str | None) -> str | None:
	email = frappe.utils.parse_addr(address or "")[1]
	if not email:
		return None
	return frappe.db.get_value("User", {"email": email}) or frappe.db.get_value("User", email)
