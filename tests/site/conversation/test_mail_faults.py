"""What one mail must not do to the others: a text that takes long, a database that is busy or away, a file too large.

The mailbox is a real one (Dovecot); who files meanwhile is another process with a connection of its own.
"""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import frappe
import mail_servers
import pytest
import test_email as whole
from conftest import BENCH, SITE, connect, email
from rq.timeouts import JobTimeoutException

from codigo_binario_support.adapters.conversation import mailbox
from codigo_binario_support.adapters.site import retries
from codigo_binario_support.domain.conversation.mail import RECEIVED, UNREAD
from codigo_binario_support.domain.triage.cleaning import LONGEST_TEXT
from codigo_binario_support.flow.channels import mail
from codigo_binario_support.jobs import mail as jobs
from codigo_binario_support.jobs.health import checks

MB = 1024 * 1024

#: Files by one door, and waits in the middle of judging until it is told to go on.
SLOW = """
import os, sys
import frappe
os.chdir(sys.argv[1])
frappe.init(site=sys.argv[2], sites_path=sys.argv[1])
frappe.connect()
frappe.flags.mute_emails = True
frappe.enqueue = lambda *args, **kwargs: None
door, person = sys.argv[3:5]
from codigo_binario_support.adapters.access import people
from codigo_binario_support.flow.casework import split_merge as family
from codigo_binario_support.flow.filing import intake, triage
from codigo_binario_support.flow.views import portal
real = triage.classify

def slow(*args, **kwargs):
	print("judging", flush=True)
	sys.stdin.readline()
	return real(*args, **kwargs)

frappe.set_user(person)
asked = {"doctype": "Support Request", "subject": "No puedo entrar", "description": "<p>Desde hoy.</p>"}
if door == "split":
	first = frappe.get_doc(asked).insert()
	frappe.db.commit()
	first.verdict = "Mixed"
triage.classify = slow
if door == "desk":
	frappe.get_doc(asked).insert()
elif door == "portal":
	portal.file("No puedo entrar", "Desde hoy.", "abcdefgh12345678")
elif door == "mail":
	intake.file(people.requester_of(person), "No puedo entrar", "<p>Desde hoy.</p>", "Email")
else:
	family._file_part(first, "Un curso", "Queremos un curso.")
frappe.db.rollback()
print("done", flush=True)
"""


@pytest.fixture(scope="module")
def box(site) -> Iterator[mail_servers.Imap]:
	"""An IMAP server with the support mailbox, empty."""
	if mail_servers.missing():
		pytest.skip(mail_servers.missing())
	folder = Path(tempfile.mkdtemp(prefix="support-faults-"))
	folder.chmod(0o755)
	(folder / "imap").mkdir()
	(folder / "smtp").mkdir()
	imap, smtp = mail_servers.Imap(folder / "imap"), mail_servers.Smtp(folder / "smtp")
	connect()
	before = {doctype: set(frappe.get_all(doctype, pluck="name")) for doctype in whole.MADE}
	settings = frappe.get_doc(whole.SETTINGS).as_dict()
	enqueue, frappe.enqueue = frappe.enqueue, lambda *args, **kwargs: None
	try:
		imap.start()
		smtp.start()
		imap.add_user("soporte")
		whole._set_up(imap, smtp)
		frappe.db.set_single_value(whole.SETTINGS, "mail_limit_mb", 25)
		frappe.db.commit()
		frappe.clear_document_cache(whole.SETTINGS, whole.SETTINGS)
		yield imap
	finally:
		frappe.enqueue = enqueue
		imap.stop()
		smtp.stop()
		shutil.rmtree(folder, ignore_errors=True)
		connect()
		whole._clean_up(before, settings)
		frappe.destroy()


@pytest.fixture
def read(box, monkeypatch):
	"""Deliver mails and look into the mailbox; returns the rows of the new ones."""
	connect()
	frappe.enqueue = lambda *args, **kwargs: None
	monkeypatch.setattr(jobs, "_PAUSES", (0, 0))

	def deliver_and_read(*raws: bytes) -> list:
		known = set(frappe.get_all("Support Mail", pluck="name"))
		box.deliver("soporte", list(raws))
		jobs.receive(frappe.get_doc("Email Account", whole.ACCOUNT))
		frappe.db.rollback()
		rows = frappe.get_all("Support Mail", fields=["*"], order_by="name asc")
		return [row for row in rows if row.name not in known]

	return deliver_and_read


_number = iter(range(1, 1000))


def raw(body: str = "No puedo entrar al sistema", sender: str = "", more: str = "", size: int = 0) -> bytes:
	number = next(_number)
	head = f"From: {sender or f'p{number}@clientes.test'}\r\nTo: {whole.SUPPORT}\r\nSubject: Falla {number}\r\nMessage-ID: <f{number}@c.test>\r\n"
	if not size:
		return f"{head}{more}\r\n{body} ({number})\r\n".encode()
	part = "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=plano.pdf\r\n"
	return (
		f"{head}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n{body}\r\n--x\r\n{part}\r\n{'A' * 76}\r\n"
		+ f"{'B' * 76}\r\n" * (size // 78)
		+ "--x--\r\n"
	).encode()


def state_of(row) -> tuple[str, str]:
	return frappe.db.get_value("Support Mail", row.name, ["outcome", "reason"])


def spoken() -> dict[str, tuple[int, str]]:
	return {name: (level, text) for level, name, text in checks()}


@pytest.mark.parametrize("door", ["desk", "portal", "mail", "split"])
def test_others_file_while_a_text_is_judged(site, as_user, file_request, door):
	slow = subprocess.Popen(
		[sys.executable, "-c", SLOW, str(BENCH / "sites"), SITE, door, email("ana")],
		env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
		stdin=subprocess.PIPE,
		stdout=subprocess.PIPE,
		text=True,
	)
	try:
		assert slow.stdout.readline().strip() == "judging"
		frappe.db.sql("set session innodb_lock_wait_timeout = 2")
		assert file_request("beto").name
		frappe.db.rollback()
		assert slow.poll() is None, "the other is still judging"
		slow.stdin.write("\n")
		slow.stdin.flush()
		assert slow.stdout.readline().strip() == "done"
	finally:
		slow.kill()
		slow.wait()
		frappe.db.sql("set session innodb_lock_wait_timeout = default")


def test_what_was_judged_before_is_what_is_written(file_request):
	doc = file_request("ana")
	assert [row.action for row in doc.clock_events][:1] == ["filed"]
	assert doc.decisions[0].is_automatic and doc.decisions[0].clause == "faq"


@pytest.mark.parametrize(
	"description",
	[
		"<div>" * 20_000 + "No puedo entrar",
		"<b>" * 20_000 + "No puedo entrar",
		"<p " * 20_000 + ">No puedo entrar",
	],
)
def test_markup_that_nobody_writes_is_stored_as_its_words(file_request, description):
	doc = file_request("ana", description=description)
	assert "No puedo entrar" in doc.description
	assert doc.description.count("<") < 100


def test_a_long_description_is_stored_whole_and_judged_by_its_beginning(file_request):
	lines = "".join(f"<p>renglón {number}</p>" for number in range(2_500))
	doc = file_request("ana", description=f"<p>¿Cómo reinicio mi contraseña?</p>{lines}")
	assert len(doc.description) > LONGEST_TEXT and "renglón 2499" in doc.description
	assert doc.decisions[0].clause


def test_a_mail_of_one_long_line_and_its_neighbours_are_read(read):
	rows = read(raw(), raw("-" * 100_000), raw("<" * 300_000, more="Content-Type: text/html\r\n"), raw())
	assert [row.outcome for row in rows] == ["Request"] * 4


def test_a_lock_that_others_hold_is_waited_for_again(read, monkeypatch):
	other = frappe.db.get_connection()
	held = other.cursor()
	held.execute("select name from tabSeries where name like 'CBS-%' for update")
	frappe.db.sql("set session innodb_lock_wait_timeout = 1")
	waited = []

	def release(_seconds) -> None:
		waited.append(1)
		other.rollback()

	# The mail itself is written down first, and draws a number too.
	keep = mail.store_raw

	def keep_freely(*args):
		other.rollback()
		name = keep(*args)
		frappe.db.commit()
		held.execute("select name from tabSeries where name like 'CBS-%' for update")
		return name

	monkeypatch.setattr(mail, "store_raw", keep_freely)
	monkeypatch.setattr(jobs.time, "sleep", release)
	try:
		(row,) = read(raw())
	finally:
		other.close()
		frappe.db.sql("set session innodb_lock_wait_timeout = default")
	assert (row.outcome, len(waited)) == ("Request", 1)


def test_a_mail_that_meets_a_lock_each_time_is_read_at_the_next_look(read, monkeypatch):
	take, tries = mail.process, []

	def deadlock(name, is_forced=False):
		tries.append(name)
		raise frappe.QueryDeadlockError(1213, "Deadlock found when trying to get lock")

	monkeypatch.setattr(mail, "process", deadlock)
	monkeypatch.setattr(retries, "ATTEMPTS", 1)
	first, second = read(raw(), raw())
	assert tries == [first.name] * mail.MAX_ATTEMPTS + [second.name] * mail.MAX_ATTEMPTS
	for _look in range(mail.MAX_ATTEMPTS + 1):
		assert read() == []
	assert state_of(first)[0] == state_of(second)[0] == RECEIVED
	assert first.name in spoken()["mail_unread"][1]
	monkeypatch.setattr(mail, "process", take)
	read()
	assert state_of(first)[0] == state_of(second)[0] == "Request"


def test_a_silent_server_is_given_up_where_frappe_has_one_patience_for_the_whole_bench(read, monkeypatch):
	"""Frappe 15.44: an account has no patience of its own, and without the bench's setting it waits for ever."""
	monkeypatch.setattr(mailbox, "_SILENT_SECONDS", 0.2)
	account, before = frappe.get_doc("Email Account", whole.ACCOUNT), frappe.conf.pop_timeout
	with socket.create_server(("127.0.0.1", 0)) as silent:

		def log_in(in_receive):
			assert frappe.conf.pop_timeout, "it would never come back"
			return imaplib.IMAP4(*silent.getsockname(), timeout=frappe.conf.pop_timeout)

		account.get_incoming_server = log_in
		with pytest.raises(mailbox.MailboxAway, match="timed out"):
			mailbox.open_mailbox(account)
	assert frappe.conf.pop_timeout == before


def test_a_connection_that_is_lost_is_made_again(read, monkeypatch):
	take, lost = mail.process, []

	def lose(name, is_forced=False):
		if not lost:
			lost.append(name)
			other = frappe.db.get_connection()
			other.cursor().execute(f"kill {frappe.db.sql('select connection_id()')[0][0]}")
			other.close()
		return take(name, is_forced)

	monkeypatch.setattr(mail, "process", lose)
	(row,) = read(raw())
	assert lost and row.outcome == "Request"


def test_a_mail_over_which_the_connection_is_lost_each_time_is_left_to_a_person(read, monkeypatch):
	def lose(name, is_forced=False):
		raise frappe.db.OperationalError(2006, "MySQL server has gone away")

	with monkeypatch.context() as patched:
		patched.setattr(mail, "process", lose)
		(row,) = read(raw())
		for _look in range(mail.MAX_ATTEMPTS - 1):
			read()
		assert state_of(row)[0] == RECEIVED
	read()
	assert state_of(row)[0] == UNREAD


def test_a_job_that_ran_out_of_time_is_no_fault_of_the_mail(read, monkeypatch):
	def run_out(name, is_forced=False):
		raise JobTimeoutException

	with monkeypatch.context() as patched:
		patched.setattr(mail, "process", run_out)
		with pytest.raises(JobTimeoutException):
			read(raw())
	frappe.db.rollback()
	(row,) = frappe.get_all("Support Mail", filters={"outcome": RECEIVED}, fields=["name"])
	read()
	assert state_of(row)[0] == "Request"


def test_a_mail_larger_than_the_sites_limit_is_kept_without_its_file_and_the_next_is_read(read, monkeypatch):
	monkeypatch.setattr("frappe.core.api.file.get_max_file_size", lambda: MB // 2)
	source = raw(size=MB - 10_000)
	rows = read(raw(), source, raw())
	assert [row.outcome for row in rows] == ["Request"] * 3
	assert "plano.pdf" in rows[1].dropped
	assert mail.source(frappe.get_doc("Support Mail", rows[1].name)) == source


def test_what_cannot_be_kept_is_set_aside_and_said_and_the_next_is_read(box, read, monkeypatch):
	write = mail._source_file

	def full(content: bytes):
		if len(content) > MB // 2:
			raise OSError(28, "No space left on device")
		return write(content)

	monkeypatch.setattr(mail, "_source_file", full)
	rows = read(raw(size=MB), raw())
	assert [row.outcome for row in rows] == [UNREAD, "Request"]
	assert "No space left" in rows[0].reason and rows[0].subject.startswith("Falla") and rows[0].is_partial
	assert b"No puedo entrar" in mail.source(frappe.get_doc("Support Mail", rows[0].name))
	level, text = spoken()["mail_unread"]
	assert level == 1 and rows[0].name in text
	with box.client("soporte") as client:
		assert client.search(None, "UNSEEN")[1] == [b""], "and it is not fetched for ever"
	assert read() == []
	assert mail.process(rows[0].name, is_forced=True) == "Request", "a person can still take in its beginning"
	frappe.db.rollback()


def test_what_has_no_file_at_all_keeps_its_first_words_in_the_reason(read, monkeypatch):
	def full(content: bytes):
		raise OSError(28, "No space left on device")

	monkeypatch.setattr(mail, "_source_file", full)
	(row,) = read(raw())
	assert row.outcome == UNREAD and "No puedo entrar" in row.reason and not row.source_file
	assert mail.process(row.name, is_forced=True) == UNREAD


def test_what_cannot_even_be_written_down_stays_in_the_mailbox_and_is_told(box, read, monkeypatch):
	write = mail._insert

	def refuse(record, file):
		if record.sender == "imposible@clientes.test":
			raise frappe.db.DataError(1406, "Data too long")
		return write(record, file)

	monkeypatch.setattr(mail, "_insert", refuse)
	rows = read(raw(sender="imposible@clientes.test"), raw())
	assert [row.outcome for row in rows] == ["Request"]
	assert spoken()["mailbox"][0] == 2 and "1 " in spoken()["mailbox"][1]
	monkeypatch.setattr(mail, "_insert", write)
	(row,) = read()
	assert (row.sender, row.outcome) == ("imposible@clientes.test", "Request")
	assert spoken()["mailbox"][0] == 0


def test_an_error_of_the_reader_itself_is_told(read, monkeypatch):
	monkeypatch.setattr(jobs, "_read", lambda *args: 1 / 0)
	read()
	assert spoken()["mailbox"][0] == 2


def test_a_sender_and_parts_that_no_column_holds_stop_nobody(read):
	parts = "".join(
		f"--x\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=archivo-{number}.csv\r\n\r\na\r\n"
		for number in range(5_000)
	)
	many = raw(more="Content-Type: multipart/mixed; boundary=x\r\n").replace(
		b"\r\n\r\n", f"\r\n\r\n--x\r\n\r\nNo puedo entrar\r\n{parts}--x--\r\n".encode(), 1
	)
	rows = read(raw(sender="a" * 200 + "@clientes.test"), many, raw())
	assert [row.outcome for row in rows] == [UNREAD, "Request", "Request"]
	assert "address" in rows[0].reason or "dirección" in rows[0].reason
	assert len(rows[1].dropped.splitlines()) < 40


def test_a_queued_mail_that_cannot_be_sent_again_stops_no_younger_one(read, monkeypatch):
	names = []
	request = frappe.get_all("Support Request", pluck="name", order_by="creation desc", limit=1)[0]
	for number in range(2):
		queued = frappe.get_doc(
			{
				"doctype": "Email Queue",
				"status": "Error",
				"error": "SMTPServerDisconnected: away",
				"sender": whole.SUPPORT,
				"message": "x",
				"reference_doctype": "Support Request",
				"reference_name": request,
				"recipients": [{"recipient": f"c{number}@clientes.test", "status": "Not Sent"}],
			}
		).insert(ignore_permissions=True)
		names.append(queued.name)
		frappe.db.set_value(
			"Email Queue", queued.name, "creation", f"{frappe.utils.nowdate()} 00:00:0{number}"
		)
	frappe.db.commit()
	again = jobs._send_again

	def poison(row):
		if row.name == names[0]:
			raise ValueError("a row that nobody can read")
		again(row)

	monkeypatch.setattr(jobs, "_send_again", poison)
	jobs.send_again()
	assert [frappe.db.get_value("Email Queue", name, "status") for name in names] == ["Error", "Not Sent"]
