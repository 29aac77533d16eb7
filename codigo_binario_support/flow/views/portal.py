"""What a customer sees on the portal: their requests in plain words, one request, and what may answer before they ask."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime

from ...adapters.access import people
from ...adapters.policy.terms import policy_now, terms
from ...adapters.requests.requests import DOCTYPE, SupportRequest, page_of
from ...adapters.site.errors import refusing
from ...adapters.site.formatting import duration_phrase, instant_phrase, zone_phrase
from ...adapters.site.instants import from_site, utc_now
from ...domain.conversation import chat as chat_rules
from ...domain.requests import status
from ...shipped import classify
from ..clock import clock
from ..conversation import chat
from ..filing import guidance, intake
from ..offers import quotation
from . import panel as report

#: Requests on one page of the list.
PAGE = 20
_LONGEST_TEXT = 20_000
#: What somebody may do with their own request there, and what the list shows of it besides how it stands.
ACTIONS = ("resolve", "reopen", "close")
_SHOWN = ("name", "subject", "verdict", "filed_at", "duplicate_of")
#: From how many characters on a text says enough to suggest anything.
_ENOUGH = 12


def file(subject: str, text: str, client_id: str) -> tuple[str, bool]:
	"""File a request of the present user in plain text; returns its name, and whether it is new: a retry is not."""
	user = frappe.session.user
	subject, text = (subject or "").strip(), (text or "").strip()
	if not subject or not text:
		frappe.throw(_("Write a subject, and what happens or what you need."))
	if len(text) > _LONGEST_TEXT:
		too_long = _("The text is too long: up to {0} characters fit. Attach a file.")
		frappe.throw(too_long.format(_LONGEST_TEXT))
	with refusing():
		filing_key = chat_rules.key("filing", user, client_id)
	if known := frappe.db.get_value(DOCTYPE, {"filing_key": filing_key}):
		return known, False
	parts = frappe.utils.escape_html(text).replace("\r\n", "\n").split("\n\n")
	body = "".join(f"<p>{part}</p>".replace("\n", "<br>") for part in parts if part.strip())
	requester = people.requester_for(user)
	try:
		doc = intake.file(requester, subject, body, "Portal", filing_key=filing_key, is_whole=True)
	except frappe.UniqueValidationError:
		# Another worker was quicker, and this transaction began before it ended.
		frappe.clear_messages()
		return frappe.db.get_value(DOCTYPE, {"filing_key": filing_key}, "name", for_update=True), False
	return doc.name, True


def mine(page: int = 1) -> dict[str, Any]:
	"""One page of the present user's requests (`rows`), those that changed last first; its `page`, and `has_more`.

	Of each in plain words: `name`, `subject`, `status`, `verdict` (`title`, `color`), `clock`, `filed`, `is_late`, how many
	answers are `unread`, `url`, `is_over`.
	"""
	user, now = frappe.session.user, utc_now()
	page = max(page, 1)
	theirs, fields = {"raised_by": user}, [*_SHOWN, *report.STANDING]
	order, some = "modified desc, name desc", {"limit_start": (page - 1) * PAGE, "limit": PAGE + 1}
	found = frappe.get_all(DOCTYPE, filters=theirs, fields=fields, order_by=order, **some)
	unread = chat.unread_counts([row.name for row in found[:PAGE]], user)
	rows = []
	for row in found[:PAGE]:
		standing = report.followed(row)
		is_open = standing.status in status.OPEN
		rows.append(
			{
				"name": row.name,
				"subject": row.subject,
				"status": _status(row, standing),
				"verdict": report.shown_verdict(row.verdict),
				"clock": _plain_clock(standing, now),
				"filed": _day(row.filed_at, row.terms, now),
				"is_late": bool(standing.is_breached and is_open),
				"unread": unread.get(row.name, 0),
				"url": page_of(row.name),
				"is_over": not is_open,
			}
		)
	return {"rows": rows, "page": page, "has_more": len(found) > PAGE}


def one(doc: SupportRequest) -> dict[str, Any]:
	"""A request as its page shows it: `Panel` with what a customer does there, `status` and `clock` in plain words, the
	`conversation` (rows of `chat.Said`, with `parts` of the text: words, whether they are an address), and `opening`.
	"""
	panel, standing = report.panel(doc), report.followed(doc)
	return {
		**panel,
		"doc": doc,
		"status": _status(doc, standing),
		"clock": _plain_clock(standing, utc_now()),
		"actions": [row for row in panel["actions"] if row["name"] in ACTIONS],
		"can_make_offer": panel["side"] == status.CUSTOMER and panel["can_make_offer"],
		"rating": doc.rating or 0,
		"conversation": [{**row, "parts": chat_rules.parts(row["text"])} for row in chat.conversation(doc)],
		"opening": report.before_filing(),
	}


def suggest(subject: str, text: str) -> dict[str, Any]:
	"""What a text that is still being typed is probably about: the likely clause in its own words, a polite word
	beforehand when it is likely excluded, and official material. Nothing is stored, and nothing keeps anybody from filing.
	"""
	policy = policy_now()
	said = f"{subject} {text}".strip()
	nothing = {"clause": "", "text": "", "note": "", "is_excluded": False, "guides": []}
	if policy is None or len(said) < _ENOUGH:
		return nothing
	excluded = _("This is probably not part of your support. You can send it all the same: a person answers.")
	language = frappe.local.lang or "es"
	found = classify(policy, subject[:140], text[:_LONGEST_TEXT])
	clause = found.clause if found.confidence >= policy.review_threshold else None
	guides = guidance.suggestions(clause, said[:1000], language)
	if clause is None:
		return {**nothing, "guides": guides}
	is_excluded = policy.clauses[clause].side == "excluded"
	return {
		"clause": _(clause),
		"text": policy.clause_text(clause, language),
		"note": excluded if is_excluded else _("This is probably part of your support."),
		"recommendation": policy.recommendation(language) if is_excluded else "",
		"is_excluded": is_excluded,
		"guides": guides,
	}


def ask_about_offer(doc: SupportRequest, question: str, client_id: str) -> str:
	"""A question about the offer goes into the conversation and leaves a row; the offer goes on standing."""
	if doc.offer_status != quotation.DRAFT:
		frappe.throw(_("There is no offer to answer on this request."))
	message, _reference, is_new = chat.post_message(doc, question, client_id)
	if is_new:
		doc.reload()
		clock.note(doc, "ask_offer", question.strip()[:500])
		doc.save_from_flow()
	return message


def begin(context: Any, title: str) -> bool:
	"""What every page of the portal begins with; returns whether its reader may ask for support."""
	context.update(title=title, no_breadcrumbs=True, is_guest=frappe.session.user == "Guest")
	context.may_ask = people.can_request_support()
	return context.may_ask


def new_number() -> str:
	"""A number for a form without a script, so that sending it twice stores one."""
	return frappe.generate_hash(length=32)


def _status(row: Any, standing: Any) -> str:
	return report.joined_sentence(row.duplicate_of, standing) or _(row.status)


def _plain_clock(row: Any, now: Any) -> str:
	"""Where a request stands, in one sentence without figures that need explaining."""
	state = status.STATUSES[row.status]
	if state.category != status.RUNNING:
		return _(state.sentence)
	policy = terms(row.terms)
	if not row.due_at or not policy:
		return _(state.sentence)
	due, zone = from_site(row.due_at), policy.support_window.zone
	late = (now - due).total_seconds()
	if late > 0:
		return _("We are late by {0}, and working on it.").format(duration_phrase(late))
	return _("Promised: no later than {0}, {1}.").format(instant_phrase(due, zone, now), zone_phrase(zone))


def _day(at: Any, terms_name: str | None, now: Any) -> str:
	if policy := terms(terms_name):
		return instant_phrase(from_site(at), policy.support_window.zone, now) if at else ""
	return frappe.utils.format_date(get_datetime(at)) if at else ""
