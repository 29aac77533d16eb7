"""Station 6a, acknowledgement: one mail per request that came by mail, in the policy's language.

It says the number, the verdict with the clause's own words, when support opens and what happens next. It tells a
stranger nothing but the number and the hours. Robots get none (RFC 3834), and nobody gets a second one.
"""

from datetime import timedelta
from email.utils import formataddr
from typing import Any

import frappe
from frappe import _
from frappe.email.email_body import get_message_id
from jinja2 import TemplateError

from ...adapters.conversation import addresses
from ...adapters.policy.terms import language_of, terms
from ...adapters.requests.requests import DOCTYPE
from ...adapters.site.formatting import in_language, unmarked
from ...adapters.site.instants import to_site
from ...adapters.site.now import utc_now
from ...adapters.site.retries import undo_to
from ...adapters.site.settings import promise_settings
from ...domain.triage.verdict import BY_NAME, TO_REVIEW, WITH_EXCLUDED
from ..views import panel

#: The shipped Email Templates by language; a user's own is named in the settings.
TEMPLATES = {"es": "Soporte: acuse de recibo", "en": "Support: acknowledgement"}
#: A stranger's address may be forged: it hears from us once a day at most.
_STRANGER_PAUSE = timedelta(days=1)


def send(request: Any, to_robot: bool = False) -> bool:
	"""Queue the acknowledgement with the request itself, in one transaction. Returns False when there is none to send."""
	settings = promise_settings()
	if settings.acknowledge == "Never" or to_robot or not request.sender_email:
		return False
	if request.sender_email in addresses.own() or (request.is_stranger and _heard_lately(request)):
		return False
	if frappe.db.get_value(DOCTYPE, request.name, "acknowledged_at", for_update=True):
		return False
	frappe.db.savepoint("support_acknowledgement")
	try:
		with in_language(language_of(request.terms)):
			_queue(request, *written(request, settings.acknowledgement))
	except (frappe.ValidationError, frappe.OutgoingEmailError):
		# Without an account to send from the request is filed all the same; `support health` says what is missing.
		undo_to("support_acknowledgement")
		frappe.clear_messages()
		frappe.log_error(
			title="Support: an acknowledgement could not be queued",
			reference_doctype=DOCTYPE,
			reference_name=request.name,
		)
		return False
	frappe.db.set_value(DOCTYPE, request.name, "acknowledged_at", to_site(utc_now()), update_modified=False)
	return True


def written(request: Any, template: str | None = None) -> tuple[str, str]:
	"""(subject, HTML) of the acknowledgement, in the language that is set."""
	language = (frappe.local.lang or "es")[:2]
	name = template or TEMPLATES.get(language) or TEMPLATES["es"]
	context = _context(request)
	row = frappe.db.get_value(
		"Email Template", name, ["subject", "use_html", "response", "response_html"], as_dict=True
	)
	if row:
		try:
			body = row.response_html if row.use_html else row.response
			# A header is no HTML, and the texts of the context are escaped for the body.
			subject = unmarked(frappe.render_template(row.subject, context))
			return subject, frappe.render_template(body, context)
		except (TemplateError, frappe.ValidationError, TypeError):
			# A template that somebody broke keeps nobody from an answer.
			frappe.log_error(title="Support: the acknowledgement's Email Template is broken")
	subject = _("[{0}] We received your request").format(request.name)
	return subject, frappe.render_template("templates/support/acknowledgement.html", context)


def _context(request: Any) -> dict[str, Any]:
	policy = terms(request.terms)
	shown = panel.summary(request)
	return {
		**shown,
		"request": {"name": request.name, "subject": frappe.utils.escape_html(request.subject)},
		"full_name": _first_name(request),
		"is_stranger": bool(request.is_stranger),
		"clauses": [] if request.is_stranger or request.verdict == TO_REVIEW else shown["clauses"],
		"next_step": _next_step(request),
		"recommendation": policy.recommendation(policy.language)
		if policy and request.verdict in WITH_EXCLUDED
		else "",
	}


def _first_name(request: Any) -> str:
	if not request.raised_by:
		return ""
	return frappe.utils.escape_html(frappe.db.get_value("User", request.raised_by, "first_name") or "")


def _next_step(request: Any) -> str:
	if request.is_stranger:
		return _("We do not know this address yet: a person will read your message and answer you.")
	return _(BY_NAME[request.verdict].next_step)


def _queue(request: Any, subject: str, html: str) -> None:
	address = addresses.sending(request.name)
	message_id = get_message_id().strip("<> ")
	sender = formataddr((_("Support"), address)) if address else None
	answered = frappe.db.get_value(
		"Communication",
		{"reference_doctype": DOCTYPE, "reference_name": request.name, "sent_or_received": "Received"},
		"name",
		order_by="creation asc",
	)
	communication = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Automated Message",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": subject,
			"content": html,
			"sender": sender,
			"recipients": request.sender_email,
			"message_id": message_id,
			"in_reply_to": answered,
			"reference_doctype": DOCTYPE,
			"reference_name": request.name,
		}
	).insert(ignore_permissions=True)  # The system writes it, whoever filed.
	frappe.sendmail(
		recipients=[request.sender_email],
		sender=sender or "",
		subject=subject,
		message=html,
		reference_doctype=DOCTYPE,
		reference_name=request.name,
		communication=communication.name,
		message_id=message_id,
		in_reply_to=answered,
		add_unsubscribe_link=0,
	)


def _heard_lately(request: Any) -> bool:
	since = to_site(utc_now() - _STRANGER_PAUSE)
	return bool(
		frappe.db.exists(
			DOCTYPE, {"sender_email": request.sender_email, "acknowledged_at": (">", since), "is_stranger": 1}
		)
	)
