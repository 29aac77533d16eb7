"""Station 5, quote: excluded work gets a Success Pack offer, in the right books, once.

On a customer's site a Success Pack is bought: a draft Supplier Quotation. On the provider's site it is sold: a draft
Quotation. What is missing for it never keeps a request from being filed: the offer waits and says what it waits for.
"""

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days

from ...adapters.access import people
from ...adapters.policy.terms import policy_in_force, policy_now, terms
from ...adapters.requests.requests import DOCTYPE, SupportRequest
from ...adapters.site import background
from ...adapters.site.formatting import in_language, locale_of
from ...adapters.site.instants import site_today, to_site, utc_now
from ...adapters.site.retries import undo_to
from ...adapters.site.settings import promise_settings, record_created
from ...domain.offers import offer as offers
from ...domain.offers.offer import ACCEPTED, DECLINED, DRAFT, NOT_NEEDED, WAITING, Offer
from ...domain.policy.policy import Policy, SuccessPack, words
from ...domain.requests import status
from ...domain.triage.verdict import OUT_OF_SCOPE, WITH_EXCLUDED
from ..clock import clock
from . import pack

#: An answered or made offer is never made again by itself.
_SETTLED = (DRAFT, ACCEPTED, DECLINED)
_UNANSWERED = {"offer_answered_by": None, "offer_answered_at": None}
_VALID_DAYS = 30


def announce(doc: SupportRequest) -> tuple[str, str] | None:
	"""Set the offer's state after a verdict. Nothing is made here: filing must stay quick and must not fail.

	Returns the draft (doctype, name) that the verdict left without a reason: `discard` it once the request is saved.
	"""
	offer = _offer_of(doc)
	clause = offer.clause if offer else None
	draft = None
	if doc.offer_status in _SETTLED:
		if doc.offer_clause == clause or (offer is None and doc.offer_status != DRAFT):
			return None
		# An answer to one offer says nothing about another: the new clause gets an offer of its own.
		clock.note(doc, "offer_superseded", f"{doc.offer_status}: {doc.offer or ''} ({doc.offer_clause})")
		if doc.offer_status == DRAFT and doc.offer_doctype and doc.offer:
			draft = (doc.offer_doctype, doc.offer)
		doc.update({"offer_doctype": None, "offer": None, **_UNANSWERED})
	doc.offer_missing, doc.offer_clause = "", clause
	if offer is None:
		doc.offer_status, doc.offer_pack, doc.offer_hours = NOT_NEEDED, None, None
		return draft
	doc.offer_status, doc.offer_pack, doc.offer_hours = offers.ON_REQUEST, offer.pack.code, offer.pack.hours
	if promise_settings().offer_mode != "On request":
		doc.offer_status, doc.offer_missing = WAITING, _("Being prepared.")
	return draft


def discard(draft: tuple[str, str] | None) -> None:
	"""Delete a draft that the app made and nobody needs any more; a document that was submitted stays."""
	if draft and frappe.db.get_value(*draft, "docstatus") == 0:
		with people.as_system():
			frappe.delete_doc(*draft)


def follow_up(doc: SupportRequest) -> None:
	"""Make the offer and tell people in the background, once the request is safely filed or judged anew."""
	background.enqueue("codigo_binario_support.jobs.offers.follow_up", name=doc.name)


def make(name: str, is_asked: bool = False) -> str | None:
	"""Make the offer of a request, if it needs one and has none. Returns the document's name, or None while it waits.

	Safe to call again, by two workers at once too: the row of the request is locked first, so one makes it and the
	other finds it made. A declined offer is made anew only when somebody asks (`is_asked`).
	"""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.offer_status in _SETTLED and not (is_asked and can_be_asked_for(doc)):
		return doc.offer
	policy, offer = terms(doc.terms), _offer_of(doc)
	if policy is None or offer is None:
		return None
	missing: list[str] = []
	made = None
	frappe.db.savepoint("support_offer")
	try:
		with people.as_system(), in_language(policy.language):
			made = _make_document(doc, policy, offer, missing)
	except frappe.ValidationError as error:
		undo_to("support_offer")
		missing.append(frappe.utils.strip_html(str(error)))
		frappe.clear_messages()
	if made is None:
		waits = {"offer_status": WAITING, "offer_missing": "\n".join(missing)}
		if any(doc.get(field) != value for field, value in waits.items()):
			doc.update(waits)
			doc.save_from_flow()
		return None
	doc.update({"offer_status": DRAFT, "offer_missing": "", **_UNANSWERED})
	doc.update({"offer_doctype": made.doctype, "offer": made.name})
	clock.note(doc, "offer", f"{made.doctype} {made.name}")
	if doc.verdict == OUT_OF_SCOPE and doc.status in (status.NEW, status.IN_PROGRESS):
		clock.act(doc, "propose", side=status.AGENT, source=made.name)
	doc.save_from_flow()
	return made.name


def can_be_asked_for(doc: SupportRequest) -> bool:
	"""Whether somebody may ask for an offer now: there is none, it was refused, or its hours are used up."""
	if doc.offer_status == ACCEPTED:
		return pack.is_used_up(doc)
	return doc.offer_status in (offers.ON_REQUEST, WAITING, offers.CANCELLED, DECLINED)


def answer(doc: SupportRequest, is_accepted: bool, reason: str = "") -> bool:
	"""The customer accepts or declines. Returns False when that was the answer already."""
	wanted = ACCEPTED if is_accepted else DECLINED
	if doc.offer_status == wanted:
		return False
	if doc.offer_status != DRAFT:
		frappe.throw(_("There is no offer to answer on this request."))
	if not is_accepted and not (reason or "").strip():
		frappe.throw(_("Write the reason: both sides can read it later."))
	doc.offer_status, doc.offer_answered_by = wanted, frappe.session.user
	doc.offer_answered_at = to_site(utc_now())
	if is_accepted:
		pack.bought(doc)
	action = "accept" if is_accepted else "decline"
	if doc.status == status.WAITING_FOR_ACCEPTANCE:
		clock.act(doc, action, reason, side=status.CUSTOMER)
	else:
		clock.note(doc, action, reason)
	return True


def from_document(document: Any, event: str) -> None:
	"""The books answered: a submitted Supplier Quotation is accepted; a cancelled or deleted offer is gone."""
	name = document.get("support_request")
	if not name or not frappe.db.exists(DOCTYPE, name):
		return
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.offer != document.name:
		return
	if event == "on_submit" and document.doctype == "Supplier Quotation" and doc.offer_status == DRAFT:
		answer(doc, True)
	elif event in ("on_cancel", "on_trash") and doc.offer_status in (DRAFT, ACCEPTED):
		if doc.offer_status == ACCEPTED:
			pack.returned(doc, document.name)
		doc.update({"offer_status": offers.CANCELLED, "offer": None, "offer_doctype": None})
		clock.note(doc, "offer_cancelled", document.name)
		clock.restart_after_verdict(doc, _("The offer {0} was cancelled.").format(document.name))
	else:
		return
	doc.save_from_flow()


def from_sales_order(order: Any, _event: str) -> None:
	"""On the provider's site an order from the Quotation is the customer's acceptance."""
	quotations = {row.get("prevdoc_docname") for row in order.items if row.get("prevdoc_docname")}
	for name in quotations:
		request = frappe.db.get_value("Quotation", name, "support_request")
		if request:
			doc = frappe.get_doc(DOCTYPE, request, for_update=True)
			if doc.offer == name and doc.offer_status == DRAFT and answer(doc, True):
				doc.save_from_flow()


def waiting() -> list[str]:
	"""Requests whose offer waits for something that was missing."""
	return frappe.get_all(DOCTYPE, filters={"offer_status": WAITING}, pluck="name", order_by="creation asc")


def missing_for_offers() -> list[str]:
	"""What an offer would lack today, before any request needs one. For operators."""
	policy = policy_in_force()
	if policy is None:
		return [_("A Support Policy in force.")]
	missing = [] if frappe.defaults.get_global_default("company") else [_no_company()]
	if promise_settings().site_role == "Customer":
		_supplier(missing)
	return missing + [_no_price(row.code) for row in policy.success_packs if not row.hourly_rate]


def _offer_of(doc: SupportRequest) -> Offer | None:
	policy = terms(doc.terms)
	if policy is None or doc.verdict not in WITH_EXCLUDED:
		return None
	return offers.offer_for(policy, [doc.clause or None, doc.second_clause or None])


def _make_document(doc: SupportRequest, policy: Policy, offer: Offer, missing: list[str]) -> Any | None:
	"""The draft in the books; None while something is missing for it, which it adds to `missing`."""
	sold, is_provider, today = _priced(offer.pack, missing), people.is_provider_site(), site_today()
	company = doc.company or frappe.defaults.get_global_default("company")
	if not company:
		missing.append(_no_company())
	party = doc.customer if is_provider else _supplier(missing)
	if is_provider and not party:
		sentence = _("Customer: link the requester {0} to a Customer through a Contact.")
		missing.append(sentence.format(doc.raised_by))
	item = None if missing else _item(sold, missing)
	if missing or item is None:
		return None
	book = {"doctype": "Quotation", "quotation_to": "Customer", "party_name": party, "order_type": "Sales"}
	if not is_provider:
		book = {"doctype": "Supplier Quotation", "supplier": party}
	document = frappe.get_doc(book)
	document.update({"company": company, "currency": sold.currency, "ignore_pricing_rule": 1})
	document.update({"transaction_date": today, "valid_till": add_days(today, _VALID_DAYS)})
	document.update({"support_request": doc.name, "support_clause": doc.offer_clause or doc.clause})
	document.append("items", _row(doc, policy, offer, sold, item))
	document.run_method("set_missing_values")
	document.items[0].rate = sold.hourly_rate
	return document.insert()


def _row(doc: SupportRequest, policy: Policy, offer: Offer, sold: SuccessPack, item: str) -> dict[str, Any]:
	language = locale_of(policy.language).language
	clause = policy.clause_text(offer.clause, language)
	lines = (words(sold.label, language), f"{doc.name}: {doc.subject}", clause)
	return {
		"item_code": item,
		"qty": sold.hours,
		"uom": frappe.db.get_value("Item", item, "stock_uom"),
		"rate": sold.hourly_rate,
		"price_list_rate": sold.hourly_rate,
		"description": "<br>".join(map(frappe.utils.escape_html, lines)),
	}


def _priced(pack: SuccessPack, missing: list[str]) -> SuccessPack:
	"""The price frozen with the request; while there was none, the one the provider has set since."""
	if pack.hourly_rate is not None:
		return pack
	current = policy_now()
	later = current.packs.get(pack.code) if current else None
	if later and later.hourly_rate is not None:
		return later
	missing.append(_no_price(pack.code))
	return pack


def _supplier(missing: list[str]) -> str | None:
	known = {"supplier_name": ("in", ("Código Binario", "Codigo Binario")), "disabled": 0}
	name = promise_settings().supplier or frappe.db.get_value("Supplier", known)
	if not name:
		missing.append(_("Supplier: choose who sells the Success Packs in Support Promise Settings."))
	return name


def _item(pack: SuccessPack, missing: list[str]) -> str | None:
	"""The item of a pack, made when it is first needed."""
	if pack.item:
		if not frappe.db.exists("Item", pack.item):
			sentence = _("Item: {0} of the Success Pack {1} does not exist.")
			missing.append(sentence.format(pack.item, pack.code))
		return pack.item
	code = f"CB-{pack.code}"
	if frappe.db.exists("Item", code):
		return code
	group = promise_settings().item_group or _item_group()
	uom = next((name for name in ("Hour", "Hora", "Nos") if frappe.db.exists("UOM", name)), None)
	if not group or not uom:
		missing.append(_("Item: there is no item group or unit to make the item {0} with.").format(code))
		return None
	name = words(pack.label, "es")
	item = frappe.get_doc({"doctype": "Item", "item_code": code, "item_name": name, "description": name})
	item.update({"item_group": group, "stock_uom": uom})
	item.update({"is_stock_item": 0, "include_item_in_manufacturing": 0})
	try:
		item.insert()
	except frappe.DuplicateEntryError as error:
		# Another worker made it for another offer, and this transaction cannot see it: doors and jobs begin again.
		raise frappe.QueryDeadlockError(f"Item {code} was made meanwhile") from error
	record_created("Item", code)
	return code


def _item_group() -> str | None:
	names = ("Services", _("Services"), "Servicios")
	known = (name for name in names if frappe.db.exists("Item Group", {"name": name, "is_group": 0}))
	return next(known, None) or frappe.db.get_value("Item Group", {"is_group": 0}, "name", order_by="lft asc")


def _no_company() -> str:
	return _("Company: set one as the default of the site (Global Defaults).")


def _no_price(code: str) -> str:
	return _("Price: set the price of an hour of the Success Pack {0} in the Support Policy.").format(code)
