"""Mail, against real servers on the loopback: Dovecot holds a mailbox of 300 awkward messages, Exim takes what goes out.

The mailbox is read through Frappe's own Email Account once for the whole module: killed in the middle, with the server
stopped in the middle, and to its end. Then every message is accounted for.
"""

from __future__ import annotations

import email as email_package
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from email.policy import default
from pathlib import Path
from types import SimpleNamespace

import frappe
import mail_cases
import mail_servers
import pytest
from conftest import BENCH, SITE, connect, email
from frappe.utils import add_to_date, now_datetime

from codigo_binario_support.api import mail as mail_api
from codigo_binario_support.api import requests as api
from codigo_binario_support.domain.conversation.mail import read
from codigo_binario_support.flow.clock import clock
from codigo_binario_support.flow.filing import triage
from codigo_binario_support.flow.offers import quotation
from codigo_binario_support.jobs import mail as jobs
from codigo_binario_support.jobs.health import checks

SUPPORT = "soporte@soporte.test"
ACCOUNT = "Soporte de prueba"
COPIED = "copiado@clientes.test"
SETTINGS = "Support Promise Settings"
#: What the module makes and commits, and removes at its end.
MADE = (
	"Support Request",
	"Support Mail",
	"Communication",
	"Comment",
	"File",
	"Email Queue",
	"Email Account",
	"Error Log",
	"Notification Log",
)
CHILDREN = {
	"Support Request": ("Support Clock Event", "Support Scope Decision"),
	"Communication": ("Communication Link",),
	"Email Queue": ("Email Queue Recipient",),
	"Email Account": ("IMAP Folder",),
}

READER = """
import os, sys
import frappe
os.chdir(sys.argv[1])
frappe.init(site=sys.argv[2], sites_path=sys.argv[1])
frappe.connect()
frappe.enqueue = lambda *args, **kwargs: None
from codigo_binario_support.jobs import mail
mail._READING_SECONDS = 3600
frappe.get_doc("Email Account", sys.argv[3]).receive()
"""


@pytest.fixture(scope="module")
def post(site) -> Iterator[SimpleNamespace]:
	"""The servers, the people's requests, the mailbox, and what became of it."""
	if mail_servers.missing():
		pytest.skip(mail_servers.missing())
	# Not pytest's folder: the servers give up root's rights, and could not enter it.
	folder = Path(tempfile.mkdtemp(prefix="support-mail-"))
	folder.chmod(0o755)
	(folder / "imap").mkdir()
	(folder / "smtp").mkdir()
	imap, smtp = mail_servers.Imap(folder / "imap"), mail_servers.Smtp(folder / "smtp")
	connect()
	before = {doctype: set(frappe.get_all(doctype, pluck="name")) for doctype in MADE}
	settings = frappe.get_doc(SETTINGS).as_dict()
	enqueue, frappe.enqueue = frappe.enqueue, lambda *args, **kwargs: None
	try:
		imap.start()
		smtp.start()
		imap.add_user("soporte")
		frappe.flags.mute_emails = False
		_set_up(imap, smtp)
		known = _requests()
		frappe.db.commit()
		contacts = frappe.db.count("Contact")
		cases = mail_cases.messages(known)
		imap.deliver("soporte", [case.raw for case in cases])
		runs = _read_with_interruptions(imap)
		kept = frappe.get_all(
			"Support Mail", filters={"email_account": ACCOUNT}, fields=["*"], order_by="name asc"
		)
		# Mails are read in the order in which they came.
		rows = {case.key: row for case, row in zip(cases, kept, strict=True)}
		yield SimpleNamespace(
			imap=imap,
			smtp=smtp,
			known=known,
			cases=cases,
			rows=rows,
			runs=runs,
			new_contacts=frappe.db.count("Contact") - contacts,
		)
	finally:
		frappe.enqueue = enqueue
		imap.stop()
		smtp.stop()
		shutil.rmtree(folder, ignore_errors=True)
		connect()
		_clean_up(before, settings)
		frappe.destroy()


def _set_up(imap, smtp) -> None:
	frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": ACCOUNT,
			"email_id": SUPPORT,
			"login_id_is_different": 1,
			"login_id": "soporte",
			"password": mail_servers.PASSWORD,
			"enable_incoming": 1,
			"use_imap": 1,
			"use_ssl": 0,
			"email_server": "127.0.0.1",
			"incoming_port": imap.port,
			"email_sync_option": "UNSEEN",
			"imap_folder": [{"folder_name": "INBOX"}],
			"enable_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"smtp_port": smtp.port,
			"use_tls": 0,
			"create_contact": 1,
		}
	).insert()
	settings = frappe.get_doc(SETTINGS)
	settings.update(
		{
			"own_addresses": "ayuda@soporte.test",
			"own_lists": mail_cases.LIST,
			"mails_per_hour": mail_cases.MAILS_PER_HOUR,
			"attachment_limit_mb": mail_cases.ATTACHMENT_LIMIT_MB,
			"mail_limit_mb": mail_cases.MAIL_LIMIT_MB,
			"authserv_id": mail_cases.AUTHSERV,
			"acknowledge": "Requests by mail",
			"acknowledgement": None,
			"mailboxes": [{"email_account": ACCOUNT}],
		}
	)
	settings.save()
	left = email("left")
	if not frappe.db.exists("User", left):
		frappe.get_doc(
			{"doctype": "User", "email": left, "first_name": "Left", "send_welcome_email": 0}
		).insert()
	frappe.db.set_value("User", left, "enabled", 0)


def _requests() -> mail_cases.Known:
	"""Requests of Ana in each state, each with a mail that an agent sent through Frappe's own dialog."""
	found = {}
	for state, clause in (
		("open", "faq"),
		("waiting", "faq"),
		("resolved", "faq"),
		("closed", "faq"),
		("billing", "account_billing"),
	):
		frappe.set_user(email("ana"))
		name = (
			frappe.get_doc(
				{
					"doctype": "Support Request",
					"subject": f"Caso {state}",
					"description": "<p>Olvidé mi contraseña</p>",
				}
			)
			.insert()
			.name
		)
		frappe.set_user(email("billing_agent"))
		request = frappe.get_doc("Support Request", name)
		triage.overrule(request, clause, None, "question", "set by the test")
		clock.refresh(request)
		quotation.announce(request)
		request.save_from_flow()
		found[state] = (
			name,
			_send(name, email("ana"), "¿Qué navegador usas?", COPIED if state == "open" else ""),
		)
		if state == "waiting":
			api.act(name, "ask_customer", "¿Qué versión?")
		if state in ("resolved", "closed"):
			api.act(name, "resolve", "Se envió la guía")
		if state == "closed":
			api.act(name, "close")
	frappe.set_user("Administrator")
	return mail_cases.Known(
		support=SUPPORT,
		copied=COPIED,
		site=frappe.local.site,
		**{person: email(person) for person in ("ana", "beto", "manager", "agent", "left")},
		**found,
	)


def _send(name: str, to: str, content: str, cc: str = "") -> str:
	"""An agent's answer; returns the id of the message."""
	from frappe.core.doctype.communication.email import make

	frappe.local.outgoing_email_account = {}
	made = make(
		"Support Request", name, f"<p>{content}</p>", "Tu solicitud", recipients=to, cc=cc, send_email=True
	)
	return frappe.db.get_value("Communication", made["name"], "message_id")


def _read_with_interruptions(imap) -> list[Counter]:
	"""Killed after a hundred mails, the server stopped after two hundred, then to the end, then once more."""
	reader = subprocess.Popen(
		[sys.executable, "-c", READER, str(BENCH / "sites"), SITE, ACCOUNT],
		env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
	)
	_when_read(100, reader)
	os.kill(reader.pid, signal.SIGKILL)
	reader.wait()
	reader = subprocess.Popen(
		[sys.executable, "-c", READER, str(BENCH / "sites"), SITE, ACCOUNT],
		env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
	)
	_when_read(200, reader)
	imap.stop()
	assert reader.wait(60) == 0, "a server that goes away is no error of the reader"
	frappe.db.rollback()
	interrupted = frappe.db.get_value("Support Mailbox", {"email_account": ACCOUNT}, "last_error")
	assert interrupted
	jobs._READING_SECONDS = 3600  # However busy the machine is.
	runs = [jobs.receive(frappe.get_doc("Email Account", ACCOUNT))]
	assert not runs[0], "nothing is read while the server is away"
	assert frappe.db.get_value("Email Account", ACCOUNT, "enable_incoming"), "and the account stays enabled"
	imap.start()
	runs += [jobs.receive(frappe.get_doc("Email Account", ACCOUNT)) for _time in range(2)]
	return runs


def _when_read(count: int, reader) -> None:
	ends_at = time.monotonic() + 600
	while time.monotonic() < ends_at and reader.poll() is None:
		frappe.db.rollback()
		if frappe.db.count("Support Mail", {"email_account": ACCOUNT}) >= count:
			return
		time.sleep(0.02)
	error = frappe.db.get_value("Support Mailbox", {"email_account": ACCOUNT}, "last_error")
	raise AssertionError(f"the reader ended ({reader.poll()}) before it had read {count}: {error}")


def _clean_up(before: dict[str, set[str]], settings: dict) -> None:
	frappe.db.rollback()
	for doctype in MADE:
		names = [name for name in frappe.get_all(doctype, pluck="name") if name not in before[doctype]]
		for start in range(0, len(names), 500):
			some = names[start : start + 500]
			if doctype == "File":
				for name in some:
					frappe.delete_doc("File", name, force=True, ignore_permissions=True)
				continue
			for child in CHILDREN.get(doctype, ()):
				frappe.db.delete(child, {"parent": ("in", some), "parenttype": doctype})
			frappe.db.delete(doctype, {"name": ("in", some)})
	doc = frappe.get_doc(SETTINGS)
	for field in (
		"own_addresses",
		"own_lists",
		"mails_per_hour",
		"attachment_limit_mb",
		"mail_limit_mb",
		"authserv_id",
		"acknowledge",
		"acknowledgement",
	):
		doc.set(field, settings.get(field))
	doc.set("mailboxes", [])
	doc.save()
	frappe.db.commit()


def row_of(post, key: str):
	return post.rows[key]


def _crlf(raw: bytes) -> bytes:
	return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def request_of(post, key: str):
	return frappe.get_doc("Support Request", row_of(post, key).request)


def test_every_one_of_300_messages_is_accounted_for(post):
	assert len(post.cases) == 300
	assert frappe.db.count("Support Mail", {"email_account": ACCOUNT}) == 300
	ledger = Counter(case.outcome for case in post.cases)
	found = Counter(
		row.outcome
		for row in frappe.get_all("Support Mail", filters={"email_account": ACCOUNT}, fields=["outcome"])
	)
	assert found == ledger


def test_each_message_became_what_it_should(post):
	wrong = []
	for case in post.cases:
		row = row_of(post, case.key)
		if row.outcome != case.outcome or (case.request and row.request != case.request):
			wrong.append((case.key, case.outcome, row.outcome, case.request, row.request, row.reason))
	assert wrong == []


def test_the_last_look_found_nothing_new(post):
	assert sum(post.runs[1].values()) > 0
	assert not post.runs[2]
	client = post.imap.client("soporte")
	assert client.uid("SEARCH", None, "UNSEEN")[1] == [b""]
	client.logout()


def test_no_message_made_two_requests_and_no_request_lacks_its_message(post):
	requests = [row.request for row in post.rows.values() if row.outcome == "Request"]
	assert len(set(requests)) == len(requests)
	for row in post.rows.values():
		if row.outcome in ("Request", "Continued", "Linked"):
			message = frappe.db.get_value(
				"Communication", row.communication, ["reference_name", "sender"], as_dict=True
			)
			assert message.reference_name == row.request
			assert message.sender == row.sender


def test_the_source_of_each_is_kept_as_it_came(post):
	from codigo_binario_support.flow.channels.mail import source

	for case in post.cases[::25]:
		raw = source(frappe.get_doc("Support Mail", row_of(post, case.key).name))
		# Dovecot gives lines back with CRLF, whatever was delivered.
		assert raw in (case.raw, _crlf(case.raw)), case.key
	assert frappe.db.count("File", {"attached_to_doctype": "Support Mail", "is_private": 0}) == 0


def test_a_server_that_numbers_its_mails_anew_makes_no_second_request(post):
	frappe.enqueue = lambda *args, **kwargs: None
	count = frappe.db.count("Support Mail", {"email_account": ACCOUNT})
	post.imap.renumber("soporte")
	assert not jobs.receive(frappe.get_doc("Email Account", ACCOUNT))
	assert frappe.db.count("Support Mail", {"email_account": ACCOUNT}) == count


def test_answers_resume_and_reopen_and_follow_what_is_over(post):
	waiting, resolved, closed = (
		frappe.get_doc("Support Request", getattr(post.known, state)[0])
		for state in ("waiting", "resolved", "closed")
	)
	assert [row.event for row in waiting.clock_events][-1] == "resume"
	assert [row.event for row in resolved.clock_events].count("reopen") == 1
	assert closed.status == "Closed"
	successors = frappe.get_all("Support Request", filters={"previous_request": closed.name}, pluck="name")
	assert len(successors) == 1
	assert {row_of(post, "answer-closed").request, row_of(post, "answer-closed-again").request} == set(
		successors
	)


def test_nobody_else_writes_into_a_request_by_its_number_or_its_id(post):
	number = post.known.open[0]
	writers = {
		row.sender
		for row in frappe.get_all(
			"Communication",
			filters={"reference_name": number, "sent_or_received": "Received"},
			fields=["sender"],
		)
	}
	assert writers == {post.known.ana, post.known.manager, post.known.copied, post.known.agent}
	for key in ("guess-stranger", "guess-user", "forwarded-id", "forged", "reply-to-spoof", "reply-to-plain"):
		request = request_of(post, key)
		assert request.name != number
		assert (request.verdict, request.previous_request) == ("Needs review", None), key
		assert number in row_of(post, key).reason, key


def test_a_stranger_gets_a_request_of_their_own_and_nothing_of_anybody(post):
	for key in ("stranger-0", "guess-stranger", "forged", "left"):
		request = request_of(post, key)
		assert (request.raised_by, request.company, request.customer) == (None, None, None), key
		assert (request.is_stranger, request.verdict, request.due_at) == (1, "Needs review", None), key
	frappe.set_user("Guest")
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc("Support Request", request.name).check_permission("read")


def test_who_is_known_is_found_by_address_whatever_its_case(post):
	for key in ("ana", "ana-upper", "own-list-wrapped"):
		request = request_of(post, key)
		assert (request.raised_by, request.is_stranger, request.channel) == (post.known.ana, 0, "Email"), key
		assert request.company == frappe.defaults.get_global_default("company")


def test_quoted_text_is_cleaned_for_the_verdict_and_kept_in_the_request(post):
	request = request_of(post, "spanish-quote")
	assert request.clause == "faq", "the training is in the quoted part"
	assert "capacitación" in request.description


def test_words_survive_whatever_they_were_encoded_with(post):
	# Not UTF-16 in 8 bits: its zero bytes do not survive the server.
	for key in ("charset-0", "charset-1", "charset-2", "charset-6", "charset-9", "charset-10", "charset-13"):
		assert "La sesión caducó y no puedo iniciar: ¿qué hago?" in request_of(post, key).description, key
	assert request_of(post, "header-8bit-subject").subject == "Contraseña"
	assert row_of(post, "header-name").sender_name == "Pérez, José"


def test_html_is_harmless(post):
	description = request_of(post, "body-html").description
	assert "No puedo" in description
	assert "script" not in description and "onerror" not in description
	assert "data:image" not in request_of(post, "body-html-data").description
	assert "<script>" not in request_of(post, "body-markup").description


def test_files_are_private_limited_and_said(post):
	names = frappe.get_all(
		"File",
		filters={
			"attached_to_doctype": "Support Request",
			"attached_to_name": ("in", [row.request for row in post.rows.values()]),
		},
		fields=["file_name", "is_private", "attached_to_name", "file_url"],
	)
	assert names and all(row.is_private for row in names)
	large = row_of(post, "file-large")
	assert "video.mp4" in large.dropped and "ok.txt" not in large.dropped
	assert "video.mp4" in frappe.db.get_value("Communication", large.communication, "content")
	assert len(row_of(post, "file-many").dropped.splitlines()) == 10
	path = next(row for row in names if row.attached_to_name == row_of(post, "file-path").request)
	assert path.file_name.startswith("passwd") and ".." not in path.file_url
	huge = row_of(post, "file-huge")
	assert huge.is_partial and huge.size_bytes > 3 * mail_cases.MB
	assert "Adjunto la pantalla" in request_of(post, "file-huge").description
	inline = frappe.db.get_value("Communication", row_of(post, "file-inline").communication, "content")
	assert "foto.png" in inline


def test_a_plain_user_opens_the_files_of_their_own_mail_and_nobody_elses(post):
	file = frappe.get_all(
		"File",
		filters={
			"attached_to_name": row_of(post, "file-one").request,
			"attached_to_doctype": "Support Request",
		},
		pluck="name",
	)[0]
	assert not frappe.has_permission("File", "read", doc=file, user=email("beto"))
	assert frappe.has_permission("File", "read", doc=file, user=email("agent"))


def test_no_contacts_are_made_of_strangers_and_recipients(post):
	assert post.new_contacts == 0
	assert not frappe.get_all(
		"Communication Link",
		filters={"parent": ("in", [row.communication for row in post.rows.values() if row.communication])},
	)


def test_a_bounce_of_ours_is_told_to_the_request_and_moves_no_clock(post):
	request = frappe.get_doc("Support Request", post.known.open[0])
	told = [row for row in request.clock_events if row.action == "undelivered"]
	assert len(told) == 1
	assert post.known.ana in told[0].detail and "5.1.1" in told[0].detail
	assert request.is_undelivered
	waiting = frappe.get_doc("Support Request", post.known.waiting[0])
	assert not waiting.is_undelivered, "a delay is no failure"


def test_each_request_by_mail_is_acknowledged_once_robots_never(post):
	rows = [row for row in post.rows.values() if row.outcome == "Request"]
	acknowledged = Counter(
		frappe.get_all(
			"Communication",
			filters={
				"reference_doctype": "Support Request",
				"communication_type": "Automated Message",
				"reference_name": ("in", [row.request for row in rows]),
			},
			pluck="reference_name",
		)
	)
	assert set(acknowledged.values()) == {1}
	robots = [row.request for row in rows if row.sender == "robot@sistema.test"]
	assert len(robots) == mail_cases.MAILS_PER_HOUR
	assert len(set(robots) & set(acknowledged)) == 1, "a stranger hears from us once a day"
	assert (
		not acknowledged[row_of(post, "reply-to-spoof").request]
		or request_of(post, "reply-to-spoof").sender_email != post.known.ana
	)


def test_the_acknowledgement_says_number_clause_hours_and_what_is_next(post):
	request = request_of(post, "person-1")
	sent = frappe.get_doc(
		"Communication", {"reference_name": request.name, "communication_type": "Automated Message"}
	)
	assert request.name in sent.subject and request.name in sent.content
	ana = request_of(post, "ana")
	sent = frappe.get_doc(
		"Communication", {"reference_name": ana.name, "communication_type": "Automated Message"}
	)
	assert "Respuestas a preguntas frecuentes" in sent.content
	assert "¿Qué sigue?" in sent.content
	assert "El soporte está" in sent.content


def test_a_stranger_is_told_the_number_and_no_verdict(post):
	request = request_of(post, "stranger-0")
	sent = frappe.get_doc(
		"Communication", {"reference_name": request.name, "communication_type": "Automated Message"}
	)
	assert request.name in sent.content
	for word in ("Success Pack", "Tu paquete", frappe.defaults.get_global_default("company")):
		assert word not in sent.content


def queued(name: str):
	return frappe.get_doc("Email Queue", {"reference_name": name, "reference_doctype": "Support Request"})


def flush() -> None:
	from frappe.email.queue import flush

	frappe.flags.mute_emails = False
	try:
		flush()
	except frappe.ValidationError:
		frappe.clear_messages()


def test_mails_wait_while_the_server_is_away_and_go_out_when_it_is_back(post):
	connect()
	wanted = [request_of(post, key).name for key in ("ana", "ana-upper")]
	others = frappe.get_all(
		"Email Queue", filters={"reference_name": ("not in", [*wanted, post.known.open[0]])}, pluck="name"
	)
	frappe.db.delete("Email Queue", {"name": ("in", others)})
	frappe.db.commit()
	post.smtp.stop()
	for _time in range(5):
		flush()
	assert {queued(name).status for name in wanted} == {"Error"}, "this is where Frappe gives up"
	jobs.send_again()
	assert {queued(name).status for name in wanted} == {"Not Sent"}
	flush()
	post.smtp.start()
	jobs.send_again()
	flush()
	assert {queued(name).status for name in wanted} == {"Sent"}
	mails = [
		email_package.message_from_bytes(raw, policy=default) for raw in post.smtp.received(post.known.ana, 3)
	]
	subjects = [mail["Subject"] for mail in mails]
	for name in wanted:
		assert len([subject for subject in subjects if name in subject]) == 1, subjects


def test_what_goes_out_threads_and_keeps_robots_quiet(post):
	connect()
	jobs.send_again()
	flush()
	mails = [
		email_package.message_from_bytes(raw, policy=default) for raw in post.smtp.received(post.known.ana, 1)
	]
	asked = request_of(post, "ana")
	acknowledgement = next(mail for mail in mails if asked.name in mail["Subject"])
	original = row_of(post, "ana").message_id
	assert acknowledgement["Auto-Submitted"] == "auto-replied"
	assert acknowledgement["In-Reply-To"] == f"<{original}>"
	assert f"<{original}>" in acknowledgement["References"]
	assert acknowledgement["Reply-To"] == SUPPORT
	assert SUPPORT in acknowledgement["From"]
	# Our own reader would leave it alone, wherever it came back from.
	from codigo_binario_support.domain.conversation.mail import kind_of

	assert kind_of(read(bytes(acknowledgement)), ()) == "auto_reply"
	answer = next(mail for mail in mails if post.known.open[0] in mail["Subject"])
	assert answer["Auto-Submitted"] is None
	assert SUPPORT in answer["From"] and answer["Reply-To"] == SUPPORT
	assert answer["Message-ID"].strip("<>") == post.known.open[1]


def test_what_the_server_refuses_for_good_is_told_to_the_request(post):
	connect(email("agent"))
	name = request_of(post, "ana").name
	_send(name, mail_servers.REFUSED, "¿Me confirmas?")
	frappe.set_user("Administrator")
	frappe.db.commit()
	# Frappe 16 holds a mail back for its first seconds, in which it can be taken back.
	frappe.db.set_value(
		"Email Queue", {"reference_name": name}, "creation", add_to_date(now_datetime(), minutes=-1)
	)
	frappe.db.commit()
	for _time in range(5):
		flush()
	jobs.send_again()
	jobs.send_again()
	request = frappe.get_doc("Support Request", name)
	told = [row.detail for row in request.clock_events if row.action == "undelivered"]
	assert len(told) == 1
	assert mail_servers.REFUSED in told[0] and "no such user" in told[0]


def test_an_agent_takes_in_what_was_counted_by_mistake(post, as_user):
	row = row_of(post, "auto-subject-3")
	as_user("ana")
	with pytest.raises(frappe.PermissionError):
		mail_api.take_in(row.name)
	as_user("agent")
	done = mail_api.take_in(row.name)
	assert done["outcome"] == "Request"
	assert mail_api.take_in(row.name) == done


def test_an_agent_says_who_a_stranger_is(post, as_user):
	name = request_of(post, "stranger-1").name
	as_user("beto")
	with pytest.raises(frappe.PermissionError):
		mail_api.assign_requester(name, user=email("beto"))
	# What may be about billing is not shown to every agent, before anybody has decided.
	as_user("billing_agent")
	mail_api.assign_requester(name, user=email("ana"))
	request = frappe.get_doc("Support Request", name)
	assert (request.raised_by, request.is_stranger) == (email("ana"), 0)
	assert request.company == frappe.defaults.get_global_default("company")
	assert [row.action for row in request.clock_events] == ["filed", "assign_requester"]


def test_a_kept_mail_is_written_by_nobody(post, as_user):
	frappe.set_user("Administrator")
	row = frappe.get_doc("Support Mail", row_of(post, "ana").name)
	row.outcome = "Loop"
	with pytest.raises(frappe.PermissionError):
		row.save()
	with pytest.raises(frappe.PermissionError):
		row.delete()


def test_mails_of_billing_requests_are_seen_by_billing_people_only(post, as_user):
	row = row_of(post, "answer-billing")
	for person, may in (("agent", False), ("it", False), ("billing_agent", True)):
		as_user(person)
		assert bool(frappe.has_permission("Support Mail", "read", doc=row.name)) is may, person
		assert bool(frappe.get_list("Support Mail", filters={"name": row.name})) is may, person


def test_health_speaks_of_the_mailbox_of_what_is_unread_and_of_what_was_counted(post):
	rows = {name: (level, text) for level, name, text in checks()}
	assert ACCOUNT in rows["mailbox"][1] and rows["mailbox"][0] == 0
	assert "5" in rows["mail_unread"][1]
	assert "Loop" in rows["mail_counted"][1]


def test_other_accounts_are_read_as_frappe_reads_them(post, monkeypatch):
	from frappe.email.doctype.email_account.email_account import EmailAccount

	called = []
	monkeypatch.setattr(EmailAccount, "receive", lambda self: called.append(self.name))
	frappe.get_doc({"doctype": "Email Account", "name": "Otra"}).receive()
	assert called == ["Otra"]


def test_without_an_account_to_send_from_the_request_is_filed_all_the_same(post, as_user):
	from codigo_binario_support.flow.channels import acknowledgement

	frappe.db.set_value("Email Account", ACCOUNT, "enable_outgoing", 0)
	frappe.db.set_value("Email Account", {"default_outgoing": 1}, "default_outgoing", 0)
	frappe.local.outgoing_email_account = {}
	frappe.flags.mute_emails = False
	request = request_of(post, "stranger-2")
	frappe.db.set_value("Support Request", request.name, {"acknowledged_at": None})
	assert acknowledgement.send(request) is False
