"""Files of a request that has no name yet: what the desk's form uploads before the first save."""

import re
from typing import Any

import frappe

from .requests import DOCTYPE

#: The name that the desk gives a form until it is saved.
_TEMPORARY = re.compile(r"new-support-request-[a-z0-9]{1,20}")


def is_of_unsaved_form(name: Any) -> bool:
	"""Whether a name is that of a form which nobody has saved: no request has it."""
	return bool(_TEMPORARY.fullmatch(str(name or ""))) and not frappe.db.exists(DOCTYPE, name)


def take_over(doc: Any) -> None:
	"""Hang on a new request what who files uploaded into its form. Frappe does so for an hour only, and for fields only."""
	temporary = doc.get("__temporary_name")
	if not is_of_unsaved_form(temporary):
		return
	# The name of the form is the client's word: only one's own files follow it.
	own = {"attached_to_doctype": DOCTYPE, "attached_to_name": temporary, "owner": frappe.session.user}
	frappe.db.set_value("File", own, "attached_to_name", doc.name, update_modified=False)
