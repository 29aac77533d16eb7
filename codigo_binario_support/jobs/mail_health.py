"""What an operator wants to know of the mail: read, unread, counted, waiting."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.utils import add_to_date

from ..adapters.conversation import addresses
from ..adapters.requests.requests import DOCTYPE
from ..adapters.site import formatting, instants
from ..adapters.site.settings import SETTINGS, promise_settings
from ..domain.conversation.mail import COUNTED, RECEIVED, UNREAD
from ..flow.channels import mail

OK, WARNING, CRITICAL = 0, 1, 2
#: Frappe looks into mailboxes every ten minutes; after three looks that failed somebody must know.
_MAIL_MINUTES = 35
_SHOWN = 5

#: Level, check, sentence.
Row = tuple[int, str, str]


def checks() -> Iterator[Row]:
	"""The mailboxes, what could not be read, what made no request and why, and what waits to go out."""
	names = addresses.mailboxes()
	if not names:
		yield OK, "mail", _("No support address is set: nothing is read by mail.")
		return
	if not addresses.are_read_by_us():
		text = _(
			"Another app handles Email Accounts: install codigo_binario_support after it, or mails are lost."
		)
		yield CRITICAL, "mail_class", text
	if not promise_settings().authserv_id:
		text = _(
			"Nobody checks who sends the mails, so a sender can be forged: set who checks senders in Support Promise Settings."
		)
		yield WARNING, "mail_senders", text
	for name in names:
		yield from _mailbox(name)
	unread = {"outcome": ("in", (UNREAD, RECEIVED))}
	asked = {"pluck": "name", "limit": _SHOWN + 1}
	if newest := frappe.get_all(mail.DOCTYPE, filters=unread, order_by="name desc", **asked):
		text = _("{0} mails could not be read: open them in Support Mail: {1}.")
		yield WARNING, "mail_unread", text.format(frappe.db.count(mail.DOCTYPE, unread), shortened(newest))
	since = (">", add_to_date(instants.site_now(), days=-1))
	counted = []
	for name in COUNTED:
		if number := frappe.db.count(mail.DOCTYPE, {"outcome": name, "received_at": since}):
			counted.append(f"{_(name, context='Support Mail')} {number}")
	if counted:
		text = _("Within a day these mails made no request: {0}.")
		yield OK, "mail_counted", text.format(", ".join(counted))
	late = ("<", add_to_date(instants.site_now(), hours=-1))
	queued = {"reference_doctype": DOCTYPE, "status": ("in", ("Not Sent", "Error")), "creation": late}
	if waiting := frappe.db.count("Email Queue", queued):
		text = _("{0} mails wait for the mail server for more than an hour.")
		yield WARNING, "mail_queue", text.format(waiting)


def shortened(names: list[str], between: str = ", ") -> str:
	return between.join(names[:_SHOWN]) + ("…" if len(names) > _SHOWN else "")


def _mailbox(name: str) -> Iterator[Row]:
	account = frappe.db.get_value("Email Account", name, ["enable_incoming", "enable_outgoing"], as_dict=True)
	where, fields = {"parent": SETTINGS, "email_account": name}, ["last_read_at", "last_error"]
	row = frappe.db.get_value("Support Mailbox", where, fields, as_dict=True)
	if not account or not account.enable_incoming:
		text = _("{0}: incoming mail is not enabled in the Email Account.")
		yield CRITICAL, "mailbox", text.format(name)
		return
	if not account.enable_outgoing:
		text = _("{0}: outgoing mail is not enabled: acknowledgements and answers come from another address.")
		yield WARNING, "mailbox", text.format(name)
	if row and row.last_error:
		yield CRITICAL, "mailbox", f"{name}: {row.last_error}"
	elif not row or not row.last_read_at:
		yield WARNING, "mailbox", _("{0} has not been read yet.").format(name)
	else:
		seconds = (instants.site_now() - row.last_read_at).total_seconds()
		level = CRITICAL if seconds > _MAIL_MINUTES * 60 else OK
		yield level, "mailbox", _("{0} was read {1} ago.").format(name, formatting.duration_phrase(seconds))
