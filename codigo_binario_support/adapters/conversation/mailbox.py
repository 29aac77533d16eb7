"""Mailboxes as Frappe's Email Accounts reach them, read so that nothing is lost.

Frappe marks a mail as seen when it fetches it, before anything is kept, takes a hundred at a time into memory, and
forgets the whole batch when one of them cannot be parsed. Here each mail is fetched alone, and marked only once the
caller says that it is kept. What is new is asked by UID (RFC 3501), not by the flag that people's programs set too.
"""

import imaplib
import poplib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import cint

#: How much of a mail is read that is larger than the limit: its text comes first.
HEAD_BYTES = 262_144
#: Mails looked at again when the server has numbered them anew; those that are known are left.
_REINDEX_COUNT = 200
#: Python gives a POP3 session up at a line longer than it expects; people's programs send a whole text as one.
_LONGEST_LINE = 64 * 1024 * 1024
_SILENT_SECONDS = 15


class MailboxAway(frappe.ValidationError):
	"""The mail server cannot be reached, or went away. Later is as good as now."""


class Slot(NamedTuple):
	"""Where a mail lies: its number in a folder is the server's and never used twice under one validity."""

	folder: str
	validity: str
	uid: str


class Fetched(NamedTuple):
	"""A mail's bytes; of one larger than the limit only the beginning. `size_bytes` is the whole."""

	raw: bytes
	size_bytes: int
	is_partial: bool


State = dict[str, dict[str, Any]]


def open_mailbox(account: Any) -> "ImapMailbox | PopMailbox":
	"""Log in to the mailbox of an Email Account. Raises `MailboxAway`."""
	# With this flag Frappe gives up on a silent server after 15 seconds; without it, never. Frappe 15.44 knows no such
	# flag, only the bench's own setting.
	account.flags.validate_imap_pop_connection = True
	of_the_bench = frappe.conf.pop_timeout
	frappe.conf.pop_timeout = of_the_bench or _SILENT_SECONDS
	try:
		server = account.get_incoming_server(in_receive=True)
	except Exception as error:
		raise MailboxAway(said(error)) from error
	finally:
		frappe.conf.pop_timeout = of_the_bench
		frappe.clear_messages()
	is_imap = bool(cint(account.use_imap))
	connection = getattr(server, "imap" if is_imap else "pop", None)
	if connection is None or (is_imap and connection.state != "AUTH"):
		raise MailboxAway(_("The mail server refused the login, or did not answer."))
	return ImapMailbox(account, connection) if is_imap else PopMailbox(connection)


@contextmanager
def _away() -> Iterator[None]:
	"""Whatever a server or the line to it does wrong is one thing to the caller."""
	try:
		yield
	except (OSError, EOFError, imaplib.IMAP4.error, poplib.error_proto) as error:
		raise MailboxAway(said(error)) from error


def said(error: BaseException) -> str:
	"""The words of an error, without markup."""
	return frappe.utils.strip_html(str(error))[:500] or type(error).__name__


class ImapMailbox:
	"""IMAP folders of an account, those named in the Email Account."""

	def __init__(self, account: Any, connection: Any) -> None:
		self._imap = connection
		self._folders = [row.folder_name for row in account.imap_folder] or ["INBOX"]
		self._takes_all = account.email_sync_option == "ALL"
		self._first_count = cint(account.initial_sync_count) or 100

	def new(self, state: State) -> Iterator[Slot]:
		"""The mails that may be new, oldest first. `state` ({folder: {validity, next}}) is brought up to date on the way.

		At the first look: the unseen ones, or the newest where the Email Account says ALL. Then all from the number
		after the last, and whatever is unseen.
		"""
		for folder in self._folders:
			known = state.get(folder) or {}
			with _away():
				validity, candidates = self._candidates(folder, known)
			last = cint(known.get("next")) if known.get("validity") == validity else 1
			for uid in sorted(candidates):
				yield Slot(folder, validity, str(uid))
				last = max(last, uid + 1)
				state[folder] = {"validity": validity, "next": last}
			state.setdefault(folder, {"validity": validity, "next": self._next_uid(folder)})

	def fetch(self, slot: Slot, limit_bytes: int) -> Fetched | None:
		"""The mail, or None when it has gone meanwhile."""
		with _away():
			answers = [part for part in self._parts(slot.uid, "(RFC822.SIZE)") if isinstance(part, bytes)]
			found = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(answers))
			if not found:
				return None
			size = int(found[1])
			wanted = f"(BODY.PEEK[]<0.{HEAD_BYTES}>)" if size > limit_bytes else "(BODY.PEEK[])"
			raw = next((part[1] for part in self._parts(slot.uid, wanted) if isinstance(part, tuple)), None)
		return None if raw is None else Fetched(raw, size, size > limit_bytes)

	def done(self, slot: Slot) -> None:
		"""Show people in their own mail program that it was read."""
		with _away():
			self._imap.uid("STORE", slot.uid, "+FLAGS", "(\\Seen)")

	def close(self) -> None:
		# Where the server has gone there is nothing left to leave.
		with suppress(OSError, imaplib.IMAP4.error):
			self._imap.logout()

	def _candidates(self, folder: str, known: dict[str, Any]) -> tuple[str, set[int]]:
		status, _data = self._imap.select(f'"{folder}"')
		if status != "OK":
			raise MailboxAway(_("The folder {0} cannot be opened.").format(folder))
		validity = ((self._imap.response("UIDVALIDITY")[1] or [b""])[0] or b"").decode()
		found = self._search("UNSEEN")
		if known.get("validity") == validity:
			first = cint(known["next"])
			# "n:*" names the last mail even when its number is below n.
			return validity, found | {uid for uid in self._search(f"UID {first}:*") if uid >= first}
		if known or self._takes_all:
			count = _REINDEX_COUNT if known else self._first_count
			found |= set(sorted(self._search("ALL"))[-count:])
		return validity, found

	def _search(self, rule: str) -> set[int]:
		_status, data = self._imap.uid("SEARCH", None, rule)
		return {int(uid) for uid in (data[0] or b"").split()} if data else set()

	def _next_uid(self, folder: str) -> int:
		with _away():
			answer = self._imap.status(f'"{folder}"', "(UIDNEXT)")[1] or [b""]
			found = re.search(rb"UIDNEXT (\d+)", answer[0])
		return int(found[1]) if found else 1

	def _parts(self, uid: str, wanted: str) -> list[Any]:
		return self._imap.uid("FETCH", uid, wanted)[1] or []


class PopMailbox:
	"""A POP3 maildrop: what is kept here is deleted there, as Frappe does."""

	def __init__(self, connection: Any) -> None:
		poplib._MAXLINE = max(poplib._MAXLINE, _LONGEST_LINE)  # type: ignore[attr-defined]
		self._pop = connection
		self._numbers: dict[str, int] = {}

	def new(self, state: State) -> Iterator[Slot]:
		with _away():
			rows = self._pop.uidl()[1]
		for row in rows:
			number, uid = row.decode("ascii", "replace").split(None, 1)
			self._numbers[uid] = int(number)
			yield Slot("", "", uid)

	def fetch(self, slot: Slot, limit_bytes: int) -> Fetched | None:
		number = self._numbers[slot.uid]
		with _away():
			size = int(self._pop.list(number).split()[2])
			is_partial = size > limit_bytes
			lines = self._pop.top(number, 4000)[1] if is_partial else self._pop.retr(number)[1]
		return Fetched(b"\r\n".join(lines)[: HEAD_BYTES if is_partial else None], size, is_partial)

	def done(self, slot: Slot) -> None:
		with _away():
			self._pop.dele(self._numbers[slot.uid])

	def close(self) -> None:
		# Where it has gone, what was to be deleted is still there, and known.
		with suppress(OSError, poplib.error_proto):
			self._pop.quit()
