"""Requests that belong together: a mixed one becomes two, two of the same become one."""

from functools import partial
from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.policy.terms import terms
from ...adapters.requests.requests import DOCTYPE, SupportRequest, duplicates_of
from ...adapters.site import notifications
from ...domain.offers.offer import ACCEPTED, CANCELLED, DECLINED, DRAFT, NOT_NEEDED
from ...domain.requests import status
from ...domain.triage.verdict import IN_PART
from ..clock import assignment, clock
from ..conversation import answer
from ..filing import triage
from ..offers import quotation

_OFFER_DETAILS = ("status", "clause", "pack", "hours", "doctype", "answered_by", "answered_at")
_OFFER_FIELDS = ("offer", *(f"offer_{detail}" for detail in _OFFER_DETAILS))


def split(doc: SupportRequest, subject: str, description: str) -> Any:
	"""Take the excluded part of a locked mixed request out into a request of its own, which waits for its offer.

	The included part goes on where it is. Both keep the terms of the first, and a row that names the other.
	"""
	policy = terms(doc.terms)
	if doc.verdict != IN_PART or policy is None:
		frappe.throw(_("Only a request that is included in part can be separated into two."))
	if doc.status not in status.OPEN:
		frappe.throw(_("The request is over. Reopen it first."))
	codes = sorted((doc.clause, doc.second_clause), key=lambda code: not policy.clauses[code].is_included)
	included, excluded = codes
	new = _file_part(doc, subject, description)
	triage.overrule(new, excluded, None, doc.severity, _("The excluded part of {0}.").format(doc.name))
	clock.refresh(new)
	quotation.announce(new)
	if doc.offer_status == ACCEPTED:
		_move_offer(doc, new)
	clock.note(new, "split", doc.name)
	new.save_from_flow()

	reason = _("The excluded part goes on as {0}.").format(new.name)
	triage.overrule(doc, included, None, doc.severity, reason)
	clock.refresh(doc)
	draft = quotation.announce(doc)
	clock.restart_after_verdict(doc, reason)
	clock.note(doc, "split", new.name)
	doc.save_from_flow()
	quotation.discard(draft)
	return new


def merge(source: Any, target: Any) -> bool:
	"""Close a locked request as a duplicate of another one. Returns False when it is one already.

	That answers and resolves nothing: its clocks go on with those of the other one, which counts for both from now on and
	is late where either is.

	Who asked gets every later answer on their own request; the conversation of each stays where it was said, because
	not everybody who sees one request sees the other. Never across customers.
	"""
	if source.duplicate_of == target.name:
		return False
	_check_merge(source, target)
	draft = None
	if source.offer_status not in (NOT_NEEDED, DECLINED, CANCELLED):
		if source.offer_status == DRAFT:
			draft = (source.offer_doctype, source.offer)
			clock.note(source, "offer_cancelled", source.offer)
		source.update({"offer_status": CANCELLED, "offer": None, "offer_doctype": None, "offer_missing": ""})
	source.duplicate_of = target.name
	clock.act(source, "merge", _("It is the same as {0}.").format(target.name), source=target.name)
	source.save_from_flow()
	for earlier in duplicates_of(source.name):
		again = frappe.get_doc(DOCTYPE, earlier, for_update=True)
		again.duplicate_of = target.name
		clock.note(again, "merge", target.name, source=target.name)
		clock.refresh(again)
		again.save_from_flow()
	clock.note(target, "merge", source.name)
	clock.refresh(target)
	target.save_from_flow()
	quotation.discard(draft)
	if source.raised_by:
		notifications.notify(DOCTYPE, source.name, {source.raised_by}, partial(_joined, source.name))
	return True


def _joined(name: str) -> str:
	sentence = _("Your request {0} is answered together with another one: the answers reach you here.")
	return sentence.format(name)


def _file_part(doc: SupportRequest, subject: str, description: str) -> Any:
	new = frappe.get_doc({"doctype": DOCTYPE, "channel": doc.channel})
	new.subject = (subject.strip() or doc.subject)[:140]
	new.description = description.strip() or doc.description
	# Who asked is who asked the first time, of the same company; flags are the server's, a client cannot send them.
	of_same = (doc.customer, doc.company, bool(doc.is_stranger))
	new.flags.requester = people.Requester(doc.raised_by, answer.address_of(doc), "", *of_same)
	new.flags.split_from = doc
	new.insert(ignore_permissions=True)  # The agent may act on the first; the second is a part of it.
	return frappe.get_doc(DOCTYPE, new.name)


def _move_offer(doc: SupportRequest, new: Any) -> None:
	"""What the customer accepted was for the excluded part, so it goes with it; the books are told."""
	new.update({field: doc.get(field) for field in _OFFER_FIELDS})
	new.offer_missing = ""
	if frappe.get_meta(doc.offer_doctype).has_field("support_request"):
		frappe.db.set_value(doc.offer_doctype, doc.offer, "support_request", new.name, update_modified=False)
	doc.update({field: None for field in _OFFER_FIELDS})
	doc.offer_status = NOT_NEEDED


def _check_merge(source: Any, target: Any) -> None:
	if source.name == target.name:
		frappe.throw(_("Choose another request: this one cannot be its own duplicate."))
	if source.status not in status.OPEN or target.status not in status.OPEN:
		frappe.throw(_("Both requests must be open. Reopen the one that is over first."))
	if target.duplicate_of:
		sentence = _("{0} is itself a duplicate of {1}: choose that one.")
		frappe.throw(sentence.format(target.name, target.duplicate_of))
	column = "customer" if people.is_provider_site() else "company"
	if not source.get(column) or (source.customer, source.company) != (target.customer, target.company):
		_forbid(_("Requests of different customers are never merged."))
	if assignment.is_billing_matter(source) != assignment.is_billing_matter(target):
		_forbid(_("A billing matter is merged only with another one: other people may see it."))
	if source.offer_status == ACCEPTED:
		frappe.throw(_("{0} has an accepted Success Pack: merge the other one into it.").format(source.name))


def _forbid(sentence: str) -> None:
	frappe.throw(sentence, frappe.PermissionError, title=_("Not allowed"))
