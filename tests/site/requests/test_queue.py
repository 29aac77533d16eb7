import json
from datetime import datetime
from zoneinfo import ZoneInfo

import frappe
import pytest
from conftest import email
from freezegun import freeze_time

from codigo_binario_support.api import queue as desk
from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.clock import assignment
from codigo_binario_support.flow.offers import quotation


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""November 2026, Mexico City's wall clock."""
	return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("America/Mexico_City"))


def in_order(names: list[str], person: str = "Administrator") -> list[str]:
	"""The names as the list shows them."""
	frappe.set_user(person)
	return frappe.get_list(
		"Support Request", filters={"name": ("in", names)}, pluck="name", order_by="queue_key asc"
	)


def test_the_queue_has_first_what_breaches_next_then_who_waits_longest_then_who_is_waited_for(
	file_request, as_user
):
	with freeze_time(at(23, 10)):
		oldest = file_request("ana", clause="faq", severity="question").name
	with freeze_time(at(24, 9)):
		asked = file_request("ana", clause="faq", severity="question").name
	with freeze_time(at(24, 10)):
		newer = file_request("ana", clause="faq", severity="question").name
		later = file_request("ana", clause="restore", severity="outage").name
		as_user("agent")
		api.act(asked, "ask_customer", "¿Qué versión?")
		done = file_request("ana", clause="faq", severity="question").name
		as_user("agent")
		api.act(done, "resolve", "Listo")
	frappe.set_user("Administrator")

	assert in_order([asked, done, later, newer, oldest]) == [later, oldest, newer, asked, done]


def test_a_request_takes_up_its_place_again_with_the_open_time_that_it_has_waited(file_request, as_user):
	with freeze_time(at(23, 9)):
		paused = file_request("ana", clause="faq", severity="question").name
	with freeze_time(at(23, 11)):
		waited = file_request("ana", clause="faq", severity="question").name
		as_user("agent")
		api.act(paused, "ask_customer", "¿Qué versión?")
	assert in_order([paused, waited]) == [waited, paused]
	with freeze_time(at(23, 17)):
		as_user("agent")
		api.act(paused, "resume")

	# Two open hours on one side, six on the other.
	assert in_order([paused, waited]) == [waited, paused]
	assert frappe.db.get_value("Support Request", paused, ["turn", "turn_since"]) == (
		"Support",
		datetime(2026, 11, 23, 17),
	)


def test_the_turn_follows_the_state(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	turns = []
	for action, reason in (("start", ""), ("ask_customer", "¿Cuál?"), ("resume", ""), ("resolve", "Listo")):
		api.act(request.name, action, reason)
		turns.append(frappe.db.get_value("Support Request", request.name, "turn"))

	assert request.turn == "Support"
	assert turns == ["Support", "Customer", "Support", "Nobody"]


def test_the_order_is_an_index_and_nothing_is_computed_per_row():
	columns = frappe.db.sql(
		"show index from `tabSupport Request` where Column_name = 'queue_key'", as_dict=True
	)
	assert columns


def test_requests_from_before_the_queue_get_their_place_from_the_patch(file_request):
	from codigo_binario_support.patches.v0_2 import place_requests

	request = file_request("ana", clause="faq", severity="question")
	frappe.db.set_value("Support Request", request.name, {"queue_key": None, "turn": None})
	place_requests.execute()

	assert frappe.db.get_value("Support Request", request.name, ["turn", "queue_key"]) == (
		request.turn,
		request.queue_key,
	)


def letters(request: str) -> list[tuple[str, str]]:
	return [
		(row.communication_medium, row.content)
		for row in frappe.get_all(
			"Communication",
			filters={"reference_doctype": "Support Request", "reference_name": request},
			fields=["communication_medium", "content"],
			order_by="creation asc",
		)
	]


@pytest.mark.parametrize("medium", ["Email", "Chat"])
def test_an_answer_is_one_message_and_what_follows_from_it(file_request, as_user, medium):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	for _time in range(2):
		api.answer(request.name, "<p>¿Qué navegador usas?</p>", "numero-0001", medium, "ask_customer")

	request.reload()
	assert [found for found, _text in letters(request.name)] == [medium]
	assert request.status == "Waiting for Customer"
	assert [row.event for row in request.clock_events] == ["create", "first_reply", "hold"]
	assert request.clock_events[-1].detail == "¿Qué navegador usas?"


@pytest.mark.parametrize("medium", ["Email", "Chat"])
def test_an_answer_about_use_carries_official_material_by_either_way(file_request, as_user, medium):
	request = file_request("ana", clause="usage_guidance", severity="question")
	as_user("agent")
	offered = desk.desk(request.name)["resources"]
	api.answer(request.name, "<p>Con gusto:</p>", "numero-0009", medium, "resolve")

	((_medium, text),) = letters(request.name)
	assert offered
	assert any(row["url"] in text for row in offered)
	request.reload()
	assert request.resolution_note == "Con gusto:"


def test_an_answer_whose_step_is_refused_is_not_sent(file_request, as_user, prices):
	prices()
	request = file_request("ana", clause="training")
	quotation.make(request.name)
	as_user("agent")
	frappe.db.savepoint("before_answer")
	with pytest.raises(frappe.ValidationError):
		api.answer(request.name, "Listo", "numero-0002", then="resolve")
	frappe.db.rollback(save_point="before_answer")

	assert letters(request.name) == []


@pytest.mark.parametrize(
	"values",
	[
		{"content": "<p> </p>"},
		{"content": "x", "medium": "Phone"},
		{"content": "x", "then": "close"},
		{"content": "x", "client_id": ""},
	],
)
def test_a_senseless_answer_is_refused(file_request, as_user, values):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	with pytest.raises(frappe.ValidationError):
		api.answer(request.name, **{"client_id": "numero-0003", **values})
	assert letters(request.name) == []


def test_a_customer_does_not_answer_as_an_agent(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("ana")
	with pytest.raises(frappe.PermissionError):
		api.answer(request.name, "hola", "numero-0004")


def test_a_canned_answer_says_the_facts_of_the_request_and_escapes_them(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question", subject="<b>Hola</b> & adiós")
	as_user("agent")
	text = desk.canned_answer(request.name, "Soporte: ya la estamos atendiendo")

	assert request.name in text
	assert "Hola, Ana:" in text
	assert "<b>Hola</b>" not in text


def test_the_canned_answers_of_the_clause_come_first_and_all_of_them_can_be_filled_in(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	choices = desk.desk(request.name)["canned"]
	shipped = [row for row in choices if row["value"].startswith("Soporte: ")]

	assert choices[0]["clause"] == "faq"
	assert len(shipped) >= 12
	for row in shipped:
		text = desk.canned_answer(request.name, row["value"])
		assert "{{" not in text and "{%" not in text
		assert "Hola, Ana:" in text


@pytest.mark.parametrize(
	"source",
	[
		"{{ frappe.db.get_value('User', 'Administrator', 'api_key') }}secreto",
		"{{ ''.__class__.__mro__[1].__subclasses__() }}secreto",
		"{{ name.__class__ }}secreto",
		"{% for x in range(999999999) %}x{% endfor %}secreto",
	],
)
def test_a_canned_answer_reaches_nothing_but_its_fields(file_request, as_user, source):
	request = file_request("ana", clause="faq", severity="question")
	frappe.set_user("Administrator")
	name = "Soporte: ya la estamos atendiendo"
	frappe.db.set_value("Email Template", name, "response", source)
	frappe.clear_document_cache("Email Template", name)
	as_user("agent")
	try:
		text = desk.canned_answer(request.name, name)
	except frappe.ValidationError:
		return
	finally:
		frappe.clear_document_cache("Email Template", name)
	assert text == "secreto"


def test_an_email_template_that_is_no_canned_answer_is_not_filled_in(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	frappe.set_user("Administrator")
	frappe.get_doc({"doctype": "Email Template", "name": "Ajena", "subject": "x", "response": "x"}).insert()
	as_user("agent")
	with pytest.raises(frappe.ValidationError, match="not one of the canned answers"):
		desk.canned_answer(request.name, "Ajena")


def test_many_at_once_each_on_its_own_and_what_fails_is_named(file_request, as_user):
	fine = [file_request("ana", clause="faq", severity="question").name for _ in range(2)]
	excluded = file_request("ana", clause="training").name
	billing = file_request("ana", clause="account_billing", severity="question").name
	as_user("agent")
	found = desk.bulk([fine[0], excluded, billing, "CBS-NO-HAY", fine[1]], "start")

	assert found["done"] == fine
	assert [row["name"] for row in found["failed"]] == [excluded, billing, "CBS-NO-HAY"]
	assert "Success Pack" in found["failed"][0]["reason"]
	assert {frappe.db.get_value("Support Request", name, "status") for name in fine} == {"In Progress"}
	assert frappe.db.get_value("Support Request", excluded, "status") == "New"


def test_many_are_resolved_with_one_reason_and_answered_with_one_text(file_request, as_user):
	names = [file_request(person, clause="faq", severity="question").name for person in ("ana", "beto")]
	as_user("agent")
	answered = desk.bulk(names, "answer", "Soporte: quedó resuelta", client_id="masiva-0001")
	again = desk.bulk(names, "answer", "Soporte: quedó resuelta", client_id="masiva-0001")
	resolved = desk.bulk(names, "resolve", reason="Era lo mismo")

	assert answered["done"] == again["done"] == resolved["done"] == names
	assert [len(letters(name)) for name in names] == [1, 1]
	assert "Hola, Ana:" in letters(names[0])[0][1]
	assert "Hola, Beto:" in letters(names[1])[0][1]


@pytest.mark.parametrize("action", ["accept", "delete", "", "reopen", "merge"])
def test_what_is_not_for_many_is_refused(file_request, as_user, action):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	with pytest.raises(frappe.ValidationError):
		desk.bulk([request.name], action)


def test_too_many_or_none_are_refused(as_user):
	as_user("agent")
	for names in ([], [f"CBS-{n}" for n in range(201)]):
		with pytest.raises(frappe.ValidationError):
			desk.bulk(names, "start")


def test_agents_read_the_age_of_the_backup_and_the_open_incidents_above_the_queue(as_user):
	as_user("agent")
	incident = frappe.get_doc(
		{"doctype": "Service Incident", "subject": "Se cayó la prueba", "opened_at": "2026-11-20 10:00:00"}
	).insert()
	found = desk.site_state()

	assert found["backup"]["text"]
	assert incident.name in {row.name for row in found["incidents"]}


def views_of(user: str) -> dict[str, list]:
	rows = frappe.get_all(
		"List Filter",
		filters={"reference_doctype": "Support Request", "for_user": user},
		fields=["filter_name", "filters"],
		order_by="creation asc",
	)
	return {row.filter_name: json.loads(row.filters) for row in rows}


def test_who_becomes_an_agent_gets_the_saved_views_once_and_they_find_what_they_say(file_request, as_user):
	review, mine = file_request("ana").name, file_request("ana", clause="faq", severity="question").name
	frappe.db.set_value("Support Request", review, "verdict", "Needs review")
	frappe.set_user("Administrator")
	user = frappe.get_doc("User", email("buyer"))
	user.add_roles("Support Agent")
	assignment.assign(frappe.get_doc("Support Request", mine), email("buyer"))
	views = views_of(email("buyer"))
	as_user("buyer")
	found = {
		label: frappe.get_list("Support Request", filters=filters, pluck="name", limit=0)
		for label, filters in views.items()
	}

	assert set(views) == {
		"Mi cola",
		"Sin asignar",
		"Por vencer hoy",
		"Esperan al cliente",
		"Por revisar",
		"Fuera de alcance sin oferta",
	}
	assert mine in found["Mi cola"] and mine not in found["Sin asignar"]
	assert review in found["Por revisar"] and review in found["Sin asignar"]
	frappe.set_user("Administrator")
	frappe.db.delete("List Filter", {"for_user": email("buyer"), "filter_name": "Por revisar"})
	user.reload()
	user.save()
	assert "Por revisar" not in views_of(email("buyer"))


def test_customers_get_no_views_of_the_queue():
	assert views_of(email("ana")) == {}
	assert views_of("") == {}
