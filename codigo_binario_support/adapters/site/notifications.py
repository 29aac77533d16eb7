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
	told: list[str] = []
	about = {"document_type": doctype, "document_name": name}
	for user in sorted(set(users) - {"Guest"}):
		row = frappe.db.get_value("User", user, ["email", "language", "enabled"], as_dict=True)
		if not row or not row.enabled:
			continue
		with in_language(read_by(row.language)):
			subject = write()
			if is_notifications_enabled(user):
				bell = frappe.get_doc(
					{"doctype": "Notification Log", "type": "Alert", "for_user": user, **about}
				)
				bell.update({"subject": subject, "from_user": frappe.session.user})
				bell.insert(ignore_permissions=True)  # Nobody may write into another's bell; the system may.
			# Frappe sends no mail for alerts of its own.
			if row.email and is_email_notifications_enabled(user):
				args = {**about, "body_content": subject, "doc_link": _address(doctype, name, user)}
				mail: dict[str, Any] = {"template": "new_notification", "args": args}
				send_mail([row.email], subject=unmarked(subject), attachments=attach(), **mail)
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
