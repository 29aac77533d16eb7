"""Reading the support mailboxes, and sending again what a mail server did not take."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date, cint, now_datetime
from frappe.utils.file_lock import LockTimeoutError
from frappe.utils.synchronization import filelock

from ..adapters import addresses
from ..adapters.mailbox import Fetched, MailboxAway, Slot, State, open_mailbox
from ..adapters.requests import DOCTYPE as REQUEST
from ..flow import mail

_MB = 1024 * 1024
#: Frappe's short queue ends a job after 300 seconds; what is left waits for the next look.
_READING_SECONDS = 240
#: How long a mail server may be away before a mail counts as not delivered (RFC 5321, 4.5.4.1: four to five days).
RETRY_DAYS = 5
#: After this often a mail is not asked for again, so that those behind it are read.
_MAX_FAILURES = 3
_FAILED = "failed"
_PERMANENT = re.compile(r"SMTPRecipientsRefused|SMTPSenderRefused|SMTPDataError|SMTPResponseException")
_CODE = re.compile(r"\((\d)\d\d, ")


def receive(account: Any) -> Counter[str]:
	"""Read what is new in a support mailbox; returns how many mails had which outcome.

	Each mail is kept and committed before anybody looks into it, and looked into in one transaction: whenever this
	is killed, the next look goes on, and nothing is there twice. One reader at a time.
	"""
	outcomes: Counter[str] = Counter()
	try:
		with filelock(_lock_name(account.name), timeout=1):
			_finish(account.name, outcomes)
			try:
				_read(account, outcomes)
			except MailboxAway as error:
				frappe.db.rollback()
				_note(account.name, last_error=str(error))
			else:
				_note(account.name, last_error="", last_read_at=now_datetime())
			frappe.db.commit()
	except LockTimeoutError:
		frappe.logger().info(f"support mail: {account.name} is being read already")
	return outcomes


def receive_all() -> Counter[str]:
	"""Read every support mailbox now."""
	outcomes: Counter[str] = Counter()
	for name in addresses.mailboxes():
		outcomes += receive(frappe.get_doc("Email Account", name))
	return outcomes


def look_into(name: str) -> str:
	"""Take one mail that was kept. One that cannot be read, for whatever reason, is left to a person."""
	attempts = cint(frappe.db.get_value(mail.DOCTYPE, name, "attempts")) + 1
	frappe.db.set_value(mail.DOCTYPE, name, "attempts", attempts, update_modified=False)
	frappe.db.commit()
	try:
		if attempts > mail.MAX_ATTEMPTS:
			mail.give_up(name, _("Reading it was interrupted {0} times.").format(mail.MAX_ATTEMPTS))
		else:
			mail.take(name)
	except Exception:
		frappe.db.rollback()
		frappe.log_error(
			title="Support: a mail could not be read", reference_doctype=mail.DOCTYPE, reference_name=name
		)
		mail.give_up(name, _("An error stopped it: see the Error Log."))
	frappe.db.commit()
	return frappe.db.get_value(mail.DOCTYPE, name, "outcome")


def send_again() -> None:
	"""Queue again what a mail server did not take for now; what it refused for good is told to the request.

	Frappe gives a mail up after three tries, which is a quarter of an hour.
	"""
	for row in frappe.get_all(
		"Email Queue",
		filters={
			"status": "Error",
			"reference_doctype": REQUEST,
			"creation": (">", add_to_date(now_datetime(), days=-RETRY_DAYS - 1)),
		},
		fields=["name", "error", "reference_name", "creation"],
		order_by="creation asc",
	):
		queued = frappe.get_doc("Email Queue", row.name, for_update=True)
		is_late = row.creation < add_to_date(now_datetime(), days=-RETRY_DAYS)
		if is_late or is_permanent(row.error or ""):
			recipients = [entry.recipient for entry in queued.recipients if not entry.is_mail_sent()]
			reason = ((row.error or "").strip().splitlines() or [""])[-1]
			mail.undelivered(row.reference_name, recipients, reason, f"Email Queue {row.name}")
		else:
			queued.update_status("Not Sent", retry=0)
		frappe.db.commit()


def is_permanent(error: str) -> bool:
	"""Whether a mail server refused a mail for good: a reply of 5xx to the mail itself, not a lost connection."""
	last = error.strip().rsplit("\n", 1)[-1]
	return bool(_PERMANENT.search(last)) and set(_CODE.findall(last)) == {"5"}


def _read(account: Any, outcomes: Counter[str]) -> None:
	box = open_mailbox(account)
	limit = cint(frappe.get_cached_doc(addresses.SETTINGS).mail_limit_mb) or 25
	ends_at = time.monotonic() + _READING_SECONDS
	state: State = json.loads(_state(account.name) or "{}")
	try:
		for slot in box.new(state):
			if time.monotonic() > ends_at:
				break
			if not mail.is_known(account.name, slot):
				fetched = _fetched(box, slot, limit * _MB, state)
				if fetched is None:
					continue
				if mail.was_renumbered(account.name, slot, fetched):
					frappe.db.commit()
					continue
				name = mail.keep(account.name, slot, fetched)
				frappe.db.commit()
				outcomes[look_into(name)] += 1
			box.done(slot)
	finally:
		frappe.db.rollback()
		_note(account.name, state=json.dumps(state))
		frappe.db.commit()
		box.close()


def _fetched(box: Any, slot: Slot, limit_bytes: int, state: State) -> Fetched | None:
	"""The mail. One that the server fails to hand out, twice, is kept as a row without a source: others come after it."""
	failed = state.setdefault(_FAILED, {})
	key = f"{slot.folder} {slot.validity} {slot.uid}"
	if failed.get(key, 0) >= _MAX_FAILURES:
		text = f"Subject: {_('The mail server does not hand out this mail: read it there')}\r\n\r\n"
		return Fetched(text.encode(), 0, True)
	# Counted before, so that a connection lost over it is remembered.
	failed[key] = failed.get(key, 0) + 1
	fetched = box.fetch(slot, limit_bytes)
	failed.pop(key)
	return fetched


def _finish(account: str, outcomes: Counter[str]) -> None:
	"""What was kept and not looked into when the last reader was stopped."""
	for name in frappe.get_all(
		mail.DOCTYPE,
		filters={"email_account": account, "outcome": mail.RECEIVED},
		pluck="name",
		order_by="creation asc",
	):
		outcomes[look_into(name)] += 1


def _lock_name(account: str) -> str:
	return "support-mail-" + re.sub(r"\W+", "_", account)


def _row(account: str) -> dict[str, Any]:
	return {"parent": addresses.SETTINGS, "email_account": account}


def _state(account: str) -> str | None:
	return frappe.db.get_value("Support Mailbox", _row(account), "state")


def _note(account: str, **values: Any) -> None:
	frappe.db.set_value("Support Mailbox", _row(account), values, update_modified=False)
