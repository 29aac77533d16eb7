"""A new request."""

from typing import Any

import frappe
from frappe import _

from codigo_binario_support.adapters.access import people
from codigo_binario_support.flow.views import panel, portal

no_cache = 1


def get_context(context: Any) -> None:
	context.title = _("New request")
	context.no_breadcrumbs = True
	context.is_guest = frappe.session.user == "Guest"
	context.may_ask = people.can_request_support()
	if context.may_ask:
		context.before_filing = panel.before_filing()
		context.client_id = portal.new_number()
		context.csrf_token = frappe.sessions.get_csrf_token()
