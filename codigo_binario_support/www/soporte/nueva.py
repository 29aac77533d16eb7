"""A new request."""

from typing import Any

import frappe
from frappe import _

from codigo_binario_support.flow.views import panel, portal

no_cache = 1


def get_context(context: Any) -> None:
	if portal.begin(context, _("New request")):
		context.before_filing = panel.before_filing()
		context.client_id = portal.new_number()
		context.csrf_token = frappe.sessions.get_csrf_token()
