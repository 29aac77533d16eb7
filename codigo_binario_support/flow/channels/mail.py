"""Station 7, mail: what comes to a support address, and what goes out from it.

Every mail that comes has a row (`Support Mail`) with its source and what became of it; nothing is thrown away. A mail
continues a request when it answers one of its messages, or names its number, and its sender is of that conversation.
Everything else that a person wrote is a new request; what a machine wrote is counted.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import frappe
from frappe import _
from frappe.email.email_body import get_message_id
from frappe.utils import cint, escape_html, split_emails

from ...adapters.access import people
from ...adapters.conversation import addresses, messages
from ...adapters.conversation.mailbox import HEAD_BYTES, Fetched, Slot
from ...adapters.policy.promises import language
from ...adapters.requests.files import new_file
from ...adapters.requests.requests import DOCTYPE as REQUEST
from ...adapters.site import errors, formatting, retries
from ...adapters.site.instants import to_site, utc_now
from ...adapters.site.settings import promise_settings
from ...domain.conversation import mail as mails
from ...domain.conversation.mail import Mail, MailError
from ...domain.triage import cleaning as texts
from ...domain.triage import markup
from ..clock import assignment, clock
from ..filing import intake
from ..views import panel
from . import acknowledgement

DOCTYPE = "Support Mail"
#: A reader that stops this often at the same mail leaves it to a person.
MAX_ATTEMPTS = 3
_MB = 1024 * 1024
_MAX_FILES = 30
#: Sentences on files that were not kept; the rest is counted.
_MAX_DROPPED = 30
_MAX_CONTENT = 500_000
_PLAUSIBLE_AGE = timedelta(days=30)


def is_known(account: str, slot: Slot) -> bool:
	return bool(frappe.db.exists(DOCTYPE, {"slot_key": _place(account, slot)["slot_key"]}))


def was_renumbered(account: str, slot: Slot, fetched: Fetched) -> bool:
	"""Whether this is a mail that is known under a number of an older validity; it is then known under the new one."""
	older = {"email_account": account, "folder": slot.folder, "validity": ("!=", slot.validity)}
	same = {**older, "source_hash": _hash(fetched.raw)}
	name = frappe.db.get_value(DOCTYPE, same, "name", order_by="creation asc")
	if name:
		frappe.db.set_value(DOCTYPE, name, _place(account, slot), update_modified=False)
	return bool(name)


def store_raw(account: str, slot: Slot, fetched: Fetched) -> str:
	"""Write a mail down as it came, before anybody looks into it; returns its row's name."""
	return _insert(_row(account, slot, fetched), _source_file(fetched.raw))


def set_aside(account: str, slot: Slot, fetched: Fetched, reason: str) -> str:
	"""Write down a mail that could not be kept, for a person: why, and what of it can be; returns its row's name.

	Its beginning is its source; where the site takes no file at all, the first words are in the reason.
	"""
	record = _row(account, slot, fetched)
	record.update({"outcome": mails.UNREAD, "is_partial": 1, "reason": reason})
	beginning, file = fetched.raw[:HEAD_BYTES], None
	frappe.db.savepoint("support_aside")
	try:
		file = _source_file(beginning)
	except Exception as error:
		if errors.is_passing(error):
			raise
		retries.undo_to("support_aside")
		frappe.clear_messages()
		with suppress(MailError):
			record.reason = f"{reason}\n\n{mails.read(beginning).words[:1000]}".strip()
	return _insert(record, file)


def _row(account: str, slot: Slot, fetched: Fetched) -> Any:
	sender, subject, message_id = mails.peek_headers(fetched.raw)
	says = {"sender": sender[:140], "subject": subject[:255], "message_id": message_id[:1000]}
	size = {"size_bytes": fetched.size_bytes, "is_partial": int(fetched.is_partial)}
	now = {"outcome": mails.RECEIVED, "received_at": to_site(utc_now()), "source_hash": _hash(fetched.raw)}
	return frappe.get_doc({"doctype": DOCTYPE, **_place(account, slot), **says, **size, **now})


def _place(account: str, slot: Slot) -> dict[str, str]:
	key = _hash("\0".join((account, slot.folder, slot.validity, slot.uid)).encode())
	return {"email_account": account, "folder": slot.folder, "validity": slot.validity, "slot_key": key}


def _source_file(raw: bytes) -> Any:
	"""The source as a private file. What a site limits are uploads, in size and kind: evidence is not one."""
	# Attached only afterwards: Frappe writes a comment on every document that a file is made on.
	file = frappe.get_doc(
		{"doctype": "File", "file_name": f"{_hash(raw)[:20]}.eml", "is_private": 1, "content": raw or b"\n"}
	)
	file.check_max_file_size = lambda: len(raw)
	file.validate_file_extension = lambda: None
	# No role may write one: it is made here, from the mailbox, or not at all.
	return file.insert(ignore_permissions=True)


def _insert(record: Any, file: Any) -> str:
	record.source_file = file.file_url if file else None
	record.flags.from_flow = True
	record.insert(ignore_permissions=True)  # As above.
	if file:
		frappe.db.set_value("File", file.name, _attached_to(record), update_modified=False)
	return record.name


def _attached_to(record: Any) -> dict[str, str]:
	on = {"attached_to_doctype": DOCTYPE, "attached_to_name": record.name}
	return {**on, "attached_to_field": "source_file"}


def process(name: str, is_forced: bool = False) -> str:
	"""Look into a mail that was kept and do what it asks for; returns the outcome. A second time changes nothing.

	`is_forced`: a person says that it is a request, whatever it looks like.
	"""
	record = frappe.get_doc(DOCTYPE, name, for_update=True)
	is_to_be_read = record.outcome == mails.RECEIVED or (is_forced and record.outcome not in mails.TAKEN)
	# One without a source could not be kept, and the reason says so: it is read in the mailbox.
	if not is_to_be_read or not record.source_file:
		return record.outcome
	with formatting.in_language(language()):
		try:
			mail = mails.read(source(record), addresses.own_lists(), addresses.own())
		except MailError as error:
			return _close(record, mails.UNREAD, errors.sentence(error.template, error.values))
		record.sender, record.sender_name = mail.sender[:140], mail.sender_name[:140]
		record.subject, record.message_id = mail.subject[:255], mail.message_id
		record.sent_at, record.digest = to_site(mail.date), mail.digest
		return (None if is_forced else _counted(record, mail)) or _taken(record, mail)


def give_up(name: str, reason: str) -> None:
	"""Leave a mail to a person: it could not be read, for a reason that is a mistake of ours or of its sender."""
	_close(frappe.get_doc(DOCTYPE, name, for_update=True), mails.UNREAD, reason)


def source(record: Any) -> bytes:
	"""The mail as it came."""
	return Path(frappe.get_doc("File", _attached_to(record)).get_full_path()).read_bytes()


def protect(record: Any) -> None:
	"""What came is evidence: only this station writes it."""
	if not record.flags.from_flow:
		frappe.throw(_("A mail is kept as it came and cannot be edited."), frappe.PermissionError)


def _counted(record: Any, mail: Mail) -> str | None:
	"""The outcome of a mail that makes no request, or None."""
	about = (addresses.own(), addresses.own_lists(), frappe.local.site)
	kind = mails.kind_of(mail, *about)
	if kind == texts.BOUNCE:
		return _bounced(record, mail)
	record.request = _conversation(mail.thread)
	# An answer in a conversation that only sounds like a machine's is kept in it; it moves no clock (station reply).
	if kind and not (record.request and mails.is_automatic_by_words(mail, *about)):
		return _close_automatic(record, kind)
	if _others(record, digest=mail.digest, outcome=("not in", (mails.RECEIVED, mails.UNREAD))):
		return _close(record, mails.DUPLICATE, _("The same mail is here already."))
	if mail.message_id and messages.by_id(mail.message_id, sent_or_received="Sent"):
		return _close_automatic(record, mails.LOOP, _("This site sent it itself."))
	limit = cint(promise_settings().mails_per_hour)
	lately = {"received_at": (">", to_site(utc_now() - timedelta(hours=1))), "outcome": ("in", mails.TAKEN)}
	if limit and _others(record, sender=mail.sender, **lately) >= limit:
		reason = _("More than {0} mails within an hour from this sender.").format(limit)
		return _close(record, mails.TOO_MANY, reason)
	return None


def _others(record: Any, **filters: Any) -> int:
	return frappe.db.count(DOCTYPE, {"name": ("!=", record.name), **filters})


def _bounced(record: Any, mail: Mail) -> str:
	"""A delivery report. Of a mail of ours that did not arrive, the request and its agents hear of it."""
	bounce = mail.bounce
	record.request = _conversation([bounce.message_id, *mail.thread] if bounce else mail.thread)
	if bounce and record.request and bounce.action == "failed":
		reason = " ".join(filter(None, (bounce.status, bounce.diagnostic))) or _("no reason given")
		undelivered(record.request, bounce.recipients, reason, record.name)
	said = _("A mail server reports on a mail of ours.") if bounce else ""
	return _close_automatic(record, texts.BOUNCE, said)


def undelivered(name: str, recipients: Iterable[str], reason: str, evidence: str) -> bool:
	"""Tell the request that a mail of ours did not arrive. Returns False when it knows (the same `evidence`)."""
	request = frappe.get_doc(REQUEST, name, for_update=True)
	if any(row.source == evidence and row.action == "undelivered" for row in request.clock_events):
		return False
	to = ", ".join(recipients)

	def say() -> str:
		return _("The mail to {0} was not delivered: {1}").format(to or _("the customer"), reason[:500])

	with formatting.in_language(language()):
		said = say()
	clock.note(request, "undelivered", said, source=evidence)
	request.is_undelivered = 1
	request.save_from_flow()
	agents = assignment.agents_for(request)
	panel.notify(request, agents, lambda: f"{request.name}: {escape_html(say())}")
	return True


def _taken(record: Any, mail: Mail) -> str:
	"""A person wrote: it goes on with a request, or makes one."""
	is_forged = mails.is_forged(mail, promise_settings().authserv_id or "")
	requester = people.requester_of(mail.sender, mail.sender_name)
	if is_forged or not mail.is_sender_vouched:
		requester = people.Requester(None, mail.sender, mail.sender_name, is_stranger=True)
	named = _conversation(mail.thread) or (mail.number and frappe.db.exists(REQUEST, mail.number))
	if named and _is_party(named, requester, is_vouched=mail.is_sender_vouched and not is_forged):
		return _go_on(record, mail, named, requester)
	reason = ""
	if named:
		reason = _("The mail speaks of {0}, and its sender is not of that conversation.").format(named)
	elif is_forged:
		reason = _("The mail server says that the sender is not who it says.")
	request = intake.file(requester, mail.subject, _content(mail), "Email", review_reason=reason)
	_message(record, mail, request)
	acknowledgement.send(request, to_robot=mail.is_from_robot)
	return _close(record, mails.REQUEST, reason)


def _go_on(record: Any, mail: Mail, name: str, requester: people.Requester) -> str:
	request = frappe.get_doc(REQUEST, name)
	user = requester.user
	is_agent = bool(user) and user != request.raised_by and people.is_agent(user)
	if user and is_agent and request.sender_email not in mail.recipients:
		record.request = name

		def write() -> str:
			text = _("Your mail on {0} was kept; the customer did not get it. Answer from the form.")
			return text.format(name)

		panel.notify(request, {user}, write)
		return _close(record, mails.NOTE, _("An agent wrote, and the customer was not among the recipients."))
	communication = _message(record, mail, request)
	if communication.reference_name != name:
		successor = frappe.get_doc(REQUEST, communication.reference_name)
		acknowledgement.send(successor, to_robot=mail.is_from_robot)
		return _close(record, mails.LINKED, _("{0} was over.").format(name))
	if not is_agent:
		frappe.db.set_value(REQUEST, name, "is_undelivered", 0, update_modified=False)
		panel.notify_of_message(request, by_customer=True)
	return _close(record, mails.CONTINUED, "")


def _close_automatic(record: Any, kind: str, said: str = "") -> str:
	outcome, reason = mails.AUTOMATIC[kind]
	return _close(record, outcome, said or _(reason))


def _close(record: Any, outcome: str, reason: str) -> str:
	record.update({"outcome": outcome, "reason": reason})
	record.db_update()
	return outcome


def _conversation(ids: Iterable[str]) -> str | None:
	"""The request of the nearest known message among these ids."""
	for message_id in filter(None, ids):
		for doctype in (messages.DOCTYPE, "Email Queue"):
			name = messages.by_id(message_id, "reference_name", doctype)
			if name and frappe.db.exists(REQUEST, name):
				return name
	return None


def _is_party(name: str, requester: people.Requester, is_vouched: bool) -> bool:
	"""Whether somebody asked, may read it or was copied: a number or an id alone lets nobody into a conversation."""
	if not is_vouched or not requester.email:
		return False
	request = frappe.get_doc(REQUEST, name)
	if requester.email == request.sender_email or (requester.user and requester.user == request.raised_by):
		return True
	if requester.user and frappe.has_permission(REQUEST, "read", doc=request, user=requester.user):
		return True
	rows = messages.on(name, ["communication_medium", "=", "Email"], fields=["recipients", "cc"])
	copied = {
		frappe.utils.parse_addr(address)[1].lower()
		for row in rows
		for address in split_emails(f"{row.recipients or ''},{row.cc or ''}")
	}
	return requester.email in copied - addresses.own()


def _content(mail: Mail) -> str:
	"""The body as it was sent, without pictures: those are files. The source is kept beside it."""
	if not mail.words:
		return ""
	body = markup.without_hidden(markup.without_pictures(mail.html))
	if len(body) > _MAX_CONTENT or not markup.words_of(body):
		body = markup.of_text(mail.words[:_MAX_CONTENT])
	return markup.storable(body)


def _message(record: Any, mail: Mail, request: Any) -> Any:
	"""The mail as a Communication on the request, or on the one that follows it, with its files on that one."""
	now = utc_now()
	is_plausible = mail.date and now - _PLAUSIBLE_AGE < mail.date <= now
	communication = messages.new(
		REQUEST,
		request.name,
		"Email",
		is_sent=False,
		subject=(mail.subject or _("No subject"))[:1000],
		content=_content(mail) or escape_html(_("No text")),
		sender=mail.sender,
		sender_full_name=(mail.sender_name or mail.sender)[:140],
		recipients=mail.headers.get("to", "")[:5000],
		cc=mail.headers.get("cc", "")[:5000],
		message_id=mail.message_id,
		in_reply_to=next(filter(None, map(messages.by_id, mail.thread)), None),
		communication_date=to_site(mail.date if is_plausible else now),
		has_attachment=int(bool(mail.attachments)),
	)
	communication.flags.in_receive = True
	communication.flags.skip_add_signature = True
	# Who writes by mail has no right to the doctype; the sender was looked at above.
	communication.insert(ignore_permissions=True)
	files, dropped = _attach(communication.reference_name, mail, record)
	# With the account known at once, Frappe makes a contact of everybody the mail was sent to.
	values = {"email_account": record.email_account, **_texts(communication.content, mail, files, dropped)}
	communication.db_set(values, update_modified=False)
	record.request = communication.reference_name
	record.communication = communication.name
	record.dropped = "\n".join(dropped)
	return communication


def _attach(name: str, mail: Mail, record: Any) -> tuple[list[tuple[Any, Any]], list[str]]:
	"""((attachment, file) of what is kept, sentences on what is not)."""
	limit_mb = cint(promise_settings().attachment_limit_mb)
	if record.is_partial:
		text = _(
			"The mail has {0} MB: only its beginning was read, without attachments. All of it is still in the mailbox."
		)
		return [], [text.format(round(record.size_bytes / _MB))]
	files: list[tuple[Any, Any]] = []
	dropped: list[str] = []
	for part in mail.attachments:
		size_mb = round(len(part.content) / _MB, 1)
		if limit_mb and len(part.content) > limit_mb * _MB:
			dropped.append(_("{0} ({1} MB) is larger than {2} MB.").format(part.name, size_mb, limit_mb))
		elif len(files) >= _MAX_FILES:
			dropped.append(_("{0}: more than {1} files in one mail.").format(part.name, _MAX_FILES))
		else:
			try:
				files.append((part, _file(name, part.name, part.content)))
			except frappe.ValidationError as error:
				dropped.append(f"{part.name}: {frappe.utils.strip_html(str(error))[:200]}")
	if (more := len(dropped) - _MAX_DROPPED) > 0:
		dropped[_MAX_DROPPED:] = [_("And {0} files more.").format(more)]
	return files, dropped


def _file(request: str, file_name: str, content: bytes) -> Any:
	"""A private file on a request. Raises `frappe.ValidationError` when the site does not take such files."""
	file = new_file(request, file_name=file_name, content=content)
	frappe.db.savepoint("support_file")
	try:
		# The sender is of the conversation; files follow the request's own rule.
		return file.insert(ignore_permissions=True)
	except frappe.ValidationError:
		retries.undo_to("support_file")
		frappe.clear_messages()
		raise
	except Exception as error:
		if errors.is_passing(error):
			raise
		retries.undo_to("support_file")
		if file_name.endswith(".bin"):
			raise frappe.ValidationError(str(error)) from error
		# Frappe looks into PDFs and pictures, and stumbles over broken ones: people still get what was sent.
		return _file(request, f"{file_name}.bin", content)


def _texts(content: str, mail: Mail, files: list[tuple[Any, Any]], dropped: list[str]) -> dict[str, str]:
	"""The message as HTML with links to its files and a word on what was not kept, and the same in plain words."""
	blocks = [mail.words[:_MAX_CONTENT].strip()]
	if files:
		title = _("Attachments", context="Support Mail")
		links = ", ".join(
			f'<a href="{escape_html(file.unique_url)}" target="_blank">{escape_html(part.name)}</a>'
			for part, file in files
		)
		content += f"<p>{escape_html(title)}: {links}</p>"
		blocks.append(f"{title}: {', '.join(part.name for part, _file in files)}")
	if any(part.content_type == "application/ms-tnef" for part, _file in files):
		said = _("Outlook wrapped what was attached in winmail.dat: ask for it again as a file.")
		content += f"<p><em>{escape_html(said)}</em></p>"
	if dropped:
		title = _("Attachments not kept")
		rows = "".join(f"<li>{escape_html(line)}</li>" for line in dropped)
		content += f"<p><em>{escape_html(title)}:</em></p><ul>{rows}</ul>"
		blocks.append("\n".join((f"{title}:", *dropped)))
	return {"content": content, "text_content": "\n\n".join(filter(None, blocks))}


def prepare(communication: Any, _event: str | None = None) -> None:
	"""An agent's mail on a request goes out from the support address, with the number in its subject."""
	if not _is_outgoing(communication):
		return
	number = communication.reference_name
	if number not in (communication.subject or ""):
		communication.subject = f"[{number}] {communication.subject or ''}".strip()
	if address := addresses.sending(number):
		name, _address = frappe.utils.parse_addr(communication.sender or "")
		communication.sender_full_name = name or frappe.utils.get_fullname(frappe.session.user)
		communication.sender = address
	if not communication.message_id:
		communication.message_id = get_message_id().strip("<> ")
	if not communication.in_reply_to:
		came = (["communication_medium", "=", "Email"], ["sent_or_received", "=", "Received"])
		with_id = ["message_id", "is", "set"]
		last = messages.on(number, *came, with_id, pluck="name", order_by="creation desc", limit=1)
		communication.in_reply_to = next(iter(last), None)


def deliver(communication: Any) -> None:
	"""Queue an answer that was written on the request; Frappe's own mail dialog queues what it writes itself."""
	if not communication.flags.is_to_be_mailed or not _is_outgoing(communication):
		return
	if communication.recipients and communication.get_outgoing_email_account():
		communication.send_email()
	else:
		text = _(
			"The answer is on the request, but no mail goes out: there is no address to send it from or to."
		)
		frappe.msgprint(text, alert=True, indicator="orange")


def keep_stranger_apart(communication: Any, _event: str | None = None) -> None:
	"""Messages of a request are read on the request: on the page of a contact or customer others would read them too."""
	if communication.reference_doctype == REQUEST:
		communication.timeline_links = []


def set_headers(email: Any) -> None:
	"""Give a mail of a request what mail programs thread by, and what keeps robots from answering it."""
	message_id = (email.msg_root["Message-Id"] or "").strip("<> ")
	wanted = {"message_id": message_id, "reference_doctype": REQUEST}
	fields = ["reference_name", "communication_type"]
	row = message_id and frappe.db.get_value(messages.DOCTYPE, wanted, fields, as_dict=True)
	if not row:
		return
	others = ["message_id", "not in", ("", message_id)]
	before = messages.on(row.reference_name, others, pluck="message_id", order_by="creation desc", limit=10)
	before = [found for found in reversed(before) if found and not re.search(r"[\s<>]", found)]
	if before:
		if "In-Reply-To" not in email.msg_root:
			email.set_header("In-Reply-To", f"<{before[-1]}>")
		email.set_header("References", " ".join(f"<{found}>" for found in before))
	email.set_header(mails.LOOP_HEADER, frappe.local.site)
	if address := addresses.answering(row.reference_name):
		email.set_header("Reply-To", address)
	if row.communication_type == "Automated Message":
		email.set_header("Auto-Submitted", "auto-replied")
		email.set_header("X-Auto-Response-Suppress", "All")


def _is_outgoing(communication: Any) -> bool:
	written = ("reference_doctype", "communication_medium", "communication_type", "sent_or_received")
	return [communication.get(field) for field in written] == [REQUEST, "Email", "Communication", "Sent"]


def _hash(content: bytes) -> str:
	return hashlib.sha256(content).hexdigest()
