"""The list of one's own requests, and how the promises stand."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from codigo_binario_support.flow.views import panel, portal
from codigo_binario_support.operations.statements.portal_status import portal_status

no_cache = 1


def get_context(context: Any) -> None:
	if portal.begin(context, _("Support")):
		context.before_filing = panel.before_filing()
		context.requests = portal.mine(cint(frappe.form_dict.get("page")) or 1)
		context.standing = portal_status()
