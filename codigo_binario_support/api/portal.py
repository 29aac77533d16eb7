"""The doors of the portal. Each answers a script with data, and a plain form with a page."""

from typing import Any

import frappe
from frappe import _

from ..adapters.site.rate_limit import rate_limit
from ..adapters.site.retries import retried
from ..domain.requests import status
from ..flow.casework import rating
from ..flow.clock import clock
from ..flow.filing import triage
from ..flow.offers import quotation
from ..flow.views import panel, portal
from ..permissions import request_of, require_permission_to_ask
from . import files, plain

_FILED_AN_HOUR = 20
_SUGGESTED_A_MINUTE = 60


@frappe.whitelist(methods=["POST"])
@retried
def suggest(subject: str = "", text: str = "") -> dict[str, Any]:
	"""What a request that is being typed is probably about, and official material on it. Stores nothing."""
	require_permission_to_ask()
	rate_limit("suggest", _SUGGESTED_A_MINUTE, 60)
	return portal.suggest(str(subject), str(text))


@frappe.whitelist(methods=["POST"])
@retried
def file(subject: str = "", text: str = "", client_id: str = "") -> dict[str, Any] | None:
	"""File a request, with the files that are uploaded beside it. The same `client_id` again files nothing."""
	require_permission_to_ask()
	rate_limit("file", _FILED_AN_HOUR, 3600)
	uploads = files.uploaded()
	name, is_new = portal.file(str(subject), str(text), str(client_id))
	for upload in uploads if is_new else ():
		files.attach(request_of(name, "write"), upload)
	return plain.answer({"request": name, "is_new": is_new, "url": portal.url_of(name)}, portal.url_of(name))


@frappe.whitelist(methods=["POST"])
@retried
def act(name: str, action: str, reason: str = "") -> dict[str, Any] | None:
	"""Resolve, reopen or close one's own request."""
	doc = request_of(name, "write")
	if action not in ("resolve", "reopen", "close"):
		frappe.throw(_("You cannot do this."), frappe.PermissionError)
	if clock.act(doc, action, reason):
		doc.save_from_flow()
		panel.notify_other_side(doc)
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
@retried
def answer_offer(name: str, is_accepted: int, reason: str = "") -> dict[str, Any] | None:
	"""Accept or decline the offer."""
	doc = request_of(name, "write")
	_require_customer(doc)
	if quotation.answer(doc, bool(int(is_accepted)), reason):
		doc.save_from_flow()
		panel.notify_other_side(doc)
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
@retried
def make_offer(name: str) -> dict[str, Any] | None:
	"""Ask for the Success Pack that the policy recommends for this request."""
	doc = request_of(name, "write")
	_require_customer(doc)
	quotation.make(doc.name, is_asked=True)
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
@retried
def ask_about_offer(name: str, question: str, client_id: str) -> dict[str, Any] | None:
	"""Ask about the offer without answering it."""
	doc = request_of(name, "write")
	_require_customer(doc)
	rate_limit("chat", 60, 60)
	portal.ask_about_offer(doc, question, client_id)
	panel.notify_of_message(doc, by_customer=True)
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
@retried
def contest(name: str, reason: str = "") -> dict[str, Any] | None:
	"""Contest the verdict: a person decides again. A second time before they did changes nothing."""
	doc = request_of(name, "write")
	_require_customer(doc)
	if triage.contest(doc, reason):
		doc.save_from_flow()
		panel.notify_of_contest(doc)
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
@retried
def rate(name: str, stars: int, comment: str = "") -> dict[str, Any] | None:
	"""Rate the answer, 1 to 5."""
	doc = request_of(name, "write")
	_require_customer(doc)
	if rating.rate(doc, int(stars), comment):
		doc.save_from_flow()
	return _answer(doc)


def _require_customer(doc: Any) -> None:
	if clock.side_of(doc) != status.CUSTOMER:
		frappe.throw(_("This is for the customer to do."), frappe.PermissionError)


def _answer(doc: Any) -> dict[str, Any] | None:
	return plain.answer({"request": doc.name, "url": portal.url_of(doc.name)}, portal.url_of(doc.name))
