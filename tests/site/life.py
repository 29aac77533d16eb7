"""A request in time: instants, messages, and the events that they left."""

from datetime import datetime, timezone

import frappe
from conftest import email


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""November 2026, Mexico City's wall clock."""
	return datetime(2026, 11, day, hour + 6, minute, tzinfo=timezone.utc)


def message(request, person: str, received: bool = False, **values):
	"""A mail or chat message on a request."""
	frappe.set_user(email(person))
	return frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received" if received else "Sent",
			"subject": request.subject,
			"content": "mensaje",
			"sender": email(person),
			"reference_doctype": "Support Request",
			"reference_name": request.name,
			**values,
		}
	).insert(ignore_permissions=True)


def events(request) -> list[str]:
	request.reload()
	return [row.event for row in request.clock_events]
