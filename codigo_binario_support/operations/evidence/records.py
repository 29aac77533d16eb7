"""What may be done with a record of evidence: made once, read for ever."""

from typing import Any

import frappe
from frappe import _

from ...adapters.evidence import chains


def refuse_change(doc: Any) -> None:
	"""A saved record stays as it is; an incident until it is closed."""
	if not doc.is_new() and chains.is_sealed(doc):
		frappe.throw(
			_("{0} is evidence and cannot be changed. Make a new one if something else happened.").format(
				doc.name
			),
			frappe.PermissionError,
			title=_("Not allowed"),
		)


def refuse_row(row: Any) -> None:
	"""A row is written and removed with its record, by what checks and seals the record; never by itself."""
	if not frappe.flags.in_uninstall:
		frappe.throw(
			_("A row of {0} is not written by itself: open {1} and use what it offers.").format(
				_(row.parenttype or row.doctype), row.parent or row.doctype
			),
			frappe.PermissionError,
			title=_("Not allowed"),
		)


def keep_seal(doc: Any) -> None:
	"""The seal is the server's: what a client sends in its place is dropped."""
	doc.update({"sequence": 0, "previous_hash": None, "entry_hash": None})
