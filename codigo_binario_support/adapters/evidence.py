"""Records that nobody may change: each is sealed with the hash of the one before it, in a chain for its doctype.

The seal covers what the database holds, after Frappe has cleaned and converted it. Empty values are left out, so a field
that a later version adds does not break the seal of older records. Forks are impossible: `previous_hash` is unique.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import frappe
from frappe.model import display_fieldtypes, table_fields
from frappe.utils import flt, get_datetime

GENESIS = "0" * 64
#: Doctypes with a chain of their own.
CHAINS = ("Backup Record", "Restore Drill", "Service Incident", "Availability Statement")
_SEAL = frozenset(("sequence", "previous_hash", "entry_hash"))
_NUMBERS = frozenset(("Check", "Currency", "Duration", "Float", "Int", "Long Int", "Percent"))


def seal(doc: Any) -> None:
	"""Put a saved record at the end of its chain."""
	last = frappe.get_all(
		doc.doctype,
		filters={"sequence": (">", 0)},
		fields=["sequence", "entry_hash"],
		order_by="sequence desc",
		limit=1,
	)
	sequence = (last[0].sequence if last else 0) + 1
	previous = last[0].entry_hash if last else GENESIS
	values = {
		"sequence": sequence,
		"previous_hash": previous,
		"entry_hash": _hash(frappe.get_doc(doc.doctype, doc.name), sequence, previous),
	}
	frappe.db.set_value(doc.doctype, doc.name, values, update_modified=False)
	doc.update(values)


def is_sealed(doc: Any) -> bool:
	"""As the database says, whatever the client's copy of the document says."""
	return bool(frappe.db.get_value(doc.doctype, doc.name, "entry_hash"))


def broken_seals(doctype: str) -> tuple[int, list[str]]:
	"""How many sealed records a chain has, and those that were changed, or that stand behind a removed one."""
	names = frappe.get_all(doctype, filters={"sequence": (">", 0)}, pluck="name", order_by="sequence asc")
	broken, previous = [], GENESIS
	for position, name in enumerate(names, 1):
		doc = frappe.get_doc(doctype, name)
		if doc.previous_hash != previous or doc.entry_hash != _hash(doc, doc.sequence, previous):
			broken.append(f"{doctype} {name} ({position})")
		previous = doc.entry_hash
	return len(names), broken


def _hash(doc: Any, sequence: int, previous: str) -> str:
	content = [doc.doctype, doc.name, sequence, previous, _content(doc)]
	return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _content(doc: Any) -> dict[str, Any]:
	content: dict[str, Any] = {}
	for field in doc.meta.get("fields"):
		if field.fieldname in _SEAL or field.fieldtype in display_fieldtypes:
			continue
		value = doc.get(field.fieldname)
		if field.fieldtype in table_fields:
			plain: Any = [_content(row) for row in sorted(value or [], key=lambda row: row.idx)]
		else:
			plain = _plain(value, field.fieldtype)
		if plain not in ("", []):
			content[field.fieldname] = plain
	return content


def _plain(value: Any, fieldtype: str) -> str:
	"""One text for a value before and after the database."""
	if fieldtype in _NUMBERS:
		return f"{flt(value):.6f}" if flt(value) else ""
	if fieldtype == "Datetime" and value:
		return get_datetime(value).isoformat()
	return "" if value is None else str(value)
