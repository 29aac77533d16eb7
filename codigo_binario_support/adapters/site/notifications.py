"""News for people: the bell of the desk and a mail, written with the document they are about."""

from collections.abc import Callable, Iterable
from typing import Any

import frappe
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled,
	is_notifications_enabled,
)

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
				_send_mail(doctype, name, row.email, user, subject, attach)
		told.append(user)
	return told


def _address(doctype: str, name: str, user: str) -> str:
	"""Where the user reads on: who has no desk reads a request on its page."""
	if doctype == requests.DOCTYPE and people.is_portal_user(user):
		return frappe.utils.get_url(requests.page_of(name))
	return frappe.utils.get_url_to_form(doctype, name)


def _send_mail(doctype: str, name: str, address: str, user: str, subject: str, attach: Attach) -> None:
	"""A site without an outgoing account has only the bell."""
	link = _address(doctype, name, user)
	try:
		frappe.sendmail(
			recipients=[address],
			subject=unmarked(subject),
			template="new_notification",
			attachments=attach(),
			args={"body_content": subject, "document_type": doctype, "document_name": name, "doc_link": link},
		)
	except frappe.OutgoingEmailError:
		frappe.clear_last_message()
