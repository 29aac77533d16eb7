"""An answer by any way resumes, reopens, or becomes a new linked request."""

from datetime import timedelta

import frappe
import pytest
from conftest import email
from freezegun import freeze_time
from life import at, events, message

from codigo_binario_support.api import chat
from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.channels import acknowledgement
from codigo_binario_support.flow.views import portal


def comment(request, person: str, content: str):
	frappe.set_user(email(person))
	return frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Comment",
			"reference_doctype": "Support Request",
			"reference_name": request.name,
			"content": content,
		}
	).insert(ignore_permissions=True)


def write(way: str, request, content: str):
	if way == "comment":
		return comment(request, "ana", content)
	medium = "Chat" if way == "chat" else "Email"
	return message(request, "ana", received=way != "portal", communication_medium=medium, content=content)


@pytest.fixture
def resolved(file_request, as_user):
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq", severity="question")
		as_user("agent")
		api.act(request.name, "resolve", "Se envió la guía")
	return request


WAYS = ["mail", "chat", "portal", "comment"]


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_by_any_way_reopens_a_resolved_request_within_the_days(resolved, way):
	with freeze_time(at(24, 10) + timedelta(days=7)):
		write(way, resolved, "<p>Sigue sin funcionar</p>")

	assert events(resolved)[-1] == "reopen"
	assert resolved.status == "In Progress"
	assert frappe.get_all("Support Request", {"previous_request": resolved.name}) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_later_answer_becomes_a_new_request_linked_to_the_old_one(resolved, way):
	with freeze_time(at(24, 10) + timedelta(days=7, seconds=1)):
		written = write(way, resolved, "<p>Otra vez olvidé mi contraseña</p>")

	assert events(resolved)[-1] == "resolve"
	name = frappe.db.get_value("Support Request", {"previous_request": resolved.name})
	new = frappe.get_doc("Support Request", name)
	assert (new.raised_by, new.status, new.company) == (email("ana"), "New", resolved.company)
	assert "Otra vez" in new.description
	if way != "comment":
		assert written.reference_name == name


def test_an_answer_on_a_closed_request_becomes_a_new_one_at_once(resolved, as_user):
	with freeze_time(at(24, 11)):
		as_user("ana")
		api.act(resolved.name, "close")
		write("mail", resolved, "Una cosa más: ¿cómo doy de alta a un usuario?")

	resolved.reload()
	assert resolved.status == "Closed"
	assert frappe.db.exists("Support Request", {"previous_request": resolved.name})


@pytest.mark.parametrize("days", [1, 30])
def test_a_mere_thank_you_reopens_nothing_and_files_nothing(resolved, days):
	with freeze_time(at(24, 10) + timedelta(days=days)):
		write("mail", resolved, "<p>Muchas gracias, quedó perfecto.</p><p>Saludos</p>")

	assert events(resolved)[-1] == "resolve"
	assert frappe.get_all("Support Request", {"previous_request": resolved.name}) == []


def test_a_short_yes_resumes_what_waits_for_it(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	api.act(request.name, "ask_customer", "¿Ya quedó?")
	write("chat", request, "Listo, gracias")

	assert events(request)[-1] == "resume"


def test_an_offer_is_not_answered_by_a_message(file_request, as_user, prices):
	prices()
	request = file_request("ana", clause="training")
	as_user("ana")
	api.make_offer(request.name)
	before = events(request)
	assert request.status == "Waiting for Acceptance"
	write("mail", request, "Sí, acepto")

	assert events(request) == before


def test_the_days_are_those_of_the_policy_that_the_request_was_filed_under(file_request, as_user):
	frappe.set_user("Administrator")
	policy = frappe.get_doc("Support Policy", {"enabled": 1})
	policy.reopen_days = 0
	policy.save()
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq", severity="question")
		as_user("agent")
		api.act(request.name, "resolve", "Listo")
	frappe.set_user("Administrator")
	policy.reload()
	policy.reopen_days = 90
	policy.save()
	with freeze_time(at(24, 11)):
		write("chat", request, "Sigue igual")

	assert events(request)[-1] == "resolve"
	assert frappe.db.exists("Support Request", {"previous_request": request.name})


def test_a_client_cannot_say_who_asks_or_what_came_before(file_request):
	other = file_request("beto")
	request = file_request("ana", previous_request=other.name, raised_by=email("beto"))

	assert (request.previous_request, request.raised_by) == (None, email("ana"))


def test_an_agents_chat_and_the_subject_of_a_mail_say_an_ampersand_as_it_is(file_request, as_user):
	request = file_request("ana", clause="restore", severity="question")
	as_user("agent")
	api.answer(
		request.name, "<p>Compras &amp; ventas&nbsp;&lt;hoy&gt;</p>", frappe.generate_hash(length=20), "Chat"
	)

	said = frappe.get_last_doc("Communication", {"reference_name": request.name})
	assert said.text_content == "Compras & ventas\xa0<hoy>"
	assert "&lt;hoy&gt;" in said.content
	request.subject = "Compras & ventas"
	subject, body = acknowledgement.written(request)
	assert "Compras & ventas" in subject and "Compras &amp; ventas" in body


def test_a_formatted_answer_is_read_in_words_with_links_on_both_sides(file_request, as_user):
	request = file_request("ana", clause="connectivity", severity="question")
	as_user("agent")
	content = (
		"<p>Tu solicitud <strong>CBS-1</strong>\nestá lista. Mira:</p>"
		'<ul><li><a href="https://docs.example.com/clave">Cambiar la contraseña</a></li></ul>'
		'<p><a href="javascript:alert(1)">esto</a> &lt;img src=x onerror=alert(1)&gt;</p>'
	)
	api.answer(request.name, content, "formato-0001")
	shown = (
		"Tu solicitud CBS-1 está lista. Mira:\n• Cambiar la contraseña: https://docs.example.com/clave\n"
		"esto <img src=x onerror=alert(1)>"
	)
	for person in ("ana", "agent"):
		as_user(person)
		(said,) = chat.look(request.name, is_present=1)["messages"]
		assert said["text"] == shown
	as_user("ana")
	(row,) = portal.one(frappe.get_doc("Support Request", request.name))["conversation"]
	assert [part for part, is_link in row["parts"] if is_link] == ["https://docs.example.com/clave"]
