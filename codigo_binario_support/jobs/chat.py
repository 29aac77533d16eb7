"""Who has left the chat gets what was answered meanwhile by mail: once, in one mail."""

from functools import partial

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import cint, get_datetime, get_url

from ..adapters.conversation import addresses
from ..adapters.policy.terms import language_of
from ..adapters.requests.requests import DOCTYPE, page_of
from ..adapters.site import formatting, instants, notifications
from ..adapters.site.settings import promise_settings
from ..domain.conversation.chat import ABSENCE_MINUTES
from ..flow.conversation import chat
from .clocks import for_each


def mail_unread() -> None:
	"""Every five minutes."""
	if not EmailAccount.find_outgoing(match_by_doctype=DOCTYPE):
		return
	minutes = cint(promise_settings().chat_absence_minutes) or ABSENCE_MINUTES
	names, do = chat.left_with_unread(instants.site_now(), minutes), partial(mail_one, minutes=minutes)
	for_each(names, do, "Support: the unread chat of {} could not be mailed")


def mail_one(name: str, minutes: int) -> int:
	"""Mail the unread answers of one request; returns how many. The lock keeps two workers from mailing twice."""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	recipient = frappe.db.get_value("User", {"name": doc.raised_by, "enabled": 1}, "email")
	messages = chat.to_mail(doc, instants.site_now(), minutes) if recipient else []
	if not messages:
		return 0
	context = {"doc": doc, "messages": messages, "url": get_url(page_of(doc.name))}
	with formatting.in_language(language_of(doc.terms)):
		is_sent = notifications.send_mail(
			[recipient],
			sender=addresses.sending(doc.name),
			reply_to=addresses.answering(doc.name),
			subject=_("New answers on your request {0}: {1}").format(doc.name, doc.subject),
			message=frappe.render_template("templates/support/unread_mail.html", context),
			reference_doctype=DOCTYPE,
			reference_name=doc.name,
		)
	if not is_sent:
		return 0
	chat.write_mark(doc.name, doc.raised_by, {"mailed_up_to": get_datetime(messages[-1]["at"])})
	return len(messages)
