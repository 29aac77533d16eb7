"""One request."""

from typing import Any

import frappe
from frappe import _

from codigo_binario_support.adapters.requests.requests import shown_text_of
from codigo_binario_support.api import files
from codigo_binario_support.flow.conversation import chat
from codigo_binario_support.flow.views import portal
from codigo_binario_support.permissions import request_of

no_cache = 1


def get_context(context: Any) -> None:
	context.request = None
	if not portal.begin(context, _("Support request")):
		return
	try:
		doc = request_of(str(frappe.form_dict.get("name") or ""), "read")
	except frappe.PermissionError:
		frappe.clear_messages()
		frappe.local.response["http_status_code"] = context.http_status_code = 404
		return
	# Without the subject: Frappe's page unescapes its title, and a mail's subject is anybody's.
	context.title = doc.name
	context.request = portal.one(doc)
	context.description = shown_text_of(doc)
	context.files = files.of_request(doc)
	context.words = chat.words()
	context.client_ids = [portal.new_number(), portal.new_number()]
	context.csrf_token = frappe.sessions.get_csrf_token()
