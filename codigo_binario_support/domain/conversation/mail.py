"""A mail as it came over the wire, read without ever giving up: wrong charsets, broken MIME, 8-bit headers, no headers.

Sources: RFC 5322 and 2045-2047 (messages), 3464 and 3462 (delivery reports), 3834 (automatic answers), 2919 and 2369
(mailing lists), 8601 (Authentication-Results).
"""

import email
import hashlib
import re
from collections.abc import Collection, Iterator
from datetime import datetime, timezone
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice, pairwise
from typing import Any, NamedTuple

from ..errors import SupportError
from ..triage import markup
from ..triage.cleaning import AUTO_REPLY, BOUNCE, BULK, automatic_kind

LOOP, SPAM = "loop", "spam"

RECEIVED, REQUEST, CONTINUED, LINKED, NOTE = "Received", "Request", "Continued", "Linked", "Note"
TOO_MANY, DUPLICATE, UNREAD = "Too many", "Duplicate", "Unread"
#: The outcome of what no person sent, and the reason that is kept with it.
AUTOMATIC = {
	AUTO_REPLY: ("Automatic reply", "A machine answered: its headers or its words say so."),
	BOUNCE: ("Bounce", "A mail server reports on a mail."),
	BULK: ("Mailing list", "It came through a mailing list."),
	LOOP: ("Loop", "It came from an address of ours, or has passed here before."),
	SPAM: ("Spam", "The mail server took it for spam."),
}
#: Counted, and no request: see `support health`.
COUNTED = (*(outcome for outcome, _reason in AUTOMATIC.values()), TOO_MANY, DUPLICATE)
#: A person wrote, and it is on a request.
TAKEN = (REQUEST, CONTINUED, LINKED)
#: What became of a mail, each with its colour in lists.
OUTCOMES = {
	RECEIVED: "yellow",
	**dict.fromkeys(TAKEN, "green"),
	**dict.fromkeys((NOTE, *COUNTED), "gray"),
	AUTOMATIC[BOUNCE][0]: "orange",
	UNREAD: "red",
}

#: Our own mails carry it, with the address of the site that sent them.
LOOP_HEADER = "X-Codigo-Binario-Support"

#: What an address is not made of, and how long one can be that a site can keep (RFC 5321 allows 254).
_NO_ADDRESS = re.compile(r"[\s<>\"',;:()]+")
LONGEST_ADDRESS = 140
#: Headers are read this far: of a list of addresses, and of any other; of References the newest stand at the end.
_LONGEST_LIST, _LONGEST_HEADER = 100_000, 20_000
#: A header that describes a part: Python takes the square of its length to read it.
_LONG_PART_HEADER = re.compile(rb"(?im)^content-[a-z-]{1,30}:[^\n]*(?:\n[ \t][^\n]*)*")
#: Encodings that no mail is written in, and whose readers take the square of the length.
_NO_CHARSETS = frozenset(("punycode", "idna"))
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_NUMBER = re.compile(r"\bCBS-\d{4}-\d{5,}\b", re.IGNORECASE)
_ROBOT = re.compile(
	r"(?i)(?:no[._-]?(?:reply|responder|contestar)|do[._-]?not[._-]?reply|mailer-daemon|postmaster|bounces?|notifications?)\b"
)
_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "mailing-list", "x-mailing-list", "precedence")
_LATIN = frozenset(("iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252", "us-ascii", "ascii"))


class MailError(SupportError):
	"""Bytes that are no mail, or a mail that nobody can be said to have sent."""


class Attachment(NamedTuple):
	"""A file of a mail."""

	name: str
	content_type: str
	content: bytes


class Bounce(NamedTuple):
	"""A delivery report (RFC 3464): which mail, to whom, what became of it. `action` is failed, delayed, delivered..."""

	message_id: str
	recipients: tuple[str, ...]
	action: str
	status: str
	diagnostic: str


class Mail(NamedTuple):
	"""What a person would see. Addresses are lower case, ids without brackets, `date` aware or None.

	`thread` has the ids of the mails it answers, the nearest first. `headers` has the first of each name, in lower case.
	"""

	message_id: str
	thread: tuple[str, ...]
	sender: str
	sender_name: str
	recipients: tuple[str, ...]
	subject: str
	date: datetime | None
	html: str
	#: The body as plain text, whichever way it was sent.
	words: str
	attachments: tuple[Attachment, ...]
	headers: dict[str, str]
	bounce: Bounce | None
	digest: str
	is_sender_vouched: bool

	@property
	def number(self) -> str | None:
		"""The request's number in the subject."""
		found = _NUMBER.search(self.subject)
		return found.group().upper() if found else None

	@property
	def is_from_robot(self) -> bool:
		"""Whether its address says that nobody reads answers there."""
		return bool(_ROBOT.match(self.sender))


def read(raw: bytes, own_lists: Collection[str] = (), own_addresses: Collection[str] = ()) -> Mail:
	"""The mail in these bytes. `own_lists` are the List-Ids through which our own address is delivered.

	Raises `MailError` when there is nothing to read, or no sender.
	"""
	try:
		shortened = _LONG_PART_HEADER.sub(lambda header: header[0][:_LONGEST_HEADER], raw)
		message = email.message_from_bytes(shortened)
		parts = list(_parts(message))
	except (RecursionError, ValueError, LookupError, AssertionError, TypeError, AttributeError) as error:
		text = "It is not a mail that can be taken apart: {reason}."
		raise MailError(text, reason=type(error).__name__) from error
	headers = _headers(message)
	if not headers:
		raise MailError("It has no headers.")
	sender_name, sender, is_vouched = _sender(message, headers, own_lists, own_addresses)
	bounce = _bounce(message, headers)
	if not sender and not bounce:
		raise MailError("It does not say who sent it.")
	if len(sender) > LONGEST_ADDRESS:
		raise MailError("The address of its sender is longer than an address can be.")
	text, html, attachments = _body(parts)
	recipients = _addresses(message, "to") + _addresses(message, "cc")
	return Mail(
		message_id=_first_id(headers.get("message-id", "")),
		thread=_thread(headers),
		sender=sender,
		sender_name=sender_name,
		recipients=tuple(dict.fromkeys(address for _name, address in recipients)),
		subject=headers.get("subject", ""),
		date=_date(headers.get("date", "")),
		html=html,
		words=text if text.strip() else markup.words_of(html),
		attachments=tuple(attachments),
		headers=headers,
		bounce=bounce,
		digest=_digest(headers, text, html, attachments),
		is_sender_vouched=is_vouched,
	)


def peek_headers(raw: bytes) -> tuple[str, str, str]:
	"""(sender, subject, message id) of whatever the bytes are; empty where they do not say."""
	try:
		message = email.message_from_bytes(raw[:65_536].split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0])
		headers = _headers(message)
		senders = _addresses(message, "from")
	except (ValueError, LookupError, RecursionError, TypeError, AttributeError):
		return "", "", ""
	sender = senders[0][1] if senders else ""
	return sender, headers.get("subject", ""), _first_id(headers.get("message-id", ""))


def kind_of(
	mail: Mail, own_addresses: Collection[str], own_lists: Collection[str] = (), site: str = ""
) -> str | None:
	"""Whether a machine sent it, and which: `bounce`, `loop`, `spam`, `auto_reply`, `bulk`; None for a person's mail."""
	headers = mail.headers
	if is_own_list(headers, own_lists):
		headers = {name: value for name, value in headers.items() if name not in _LIST_HEADERS}
	if mail.bounce:
		return BOUNCE
	is_ours = mail.sender in own_addresses or (site and headers.get(LOOP_HEADER.lower()) == site)
	if is_ours or "x-loop" in headers:
		return LOOP
	flag, spam_status = (headers.get(name, "").lower() for name in ("x-spam-flag", "x-spam-status"))
	if flag == "yes" or spam_status.startswith("yes"):
		return SPAM
	if any(headers.get(name) for name in ("list-id", "list-post", "mailing-list", "x-mailing-list")):
		return BULK
	if "text/calendar" in headers.get("content-type", "") and _parameter(headers, "method") == "reply":
		return AUTO_REPLY
	invitations = (part.content for part in mail.attachments if part.content_type == "text/calendar")
	if any(re.search(rb"(?mi)^METHOD:\s*REPLY\b", content) for content in invitations):
		return AUTO_REPLY
	return automatic_kind(mail.subject, mail.words, headers)


def is_automatic_by_words(mail: Mail, *about: Any) -> bool:
	"""Whether only its words sound like a machine's, as a person's may. `about` is what `kind_of` is told of ours."""
	unsaid = mail._replace(subject="", words="")
	return kind_of(mail, *about) == AUTO_REPLY and kind_of(unsaid, *about) is None


def is_own_list(headers: dict[str, str], own_lists: Collection[str]) -> bool:
	"""Whether it came through a list that carries our own address: such a list wraps the mails of people."""
	listed = headers.get("list-id", "")
	found = re.search(r"<([^<>]+)>", listed)
	name = (found[1] if found else listed).strip().lower()
	return bool(name) and name in {entry.strip(" <>").lower() for entry in own_lists}


def is_forged(mail: Mail, authserv_id: str) -> bool:
	"""Whether our own mail server says that the sender is not who it says (RFC 8601, DMARC). Empty id: not asked."""
	server, _sep, results = mail.headers.get("authentication-results", "").partition(";")
	is_ours = server.split()[:1] == [authserv_id]
	return is_ours and bool(re.search(r"\bdmarc\s*=\s*fail\b", results, re.IGNORECASE))


def decoded(value: str) -> str:
	"""A header's words, whatever it was encoded with: RFC 2047, or raw 8-bit bytes. No more than a header can say."""
	value = value[:_LONGEST_HEADER]
	if not value.isascii():
		return _clean(_guess(value.encode("utf-8", "surrogateescape"), ""))
	value = re.sub(r"\r?\n(?=[ \t])", "", value)
	# Python looks for the end of each encoded word to the end of the line: behind the last end there is none.
	end = value.rfind("?=") + 2
	try:
		pieces = decode_header(value[:end])
	except (ValueError, LookupError, email.errors.HeaderParseError):
		return _clean(value)
	words = [_guess(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces]
	return _clean("".join(words) + value[end:])


def _clean(value: str) -> str:
	return re.sub(r"\s+", " ", _CONTROL.sub("", value)).strip()


def _headers(message: Message) -> dict[str, str]:
	found: dict[str, str] = {}
	for name, value in message.raw_items():
		name, value = name.lower(), str(value)
		if name not in found:
			found[name] = decoded(value[-_LONGEST_HEADER:] if name == "references" else value)
	return found


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
	"""(name, address) of a header; names are decoded after the list is split, so that a comma in one splits nothing."""
	values = [str(value)[:_LONGEST_LIST] for header, value in message.raw_items() if header.lower() == name]
	values = values[:50]  # Nobody needs more headers of one name.
	try:
		listed = getaddresses(values)
	except (RecursionError, ValueError, IndexError, TypeError):
		listed = []  # Comments within comments, a thousand deep.
	read = [(decoded(shown), _addresses_in(decoded(address))) for shown, address in listed]
	found = [(shown.strip("'\" "), addresses[0]) for shown, addresses in read if addresses]
	return found or [("", address) for address in _addresses_in(" ".join(map(decoded, values)))]


def _addresses_in(text: str) -> list[str]:
	found = []
	for word in _NO_ADDRESS.split(text):
		for name, domain in pairwise(word.split("@")):
			if name and ("." in domain.strip(".") or domain == "localhost"):
				found.append(f"{name}@{domain}".lower())
				break
	return found


def _sender(
	message: Message, headers: dict[str, str], own_lists: Collection[str], own_addresses: Collection[str]
) -> tuple[str, str, bool]:
	"""Who wrote it: (name, address, whether that is the From). A form's no-reply From gives way to its Reply-To."""
	candidates = _addresses(message, "from")
	if candidates and candidates[0][1] in own_addresses and is_own_list(headers, own_lists):
		# Such a list puts its own address into the From where the sender's domain forbids anybody else to use it.
		candidates = _addresses(message, "x-original-from") or candidates
	if not candidates:
		fallback = _addresses(message, "sender") or _addresses(message, "return-path")
		return (*fallback[0], False) if fallback else ("", "", False)
	name, address = candidates[0]
	answers = _addresses(message, "reply-to")
	if _ROBOT.match(address) and answers and answers[0][1] not in own_addresses:
		return answers[0][0] or name, answers[0][1], False
	return name, address, True


def _first_id(value: str) -> str:
	found = _MESSAGE_ID.search(value)
	return found.group(1) if found else "".join(value.split())[:255].strip("<>")


def _thread(headers: dict[str, str]) -> tuple[str, ...]:
	nearest = _MESSAGE_ID.findall(headers.get("in-reply-to", ""))
	before = reversed(_MESSAGE_ID.findall(headers.get("references", "")))
	return tuple(dict.fromkeys([*nearest, *before]))[:30]  # More than the newest of them say nothing new.


def _date(value: str) -> datetime | None:
	try:
		at = parsedate_to_datetime(value)
		return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
	except (TypeError, ValueError, IndexError, OverflowError):
		return None


def _parts(message: Message) -> Iterator[Message]:
	"""The leaves; a mail inside a mail is one leaf."""
	payload: Any = message.get_payload()
	if message.get_content_type() == "message/rfc822" or not isinstance(payload, list):
		yield message
		return
	for part in payload:
		yield from _parts(part)


def _body(parts: list[Message]) -> tuple[str, str, list[Attachment]]:
	text: list[str] = []
	html: list[str] = []
	attachments: list[Attachment] = []
	for part in parts:
		kind, name = part.get_content_type(), _file_name(part)
		is_shown = not name and part.get_content_disposition() != "attachment"
		if is_shown and kind == "text/html":
			html.append(_text(part))
		elif (is_shown and kind == "text/plain") or kind.startswith("multipart/"):
			# A multipart without parts is broken, but its words may still be there.
			text.append(_text(part))
		elif content := _bytes(part):
			name = name or _made_up_name(kind, len(attachments) + 1)
			attachments.append(Attachment(name, kind, content))
	return "\n".join(text).strip(), "\n".join(html).strip(), attachments


def _bytes(part: Message) -> bytes:
	payload: Any = part.get_payload()
	if isinstance(payload, list):
		return b"\n\n".join(bytes(row) for row in payload)
	try:
		content: Any = part.get_payload(decode=True)
	except (ValueError, LookupError, AssertionError):
		content = None
	return content if isinstance(content, bytes) else str(payload or "").encode("utf-8", "surrogateescape")


def _text(part: Message) -> str:
	charset = part.get_param("charset", "")
	name = charset[2] if isinstance(charset, tuple) else str(charset or "")
	words = _guess(_bytes(part), name)
	return _CONTROL.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))


def _guess(content: bytes, charset: str) -> str:
	"""The text in these bytes. Declared charsets are often wrong: what is valid UTF-8 beyond ASCII is UTF-8."""
	declared = charset.strip("\"' ").lower()
	likely = ("utf-8", declared) if declared in _LATIN else (declared, "utf-8")
	for name in (*likely, "cp1252"):
		try:
			if name not in _NO_CHARSETS:
				return content.decode(name)
		except (LookupError, ValueError):
			continue
	return content.decode("latin-1")


def _file_name(part: Message) -> str:
	try:
		name = part.get_filename() or ""
	except (LookupError, ValueError, TypeError):
		return "file"
	name = decoded(name).replace("\\", "/").rsplit("/", 1)[-1].strip(". ")
	if len(name) > 120:
		stem, dot, ending = name.rpartition(".")
		name = f"{stem[:100]}{dot}{ending[-15:]}" if dot else name[:120]
	return name


def _made_up_name(kind: str, number: int) -> str:
	endings = {"message/rfc822": "eml", "text/calendar": "ics", "text/plain": "txt", "text/html": "html"}
	ending = endings.get(kind) or re.sub(r"[^a-z0-9]", "", kind.rpartition("/")[2])[:8] or "bin"
	return f"{'mail' if ending == 'eml' else 'file'}-{number}.{ending}"


def _parameter(headers: dict[str, str], name: str) -> str:
	found = re.search(rf'{name}\s*=\s*"?(\w[\w-]*)', headers.get("content-type", ""), re.IGNORECASE)
	return found[1].lower() if found else ""


def _bounce(message: Message, headers: dict[str, str]) -> Bounce | None:
	"""The report of a mail server on a mail, if it is one; read receipts and abuse reports are none."""
	parts = list(message.walk())
	reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
	failed = headers.get("x-failed-recipients", "")
	if not reports and not failed and _parameter(headers, "report-type") != "delivery-status":
		return None
	kinds = ("message/rfc822", "text/rfc822-headers")
	returned = (_bytes(part) for part in parts if part.get_content_type() in kinds)
	# The mail that it is about is among the first.
	ids = (re.search(rb"(?im)^message-id:\s*<([^<>\s]+)>", content) for content in islice(returned, 5))
	message_id = next((found[1].decode("ascii", "replace") for found in ids if found), "")
	blocks: Any = [block for report in reports for block in report.get_payload()]
	rows = [_headers(block) for block in blocks]
	per_recipient = [row for row in rows if "final-recipient" in row or "original-recipient" in row]
	recipients = [row.get("original-recipient") or row["final-recipient"] for row in per_recipient]
	addresses = [recipient.rpartition(";")[2] for recipient in recipients]
	addresses = addresses or [address for address in failed.split(",") if address.strip()]
	first = per_recipient[0] if per_recipient else {}
	return Bounce(
		message_id or next(iter(_thread(headers)), ""),
		tuple(address.strip().lower() for address in addresses),
		(first.get("action") or "failed").lower(),
		first.get("status", ""),
		first.get("diagnostic-code", "").partition(";")[2].strip() or first.get("diagnostic-code", ""),
	)


def _digest(headers: dict[str, str], text: str, html: str, attachments: list[Attachment]) -> str:
	"""One value for one mail, whichever mailboxes and servers it passed: two copies have the same."""
	words = [headers.get(name, "") for name in ("message-id", "date", "from", "subject")]
	said = hashlib.sha256(b"".join(part.encode("utf-8", "replace") + b"\0" for part in (*words, text, html)))
	for attachment in attachments:
		said.update(attachment.content)
	return said.hexdigest()
