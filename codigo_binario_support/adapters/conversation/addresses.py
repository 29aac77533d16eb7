"""The addresses of support: the Email Accounts that are its mailboxes, and whatever else leads to them."""

import frappe
from frappe.model.base_document import get_controller

from ..site.settings import promise_settings


def mailboxes() -> list[str]:
	"""The Email Accounts whose mails are requests."""
	return [row.email_account for row in promise_settings().mailboxes]


def own() -> frozenset[str]:
	"""Every address of ours, lower case: a mail from one of them is a loop."""
	accounts = [frappe.get_cached_value("Email Account", name, "email_id") for name in mailboxes()]
	sending = frappe.db.get_value("Email Account", {"default_outgoing": 1}, "email_id", cache=True)
	found = [*accounts, sending or "", *_lines(promise_settings().own_addresses)]
	return frozenset(address.strip().lower() for address in found if address)


def own_lists() -> list[str]:
	"""The List-Ids through which our own address is delivered."""
	return _lines(promise_settings().own_lists)


def answering(request: str) -> str | None:
	"""The support address that a request's mails come from: the one it was written to, else the first."""
	filters = {"request": request}
	came_to = frappe.db.get_value("Support Mail", filters, "email_account", order_by="creation asc")
	account = came_to or next(iter(mailboxes()), None)
	return frappe.get_cached_value("Email Account", account, "email_id") if account else None


def sending(request: str) -> str | None:
	"""The same, if mail can go out from it."""
	address = answering(request)
	filters = {"email_id": address, "enable_outgoing": 1}
	return address if address and frappe.db.get_value("Email Account", filters, cache=True) else None


def are_read_by_us() -> bool:
	"""Whether Frappe reads mail with this app's class: an app that was installed later may have replaced it."""
	classes = get_controller("Email Account").__mro__
	return any(kind.__module__.startswith("codigo_binario_support.") for kind in classes)


def _lines(value: str | None) -> list[str]:
	"""The entries of a field that has one a line."""
	return [line.strip() for line in (value or "").splitlines() if line.strip()]
