"""The conversation of a request: stored once, heard by its readers, read on each side, mailed to who has left."""

from __future__ import annotations

from datetime import datetime, timezone

import frappe
import pytest
import versions
from conftest import email
from frappe.realtime import get_doc_room, get_user_room
from freezegun import freeze_time

from codigo_binario_support.adapters.site import realtime
from codigo_binario_support.api import chat as api
from codigo_binario_support.api import requests as requests_api
from codigo_binario_support.jobs import chat as jobs


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""November 2026, Mexico City's wall clock."""
	return datetime(2026, 11, day, hour + 6, minute, tzinfo=timezone.utc)


def number() -> str:
	return frappe.generate_hash(length=20)


def say(request, person: str, text: str, client_id: str | None = None):
	frappe.set_user(email(person))
	return api.send(request.name, text, client_id or number())


def texts(request, person: str, **looking) -> list[str]:
	frappe.set_user(email(person))
	return [row["text"] for row in api.look(request.name, **looking)["messages"]]


def published() -> list[list]:
	return list(getattr(frappe.local, "_realtime_log", []))


def test_a_message_is_a_communication_of_the_medium_chat_on_the_request(file_request):
	request = file_request("ana", clause="faq")
	sent = say(request, "ana", "  ¿Me ayudan?\r\n<b>Gracias</b> ")

	message = frappe.get_doc("Communication", sent["message"])
	assert (message.communication_medium, message.sent_or_received) == ("Chat", "Received")
	assert (message.reference_doctype, message.reference_name) == ("Support Request", request.name)
	assert message.sender == email("ana")
	assert message.text_content == "¿Me ayudan?\n<b>Gracias</b>"
	assert "<b>" not in message.content
	assert texts(request, "agent") == ["¿Me ayudan?\n<b>Gracias</b>"]


def test_a_double_click_and_a_retry_store_one_message(file_request):
	request = file_request("ana", clause="faq")
	client_id = number()
	first = say(request, "ana", "hola", client_id)
	again = say(request, "ana", "hola", client_id)

	assert (first["is_new"], again["is_new"]) == (True, False)
	assert first["message"] == again["message"]
	assert texts(request, "ana") == ["hola"]


def test_the_same_number_of_somebody_else_is_another_message(file_request):
	request = file_request("ana", clause="faq")
	client_id = number()
	say(request, "ana", "hola", client_id)
	say(request, "agent", "buenas", client_id)

	assert texts(request, "ana") == ["hola", "buenas"]


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "x" * 4001])
def test_an_empty_or_endless_message_is_refused(file_request, text):
	request = file_request("ana", clause="faq")
	with pytest.raises(frappe.ValidationError):
		say(request, "ana", text)
	assert texts(request, "ana") == []


@pytest.mark.parametrize("client_id", ["", "x", "../../../etc", "a" * 65, "'; drop table"])
def test_a_message_without_a_number_of_its_own_is_refused(file_request, client_id):
	request = file_request("ana", clause="faq")
	frappe.set_user(email("ana"))
	with pytest.raises(frappe.ValidationError, match="number of its own"):
		api.send(request.name, "hola", client_id)


def test_the_agents_first_message_stops_the_response_clock_and_the_customers_resumes_a_pause(
	file_request, as_user
):
	request = file_request("ana", clause="faq", severity="question")
	say(request, "agent", "Ya lo veo")
	as_user("agent")
	requests_api.act(request.name, "ask_customer", "¿Qué navegador?")
	say(request, "ana", "Firefox")

	request.reload()
	assert [row.event for row in request.clock_events] == ["create", "first_reply", "hold", "resume"]
	assert request.status == "In Progress"


def test_words_that_look_like_an_automatic_reply_count_when_a_person_types_them(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	requests_api.act(request.name, "ask_customer", "¿Cuándo puedes?")
	say(request, "ana", "Hoy no, estoy fuera de la oficina hasta el lunes")

	request.reload()
	assert request.clock_events[-1].event == "resume"


def test_an_agent_who_asks_for_themselves_is_the_customer_of_that_request(file_request):
	request = file_request("agent")
	say(request, "agent", "sigo sin acceso")

	request.reload()
	assert [row.event for row in request.clock_events] == ["create"]


def test_a_message_on_a_resolved_request_reopens_it_and_later_goes_into_a_new_one(file_request, as_user):
	with freeze_time(at(2, 10)):
		request = file_request("ana", clause="faq", severity="question")
		as_user("agent")
		requests_api.act(request.name, "resolve", "Listo")
	with freeze_time(at(3, 10)):
		assert say(request, "ana", "Todavía no puedo entrar")["request"] == request.name
		request.reload()
		assert request.status == "In Progress"
		as_user("agent")
		requests_api.act(request.name, "resolve", "Ahora sí")
		as_user("ana")
		requests_api.act(request.name, "close")
	with freeze_time(at(4, 10)):
		client_id = number()
		sent = say(request, "ana", "Otra vez no puedo entrar", client_id)
		again = say(request, "ana", "Otra vez no puedo entrar", client_id)

	assert sent["request"] == again["request"] != request.name
	assert frappe.db.get_value("Support Request", sent["request"], "previous_request") == request.name
	assert frappe.db.get_value("Communication", sent["message"], "reference_name") == sent["request"]


def test_the_question_of_a_pause_is_part_of_what_was_said(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	say(request, "ana", "hola")
	as_user("agent")
	requests_api.act(request.name, "ask_customer", "¿Qué navegador?")

	frappe.set_user(email("ana"))
	rows = api.look(request.name)["messages"]
	assert {(row["medium"], row["side"], row["text"]) for row in rows} == {
		("Chat", "customer", "hola"),
		("Step", "agent", "¿Qué navegador?"),
	}


def test_an_agents_note_under_the_form_is_not_part_of_what_was_said(file_request):
	request = file_request("ana", clause="faq")
	for person in ("agent", "ana"):
		frappe.set_user(email(person))
		frappe.get_doc(
			{
				"doctype": "Comment",
				"comment_type": "Comment",
				"reference_doctype": "Support Request",
				"reference_name": request.name,
				"content": f"nota de {person}",
			}
		).insert(ignore_permissions=True)

	assert texts(request, "ana") == ["nota de ana"]


def test_what_is_new_since_a_message_is_that_message_and_what_follows(file_request):
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq")
		say(request, "ana", "uno")
	with freeze_time(at(24, 11)):
		say(request, "agent", "dos")
		frappe.set_user(email("ana"))
		last = api.look(request.name)["messages"][-1]["at"]
	with freeze_time(at(24, 12)):
		say(request, "agent", "tres")

	assert texts(request, "ana", since=last) == ["dos", "tres"]
	assert texts(request, "ana", before=last) == ["uno"]


def test_each_side_has_its_own_unread_messages(file_request):
	request = file_request("ana", clause="faq")
	say(request, "agent", "uno")
	say(request, "agent", "dos")
	say(request, "ana", "tres")
	frappe.set_user(email("ana"))
	before = api.look(request.name)
	after = api.look(request.name, 1, before["messages"][-1]["at"])

	assert (before["unread"], after["unread"]) == (2, 0)
	frappe.set_user(email("agent"))
	seen = api.look(request.name)
	assert seen["unread"] == 1
	assert seen["other_side_read_up_to"] == before["messages"][-1]["at"]


def test_a_mark_never_goes_back_nor_into_the_future(file_request):
	request = file_request("ana", clause="faq")
	say(request, "agent", "uno")
	frappe.set_user(email("ana"))
	last = api.look(request.name)["messages"][-1]["at"]
	api.look(request.name, 1, last)
	for forged in ("2000-01-01T00:00:00", "2999-01-01T00:00:00", "nunca", "2026-01-01T00:00:00+00:00"):
		api.look(request.name, 1, forged)

	mark = frappe.db.get_value("Support Read Mark", f"{request.name}:{email('ana')}", "read_up_to")
	assert mark.isoformat(timespec="microseconds") == last


def test_outside_support_hours_the_conversation_says_when_support_opens(file_request):
	request = file_request("ana", clause="faq")
	frappe.local.lang = "es"
	with freeze_time(at(28, 12)):  # Saturday
		frappe.set_user(email("ana"))
		look = api.look(request.name)

	assert not look["is_open"]
	assert "abrimos el lunes 9:00" in look["opening"]


def test_no_word_of_a_message_or_a_comment_goes_over_realtime(file_request):
	request = file_request("ana", clause="faq")
	say(request, "agent", "el secreto del chat")
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Comment",
			"reference_doctype": "Support Request",
			"reference_name": request.name,
			"content": "el secreto de la nota",
		}
	).insert(ignore_permissions=True)

	rows = published()
	assert "secreto" not in frappe.as_json(rows)
	knocks = {row[2] for row in rows if row[0] == realtime.EVENT}
	assert knocks == {get_doc_room("Support Request", request.name), get_user_room(email("ana"))}


def test_the_words_of_other_documents_still_go_where_frappe_sends_them():
	frappe.set_user("Administrator")
	todo = frappe.get_doc({"doctype": "ToDo", "description": "x"}).insert()
	todo.add_comment("Comment", "aviso")

	assert [row for row in published() if row[0] == "docinfo_update" and "aviso" in frappe.as_json(row)]


@pytest.mark.parametrize(
	("person", "clause", "may"),
	[
		("beto", "faq", False),
		("other_manager", "faq", False),
		("it", "faq", False),
		("manager", "faq", True),
		("agent", "account_billing", False),
		("manager", "account_billing", False),
		("billing_agent", "account_billing", True),
		("accountant", "account_billing", True),
	],
)
def test_who_may_listen_and_look_is_who_sees_the_request(file_request, person, clause, may):
	request = file_request("ana", clause=clause, severity="question")
	say(request, "ana", "hola")
	frappe.set_user(email(person))

	def allowed(call) -> bool:
		try:
			call()
		except frappe.PermissionError:
			return False
		return True

	assert allowed(lambda: versions.may_listen("Support Request", request.name)) == may
	assert allowed(lambda: api.look(request.name)) == may
	assert allowed(lambda: api.send(request.name, "x", number())) == may


def test_a_request_that_becomes_a_billing_matter_is_closed_to_who_was_listening(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	assert texts(request, "agent") == []
	as_user("billing_agent")
	requests_api.overrule(request.name, clause="account_billing", reason="Es su factura")
	say(request, "ana", "mi tarjeta termina en 1234")

	assert "1234" not in frappe.as_json(published())
	with pytest.raises(frappe.PermissionError):
		texts(request, "agent")


def test_a_row_of_unread_messages_rings_one_bell(file_request, monkeypatch):
	rung = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **values: rung.append((method, values)))
	request = file_request("ana", clause="faq")
	rung.clear()
	for text in ("uno", "dos", "tres"):
		say(request, "ana", text)
	bells = [values for method, values in rung if "make_notification_logs" in method]

	# One for each who hears it, in as many languages as they read.
	heard = [user for bell in bells for user in bell["users"]]
	assert heard.count(email("agent")) == 1 and email("ana") not in heard
	assert len(heard) == len(set(heard))


@pytest.fixture
def outgoing(monkeypatch):
	"""An outgoing account, and what would be mailed."""
	mails = []
	monkeypatch.setattr(
		jobs.EmailAccount, "find_outgoing", lambda **_kw: frappe._dict(email_id="soporte@example.com")
	)
	monkeypatch.setattr(frappe, "sendmail", lambda **values: mails.append(values))
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	return mails


def test_who_has_left_gets_the_unread_answers_once_in_one_mail(file_request, outgoing):
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq")
		say(request, "ana", "hola")
		say(request, "agent", "Entra a <Usuarios>")
		say(request, "agent", "y elige tu nombre")
	for minute in (5, 12, 20):
		with freeze_time(at(24, 10, minute)):
			frappe.set_user("Administrator")
			jobs.mail_unread()

	mine = [mail for mail in outgoing if mail["reference_name"] == request.name]
	assert len(mine) == 1
	assert mine[0]["recipients"] == [email("ana")]
	assert request.name in mine[0]["subject"]
	assert "Entra a &lt;Usuarios&gt;" in mine[0]["message"] and "y elige tu nombre" in mine[0]["message"]
	assert "hola" not in mine[0]["message"]


def test_nothing_is_mailed_to_who_is_looking_or_has_read(file_request, outgoing):
	with freeze_time(at(24, 10)):
		present, reader = file_request("ana", clause="faq"), file_request("beto", clause="faq")
		say(present, "agent", "uno")
		say(reader, "agent", "uno")
		frappe.set_user(email("beto"))
		api.look(reader.name, 1, api.look(reader.name)["messages"][-1]["at"])
	with freeze_time(at(24, 10, 14)):
		frappe.set_user(email("ana"))
		api.look(present.name, 1)
	with freeze_time(at(24, 10, 15)):
		frappe.set_user("Administrator")
		jobs.mail_unread()

	assert not [mail for mail in outgoing if mail["reference_name"] in (present.name, reader.name)]


def test_without_an_outgoing_account_nothing_is_mailed_and_nothing_fails(file_request, monkeypatch):
	mails = []
	monkeypatch.setattr(jobs.EmailAccount, "find_outgoing", lambda **_kw: None)
	monkeypatch.setattr(frappe, "sendmail", lambda **values: mails.append(values))
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq")
		say(request, "agent", "uno")
	with freeze_time(at(24, 11)):
		jobs.mail_unread()

	assert mails == []


def test_only_the_bell_and_the_mail_leave_the_conversation_in_the_policys_language(file_request, outgoing):
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq")
		say(request, "agent", "uno")
	with freeze_time(at(24, 10, 30)):
		frappe.set_user("Administrator")
		frappe.local.lang = "en"
		jobs.mail_unread()

	mine = [mail for mail in outgoing if mail["reference_name"] == request.name]
	assert "te escribió" in mine[0]["message"]
