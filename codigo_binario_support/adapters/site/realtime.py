"""What is said over realtime: that there is something new on a request, never what.

People stay in the room of a document after they lose the right to read it (a request that becomes a billing matter),
and Frappe sends every message and comment, in full, to that room. So the words are taken out of what is about to be
sent, and a knock goes instead: whoever hears it asks a guarded door for the words.
"""

from collections.abc import Iterable

import frappe
from frappe.realtime import get_doc_room

from ..requests.requests import DOCTYPE

EVENT = "support_knock"


def publish_refresh(name: str, users: Iterable[str] = ()) -> None:
	"""Tell the open forms of a request, and the browsers of some users, to look; once the transaction is committed."""
	frappe.publish_realtime(EVENT, {"request": name}, doctype=DOCTYPE, docname=name, after_commit=True)
	for user in sorted({*users} - {"Guest"}):
		frappe.publish_realtime(EVENT, {"request": name}, user=user, after_commit=True)


def suppress_payload(name: str) -> None:
	"""Take the words of messages and comments on a request out of what is sent after the commit."""
	waiting, room = getattr(frappe.local, "_realtime_log", []), get_doc_room(DOCTYPE, name)
	waiting[:] = [row for row in waiting if not (row[0] == "docinfo_update" and row[2] == room)]
