"""News for people: the bell of the desk and a mail, written with the document they are about."""

from collections.abc import Callable, Iterable
from typing import Any

import frappe
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled,
	is_notifications_enabled,
)
from frappe.email.doctype.email_account.email_account import EmailAccount

from ..access import people
from ..requests import requests
from .formatting import in_language, read_by, unmarked

Attach = Callable[[], list[dict[str, Any]]]


def notify(
	doctype: str, name: str, users: Iterable[str], write: Callable[[], str], attach: Attach = list
) -> list[str]:
	"""Tell each user in their own language; returns whom. `write` gives the sentence, and `attach` the attachments of
	the mail, in the language of the moment.

	The rows are written in the transaction of the caller: what is told and the record that it was told are saved
	together or not at all, so a crash neither loses nor repeats it. Mails are rows too until the queue sends them.
	"""
	told = []
	for user in sorted(set(users) - {"Guest"}):
		row = frappe.db.get_value("User", user, ["email", "language", "enabled"], as_dict=True)
		if not row or not row.enabled:
			continue
		with in_language(read_by(row.language)):
			subject = write()
			if is_notifications_enabled(user):
				bell = {"doctype": "Notification Log", "type": "Alert", "for_user": user, "subject": subject}
				about = {"document_type": doctype, "document_name": name, "from_user": frappe.session.user}
				# Nobody may write into another's bell; the system may.
				frappe.get_doc({**bell, **about}).insert(ignore_permissions=True)
			# Frappe sends no mail for alerts of its own.
			if row.email and is_email_notifications_enabled(user):
				link = _address(doctype, name, user)
				args = {
					"body_content": subject,
					"document_type": doctype,
					"document_name": name,
					"doc_link": link,
				}
				mail = {"subject": unmarked(subject), "template": "new_notification", "args": args}
				send_mail([row.email], **mail, attachments=attach())
		told.append(user)
	return told


def send_mail(
	recipients: list[str], *, sender: str | None = None, reference_doctype: str | None = None, **mail: Any
) -> bool:
	"""Queue a mail as `frappe.sendmail` does; False, and nothing is said, where the site has no account to send it from."""
	account = EmailAccount.find_outgoing(match_by_doctype=reference_doctype, match_by_email=sender)
	if account and not account.email_id:
		# Where mails are muted Frappe 15.44 makes an account up that has no address, and stumbles over that.
		return False
	said = len(frappe.local.message_log)
	try:
		frappe.sendmail(
			recipients=recipients, sender=sender or "", reference_doctype=reference_doctype, **mail
		)
	except frappe.OutgoingEmailError:
		del frappe.local.message_log[said:]
		return False
	return True


def _address(doctype: str, name: str, user: str) -> str:
	"""Where the user reads on: who has no desk reads a request on its page."""
	if doctype == requests.DOCTYPE and people.is_portal_user(user):
		return frappe.utils.get_url(requests.page_of(name))
	return frappe.utils.get_url_to_form(doctype, name)
