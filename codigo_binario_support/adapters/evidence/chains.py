"""Records that nobody may change: each is sealed with the hash of the one before it, in a chain for its doctype.

The seal covers what the database holds, after Frappe has cleaned and converted it. Empty values are left out, so a field
that a later version adds does not break the seal of older records. Forks are impossible: one transaction at a time seals
in a chain, and `previous_hash` is unique.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import frappe
from frappe.model import display_fieldtypes, table_fields
from frappe.utils import flt, get_datetime

from ...domain.evidence.anchors import ChainHead
from ..site.retries import hold

GENESIS = "0" * 64
#: Doctypes with a chain of their own.
CHAINS = (
	"Backup Record",
	"Backup Run",
	"Backup Day",
	"Backup Removal",
	"Backup Copy",
	"Restore Drill",
	"Restore Operation",
	"Service Incident",
	"Availability Statement",
	"Provider Change Day",
	"Monthly Statement",
	"Evidence Anchor",
	"Support Pack Entry",
	"Support Time Entry",
	"Availability Day",
	"Maintenance Window",
)
#: Records that are sealed only when they end, and how they say that they have not.
_UNSEALED = {"Service Incident": {"state": ("!=", "Closed")}}
_SEAL = frozenset(("sequence", "previous_hash", "entry_hash"))
_NUMBERS = frozenset(("Check", "Currency", "Duration", "Float", "Int", "Long Int", "Percent"))
#: Records read at a time when a chain is verified.
_PAGE = 1000


def seal(doc: Any) -> None:
	"""Put a saved record at the end of its chain. Who comes second waits until the first has committed."""
	hold(counter(doc.doctype))
	last = head(doc.doctype, for_update=True)
	sequence, previous = last.records + 1, last.entry_hash or GENESIS
	values = {
		"sequence": sequence,
		"previous_hash": previous,
		"entry_hash": _hash(frappe.get_doc(doc.doctype, doc.name), sequence, previous),
	}
	frappe.db.set_value(doc.doctype, doc.name, values, update_modified=False)
	series = frappe.qb.DocType("Series")
	frappe.qb.update(series).set(series.current, sequence).where(series.name == counter(doc.doctype)).run()
	doc.update(values)


def head(doctype: str, for_update: bool = False) -> ChainHead:
	"""The end of a chain. `for_update` reads what is committed now, not what was when this transaction began."""
	query = {"filters": {"sequence": (">", 0)}, "fieldname": ["sequence", "entry_hash"]}
	last = frappe.db.get_value(doctype, **query, order_by="sequence desc", for_update=for_update)
	sequence, entry_hash = last or (0, "")
	return ChainHead(doctype, sequence, entry_hash or "")


def newest(
	doctype: str, fields: list[str], filters: Mapping[str, Any] | None = None, order_by: str = "sequence desc"
) -> Any | None:
	"""The last record of a chain that fits, as a row; None when there is none."""
	given = {"sequence": (">", 0), **(filters or {})}
	rows = frappe.get_all(doctype, filters=given, fields=fields, order_by=order_by, limit=1)
	return rows[0] if rows else None


def last_of_days(doctype: str, first: date, last: date = date.max, *fields: str) -> dict[date, Any]:
	"""Day -> the last record of it (`name`, `day`, `state` and other fields), for days with a record, oldest first."""
	rows = frappe.get_all(
		doctype,
		filters=[["day", ">=", first], ["day", "<=", last], ["sequence", ">", 0]],
		fields=["name", "day", "state", *fields],
		order_by="day asc, sequence asc",
	)
	return {row.day: row for row in rows}


def is_sealed(doc: Any) -> bool:
	"""As the database says, whatever the client's copy of the document says."""
	return bool(frappe.db.get_value(doc.doctype, doc.name, "entry_hash"))


def is_whole(doc: Any) -> bool:
	"""Whether a sealed record is what its hash says."""
	return doc.entry_hash == _hash(doc, doc.sequence, doc.previous_hash)


def hashes_at(doctype: str, sequence: int) -> list[str]:
	"""The hashes of the records with a number: one, or none, unless somebody wrote in the table."""
	return frappe.get_all(
		doctype, filters={"sequence": sequence}, pluck="entry_hash", order_by="creation asc"
	)


def broken_seals(doctype: str, last: int = 0) -> tuple[int, list[str]]:
	"""How many sealed records a chain has, and those that were changed, or that stand behind a removed one.

	`last`: only that many, at the end, for a quick look.
	"""
	end = head(doctype)
	first = max(end.records - last, 0) if last else 0
	previous = (hashes_at(doctype, first) or [GENESIS])[0] if first else GENESIS
	count, broken = 0, []
	for doc in _records(doctype, first):
		count += 1
		if doc.previous_hash != previous or doc.entry_hash != _hash(doc, doc.sequence, previous):
			broken.append(f"{doctype} {doc.name} ({doc.sequence})")
		previous = doc.entry_hash
	counted = frappe.db.get_value("Series", counter(doctype), "current", order_by="name")
	# Without this, removing records from the end would leave a chain that is whole.
	if counted and counted > end.records:
		broken.append(f"{doctype} ({end.records + 1}-{counted})")
	return count, broken + _unsealed(doctype) + strays(doctype)


def _unsealed(doctype: str) -> list[str]:
	"""Records that stand in a chain's table and not in the chain: nothing that this app writes is without a number."""
	table = frappe.qb.DocType(doctype)
	rows = frappe.qb.from_(table).select(table.name).orderby(table.name)
	names = rows.where(table.sequence.isnull() | (table.sequence <= 0)).run(pluck=True)
	open_ones = ()
	if doctype in _UNSEALED:
		open_ones = frappe.get_all(doctype, filters=_UNSEALED[doctype], pluck="name", order_by="name asc")
	return [f"{doctype} {name} (–)" for name in names if name not in open_ones]


def strays(doctype: str) -> list[str]:
	"""Rows that say they belong to a record of this doctype, under a field where no form and no seal looks for them."""
	fields: dict[str, list[str]] = defaultdict(list)
	for field in frappe.get_meta(doctype).get_table_fields():
		fields[field.options].append(field.fieldname)
	found = []
	for child, known in fields.items():
		table = frappe.qb.DocType(child)
		rows = (
			frappe.qb.from_(table)
			.select(table.name, table.parent, table.parentfield)
			.where(table.parenttype == doctype)
			.where(table.parentfield.isnull() | table.parentfield.notin(known))
			.orderby(table.name)
			.run()
		)
		found += [f"{child} {name} ({parent}, {field or '–'})" for name, parent, field in rows]
	return found


def counter(doctype: str) -> str:
	"""The name of the series that counts a chain's records."""
	return f"CBS-CHAIN-{frappe.scrub(doctype)}"


def _records(doctype: str, after: int = 0) -> Iterator[Any]:
	"""The sealed records with their rows, in the order of the chain; a page at a time, whatever their number."""
	meta = frappe.get_meta(doctype)
	table = frappe.qb.DocType(doctype)
	behind = table.sequence > after
	while True:
		page = (
			frappe.qb.from_(table)
			.select("*")
			.where(behind)
			.orderby(table.sequence)
			.orderby(table.name)
			.limit(_PAGE)
			.run(as_dict=True)
		)
		if not page:
			return
		rows = {field.fieldname: _rows(field, doctype, page) for field in meta.get_table_fields()}
		for doc in page:
			doc.update({"doctype": doctype, "meta": meta})
			doc.update({fieldname: found.get(doc.name, []) for fieldname, found in rows.items()})
			yield doc
		sequence, name = page[-1].sequence, page[-1].name
		# Two records with one number can only be somebody's work; both are read.
		behind = (table.sequence > sequence) | ((table.sequence == sequence) & (table.name > name))


def _rows(field: Any, doctype: str, page: list[Any]) -> dict[str, list[Any]]:
	meta, names = frappe.get_meta(field.options), [doc.name for doc in page]
	filters = {"parenttype": doctype, "parentfield": field.fieldname, "parent": ("in", names)}
	found: dict[str, list[Any]] = defaultdict(list)
	for row in frappe.get_all(field.options, filters=filters, fields=["*"], order_by="idx asc"):
		row.meta = meta
		found[row.parent].append(row)
	return found


def _hash(doc: Any, sequence: int, previous: str) -> str:
	content = [doc.doctype, doc.name, sequence, previous, _content(doc)]
	text = json.dumps(content, sort_keys=True, ensure_ascii=False)
	return hashlib.sha256(text.encode()).hexdigest()


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
