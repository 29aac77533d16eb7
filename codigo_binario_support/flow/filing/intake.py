"""Station 1, intake: a request gets its facts, its terms and the first row of its history; from then on they are kept."""

from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.policy.terms import terms, terms_in_force
from ...adapters.requests import pictures, uploads
from ...adapters.requests.requests import DOCTYPE, add_event
from ...adapters.site import retries
from ...adapters.site.instants import to_site
from ...adapters.site.now import utc_now
from ...adapters.site.retries import undo_to
from ...domain.offers.offer import NOT_NEEDED
from ...domain.requests import status
from ...domain.requests.status import CHANNELS
from ...domain.triage import markup

#: What the person who files may write; everything else on the form is the server's.
FILED_FIELDS = ("subject", "description", "attachment")
_FREE_FIELDS = frozenset({"idx", "_user_tags", "_comments", "_assign", "_liked_by", "_seen"})


def bound(doc: Any) -> None:
	"""Keep what Frappe's own readers of markup would take minutes for as its words, before anything is locked."""
	doc.description = markup.storable(frappe.utils.cstr(doc.description))


def receive(doc: Any) -> None:
	"""Fill a new request. What the client sent beyond the three fields of the form is dropped, save by an agent's hand."""
	requester = doc.flags.requester or _requester(doc)
	previous = doc.flags.previous_request
	channel = doc.channel if doc.channel in CHANNELS else "Desk"
	require_own_file(doc.attachment)
	uploads.take_over(doc)
	doc.description = pictures.put_away(doc, doc.description)
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
	freeze_terms(doc)
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
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"subject": (subject.strip() or _("No subject"))[:140],
			"description": description.strip() or _("No text"),
			"channel": channel,
		}
	)
	# Flags are the server's: a client cannot send them.
	doc.flags.requester, doc.flags.previous_request = requester, previous_request
	doc.flags.filing_key = filing_key
	doc.flags.review_reason = review_reason
	doc.read_first()
	if is_whole:
		retries.wait_in_line(DOCTYPE)
	frappe.db.savepoint("support_filing")
	# Who writes to support may file; a portal user or a person without an account has no right to the doctype.
	try:
		return doc.insert(ignore_permissions=True)
	except frappe.UniqueValidationError:
		undo_to("support_filing")
		raise


def _requester(doc: Any) -> people.Requester:
	"""Who files, or for whom an agent does."""
	user = frappe.session.user
	return people.requester_for(doc.raised_by if people.is_agent(user) and doc.raised_by else user)


def assign(doc: Any, requester: people.Requester) -> bool:
	"""An agent says who a stranger is. Returns False when somebody said so before."""
	if not doc.is_stranger:
		return False
	doc.update(
		{
			"raised_by": requester.user,
			"customer": requester.customer,
			"company": requester.company,
			"is_stranger": 0,
		}
	)
	add_event(doc, utc_now(), "note", "assign_requester", detail=requester.user or requester.customer or "")
	return True


def require_own_file(url: str | None) -> None:
	"""Refuse an attachment that who files may not read: attaching it would make it readable."""
	if not url:
		return
	names = frappe.get_all("File", filters={"file_url": url}, pluck="name", order_by="name asc")
	if not url.startswith("/private/files/") or not any(
		frappe.has_permission("File", "read", doc=name) for name in names
	):
		frappe.throw(
			_("The attachment is not a private file of yours. Upload it again from this form."),
			frappe.PermissionError,
			title=_("Attachment"),
		)


def freeze_terms(doc: Any) -> None:
	"""Terms in force now, frozen. Without any the request is filed all the same: a person decides."""
	doc.terms = terms_in_force()
	policy = terms(doc.terms)
	doc.policy_version = policy.version if policy else None


def protect(doc: Any) -> None:
	"""Refuse changes that did not come through a station: a client's copy of the document is not trusted."""
	if doc.flags.from_flow:
		return
	for field in doc.meta.get("fields"):
		if field.fieldname in _FREE_FIELDS or field.fieldtype in frappe.model.display_fieldtypes:
			continue
		if field.fieldtype == "Table":
			changed = not _same_rows(doc, field.fieldname)
		else:
			changed = field.fieldname != "status" and doc.has_value_changed(field.fieldname)
		if changed:
			frappe.throw(
				_("{0} is kept by the system and cannot be edited. Use the buttons of the request.").format(
					_(field.label)
				),
				frappe.PermissionError,
				title=_("Not allowed"),
			)


def _same_rows(doc: Any, fieldname: str) -> bool:
	before = doc.get_doc_before_save().get(fieldname)
	after = doc.get(fieldname)
	if [row.name for row in before] != [row.name for row in after]:
		return False
	fields = [field.fieldname for field in frappe.get_meta(after[0].doctype).get("fields")] if after else []
	return all(
		frappe.utils.cstr(old.get(name)) == frappe.utils.cstr(new.get(name))
		for old, new in zip(before, after, strict=True)
		for name in fields
	)
