"""Hours of Success Packs of a customer, from the records that answer for them."""

from typing import Any

import frappe

from ...domain.offers.hours_balance import BOUGHT, PACK, RETURNED, Balance
from ..access import people

ENTRY = "Support Pack Entry"
TIME = "Support Time Entry"


def party_of(doc: Any) -> tuple[str, str, str | None]:
	"""(doctype, column, name) of who owns the hours: the customer on the provider's site, else the company."""
	if people.is_provider_site():
		return "Customer", "customer", doc.customer
	return "Company", "company", doc.company


def balance_of(doc: Any) -> Balance:
	"""The balance of the customer of a request."""
	_doctype, column, name = party_of(doc)
	if not name:
		return Balance()
	theirs, fields = {column: name}, ["kind", "offer", "hours"]
	rows = frappe.get_all(ENTRY, filters=theirs, fields=fields, order_by="sequence asc")
	returned = {row.offer for row in rows if row.kind == RETURNED}
	kept = [row for row in rows if row.kind == BOUGHT and row.offer not in returned and row.hours > 0]
	charged = {**theirs, "part": PACK}
	spent = frappe.get_all(TIME, filters=charged, pluck="minutes", order_by="sequence asc")
	return Balance(tuple(round(row.hours * 60) for row in kept), sum(spent))


def lock(doc: Any) -> None:
	"""One at a time writes on a customer's balance, so that two at once do not both see the last hour."""
	doctype, _column, name = party_of(doc)
	if name:
		frappe.db.get_value(doctype, name, "name", for_update=True)
