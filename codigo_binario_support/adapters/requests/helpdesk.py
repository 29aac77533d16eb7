"""Frappe Helpdesk, where it is installed: its tickets and the fields that ours need on them. Nothing of it is imported."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from ...domain.requests.helpdesk_mapping import TicketStatus
from ..site.settings import promise_settings
from .requests import DOCTYPE

APP, TICKET = "helpdesk", "HD Ticket"
MODULE = "Codigo Binario Support"

_OURS = {"read_only": 1, "no_copy": 1, "module": MODULE}
FIELDS = [
	{**_OURS, "fieldname": name, "label": label, "fieldtype": kind, "insert_after": after, **options}
	for name, label, kind, after, options in (
		("support_request", DOCTYPE, "Link", "subject", {"options": DOCTYPE, "search_index": 1}),
		("support_verdict", "Verdict", "Data", "support_request", {"in_standard_filter": 1}),
		("support_clause", "Clause", "Data", "support_verdict", {}),
		("support_due_at", "Due at", "Datetime", "support_clause", {}),
	)
]


def is_installed() -> bool:
	return APP in frappe.get_installed_apps() and bool(frappe.db.table_exists(TICKET))


def is_on() -> bool:
	"""Helpdesk is there, with our fields, and the settings want tickets."""
	is_wanted = bool(promise_settings().get("mirrors_helpdesk"))
	return is_wanted and is_installed() and frappe.get_meta(TICKET).has_field("support_request")


def make_fields() -> None:
	"""Our fields on tickets, if Helpdesk is there and lacks them."""
	if not is_installed():
		return
	there = set(frappe.get_all("Custom Field", {"dt": TICKET}, pluck="fieldname"))
	if missing := [field for field in FIELDS if field["fieldname"] not in there]:
		create_custom_fields({TICKET: missing}, update=False)


def remove_fields() -> None:
	"""Tickets get their old shape back."""
	if not is_installed():
		return
	for name in (field["fieldname"] for field in FIELDS):
		frappe.db.delete("Custom Field", {"dt": TICKET, "fieldname": name})
		if frappe.db.has_column(TICKET, name):
			frappe.db.sql_ddl(f"alter table `tab{TICKET}` drop column `{name}`")
	frappe.clear_cache(doctype=TICKET)


def ticket_of(request: str) -> str | None:
	return frappe.db.get_value(TICKET, {"support_request": request})


def statuses() -> list[TicketStatus]:
	# The one form that both versions take: `order` is a reserved word, which Frappe 15 does not quote and 16 quotes itself.
	order = "`tabHD Ticket Status`.`order` asc, name asc"
	enabled, fields = {"enabled": 1}, ["name", "category"]
	rows = frappe.get_all("HD Ticket Status", filters=enabled, fields=fields, order_by=order)
	return [TicketStatus(row.name, row.category) for row in rows]


def priorities() -> list[str]:
	return frappe.get_all("HD Ticket Priority", pluck="name", order_by="name asc")


@contextmanager
def quietly() -> Iterator[None]:
	"""What is written inside is ours: it is not copied back, and Helpdesk sends no acknowledgement of its own."""
	before = (frappe.flags.in_support_mirror, frappe.flags.initial_sync)
	frappe.flags.in_support_mirror = frappe.flags.initial_sync = True
	try:
		yield
	finally:
		frappe.flags.in_support_mirror, frappe.flags.initial_sync = before


def is_quiet() -> bool:
	return bool(frappe.flags.in_support_mirror)


def category_of(name: str | None) -> str | None:
	return frappe.db.get_value("HD Ticket Status", name, "category") if name else None


def keep_our_clock(ticket: Any) -> None:
	"""One clock: the due times of a mirrored ticket are the request's, and Helpdesk's agreement counts nothing."""
	fields = ["response_due_at", "resolution_due_at", "restore_due_at", "is_breached"]
	respond_by, *resolve_by, is_breached = frappe.db.get_value(DOCTYPE, ticket.support_request, fields)
	due = min((at for at in resolve_by if at), default=None)
	ticket.update({"sla": None, "response_by": respond_by, "resolution_by": due})
	ticket.agreement_status = "Failed" if is_breached else ""
