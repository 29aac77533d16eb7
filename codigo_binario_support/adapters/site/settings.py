"""The settings of support, asked for in one place; dates of any Single; and what this app made on the site."""

import json
from datetime import date, datetime
from typing import Any

import frappe
from frappe.utils import get_datetime

from .instants import as_date, from_site

SETTINGS = "Support Promise Settings"


def promise_settings() -> Any:
	"""The settings as they are saved, from the cache."""
	return frappe.get_cached_doc(SETTINGS)


def date_of(doctype: str, fieldname: str) -> date | None:
	"""The value of a Date field of a Single; None when it is empty, was never saved, or is the year 1: Frappe casts an
	empty one to its first day, which is true in every `if`.
	"""
	return as_date(_saved(doctype, fieldname))


def instant_of(doctype: str, fieldname: str) -> datetime | None:
	"""The same of a Datetime field, aware, in UTC."""
	return from_site(_saved(doctype, fieldname))


def _saved(doctype: str, fieldname: str) -> str | None:
	found = frappe.db.get_singles_dict(doctype).get(fieldname)
	# Frappe reads what it takes for no date as None.
	at = get_datetime(found) if found else None
	return found if at and at.year > 1 else None


def created_documents() -> list[tuple[str, str]]:
	"""(doctype, name) of every document that the app made, in the order of making: uninstalling removes exactly these."""
	content = frappe.db.get_single_value(SETTINGS, "manifest", cache=False)
	rows = json.loads(content) if isinstance(content, str) and content else content or []
	return [tuple(row) for row in rows]


def record_created(doctype: str, name: str) -> None:
	"""Add a document to the list. A second time changes nothing."""
	rows = created_documents()
	if (doctype, name) not in rows:
		frappe.db.set_single_value(
			SETTINGS, "manifest", json.dumps([*rows, (doctype, name)]), update_modified=False
		)
