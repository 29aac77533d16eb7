"""Station 1, intake: a request gets its facts, its terms and the first row of its history; from then on they are kept."""

from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.policy.terms import terms, terms_in_force
from ...adapters.requests import files
from ...adapters.requests.requests import DOCTYPE, add_event
from ...adapters.site import retries
from ...adapters.site.instants import to_site, utc_now
from ...domain.offers.offer import NOT_NEEDED
from ...domain.requests import status
from ...domain.requests.status import CHANNELS
from ...domain.triage import markup

#: What the person who files may write; everything else on the form is the server's.
FILED_FIELDS = ("subject", "description", "attachment")
#: Frappe's own, and what station clock checks: a status that is dragged.
_FREE_FIELDS = frozenset({"idx", "_user_tags", "_comments", "_assign", "_liked_by", "_seen", "status"})


def bound(doc: Any) -> None:
	"""Keep what Frappe's own readers of markup would take minutes for as its words, before anything is locked."""
	doc.description = markup.storable(frappe.utils.cstr(doc.description))


def receive(doc: Any) -> None:
	"""Fill a new request. What the client sent beyond the three fields of the form is dropped, save by an agent's hand."""
	user, previous = frappe.session.user, doc.flags.previous_request
	# An agent may file for somebody else.
	asked = doc.raised_by if doc.raised_by and people.is_agent(user) else user
	requester = doc.flags.requester or people.requester_for(asked)
	channel = doc.channel if doc.channel in CHANNELS else "Desk"
	require_own_file(doc.attachment)
	files.take_over(doc)
	doc.description = files.put_away(doc, doc.description)
	kept = {name: doc.get(name) for name in FILED_FIELDS}
	for field in doc.meta.get("fields"):
		if field.fieldname not in kept:
			doc.set(field.fieldname, [] if field.fieldtype == "Table" else None)

	now = utc_now()
	doc.update(
		{
			"status": status.NEW,
			"raised_by": requester.user,
			"channel": channel,
			"company": requester.company,
			"customer": requester.customer,
			"previous_request": previous,
			"sender_email": requester.email if "@" in requester.email else None,
			"is_stranger": int(requester.is_stranger),
			"filed_at": to_site(now),
			"offer_status": NOT_NEEDED,
			"filing_key": doc.flags.filing_key,
		}
	)
	# Without terms in force the request is filed all the same: a person decides.
	doc.terms = terms_in_force()
	policy = terms(doc.terms)
	doc.policy_version = policy.version if policy else None
	if first := doc.flags.split_from:
		# A part of what was asked before stands under what was promised then.
		doc.update({"split_from": first.name, "terms": first.terms, "policy_version": first.policy_version})
		previous = first.name
	add_event(doc, now, "create", "filed", detail=previous or "")


def file(
	requester: people.Requester,
	subject: str,
	description: str,
	channel: str,
	previous_request: str | None = None,
	filing_key: str | None = None,
	review_reason: str = "",
	is_whole: bool = False,
) -> Any:
	"""File a request that did not come through the desk's form: by mail, on the portal, or as an answer to one that is
	over. The database refuses a second request with the same `filing_key`: `UniqueValidationError`, with nothing written.
	With a `review_reason` a person decides, whatever the classifier thinks. `is_whole`: the filing is all that its
	transaction does, so it may wait in line for its number in a new one.
	"""
	subject, description = subject.strip() or _("No subject"), description.strip() or _("No text")
	doc = frappe.get_doc({"doctype": DOCTYPE, "subject": subject[:140], "description": description})
	doc.channel = channel
	# Flags are the server's: a client cannot send them.
	doc.flags.update(requester=requester, previous_request=previous_request)
	doc.flags.update(filing_key=filing_key, review_reason=review_reason)
	doc.read_first()
	if is_whole:
		retries.wait_in_line(DOCTYPE)
	frappe.db.savepoint("support_filing")
	# Who writes to support may file; a portal user or a person without an account has no right to the doctype.
	try:
		return doc.insert(ignore_permissions=True)
	except frappe.UniqueValidationError:
		retries.undo_to("support_filing")
		raise


def assign(doc: Any, requester: people.Requester) -> bool:
	"""An agent says who a stranger is. Returns False when somebody said so before."""
	if not doc.is_stranger:
		return False
	doc.update({"raised_by": requester.user, "customer": requester.customer, "company": requester.company})
	doc.is_stranger = 0
	add_event(doc, utc_now(), "note", "assign_requester", detail=requester.user or requester.customer or "")
	return True


def require_own_file(url: str | None) -> None:
	"""Refuse an attachment that who files may not read: attaching it would make it readable."""
	if not url:
		return
	names = frappe.get_all("File", filters={"file_url": url}, pluck="name", order_by="name asc")
	is_readable = any(frappe.has_permission("File", "read", doc=name) for name in names)
	if not url.startswith("/private/files/") or not is_readable:
		sentence = _("The attachment is not a private file of yours. Upload it again from this form.")
		frappe.throw(sentence, frappe.PermissionError, title=_("Attachment"))


def protect(doc: Any) -> None:
	"""Refuse changes that did not come through a station: a client's copy of the document is not trusted."""
	if doc.flags.from_flow:
		return
	for field in doc.meta.get("fields"):
		if field.fieldname in _FREE_FIELDS or field.fieldtype in frappe.model.display_fieldtypes:
			continue
		name, is_table = field.fieldname, field.fieldtype == "Table"
		if _rows_changed(doc, name) if is_table else doc.has_value_changed(name):
			sentence = _("{0} is kept by the system and cannot be edited. Use the buttons of the request.")
			frappe.throw(sentence.format(_(field.label)), frappe.PermissionError, title=_("Not allowed"))


def _rows_changed(doc: Any, fieldname: str) -> bool:
	child = frappe.get_meta(doc.meta.get_field(fieldname).options)
	names = ["name", *(field.fieldname for field in child.get("fields"))]

	def content(table: list[Any]) -> list[list[str]]:
		return [[frappe.utils.cstr(row.get(name)) for name in names] for row in table]

	return content(doc.get_doc_before_save().get(fieldname)) != content(doc.get(fieldname))
