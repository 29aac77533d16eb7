"""The conversation of a request: chat and mail in one line, who has read how far, and who has left.

A message is a Communication of the medium Chat. Its text never goes over realtime: `adapters.site.realtime` says that
there is something, and who hears it asks for what is new.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import get_datetime, get_fullname

from ...adapters.access import people
from ...adapters.conversation import messages
from ...adapters.policy.terms import terms
from ...adapters.requests.requests import DOCTYPE, SupportRequest
from ...adapters.site import errors, realtime, retries
from ...adapters.site.formatting import instant_phrase, opening_phrase
from ...adapters.site.instants import from_site, read_text, site_now, to_site, utc_now
from ...domain.conversation import chat as rules
from ...domain.conversation.chat import Message, ReadMarker
from ...domain.requests import status
from ...domain.triage import markup
from ...shipped import sentences
from ..clock import clock

MARK = "Support Read Mark"
MEDIUM, COMMENT = "Chat", "Comment"
#: One row of a conversation: a message, a mail, a comment, or a step that gave a reason: `name`; `at`, naive site time as
#: text that sorts, and `when` for people; `side`, customer or agent; `author`; `is_mine`; `medium`, which is Chat, Email,
#: Comment or Step; `label`, of steps only; `text`; `files`.
Said = dict[str, Any]
#: How many messages one look returns at most; older ones are asked for by `before`.
PAGE = 100
#: Mails and comments are stored before their request is locked, so a later commit may bring an earlier time.
_OVERLAP = timedelta(minutes=2)
_FIELDS = (
	"name creation owner sender sender_full_name communication_medium sent_or_received content text_content"
).split()


def post_message(doc: SupportRequest, text: str, client_id: str) -> tuple[str, str, bool]:
	"""Store one message of the present user on a locked request; returns it, the request it is on, and whether it is new.

	The same number of the same sender stores one message, however often it comes: a double click, a retry, two workers.
	A message on a request that is over is on the new one that it made.
	"""
	side = clock.side_of(doc)
	if side is None:
		frappe.throw(_("You cannot do this."), frappe.PermissionError)
	user = frappe.session.user
	with errors.refusing():
		text, name = rules.tidy(text), rules.key(doc.name, user, client_id)
	if known := frappe.db.get_value(messages.DOCTYPE, name, "reference_name"):
		return name, known, False
	content = frappe.utils.escape_html(text).replace("\n", "<br>")
	said = {"subject": doc.subject, "content": content, "text_content": text}
	is_sent = side == status.AGENT
	message = messages.new(DOCTYPE, doc.name, MEDIUM, is_sent, **said, **messages.by_present_user())
	frappe.db.savepoint("support_chat")
	try:
		# Who writes may write on this request; Frappe gives nobody the right to write messages in general.
		message.insert(ignore_permissions=True, set_name=name)
	except frappe.DuplicateEntryError:
		# Another worker was quicker, and this transaction began before it ended.
		retries.undo_to("support_chat")
		frappe.clear_last_message()
		# As committed by now: a plain read would see the state from before this transaction began.
		known = frappe.db.get_value(messages.DOCTYPE, name, "reference_name", for_update=True)
		return name, known, False
	return name, message.reference_name, True


def conversation(
	doc: SupportRequest, since: datetime | None = None, before: datetime | None = None
) -> list[Said]:
	"""What was said on a request, in order: the newest page, what is new since an instant, or the page before one.

	Instants are naive site times, as `at` of the rows. What came in shortly before `since` comes again, because it may
	have been committed after it; rows have names, so the reader tells.
	"""
	within = [["creation", ">", since - _OVERLAP]] if since else []
	within += [["creation", "<", before]] if before else []
	newest: dict[str, Any] = {"fields": _FIELDS, "order_by": "creation desc, name desc", "limit": PAGE}
	rows = messages.on(doc.name, messages.SAID, *within, **newest)
	agents = set(people.agents())
	files = _files_of(doc.name, sorted(row.name for row in rows))
	said = [_said(doc, row, agents, files[row.name]) for row in [*rows, *_comments(doc, within)]]
	after, until = _text(since and since - _OVERLAP), _text(before) or "9999"
	said += [step for step in _steps(doc, agents) if after < step["at"] < until]
	said = sorted(said, key=lambda row: (row["at"], row["name"]))[-PAGE:]
	policy, now = terms(doc.terms), utc_now()
	zone = clock.attention_window(policy).zone if policy else ZoneInfo("UTC")
	for row in said:
		row["when"] = instant_phrase(from_site(get_datetime(row["at"])), zone, now)
	return said


def poll(
	doc: SupportRequest, is_present: bool, read_up_to: str = "", since: str = "", before: str = ""
) -> dict[str, Any]:
	"""What a browser asks for again and again: `messages` (rows of `Said`) that are new, how many are `unread`, how far the
	other side has read (an instant as in `Said`), on which `side` the user stands, and whether support is open.
	"""
	user, now = frappe.session.user, site_now()
	side, policy, at = clock.side_of(doc), terms(doc.terms), from_site(now)
	window = clock.attention_window(policy) if policy else None
	mark = note(doc, user, now if is_present else None, _instant(read_up_to), now)
	return {
		"request": doc.name,
		"status": doc.status,
		"side": side,
		"can_write": side is not None,
		"messages": conversation(doc, _instant(since), _instant(before)),
		"unread": len(rules.unread(messages_of(doc), mark, side != status.AGENT)),
		"other_side_read_up_to": _text(_other_side_read_up_to(doc, side)),
		"opening": opening_phrase(window, at) if window else "",
		"is_open": bool(window and window.is_open(at)),
	}


def note(
	doc: SupportRequest, user: str, present_at: datetime | None, read_up_to: datetime | None, now: datetime
) -> ReadMarker:
	"""Move somebody's mark forward, never back and never into the future; returns it."""
	mark = mark_of(doc.name, user)
	values: dict[str, Any] = {}
	if present_at and (mark.present_at is None or present_at > mark.present_at):
		values["present_at"] = present_at
	if read_up_to and read_up_to <= now and (mark.read_up_to is None or read_up_to > mark.read_up_to):
		values["read_up_to"] = read_up_to
	if not values:
		return mark
	write_mark(doc.name, user, values)
	if "read_up_to" in values:
		realtime.publish_refresh(doc.name, {doc.raised_by or "Guest"})
	return mark_of(doc.name, user)


def write_mark(request: str, user: str | None, values: dict[str, Any]) -> None:
	"""Write what somebody has seen, or was mailed, onto their mark; it is made at the first time."""
	name = _mark_name(request, user)
	if not frappe.db.exists(MARK, name):
		mark = frappe.get_doc({"doctype": MARK, "support_request": request, "user": user, **values})
		# A receipt of one's own look, made by the look, or by the job that mails to who has never looked.
		mark.insert(ignore_permissions=True, ignore_if_duplicate=True, set_name=name)
	frappe.db.set_value(MARK, name, values, update_modified=False)


def _mark_name(request: str, user: str | None) -> str:
	return f"{request}:{user}"[:140]


def mark_of(request: str, user: str | None) -> ReadMarker:
	fields = ["read_up_to", "present_at", "mailed_up_to"]
	row = frappe.db.get_value(MARK, _mark_name(request, user), fields)
	return ReadMarker(*row) if row else ReadMarker()


def messages_of(doc: SupportRequest) -> list[Message]:
	"""The messages of a request as the rules see them."""
	fields = ["name", "creation", "owner", "sender", "sent_or_received", "communication_medium"]
	return _as_ruled(doc, messages.on(doc.name, messages.SAID, fields=fields), set(people.agents()))


def _as_ruled(doc: SupportRequest, rows: list[Any], agents: set[str]) -> list[Message]:
	return [Message(row.name, row.creation, _is_from_customer(doc, row, agents)) for row in rows]


def unread_counts(names: list[str], user: str) -> dict[str, int]:
	"""Request -> answers by chat or mail that its customer has not read; requests without any are left out."""
	asked = ("in", names or [""])
	sent = (["sent_or_received", "=", "Sent"], ["owner", "!=", user])
	rows = messages.on(asked, messages.SAID, *sent, fields=["reference_name", "creation"], as_list=True)
	filters = {"support_request": asked, "user": user, "read_up_to": ("is", "set")}
	fields = ["support_request", "read_up_to"]
	read = dict(frappe.get_all(MARK, filters=filters, fields=fields, order_by="name asc", as_list=True))
	return dict(Counter(name for name, at in rows if name not in read or at > read[name]))


def is_first_unread(doc: SupportRequest, name: str, by_customer: bool) -> bool:
	"""Whether a message begins a row of unread ones: then a bell is rung, and not for each that follows."""
	newest = _other_side_read_up_to(doc, status.CUSTOMER if by_customer else status.AGENT)
	waiting = rules.unread(messages_of(doc), ReadMarker(newest), is_customer=not by_customer)
	return bool(waiting) and waiting[0].name == name


def left_with_unread(now: datetime, absence_minutes: int) -> list[str]:
	"""Requests with answers by chat that may have to be mailed: a first, wide look, without locks."""
	since, until = now - timedelta(days=3), now - timedelta(minutes=absence_minutes)
	sent = (["communication_medium", "=", MEDIUM], ["sent_or_received", "=", "Sent"])
	lately = ["creation", "between", (since, until)]
	asked: dict[str, Any] = {"pluck": "reference_name", "distinct": True, "order_by": "reference_name asc"}
	return messages.on(("is", "set"), messages.SAID, *sent, lately, **asked)


def to_mail(doc: SupportRequest, now: datetime, absence_minutes: int) -> list[Said]:
	"""The answers by chat to mail to who asked, because they have left; empty when there is nothing to mail."""
	mark = mark_of(doc.name, doc.raised_by)
	chats = messages.on(doc.name, messages.SAID, ["communication_medium", "=", MEDIUM], fields=_FIELDS)
	agents = set(people.agents())
	found = rules.to_mail(_as_ruled(doc, chats, agents), mark, now, absence_minutes)
	names = {message.name for message in found}
	return [_said(doc, row, agents, []) for row in chats if row.name in names]


def words() -> dict[str, str]:
	"""What the script of the conversation says, in the user's language."""
	return {place: _(text) for place, text in sentences()["conversation"].items()}


def _said(doc: SupportRequest, row: Any, agents: set[str], files: list[dict[str, Any]]) -> Said:
	medium = row.communication_medium
	side = status.CUSTOMER if _is_from_customer(doc, row, agents) else status.AGENT
	author = row.sender_full_name or row.sender or ""
	is_mine = row.owner == frappe.session.user and medium in (MEDIUM, COMMENT)
	# Chat and the mails of customers are kept in plain words too; what agents write by mail has links.
	is_plain = medium == MEDIUM or row.sent_or_received == "Received"
	text = (row.text_content if is_plain else "") or markup.said_in(row.content or "")
	return _row(row.name, row.creation, side, author, medium, text, is_mine=is_mine, files=files)


def _row(name: str, at: datetime, side: str, author: str, medium: str, text: str, **more: Any) -> Said:
	row = {"name": name, "at": _text(at), "side": side, "author": author, "medium": medium}
	return {**row, "text": text, "is_mine": False, "files": [], **more}


def _is_from_customer(doc: SupportRequest, row: Any, agents: set[str]) -> bool:
	"""Chat is written under one's own name; a mail comes under the mailbox's, so its sender counts."""
	if row.communication_medium == MEDIUM:
		return row.sent_or_received == "Received"
	if row.sent_or_received != "Received":
		return row.owner == doc.raised_by
	return frappe.utils.parse_addr(row.sender or "")[1] not in agents


def _comments(doc: SupportRequest, within: list[Any]) -> list[Any]:
	"""What who asked wrote under the form, as messages. An agent's comment is a note, and not part of what was said."""
	on = {"reference_doctype": DOCTYPE, "reference_name": doc.name}
	theirs = {"comment_type": COMMENT, "owner": doc.raised_by}
	filters = [*([key, "=", value] for key, value in {**on, **theirs}.items()), *within]
	fields = ["name", "creation", "owner", "content"]
	rows = frappe.get_all(COMMENT, filters=filters, fields=fields, order_by="creation asc")
	for row in rows:
		row.update(communication_medium=COMMENT, sender_full_name=get_fullname(row.owner))
	return rows


def _steps(doc: SupportRequest, agents: set[str]) -> Iterator[Said]:
	"""Steps that gave a reason: a question that the request waits for is part of what was said."""
	for row in doc.clock_events:
		at, label = read_text(row.at_utc), row.action in status.WORDS and status.WORDS[row.action].said
		# A step that followed from a message has that message's words.
		is_message = (row.source or "").startswith("Communication ")
		if at and label and row.detail and not is_message:
			side = status.AGENT if row.user in agents and row.user != doc.raised_by else status.CUSTOMER
			author = get_fullname(row.user) if row.user else ""
			yield _row(row.name, to_site(at), side, author, "Step", row.detail, label=_(label))


def _files_of(request: str, names: list[str]) -> dict[str, list[dict[str, Any]]]:
	"""Message -> its files. Those of the chat hang on the request and name their message, those of mail on the mail."""
	found: dict[str, list[dict[str, Any]]] = defaultdict(list)
	if not names:
		return found
	of_chat = {"attached_to_doctype": DOCTYPE, "attached_to_name": request}
	of_mail = {"attached_to_doctype": messages.DOCTYPE, "is_private": 1}
	for where, column in ((of_chat, "attached_to_field"), (of_mail, "attached_to_name")):
		filters = {**where, column: ("in", names)}
		fields = ["name", "file_name", "file_size", column]
		for row in frappe.get_all("File", filters=filters, fields=fields, order_by="creation asc"):
			shown = {"name": row.name, "file_name": row.file_name, "size": row.file_size or 0}
			found[row[column]].append(shown)
	return found


def _other_side_read_up_to(doc: SupportRequest, side: str | None) -> datetime | None:
	"""How far the other side has read: who asked, or the agent who has read furthest."""
	users = [doc.raised_by] if side == status.AGENT else people.agents()
	filters = {"support_request": doc.name, "user": ("in", users or [""])}
	return frappe.db.get_value(MARK, filters, "read_up_to", order_by="read_up_to desc")


def _instant(text: str) -> datetime | None:
	"""A site time as a browser gave it back. What is none is none."""
	try:
		at = datetime.fromisoformat(text) if text else None
	except (TypeError, ValueError):
		return None
	return at if at and at.tzinfo is None else None


def _text(at: datetime | None) -> str:
	return at.isoformat(timespec="microseconds") if at else ""
