"""Internal notes: what agents tell each other about a request. They have no way out of support.

They are documents of their own, and not comments: a comment stands in the request's timeline, which customers read.
"""

from typing import Any

import frappe
from frappe import _

from ...adapters.requests.requests import DOCTYPE
from ...domain.triage import markup
from ..clock import assignment

NOTE = "Support Note"


def check(note: Any) -> None:
	"""A new note is an agent's, on a request that they may see; an old one stays as it is."""
	if not note.is_new():
		frappe.throw(_("A note is written once. Add another one."), frappe.PermissionError)
	request = frappe.get_doc(DOCTYPE, note.support_request)
	if not assignment.may_work_on(request, frappe.session.user):
		frappe.throw(_("Only a support agent can do this."), frappe.PermissionError)
	if not markup.words_of(note.content or ""):
		frappe.throw(_("Write something first: the note is empty."))


def add(request: str, content: str) -> Any:
	"""Write a note as the present user."""
	return frappe.get_doc({"doctype": NOTE, "support_request": request, "content": content}).insert()


def notes_of(request: str) -> list[dict[str, Any]]:
	"""The notes that the present user may read, the newest first."""
	filters, fields = {"support_request": request}, ["name", "content", "owner", "creation"]
	rows = frappe.get_list(NOTE, filters=filters, fields=fields, order_by="creation desc", limit=50)
	return [
		{
			"content": row.content,
			"author": frappe.utils.get_fullname(row.owner),
			"at": frappe.utils.format_datetime(row.creation, "dd/MM/yyyy HH:mm"),
		}
		for row in rows
	]
