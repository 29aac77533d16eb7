"""What was written on a request, or on its ticket: Frappe's Communications that refer to it."""

from typing import Any

import frappe

from ..requests.requests import DOCTYPE as REQUEST

DOCTYPE = "Communication"
#: A condition for `on`: somebody wrote it, by whatever medium; acknowledgements and the like are left out.
SAID = ["communication_type", "=", "Communication"]


def on(
	name: Any, *conditions: list[Any], doctype: str = REQUEST, order_by: str = "creation asc", **wanted: Any
) -> list[Any]:
	"""The messages on a document, the oldest first. `name` may be a filter on names, `wanted` is as for `frappe.get_all`."""
	name = name if isinstance(name, tuple) else ("=", name)
	filters = [["reference_doctype", "=", doctype], ["reference_name", *name], *conditions]
	return frappe.get_all(DOCTYPE, filters=filters, order_by=order_by, **wanted)


def by_id(message_id: str, field: str = "name", doctype: str = DOCTYPE, **values: Any) -> str | None:
	"""A field of the message of a request that has a Message-ID; with `doctype` Email Queue, of one that waits to go out."""
	filters = {"message_id": message_id, "reference_doctype": REQUEST, **values}
	return frappe.db.get_value(doctype, filters, field)


def new(doctype: str, name: str, medium: str, is_sent: bool, **values: Any) -> Any:
	"""A message on a document, not stored yet."""
	sent = "Sent" if is_sent else "Received"
	how = {"communication_type": "Communication", "communication_medium": medium, "sent_or_received": sent}
	on = {"reference_doctype": doctype, "reference_name": name}
	return frappe.get_doc({"doctype": DOCTYPE, **how, **on, **values})


def by_present_user() -> dict[str, str]:
	"""Who writes, as a message has it."""
	user = frappe.session.user
	address = frappe.db.get_value("User", user, "email") or user
	return {"sender": address, "sender_full_name": frappe.utils.get_fullname(user), "user": user}
