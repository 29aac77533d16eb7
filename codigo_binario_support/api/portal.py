"""The doors of the portal. Each answers a script with data, and a plain form with a page."""

from typing import Any

import frappe
from frappe import _

from ..adapters.requests.requests import page_of
from ..adapters.site import retries
from ..adapters.site.rate_limit import rate_limit
from ..domain.requests import status
from ..flow.casework import rating
from ..flow.clock import clock
from ..flow.filing import triage
from ..flow.offers import quotation
from ..flow.views import panel, portal
from ..permissions import request_of, require_permission_to_ask
from . import files, plain


@retries.whitelist(methods=["POST"])
def suggest(subject: str = "", text: str = "") -> dict[str, Any]:
	"""What a request that is being typed is probably about, and official material on it. Stores nothing."""
	require_permission_to_ask()
	rate_limit("suggest", 60, 60)
	return portal.suggest(str(subject), str(text))


@retries.whitelist(methods=["POST"])
def file(subject: str = "", text: str = "", client_id: str = "") -> dict[str, Any] | None:
	"""File a request, with the files that are uploaded beside it. The same `client_id` again files nothing."""
	require_permission_to_ask()
	rate_limit("file", 20, 3600)
	uploads = files.uploaded()
	name, is_new = portal.file(str(subject), str(text), str(client_id))
	for upload in uploads if is_new else ():
		files.attach(request_of(name, "write"), upload)
	return _answer(name, is_new=is_new)


@retries.whitelist(methods=["POST"])
def act(name: str, action: str, reason: str = "") -> dict[str, Any] | None:
	"""Resolve, reopen or close one's own request."""
	doc = request_of(name, "write")
	if action not in portal.ACTIONS:
		frappe.throw(_("You cannot do this."), frappe.PermissionError)
	panel.finish(doc, clock.act(doc, action, reason))
	return _answer(doc.name)


@retries.whitelist(methods=["POST"])
def answer_offer(name: str, is_accepted: int, reason: str = "") -> dict[str, Any] | None:
	"""Accept or decline the offer."""
	doc = _as_customer(name)
	panel.finish(doc, quotation.answer(doc, bool(int(is_accepted)), reason))
	return _answer(doc.name)


@retries.whitelist(methods=["POST"])
def make_offer(name: str) -> dict[str, Any] | None:
	"""Ask for the Success Pack that the policy recommends for this request."""
	doc = _as_customer(name)
	quotation.make(doc.name, is_asked=True)
	return _answer(doc.name)


@retries.whitelist(methods=["POST"])
def ask_about_offer(name: str, question: str, client_id: str) -> dict[str, Any] | None:
	"""Ask about the offer without answering it."""
	doc = _as_customer(name)
	rate_limit("chat", 60, 60)
	portal.ask_about_offer(doc, question, client_id)
	panel.notify_of_message(doc, by_customer=True)
	return _answer(doc.name)


@retries.whitelist(methods=["POST"])
def contest(name: str, reason: str = "") -> dict[str, Any] | None:
	"""Contest the verdict: a person decides again. A second time before they did changes nothing."""
	doc = _as_customer(name)
	if triage.contest(doc, reason):
		doc.save_from_flow()
		panel.notify_of_contest(doc)
	return _answer(doc.name)


@retries.whitelist(methods=["POST"])
def rate(name: str, stars: int, comment: str = "") -> dict[str, Any] | None:
	"""Rate the answer, 1 to 5."""
	doc = _as_customer(name)
	if rating.rate(doc, int(stars), comment):
		doc.save_from_flow()
	return _answer(doc.name)


def _as_customer(name: str) -> Any:
	doc = request_of(name, "write")
	if clock.side_of(doc) != status.CUSTOMER:
		frappe.throw(_("This is for the customer to do."), frappe.PermissionError)
	return doc


def _answer(name: str, **facts: Any) -> dict[str, Any] | None:
	url = page_of(name)
	return plain.answer({"request": name, **facts, "url": url}, url)
