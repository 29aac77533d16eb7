"""What one version of Frappe has under a name, and another version under another.

A test that asks for a name which is not there is refused, and would pass for nothing: so each name is looked up first.
"""

from __future__ import annotations

from typing import Any

import frappe


def has(path: str) -> bool:
	"""Whether this Frappe has a function or class at a dotted path."""
	try:
		frappe.get_attr(path)
	except (AttributeError, ImportError, frappe.AppNotInstalledError):
		return False
	return True


def either(*doors: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
	"""The first of several (path, arguments) that this Frappe has; the name of one door in one version each."""
	for path, arguments in doors:
		if has(path):
			return path, arguments
	raise AssertionError(f"this Frappe has none of {', '.join(path for path, _arguments in doors)}")


def may_listen(doctype: str, name: str) -> Any:
	"""Frappe's answer to who wants to hear a document's room over realtime; raises PermissionError for a no."""
	path, arguments = room(doctype, name)
	return frappe.get_attr(path)(**arguments)


def room(doctype: str, name: str) -> tuple[str, dict[str, Any]]:
	return either(
		("frappe.realtime.can_subscribe_doc", {"doctype": doctype, "docname": name}),
		("frappe.realtime.has_permission", {"doctype": doctype, "name": name}),
	)
