"""Frappe's Email Account, read our way where it is a support address.

Frappe's scheduler and its button call `receive`; on every other account, and for another app that replaced the class
before (Frappe Helpdesk does), nothing changes.
"""

from typing import Any

import frappe
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.model import base_document

from .adapters.conversation import addresses
from .jobs import mail


class SupportMailReceiver:
	"""What a support address does differently."""

	name: str

	def receive(self) -> Any:
		if self.name in addresses.mailboxes():
			return mail.receive(self)
		return super().receive()  # type: ignore[misc]

	def handle_incoming_connect_error(self, description: str) -> None:
		"""Frappe disables an account for good when its server was away six times: a support address is read later."""
		if self.name not in addresses.mailboxes():
			super().handle_incoming_connect_error(description)  # type: ignore[misc]


#: The class of each base, made once: Frappe pickles documents by the name of their class.
_MADE: dict[type, type] = {}


def __getattr__(name: str) -> type:
	"""`SupportEmailAccount`, that of the site that asks: a worker serves many, and imports once.

	Frappe 16 lays `SupportMailReceiver` over whatever class a site has (hook `extend_doctype_class`); there it is that class.
	"""
	if name != "SupportEmailAccount":
		raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
	base = _base()
	if hasattr(base_document, "_get_extended_class"):
		return base
	return _MADE.setdefault(base, type(name, (SupportMailReceiver, base), {"__module__": __name__}))


def _base() -> type:
	"""What reads this site's mail without this app: another app's class or Frappe's own."""
	paths = frappe.get_hooks("override_doctype_class").get("Email Account") or []
	others = [path for path in paths if not path.startswith(__name__)]
	return frappe.get_attr(others[-1]) if others else EmailAccount
