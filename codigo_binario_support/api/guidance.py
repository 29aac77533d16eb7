"""Official material and Frappe's own reset mail, for the form of a request."""

from typing import Any

import frappe
from frappe import _
from frappe.core.doctype.user.user import reset_password

from ..adapters.site import retries
from ..flow.clock import clock
from ..flow.filing import guidance
from ..permissions import request_of
from . import as_agent


@frappe.whitelist(methods=["GET", "POST"])
def for_request(name: str) -> list[dict[str, Any]]:
	"""The official material that fits a request: `title`, `url`, `kind`, the best first."""
	return guidance.for_request(request_of(name, "read"))


@retries.whitelist(methods=["POST"])
def send_password_reset(name: str) -> dict[str, Any]:
	"""Send who asked Frappe's own reset mail. Nobody sees or sets a password here; Frappe bounds how often."""
	doc = as_agent(name)
	if not guidance.may_reset_password(doc):
		sentence = _(
			"{0} cannot get a reset mail now: the request is over, the user is disabled, or it is a system account."
		)
		frappe.throw(sentence.format(doc.raised_by))
	reset_password(user=doc.raised_by)
	clock.note(doc, "send_password_reset", _("The reset mail was sent to {0}.").format(doc.raised_by))
	doc.save_from_flow()
	return {"sent_to": doc.raised_by}
