"""What the form of a request asks the server to do. Documents are read from the database, never from the client, and one
that is shared for reading is no right to act on it.
"""

from typing import Any

import frappe
from frappe import _

from ..adapters.requests.requests import hold
from ..adapters.site import retries
from ..domain.requests import status
from ..flow.clock import clock
from ..flow.conversation import answer as answers
from ..flow.filing import corrections, triage
from ..flow.offers import quotation
from ..flow.views import panel as report
from ..permissions import request_of, require_permission_to_ask
from . import as_agent


@frappe.whitelist(methods=["GET", "POST"])
def before_filing() -> dict[str, Any]:
	"""Whether support is open now or when it opens, and what support cannot do."""
	require_permission_to_ask()
	return report.before_filing()


@frappe.whitelist(methods=["GET", "POST"])
def panel(name: str) -> report.Panel:
	"""The panels of a request as this user sees them now."""
	return report.panel(request_of(name, "read"))


@retries.whitelist(methods=["POST"])
def act(name: str, action: str, reason: str = "") -> report.Panel:
	"""Do one action of the request's life. Doing it twice changes nothing."""
	doc = request_of(name, "write")
	if action in ("accept", "decline"):
		return answer_offer(name, int(action == "accept"), reason)
	if action == "propose":
		clock.require_agent(doc)
		return _made(doc)
	if action == "merge":
		frappe.throw(_("Say into which request this one is merged: use the button of the form."))
	report.finish(doc, clock.act(doc, action, reason))
	return report.panel(doc)


@retries.whitelist(methods=["POST"])
def overrule(
	name: str, clause: str = "", second_clause: str = "", severity: str = "", reason: str = ""
) -> report.Panel:
	"""An agent's verdict in place of the last one, with a reason."""
	doc = as_agent(name)
	if doc.status == status.CLOSED:
		frappe.throw(_("The request is closed: its verdict stands."))
	if triage.overrule(doc, clause or None, second_clause or None, severity or None, reason):
		clock.refresh(doc)
		draft = quotation.announce(doc)
		clock.restart_after_verdict(doc, reason)
		doc.save_from_flow()
		quotation.discard(draft)
		corrections.propose(doc)
		quotation.follow_up(doc)
	return report.panel(doc)


@retries.whitelist(methods=["POST"])
def answer(name: str, content: str, client_id: str, medium: str = "Email", then: str = "") -> report.Panel:
	"""The agent's answer by mail or chat and, with it or not at all, what follows: `ask_customer` or `resolve`.

	The same `client_id` again stores nothing and does nothing.
	"""
	hold(name)
	doc = as_agent(name)
	_message, is_new = answers.answer(doc, content, medium, then, client_id)
	doc.reload()
	if is_new and then:
		report.notify_other_side(doc)
	return report.panel(doc)


@retries.whitelist(methods=["POST"])
def confirm_other_language(name: str, reason: str = "") -> report.Panel:
	"""Somebody of either side confirms that an answer here is not in Spanish; a second time changes nothing."""
	doc = request_of(name, "write")
	if answers.confirm_other_language(doc, reason):
		doc.save_from_flow()
	return report.panel(doc)


@retries.whitelist(methods=["POST"])
def make_offer(name: str) -> report.Panel:
	"""Make the Success Pack offer now: on the customer's or the agent's click, or after something was missing."""
	return _made(request_of(name, "write"))


@retries.whitelist(methods=["POST"])
def answer_offer(name: str, is_accepted: int, reason: str = "") -> report.Panel:
	"""The customer accepts or declines the offer."""
	doc = request_of(name, "write")
	if clock.side_of(doc) != status.CUSTOMER:
		frappe.throw(_("Only the customer can answer an offer."), frappe.PermissionError)
	report.finish(doc, quotation.answer(doc, bool(int(is_accepted)), reason))
	return report.panel(doc)


def _made(doc: Any) -> report.Panel:
	quotation.make(doc.name, is_asked=True)
	doc.reload()
	return report.panel(doc)
