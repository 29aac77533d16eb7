"""Mail as it comes: nothing stops the reader, and what a machine sent is told from what a person wrote."""

from __future__ import annotations

import sys
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.conversation import mail
from codigo_binario_support.domain.conversation.mail import MailError, is_forged, kind_of, peek_headers, read
from codigo_binario_support.domain.triage import markup
from codigo_binario_support.domain.triage.cleaning import automatic_kind

sys.path.append(str(Path(__file__).parents[2] / "site"))
import mail_cases

SUPPORT, SITE = "soporte@soporte.test", "soporte.sitio.test"
OWN = (SUPPORT, "ayuda@soporte.test")
KNOWN = mail_cases.Known(
	SUPPORT,
	"ana@example.com",
	"beto@example.com",
	"marta@example.com",
	"agente@example.com",
	"salio@example.com",
	"copiado@clientes.test",
	SITE,
	*((f"CBS-2026-0000{number}", f"m{number}@sitio.test") for number in range(1, 6)),
)
#: What the words and headers of a mail say; the rest depends on what the site knows.
KINDS = {
	"Automatic reply": "auto_reply",
	"Bounce": "bounce",
	"Mailing list": "bulk",
	"Loop": "loop",
	"Spam": "spam",
}


@pytest.fixture(scope="module")
def awkward():
	"""300 messages, each with what was read of it; None for what could not be."""

	def read_or_not(raw):
		try:
			return read(raw, (mail_cases.LIST,), OWN)
		except MailError:
			return None

	return [(case, read_or_not(case.raw)) for case in mail_cases.messages(KNOWN)]


def test_each_of_300_awkward_messages_is_of_its_kind(awkward):
	def is_right(case, found):
		if found is None or case.outcome == "Unread":
			return found is None and case.outcome == "Unread"
		if case.key == "auto-words":
			return mail.is_automatic_by_words(found, OWN)
		expected = None if case.key == "loop-id" else KINDS.get(case.outcome)
		return kind_of(found, OWN, (mail_cases.LIST,), SITE) == expected

	assert len(awkward) == 300
	assert [case.key for case, found in awkward if not is_right(case, found)] == []


def test_the_headers_of_what_is_filed_have_nothing_to_tell_the_classifier(awkward):
	filed = [
		(case, found)
		for case, found in awkward
		if found
		and kind_of(found, OWN, (mail_cases.LIST,), SITE) is None
		and not mail.is_own_list(found.headers, (mail_cases.LIST,))
	]
	assert filed
	assert [
		case.key
		for case, found in filed
		if automatic_kind(found.subject, found.words, found.headers) is not None
	] == []


@given(st.binary(max_size=2000))
def test_no_bytes_stop_the_reader(raw):
	sender, subject, message_id = peek_headers(raw)
	assert isinstance(sender + subject + message_id, str)
	try:
		found = read(raw)
	except MailError:
		return
	assert "\x00" not in found.subject + found.words
	kind_of(found, OWN)


_HEADER = st.sampled_from(
	(
		"From", "To", "Cc", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Content-Type",
		"Content-Transfer-Encoding", "Content-Disposition", "Reply-To", "Auto-Submitted", "List-Id", "Authentication-Results",
	)
)  # fmt: skip
_VALUE = st.one_of(
	st.text(max_size=80),
	st.sampled_from(
		(
			"multipart/mixed; boundary=B",
			"message/rfc822",
			"multipart/report; report-type=delivery-status; boundary=B",
			"text/plain; charset=nada",
			"text/html",
			"=?utf-8?b?!!!?=",
			"=?x?q?=",
			"a@b.mx",
			"<a@b.mx",
			"base64",
			"uuencode",
			"attachment; filename*=utf-8''%ff",
			"attachment; filename*0*=utf-8''a; filename*1=b",
		)
	),
)


@given(st.lists(st.tuples(_HEADER, _VALUE), max_size=12), st.binary(max_size=300), st.booleans())
def test_no_headers_stop_the_reader(headers, body, is_multipart):
	lines = b"".join(f"{name}: {value}\r\n".encode("utf-8", "surrogatepass") for name, value in headers)
	raw = b"From: ana@example.com\r\n" + lines + b"\r\n" + (b"--B\r\n" if is_multipart else b"") + body
	try:
		found = read(raw)
	except MailError:
		return
	assert found.sender == "ana@example.com" or not found.is_sender_vouched or found.sender
	assert all("/" not in part.name for part in found.attachments)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=200))
def test_what_a_correct_program_writes_is_read_as_it_was_written(words):
	message = EmailMessage(policy=SMTP)
	message["From"] = "Ana <ana@example.com>"
	message["Subject"] = "Asunto"
	message.set_content(words, cte="base64")
	found = read(message.as_bytes())
	assert found.words == "\n".join(words.splitlines()).strip() or found.words.split() == words.split()


def _mail(**headers: str) -> mail.Mail:
	lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
	return read(f"From: ana@example.com\r\n{lines}\r\nHola".encode())


def test_the_thread_is_read_from_the_nearest_to_the_oldest_each_once():
	found = _mail(In_Reply_To="<c@x>", References="<a@x> <b@x>\r\n <c@x>")
	assert found.thread == ("c@x", "b@x", "a@x")


@pytest.mark.parametrize(
	("subject", "number"),
	[
		("Re: [CBS-2026-00012] hola", "CBS-2026-00012"),
		("cbs-2026-00012", "CBS-2026-00012"),
		("CBS-2026-123456", "CBS-2026-123456"),
		("XCBS-2026-00012", None),
		("CBS-26-12", None),
		("", None),
	],
)
def test_the_number_is_found_in_the_subject(subject, number):
	assert _mail(Subject=subject).number == number


def test_two_copies_of_a_mail_by_other_ways_have_one_digest_and_two_mails_with_one_id_have_not():
	raw = b"From: ana@example.com\r\nMessage-ID: <a@x>\r\nSubject: x\r\n\r\nuno"
	assert read(raw).digest == read(b"Received: from a by b\r\nX-Spam: no\r\n" + raw).digest
	assert read(raw).digest != read(raw.replace(b"uno", b"dos")).digest


@pytest.mark.parametrize(
	("result", "is_one"),
	[
		("mx.mio.test; spf=fail; dmarc=fail (p=none)", True),
		("mx.mio.test; dmarc = FAIL", True),
		("mx.mio.test; dmarc=pass", False),
		("mx.ajeno.test; dmarc=fail", False),
		("", False),
	],
)
def test_only_our_own_server_says_that_a_sender_is_forged(result, is_one):
	assert is_forged(_mail(Authentication_Results=result), "mx.mio.test") is is_one
	assert not is_forged(_mail(Authentication_Results=result), "")


def test_a_list_of_ours_that_rewrites_senders_is_believed_and_nobody_else():
	listed = "List-Id: <soporte.grupo.test>\r\nX-Original-From: ana@example.com\r\n\r\nHola"
	own = ("soporte@soporte.test",)
	assert (
		read(f"From: soporte@soporte.test\r\n{listed}".encode(), ("soporte.grupo.test",), own).sender
		== "ana@example.com"
	)
	assert (
		read(f"From: x@nadie.test\r\n{listed}".encode(), ("soporte.grupo.test",), own).sender
		== "x@nadie.test"
	)


def test_a_delivery_report_names_the_mail_the_recipient_and_the_reason():
	case = next(case for case in mail_cases.messages(KNOWN) if case.key == "bounce-ours")
	bounce = read(case.raw).bounce
	assert bounce.message_id == KNOWN.open[1]
	assert bounce.recipients == ("ana@example.com",)
	assert (bounce.action, bounce.status) == ("failed", "5.1.1")
	assert "mailbox unavailable" in bounce.diagnostic


def test_the_words_of_html_leave_out_what_nobody_sees():
	html = "<head><title>t</title></head><!-- no --><p>Uno</p><script>x()</script><p>dos &lt;tres&gt;"
	assert markup.words_of(html) == "Uno\ndos <tres>"
