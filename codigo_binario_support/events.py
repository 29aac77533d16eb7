"""Doors for events of documents that are not ours: each hands over to its station."""

from typing import Any

import frappe

from .adapters.access import people
from .adapters.policy import terms
from .adapters.requests.requests import DOCTYPE
from .adapters.site import boot, realtime
from .adapters.triage import resource_index
from .flow.channels import mail
from .flow.clock import assignment
from .flow.conversation import reply
from .flow.offers import quotation
from .setup import defaults

# What is handed over as it comes.
assigned = assignment.check
communication_checked = mail.keep_stranger_apart
communication_coming = mail.prepare
mail_built = mail.set_headers
offer_changed = quotation.from_document
sales_order_submitted = quotation.from_sales_order


def session_booted(bootinfo: Any) -> None:
	bootinfo.cb_support = boot.tables()


def communication_added(doc: Any, _event: str) -> None:
	reply.from_communication(doc)
	mail.deliver(doc)
	conversation_changed(doc)


def comment_added(doc: Any, _event: str) -> None:
	reply.from_comment(doc)
	conversation_changed(doc)


def conversation_changed(doc: Any, _event: str | None = None) -> None:
	"""What was written is not sent to the room of the request: its readers are told to look."""
	if doc.reference_doctype == DOCTYPE and doc.reference_name:
		realtime.suppress_payload(doc.reference_name)
		raised_by = frappe.db.get_value(DOCTYPE, doc.reference_name, "raised_by")
		realtime.publish_refresh(doc.reference_name, {raised_by or "Guest"})


def help_article_changed(_doc: Any, _event: str) -> None:
	resource_index.clear_resource_cache()


def holiday_list_changed(_doc: Any, _event: str) -> None:
	"""Holidays are part of the terms: what is filed from now on is counted by the new list."""
	terms.forget_terms_in_force()


def user_saved(user: Any, _event: str) -> None:
	"""Who becomes an agent gets the saved views of the queue, once; what they delete stays deleted."""
	before = user.get_doc_before_save()
	had = {row.role for row in before.roles} if before else set()
	if people.AGENT in {row.role for row in user.roles} - had:
		defaults.make_views(user.name)
