"""Frappe's Email Account, read our way where it is a support address.

Frappe's scheduler and its button call `receive`; on every other account, and for another app that replaced the class
before (Frappe Helpdesk does), nothing changes.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.email.doctype.email_account.email_account import EmailAccount

from .adapters.conversation import addresses
from .jobs import mail


class SupportMailReceiver:
	"""What a support address does differently."""

	name: str

	def receive(self) -> Any:
		if addresses.is_support(self.name):
			return mail.receive(self)
		return super().receive()  # type: ignore[misc]

	def handle_incoming_connect_error(self, description: str) -> None:
		"""Frappe disables an account for good when its server was away six times: a support address is read later."""
		if not addresses.is_support(self.name):
			super().handle_incoming_connect_error(description)  # type: ignore[misc]


def _base() -> type:
	paths = frappe.get_hooks("override_doctype_class").get("Email Account") or []
	others = [path for path in paths if not path.startswith(__name__)]
	return frappe.get_attr(others[-1]) if others else EmailAccount


SupportEmailAccount = type("SupportEmailAccount", (SupportMailReceiver, _base()), {"__module__": __name__})
