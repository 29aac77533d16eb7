"""The form's *Show links*, without the numbers of what a user may not see."""

from typing import Any

import frappe
from frappe.desk.form import linked_with


@frappe.whitelist(methods=["GET", "POST"])
def get(doctype: str, docname: str) -> dict[str, Any]:
	"""Frappe's own answer, but silent about documents of this app that the user may not see.

	Frappe 16 says how many there are (`hidden_count`): a customer would learn how many internal notes a request has.
	"""
	frappe.has_permission(doctype, doc=docname, throw=True)
	found = linked_with.get(doctype, docname)
	for linked in [name for name in found if frappe.get_meta(name).module == "Codigo Binario Support"]:
		rows = found[linked]
		if isinstance(rows, dict):
			rows["hidden_count"] = 0
			if not rows["docs"]:
				del found[linked]
	return found
