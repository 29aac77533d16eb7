"""The rules of a conversation: what a message may be, what is unread, what is mailed to somebody who has left.

Clause: «se comunicará contigo en español, via email o chat». Instants are those of the stored messages; they only need
to be comparable, so that naive site times and aware ones both do.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ..errors import SupportError

#: Characters of one message. A longer text is a document and belongs into a file.
LONGEST = 4000
#: Minutes without a look after which unread answers are mailed, where the site says nothing else.
ABSENCE_MINUTES = 10

#: A number that a client gives what it sends, so that sending it twice stores one.
CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}")
#: An address without the marks behind it: the end of a sentence or of a parenthesis is none of it.
_ADDRESS = re.compile(
	r"""(https?://(?:\([^\s<>"()]{0,500}\)|[^\s<>"()]){0,2000}(?:\([^\s<>"()]{0,500}\)|[^\s<>"().,;:!?'\]}»]))"""
)


class ChatError(SupportError):
	"""A message that cannot be taken."""


class Message(NamedTuple):
	"""A message as the rules see it."""

	name: str
	at: datetime
	is_from_customer: bool


class ReadMarker(NamedTuple):
	"""How far somebody has read, when they last looked, and up to where they have been mailed. None is never."""

	read_up_to: datetime | None = None
	present_at: datetime | None = None
	mailed_up_to: datetime | None = None


def parts(text: str) -> list[tuple[str, bool]]:
	"""A text in pieces, and whether each is an address that can be opened; the script of the conversation does the same.

	>>> parts("Mira (https://docs.example.com/a_(b)).")
	[('Mira (', False), ('https://docs.example.com/a_(b)', True), (').', False)]
	"""
	return [(part, number % 2 == 1) for number, part in enumerate(_ADDRESS.split(text)) if part]


def tidy(text: str) -> str:
	"""A message as it is stored: plain text, without control characters. Raises `ChatError`.

	>>> tidy("  Hola,\\r\\nya \\x07funciona  ")
	'Hola,\\nya funciona'
	"""
	text = unicodedata.normalize("NFC", text or "").replace("\r\n", "\n").replace("\r", "\n")
	text = "".join(mark for mark in text if mark in "\n\t" or unicodedata.category(mark) not in ("Cc", "Cs"))
	text = re.sub(r"\n{4,}", "\n\n\n", text).strip()
	if not text:
		raise ChatError("Write something first: the message is empty.")
	if len(text) > LONGEST:
		said = "The message has {length} characters; {longest} fit. Send it in parts, or as a file."
		raise ChatError(said, length=len(text), longest=LONGEST)
	return text


def key(request: str, user: str, client_id: str) -> str:
	"""The name under which a message is stored, once however often it is sent. Raises `ChatError`.

	The sender and the request stand in the name too, so nobody's number can meet somebody else's.
	"""
	if not CLIENT_ID.fullmatch(client_id or ""):
		raise ChatError("The message has no number of its own. Reload the page and send it again.")
	return "chat" + hashlib.sha256(f"{request}\n{user}\n{client_id}".encode()).hexdigest()[:24]


def unread(messages: Iterable[Message], mark: ReadMarker, is_customer: bool) -> list[Message]:
	"""The messages of the other side that somebody has not read, in order."""
	theirs = [message for message in messages if message.is_from_customer != is_customer]
	new = [message for message in theirs if mark.read_up_to is None or message.at > mark.read_up_to]
	return sorted(new, key=lambda message: (message.at, message.name))


def to_mail(
	messages: Sequence[Message], mark: ReadMarker, now: datetime, absence_minutes: int
) -> list[Message]:
	"""The answers that go into one mail to a customer who has left: unread, never mailed, and nobody looks.

	While the newest of them is younger than the absence, or the customer looked since, nothing is mailed: they may still
	come back, and three messages in a row make one mail.
	"""
	mailed_up_to = mark.mailed_up_to
	found = unread(messages, mark, is_customer=True)
	waiting = [message for message in found if mailed_up_to is None or message.at > mailed_up_to]
	if not waiting:
		return []
	latest = max(waiting[-1].at, mark.present_at or waiting[-1].at)
	return waiting if now - latest >= timedelta(minutes=absence_minutes) else []
