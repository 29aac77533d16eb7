"""Dates of a Single, as they were saved. Frappe casts an empty one to the first day of the year 1, which is true in every `if`."""

from datetime import date, datetime

import frappe
from frappe.utils import get_datetime

from .instants import as_date, from_site


def date_of(doctype: str, fieldname: str) -> date | None:
	"""The value of a Date field of a Single; None when it is empty, was never saved, or is the year 1."""
	return as_date(_saved(doctype, fieldname))


def instant_of(doctype: str, fieldname: str) -> datetime | None:
	"""The same of a Datetime field, aware, in UTC."""
	return from_site(_saved(doctype, fieldname))


def _saved(doctype: str, fieldname: str) -> str | None:
	found = frappe.db.get_singles_dict(doctype).get(fieldname)
	# Frappe reads what it takes for no date as None.
	at = get_datetime(found) if found else None
	return found if at and at.year > 1 else None
