"""Canned answers: Email Templates that the settings name, filled in on the server with the words of one request.

Frappe's own rendering gives a template the whole database. Here it gets a handful of texts and nothing else.
"""

import frappe
from frappe import _
from jinja2 import ChainableUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ...adapters.policy.terms import terms
from ...adapters.requests.requests import SupportRequest, page_of
from ...adapters.site.formatting import in_language, instant_phrase, opening_phrase
from ...adapters.site.instants import from_site, utc_now
from ...adapters.site.settings import promise_settings
from ...domain.policy.policy import words
from ..clock import clock

_SANDBOX = ImmutableSandboxedEnvironment(autoescape=True, undefined=ChainableUndefined)


def choices(doc: SupportRequest) -> list[dict[str, str]]:
	"""The canned answers, those for the request's clause first."""
	wanted = {doc.clause, doc.second_clause} - {None, ""}
	rows = promise_settings().canned_answers
	rows = [row for row in rows if frappe.db.exists("Email Template", row.email_template)]
	rows.sort(key=lambda row: ((row.clause or "") not in wanted, bool(row.clause), row.idx))
	return [{"value": row.email_template, "clause": row.clause or ""} for row in rows]


def render(doc: SupportRequest, template: str) -> str:
	"""The text of a canned answer for a request, as HTML, in the language of the policy it was filed under."""
	if template not in {row["value"] for row in choices(doc)}:
		frappe.throw(_("{0} is not one of the canned answers.").format(frappe.utils.escape_html(template)))
	policy = terms(doc.terms)
	with in_language(policy.language if policy else frappe.local.lang):
		fields = fields_of(doc)
	source = frappe.get_cached_doc("Email Template", template)
	text = (source.response_html if source.use_html else source.response) or ""
	try:
		# A template is a letter, not a program.
		return _SANDBOX.from_string(text[:20_000]).render(fields)
	except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
		text = _("The canned answer {0} cannot be filled in: {1}")
		frappe.throw(text.format(*map(frappe.utils.escape_html, (template, str(error)))))


def fields_of(doc: SupportRequest) -> dict[str, str]:
	"""What a template can say of a request. Texts only: the template escapes them."""
	policy, now = terms(doc.terms), utc_now()
	window = clock.attention_window(policy) if policy else None
	full_name = frappe.utils.get_fullname(doc.raised_by) if doc.raised_by else ""
	due_at = from_site(doc.due_at)
	pack = policy.packs.get(doc.offer_pack) if policy and doc.offer_pack else None
	language = policy.language if policy else "es"
	return {
		"name": doc.name,
		"subject": doc.subject or "",
		"requester": full_name,
		"first_name": full_name.split(" ")[0],
		"agent": frappe.utils.get_fullname(frappe.session.user),
		"company": doc.customer or doc.company or "",
		"status": _(doc.status),
		"clause": policy.clause_text(doc.clause, language) if policy and doc.clause else "",
		"opening": opening_phrase(window, now) if window else "",
		"due": instant_phrase(due_at, window.zone, now) if due_at and window else "",
		"pack": words(pack.label, language) if pack else "",
		"hours": f"{doc.offer_hours:g}" if doc.offer_hours else "",
		"link": frappe.utils.get_url(page_of(doc.name)),
	}
