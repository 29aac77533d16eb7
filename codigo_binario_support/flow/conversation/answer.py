"""The agent's answer: one message, by mail or chat, and what follows from it, in one transaction.

Whichever way it goes, it is a Communication on the request: station reply hears of it and stops the response clock,
and what sends mail or moves the chat takes it from there.
"""

import hashlib
import re

import frappe
from frappe import _

from ...adapters.conversation import messages
from ...adapters.requests.requests import DOCTYPE, OTHER_LANGUAGE, SupportRequest, duplicates_of
from ...domain.conversation.chat import CLIENT_ID
from ...domain.requests import status
from ..clock import clock
from ..filing import guidance
from . import chat, reply

#: What may follow from an answer; the answer itself is the reason.
FOLLOWING = {name: words.sent_with for name, words in status.WORDS.items() if words.sent_with}
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"[^>]*>(.*?)</a>', re.S)
_REASON_LENGTH = 1000


def answer(doc: SupportRequest, content: str, medium: str, then: str, client_id: str) -> tuple[str, bool]:
	"""Write an answer as the present user on a locked request; returns the message and whether it is new.

	The same `client_id` stores one message and does one step, however often it comes: a double click, a retry. What
	follows is done with it or not at all. The document given is stale afterwards: read it again.
	"""
	if doc.status == status.CLOSED:
		frappe.throw(_("The request is closed: an answer would reach nobody who waits for it."))
	if medium not in ("Email", chat.MEDIUM):
		frappe.throw(_("An answer goes by email or chat."))
	if then and then not in FOLLOWING:
		frappe.throw(_("An answer can ask the customer or resolve the request, nothing else."))
	if not reply.plain(content) and "<img" not in (content or ""):
		frappe.throw(_("Write something first: the answer is empty."))
	# Nothing in it repeats: it reads each character once.
	if not CLIENT_ID.fullmatch(client_id or ""):  # nosemgrep: expression-over-uncut-text
		frappe.throw(_("The answer has no number of its own: load the page again."))
	name, is_new = _write(doc, content, medium, client_id)
	if not is_new:
		return name, False
	for duplicate in duplicates_of(doc.name):
		# Who asked the same hears the same, each on their own request.
		_write(frappe.get_doc(DOCTYPE, duplicate), content, medium, client_id)
	if then:
		doc.reload()
		if clock.act(doc, then, reply.plain(content)[:_REASON_LENGTH], source=f"Communication {name}"):
			doc.save_from_flow()
	return name, True


def _write(doc: SupportRequest, content: str, medium: str, client_id: str) -> tuple[str, bool]:
	"""Store one message of the present user to who asked; returns it, and whether it is new."""
	said = guidance.append_material(doc, content)
	if medium == chat.MEDIUM:
		# A chat is plain text: the address of a link is written out.
		name, _request, is_new = chat.post_message(doc, reply.plain(_LINK.sub(r"\2: \1", said)), client_id)
		return name, is_new
	key = f"{doc.name}/{frappe.session.user}/{client_id}"
	name = f"answer-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
	if frappe.db.exists(messages.DOCTYPE, name):
		return name, False
	subject = _("Re: {0} [{1}]").format(doc.subject, doc.name)
	written = {"subject": subject, "content": said, "recipients": address_of(doc)}
	message = messages.new(DOCTYPE, doc.name, "Email", True, **written, **messages.by_present_user())
	message.flags.is_to_be_mailed = True
	# The caller is an agent who may act on the request; Frappe gives nobody the right to write messages in general.
	message.insert(ignore_permissions=True, set_name=name)
	return name, True


def address_of(doc: SupportRequest) -> str:
	"""The mail address of who asked."""
	user_address = doc.raised_by and frappe.db.get_value("User", doc.raised_by, "email")
	return doc.sender_email or user_address or ""


def confirm_other_language(doc: SupportRequest, reason: str) -> bool:
	"""Somebody of either side confirms that an answer on a locked request is not in Spanish, as the policy promises.

	Returns False when that was confirmed before. The monthly statement then counts it as broken; until then it does not.
	"""
	if clock.side_of(doc) is None:
		frappe.throw(_("You cannot do this."), frappe.PermissionError)
	if any(row.action == OTHER_LANGUAGE for row in doc.clock_events):
		return False
	clock.note(doc, OTHER_LANGUAGE, (reason or "").strip()[:_REASON_LENGTH])
	return True
