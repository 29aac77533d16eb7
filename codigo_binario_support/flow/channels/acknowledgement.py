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

from ...adapters.conversation import addresses, messages
from ...adapters.policy.terms import language_of, terms
from ...adapters.requests.requests import DOCTYPE
from ...adapters.site import formatting, notifications, retries
from ...adapters.site.instants import to_site, utc_now
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
	since = (">", to_site(utc_now() - _STRANGER_PAUSE))
	heard = {"sender_email": request.sender_email, "acknowledged_at": since, "is_stranger": 1}
	if request.sender_email in addresses.own() or (request.is_stranger and frappe.db.exists(DOCTYPE, heard)):
		return False
	if frappe.db.get_value(DOCTYPE, request.name, "acknowledged_at", for_update=True):
		return False
	frappe.db.savepoint("support_acknowledgement")
	try:
		with formatting.in_language(language_of(request.terms)):
			_queue(request, *written(request, settings.acknowledgement))
	except (frappe.ValidationError, frappe.OutgoingEmailError):
		# Without an account to send from the request is filed all the same; `support health` says what is missing.
		retries.undo_to("support_acknowledgement")
		frappe.clear_messages()
		title = "Support: an acknowledgement could not be queued"
		frappe.log_error(title, reference_doctype=DOCTYPE, reference_name=request.name)
		return False
	frappe.db.set_value(DOCTYPE, request.name, "acknowledged_at", to_site(utc_now()), update_modified=False)
	return True


def written(request: Any, template: str | None = None) -> tuple[str, str]:
	"""(subject, HTML) of the acknowledgement, in the language that is set."""
	language = (frappe.local.lang or "es")[:2]
	name = template or TEMPLATES.get(language) or TEMPLATES["es"]
	context = _context(request)
	fields = ["subject", "use_html", "response", "response_html"]
	row = frappe.db.get_value("Email Template", name, fields, as_dict=True)
	if row:
		try:
			body = row.response_html if row.use_html else row.response
			# A header is no HTML, and the texts of the context are escaped for the body.
			subject = formatting.unmarked(frappe.render_template(row.subject, context))
			return subject, frappe.render_template(body, context)
		except (TemplateError, frappe.ValidationError, TypeError):
			# A template that somebody broke keeps nobody from an answer.
			frappe.log_error(title="Support: the acknowledgement's Email Template is broken")
	subject = _("[{0}] We received your request").format(request.name)
	return subject, frappe.render_template("templates/support/acknowledgement.html", context)


def _context(request: Any) -> dict[str, Any]:
	policy = terms(request.terms)
	has_excluded = request.verdict in WITH_EXCLUDED
	recommendation = policy.recommendation(policy.language) if policy and has_excluded else ""
	for_stranger = _("We do not know this address yet: a person will read your message and answer you.")
	user = request.raised_by
	first_name = (user and frappe.db.get_value("User", user, "first_name")) or ""
	shown = panel.summary(request)
	return {
		**shown,
		"request": {"name": request.name, "subject": frappe.utils.escape_html(request.subject)},
		"full_name": frappe.utils.escape_html(first_name),
		"is_stranger": bool(request.is_stranger),
		"clauses": [] if request.is_stranger or request.verdict == TO_REVIEW else shown["clauses"],
		"next_step": for_stranger if request.is_stranger else _(BY_NAME[request.verdict].next_step),
		"recommendation": recommendation,
	}


def _queue(request: Any, subject: str, html: str) -> None:
	address = addresses.sending(request.name)
	message_id = get_message_id().strip("<> ")
	sender = formataddr((_("Support"), address)) if address else None
	came = ["sent_or_received", "=", "Received"]
	answered = next(iter(messages.on(request.name, came, pluck="name", limit=1)), None)
	common = {"subject": subject, "sender": sender, "message_id": message_id, "in_reply_to": answered}
	message = {"content": html, "recipients": request.sender_email, "communication_type": "Automated Message"}
	communication = messages.new(DOCTYPE, request.name, "Email", is_sent=True, **common, **message)
	communication.insert(ignore_permissions=True)  # The system writes it, whoever filed.
	mail = {"message": html, "communication": communication.name, "add_unsubscribe_link": 0, **common}
	about = {"reference_doctype": DOCTYPE, "reference_name": request.name}
	if not notifications.send_mail([request.sender_email], **mail, **about):
		raise frappe.OutgoingEmailError("this site has no account to send from")
