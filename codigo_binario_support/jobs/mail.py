"""Reading the support mailboxes, and sending again what a mail server did not take."""

import json
import re
import time
from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, cint
from frappe.utils.file_lock import LockTimeoutError
from frappe.utils.synchronization import filelock
from rq.timeouts import BaseTimeoutException

from ..adapters.conversation.mailbox import Fetched, MailboxAway, Slot, State, open_mailbox, said
from ..adapters.requests.requests import DOCTYPE as REQUEST
from ..adapters.site.errors import is_locked, is_passing
from ..adapters.site.instants import site_now
from ..adapters.site.settings import SETTINGS, promise_settings
from ..domain.conversation.mail import RECEIVED, UNREAD
from ..flow.channels import mail

#: Frappe's short queue ends a job after 300 seconds; what is left waits for the next look.
_READING_SECONDS = 180
#: What is waited before a mail is tried again because the database was busy; not once it took this long.
_PAUSES = (1, 5)
_TRYING_SECONDS = 60
#: How long a mail server may be away before a mail counts as not delivered (RFC 5321, 4.5.4.1: four to five days).
RETRY_DAYS = 5
#: After this often a mail is not asked for again, so that those behind it are read.
_MAX_FAILURES = 3
_PERMANENT = re.compile(r"SMTPRecipientsRefused|SMTPSenderRefused|SMTPDataError|SMTPResponseException")
_CODE = re.compile(r"\((\d)\d\d, ")


def receive(account: Any) -> Counter[str]:
	"""Read what is new in a support mailbox; returns how many mails had which outcome.

	Each mail is kept and committed before anybody looks into it, and looked into in one transaction: whenever this
	is killed, the next look goes on, and nothing is there twice. One reader at a time.
	"""
	outcomes: Counter[str] = Counter()
	lock = "support-mail-" + re.sub(r"\W+", "_", account.name[:140])
	try:
		with filelock(lock, timeout=1):
			ends_at = time.monotonic() + _READING_SECONDS
			values: dict[str, Any]
			try:
				_finish(account.name, outcomes, ends_at)
				left = _read(account, outcomes, ends_at)
				text = _(
					"{0} mails could not even be written down and are still in the mailbox: see the Error Log."
				)
				values = {"last_error": text.format(left) if left else "", "last_read_at": site_now()}
			except Exception as error:
				values = {"last_error": _told(error, _undo(error))}
			_note(account.name, **values)
			frappe.db.commit()
	except LockTimeoutError:
		frappe.logger().info(f"support mail: {account.name} is being read already")
	return outcomes


def process(name: str) -> str:
	"""Take one mail that was kept. One that cannot be read, for a reason of its own, is left to a person.

	A database that is busy or away is no such reason: the mail is tried again, three times in all, and then at the next
	looks. Three of those that were interrupted, or lost the connection, leave it to a person too.
	"""
	began = time.monotonic()
	for times, pause in enumerate((*_PAUSES, None)):
		try:
			if times == 0:
				_begin(name)
			outcome = mail.process(name)
			frappe.db.commit()
			return outcome
		except Exception as error:
			if not _undo(error):
				title = "Support: a mail could not be read"
				frappe.log_error(title, reference_doctype=mail.DOCTYPE, reference_name=name)
				mail.give_up(name, _("An error stopped it: see the Error Log."))
				frappe.db.commit()
				return UNREAD
			if is_locked(error):
				_forgive(name)
		if pause is None or time.monotonic() - began > _TRYING_SECONDS:
			break
		time.sleep(pause)
	return RECEIVED


def _begin(name: str) -> None:
	attempts = cint(frappe.db.get_value(mail.DOCTYPE, name, "attempts")) + 1
	frappe.db.set_value(mail.DOCTYPE, name, "attempts", attempts, update_modified=False)
	frappe.db.commit()
	if attempts > mail.MAX_ATTEMPTS:
		mail.give_up(name, _("Reading it was interrupted {0} times.").format(mail.MAX_ATTEMPTS))


def _forgive(name: str) -> None:
	"""Others held what the mail needed: that look does not count."""
	try:
		frappe.db.set_value(mail.DOCTYPE, name, "attempts", 0, update_modified=False)
		frappe.db.commit()
	except Exception as error:
		if not _undo(error):
			raise


def _undo(error: Exception) -> bool:
	"""Take back what an error stopped; returns whether the same again may succeed. The end of the job's time goes on."""
	if isinstance(error, BaseTimeoutException):
		raise error
	start_over()
	return is_passing(error)


def start_over() -> None:
	"""Forget what this transaction did, over a new connection where the old one is gone."""
	try:
		frappe.db.rollback()
	except Exception as error:
		if not is_passing(error):
			raise
		frappe.db.connect()
		frappe.db.rollback()


def send_again() -> None:
	"""Queue again what a mail server did not take for now; what it refused for good is told to the request.

	Frappe gives a mail up after three tries, which is a quarter of an hour.
	"""
	filters = {
		"status": "Error",
		"reference_doctype": REQUEST,
		"creation": (">", add_to_date(site_now(), days=-RETRY_DAYS - 1)),
	}
	fields = ["name", "error", "reference_name", "creation"]
	for row in frappe.get_all("Email Queue", filters=filters, fields=fields, order_by="creation asc"):
		try:
			_send_again(row)
			frappe.db.commit()
		except Exception as error:
			# One that cannot be sent again keeps nobody else's from going out.
			if not _undo(error):
				title = "Support: a mail could not be queued again"
				frappe.log_error(title, reference_doctype="Email Queue", reference_name=row.name)
				frappe.db.commit()


def _send_again(row: Any) -> None:
	queued = frappe.get_doc("Email Queue", row.name, for_update=True)
	last = ((row.error or "").strip().splitlines() or [""])[-1]
	# A server's reply is short: what is longer is not its code.
	reply = last[:2000]
	# A reply of 5xx to the mail itself, not a lost connection: the server refused it for good.
	is_refused = bool(_PERMANENT.search(reply)) and set(_CODE.findall(reply)) == {"5"}
	is_late = row.creation < add_to_date(site_now(), days=-RETRY_DAYS)
	if is_refused or is_late:
		recipients = [entry.recipient for entry in queued.recipients if not entry.is_mail_sent()]
		mail.undelivered(row.reference_name, recipients, last, f"Email Queue {row.name}")
	else:
		queued.update_status("Not Sent", retry=0)


def _read(account: Any, outcomes: Counter[str], ends_at: float) -> int:
	"""Returns how many mails had to be left where they are."""
	box = open_mailbox(account)
	limit_bytes = (cint(promise_settings().mail_limit_mb) or 25) * 1024 * 1024
	state: State = json.loads(frappe.db.get_value("Support Mailbox", _row(account.name), "state") or "{}")
	left = 0
	try:
		for slot in box.new(state):
			if time.monotonic() > ends_at:
				break
			if not mail.is_known(account.name, slot):
				fetched = _fetched(box, slot, limit_bytes, state)
				if fetched is None:
					continue
				if mail.was_renumbered(account.name, slot, fetched):
					frappe.db.commit()
					continue
				name = _kept(account.name, slot, fetched)
				if name is None:
					left += 1
					continue
				outcomes[process(name)] += 1
			box.done(slot)
	finally:
		try:
			start_over()
			_note(account.name, state=json.dumps(state))
			frappe.db.commit()
		finally:
			box.close()
	return left


def _kept(account: str, slot: Slot, fetched: Fetched) -> str | None:
	"""The row of a mail. One that this site cannot keep as it came is set aside with what can be kept of it; None where
	not even that can be written: it stays in the mailbox, and those behind it are read.

	Raises when the database is busy or away: the mail is asked for again.
	"""
	try:
		name = mail.store_raw(account, slot, fetched)
		frappe.db.commit()
		return name
	except Exception as error:
		if _undo(error):
			raise
		reason = _("It could not be kept as it came: {0}").format(said(error)[:300])
	frappe.clear_messages()
	frappe.log_error(title="Support: a mail could not be kept")
	try:
		name = mail.set_aside(account, slot, fetched, reason)
		frappe.db.commit()
		return name
	except Exception as error:
		if _undo(error):
			raise
		frappe.log_error(title="Support: a mail could not be set aside")
		frappe.db.commit()
		return None


def _told(error: Exception, is_to_pass: bool) -> str:
	"""What stopped the reading, for `support health`; the rest is in the Error Log."""
	if isinstance(error, MailboxAway):
		return str(error)
	if is_to_pass:
		return _("The database was busy or away: the mailbox is read again at the next look.")
	frappe.log_error(title="Support: a mailbox could not be read")
	return _("An error stopped the reading: see the Error Log. {0}").format(said(error)[:300])


def _fetched(box: Any, slot: Slot, limit_bytes: int, state: State) -> Fetched | None:
	"""The mail. One that the server fails to hand out, twice, is kept as a row without a source: others come after it."""
	failed = state.setdefault("failed", {})
	key = f"{slot.folder} {slot.validity} {slot.uid}"
	if failed.get(key, 0) >= _MAX_FAILURES:
		text = f"Subject: {_('The mail server does not hand out this mail: read it there')}\r\n\r\n"
		return Fetched(text.encode(), 0, True)
	# Counted before, so that a connection lost over it is remembered.
	failed[key] = failed.get(key, 0) + 1
	fetched = box.fetch(slot, limit_bytes)
	failed.pop(key)
	return fetched


def _finish(account: str, outcomes: Counter[str], ends_at: float) -> None:
	"""What was kept and not looked into when the last reader was stopped."""
	filters = {"email_account": account, "outcome": RECEIVED}
	for name in frappe.get_all(mail.DOCTYPE, filters=filters, pluck="name", order_by="creation asc"):
		if time.monotonic() > ends_at:
			break
		outcomes[process(name)] += 1


def _row(account: str) -> dict[str, Any]:
	return {"parent": SETTINGS, "email_account": account}


def _note(account: str, **values: Any) -> None:
	frappe.db.set_value("Support Mailbox", _row(account), values, update_modified=False)
