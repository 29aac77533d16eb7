"""Number cards of the workspace whose figure is no count: each asks for the right to read what it is about."""

from collections.abc import Callable
from typing import Any

import frappe

from ..operations.statements import cards


@frappe.whitelist(methods=["GET", "POST"])
def backup_age(filters: str | list | dict | None = None) -> dict[str, Any]:
	return _card("Backup Record", cards.backup_age, "Backup Day")


@frappe.whitelist(methods=["GET", "POST"])
def last_drill(filters: str | list | dict | None = None) -> dict[str, Any]:
	return _card("Restore Drill", cards.last_drill)


@frappe.whitelist(methods=["GET", "POST"])
def budget_left(filters: str | list | dict | None = None) -> dict[str, Any]:
	return _card("Service Incident", cards.budget_left)


@frappe.whitelist(methods=["GET", "POST"])
def days_kept(filters: str | list | dict | None = None) -> dict[str, Any]:
	return _card("Backup Day", cards.days_kept)


@frappe.whitelist(methods=["GET", "POST"])
def last_statement(filters: str | list | dict | None = None) -> dict[str, Any]:
	return _card("Monthly Statement", cards.last_statement)


def _card(doctype: str, text: Callable[[], str], list_of: str = "") -> dict[str, Any]:
	"""What Frappe's number card of the type Custom shows, and the list that a click opens."""
	frappe.has_permission(doctype, "read", throw=True)
	# The card hands its text to jQuery, which reads plain words as a selector.
	value = f"<span>{frappe.utils.escape_html(text())}</span>"
	return {"value": value, "fieldtype": "Data", "route": ["List", list_of or doctype]}
