"""The portal, by people with an account and no desk."""

from __future__ import annotations

from datetime import datetime, timezone
from io import BytesIO
from types import SimpleNamespace

import frappe
import pytest
from conftest import email
from freezegun import freeze_time
from portal_people import customer_site, forget_pace, keep_portal_people, provider_site
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from codigo_binario_support.adapters.access import people
from codigo_binario_support.adapters.requests.requests import page_of
from codigo_binario_support.api import chat as chat_api
from codigo_binario_support.api import files
from codigo_binario_support.api import portal as api
from codigo_binario_support.api import requests as requests_api
from codigo_binario_support.flow.offers import quotation
from codigo_binario_support.flow.views import portal
from codigo_binario_support.jobs.evidence import broken_evidence
from codigo_binario_support.operations.statements.portal_status import portal_status
from codigo_binario_support.operations.statements.promise_status import CACHE


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""November 2026, Mexico City's wall clock."""
	return datetime(2026, 11, day, hour + 6, minute, tzinfo=timezone.utc)


def number() -> str:
	return frappe.generate_hash(length=20)


@pytest.fixture(scope="module", autouse=True)
def portal_people(site):
	keep_portal_people()


@pytest.fixture(autouse=True)
def unhurried(transaction):
	forget_pace()


@pytest.fixture
def filed(as_user):
	"""A request of the provider's customer Clara, decided by an agent so that nothing hangs on the classifier."""

	def file(clause: str = "faq", second_clause: str = ""):
		provider_site()
		as_user("clara")
		name = api.file("No puedo entrar", "¿Cómo reinicio mi contraseña?", number())["request"]
		as_user("billing_agent")
		requests_api.overrule(name, clause, second_clause, "question", "lo decide la prueba")
		as_user("clara")
		return frappe.get_doc("Support Request", name)

	return file


def page(route: str, person: str) -> str:
	"""The page as a browser gets it."""
	from frappe.website.serve import get_response_content

	frappe.set_user(email(person) if person != "Guest" else person)
	frappe.local.lang = "es"
	frappe.local.form_dict = frappe._dict()
	frappe.local.request = Request(EnvironBuilder(path=f"/{route.strip('/')}").get_environ())
	frappe.local.session_obj = SimpleNamespace(update=lambda **_values: None)
	try:
		return get_response_content(route.strip("/"))
	finally:
		del frappe.local.request, frappe.local.session_obj


@pytest.mark.parametrize(
	("kind", "access", "person", "may"),
	[
		(provider_site, "Our own people", "clara", True),
		(provider_site, "Our own people", "stranger", False),
		(provider_site, "Our own people", "elena", False),
		(provider_site, "Everybody with an account", "stranger", True),
		(provider_site, "Nobody", "clara", False),
		(customer_site, "Our own people", "elena", True),
		(customer_site, "Our own people", "clara", False),
		(customer_site, "Our own people", "stranger", False),
		(customer_site, "Everybody with an account", "clara", True),
		(customer_site, "Nobody", "elena", False),
		(customer_site, "Nobody", "ana", True),
	],
)
def test_who_may_ask_for_support(as_user, kind, access, person, may):
	kind(access)
	as_user(person)

	assert people.can_request_support() == may
	if not may:
		with pytest.raises(frappe.PermissionError):
			api.file("Asunto", "¿Cómo entro?", number())


def test_a_subject_runs_nothing_in_the_page_of_its_request(as_user):
	customer_site()
	as_user("elena")
	subject = "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
	name = api.file(subject, "¿Cómo entro?", number())["request"]

	shown = page(page_of(name), "elena")
	assert name in shown and "<script>alert(1)" not in shown


def test_a_guest_may_not_ask():
	frappe.set_user("Guest")
	with pytest.raises(frappe.PermissionError):
		api.file("Asunto", "¿Cómo entro?", number())


def test_a_contact_that_somebody_wrote_for_themselves_opens_nothing(as_user):
	provider_site()
	as_user("stranger")
	frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Yo",
			"user": email("stranger"),
			"links": [
				{
					"link_doctype": "Customer",
					"link_name": frappe.db.get_value(
						"Customer", {"customer_name": "Soporte Prueba Clara SA"}
					),
				}
			],
		}
	).insert(ignore_permissions=True)

	assert not people.can_request_support()


def test_a_portal_user_files_in_plain_text_and_reads_the_whole_answer(as_user):
	provider_site()
	as_user("clara")
	filed = api.file("No entro", "Olvidé mi contraseña.\n\n<script>alert(1)</script>", number())
	request = frappe.get_doc("Support Request", filed["request"])

	assert (request.raised_by, request.channel) == (email("clara"), "Portal")
	assert request.customer == frappe.db.get_value("Customer", {"customer_name": "Soporte Prueba Clara SA"})
	assert "<script" not in request.description
	html = page(filed["url"], "clara")
	assert "No entro" in html and "Conversación" in html and "<script>alert(1)" not in html


def test_filing_twice_with_one_number_files_once(as_user):
	provider_site()
	as_user("clara")
	client_id = number()
	first = api.file("No entro", "Olvidé mi contraseña", client_id)
	again = api.file("No entro", "Olvidé mi contraseña", client_id)

	assert (first["is_new"], again["is_new"]) == (True, False)
	assert first["request"] == again["request"]


def test_the_database_itself_refuses_a_second_request_with_one_number(as_user, monkeypatch):
	"""Two workers: the second began before the first had committed, and does not see its request."""
	provider_site()
	as_user("clara")
	client_id = number()
	first = api.file("No entro", "Olvidé mi contraseña", client_id)
	real = frappe.db.get_value

	def blind(doctype, filters=None, *args, **values):
		if isinstance(filters, dict) and "filing_key" in filters and not values.get("for_update"):
			return None
		return real(doctype, filters, *args, **values)

	monkeypatch.setattr(frappe.db, "get_value", blind)
	again = api.file("No entro", "Olvidé mi contraseña", client_id)

	assert (again["request"], again["is_new"]) == (first["request"], False)


@pytest.mark.parametrize(("subject", "text"), [("", "x"), ("x", " "), ("x", "y" * 20_001)])
def test_an_empty_or_endless_request_is_refused(as_user, subject, text):
	provider_site()
	as_user("clara")
	with pytest.raises(frappe.ValidationError):
		api.file(subject, text, number())


def test_the_list_says_where_each_request_stands_in_plain_words(filed, as_user):
	request = filed()
	as_user("agent")
	requests_api.act(request.name, "ask_customer", "¿Qué navegador?")
	chat_api.send(request.name, "¿Sigues ahí?", number())
	html = page("soporte", "clara")

	assert request.name in html
	assert "Esperamos tu respuesta." in html
	assert "1 sin leer" in html
	assert request.name not in page("soporte", "carlos")


def test_the_page_of_somebody_elses_request_says_the_same_as_that_of_none(filed):
	request = filed()
	theirs, none = page(f"soporte/{request.name}", "carlos"), page("soporte/CBS-2000-99999", "carlos")

	assert "no existe o no es tuya" in theirs and "no existe o no es tuya" in none
	assert request.subject not in theirs


def test_a_guest_and_a_stranger_read_a_friendly_page(filed):
	filed()
	provider_site()
	guest, stranger = page("soporte", "Guest"), page("soporte", "stranger")

	assert "/login?redirect-to=" in guest and "Iniciar sesión" in guest
	assert "todavía no puede pedir soporte" in stranger


def test_what_is_typed_is_answered_with_the_clause_before_it_is_sent(as_user):
	provider_site()
	as_user("clara")
	frappe.local.lang = "es"
	found = api.suggest("Visita a la planta", "Necesitamos que un técnico venga a nuestras oficinas")

	assert found["is_excluded"]
	assert found["text"] == "Soporte en sitio ni visitas del equipo de soporte a tus instalaciones."
	assert "Puedes enviarlo de todos modos" in found["note"]
	before = frappe.db.count("Support Request")
	assert api.suggest("", "hola")["note"] == ""
	assert frappe.db.count("Support Request") == before


def test_official_answers_are_suggested_while_one_types(as_user):
	provider_site()
	frappe.set_user("Administrator")
	if not frappe.db.exists("Help Category", "Soporte prueba"):
		frappe.get_doc({"doctype": "Help Category", "category_name": "Soporte prueba"}).insert()
	frappe.get_doc(
		{
			"doctype": "Help Article",
			"title": "Borrador: olvidé mi contraseña",
			"category": "Soporte prueba",
			"published": 0,
			"content": "<p>Olvidé mi contraseña, ¿cómo la reinicio?</p>",
		}
	).insert()
	as_user("clara")
	frappe.local.lang = "es"
	guides = api.suggest("", "olvidé mi contraseña, ¿cómo la reinicio?")["guides"]

	assert any("contraseña" in row["title"] for row in guides)
	assert all(row["url"] and row["title"] != "Borrador: olvidé mi contraseña" for row in guides)


def test_a_contested_verdict_stands_until_a_person_decides_again(filed, as_user):
	request = filed("training")
	api.contest(request.name, "Solo pregunté cómo se hace")
	api.contest(request.name, "otra vez")

	request.reload()
	assert request.is_contested == 1
	assert (request.verdict, request.clause) == ("Out of scope", "training")
	assert [row.action for row in request.clock_events].count("contest") == 1
	assert request.decisions[-1].decided_by == email("clara")
	assert "Solo pregunté" in request.decisions[-1].reason
	as_user("agent")
	requests_api.overrule(request.name, clause="training", reason="Sí es un curso")

	request.reload()
	assert request.is_contested == 0
	assert request.decisions[-1].reason == "Sí es un curso"
	assert not [row for row in broken_evidence()[1] if request.name in row]
	as_user("clara")
	api.contest(request.name, "Insisto")
	request.reload()
	assert request.is_contested == 1


def test_a_contest_needs_a_reason_a_verdict_and_the_customer(filed, as_user):
	request = filed("training")
	with pytest.raises(frappe.ValidationError, match="reason"):
		api.contest(request.name, " ")
	as_user("agent")
	with pytest.raises(frappe.PermissionError):
		api.contest(request.name, "x")


def test_a_contest_rings_the_bell_of_the_agents(filed, monkeypatch):
	request = filed("training")
	rung = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **values: rung.append(values))
	api.contest(request.name, "Solo pregunté cómo se hace")

	heard = [user for values in rung for user in values.get("users", ())]
	assert heard.count(email("agent")) == 1 and len(heard) == len(set(heard))


def test_an_answer_is_rated_once_it_is_resolved_and_not_changed_after_it_is_closed(filed, as_user):
	request = filed()
	with pytest.raises(frappe.ValidationError):
		api.rate(request.name, 5)
	as_user("agent")
	requests_api.act(request.name, "resolve", "Se envió la guía")
	as_user("clara")
	for stars in (0, 6, -1):
		with pytest.raises(frappe.ValidationError, match="1 to 5"):
			api.rate(request.name, stars)
	api.rate(request.name, 3, "lento")
	api.rate(request.name, 4, "bien")
	api.rate(request.name, 4, "bien")
	api.act(request.name, "close")
	with pytest.raises(frappe.ValidationError, match="rating stands"):
		api.rate(request.name, 1)

	request.reload()
	assert (request.rating, request.rating_comment) == (4, "bien")
	assert [row.detail for row in request.clock_events if row.action == "rate"] == ["3/5 lento", "4/5 bien"]


def test_an_agent_rates_nothing(filed, as_user):
	request = filed()
	as_user("agent")
	requests_api.act(request.name, "resolve", "Listo")
	with pytest.raises(frappe.PermissionError):
		api.rate(request.name, 5)


def test_a_resolved_request_is_opened_again_on_the_portal(filed, as_user):
	request = filed()
	as_user("agent")
	requests_api.act(request.name, "resolve", "Listo")
	as_user("clara")
	api.act(request.name, "reopen", "Sigue igual")

	request.reload()
	assert request.status == "In Progress"


@pytest.mark.parametrize("action", ["start", "ask_customer", "propose", "withdraw_offer", "accept", "fly"])
def test_what_is_not_the_customers_to_do_is_refused(filed, action):
	request = filed()
	with pytest.raises(frappe.PermissionError):
		api.act(request.name, action, "x")


@pytest.fixture
def offered(filed, prices):
	def offer():
		prices(950)
		request = filed("training")
		quotation.make(request.name)
		request.reload()
		assert (request.offer_doctype, request.offer_status) == ("Quotation", "Draft")
		frappe.set_user(email("clara"))
		return request

	return offer


def test_an_offer_is_asked_about_without_being_answered_and_then_accepted(offered):
	request = offered()
	client_id = number()
	api.ask_about_offer(request.name, "¿Incluye IVA?", client_id)
	api.ask_about_offer(request.name, "¿Incluye IVA?", client_id)

	request.reload()
	assert request.offer_status == "Draft"
	assert [row.action for row in request.clock_events].count("ask_offer") == 1
	assert [row["text"] for row in chat_api.look(request.name)["messages"]] == ["¿Incluye IVA?"]
	assert "Sí, aceptar" in page(f"soporte/{request.name}", "clara")
	frappe.set_user(email("clara"))
	api.answer_offer(request.name, 1)
	request.reload()
	assert (request.offer_status, request.status) == ("Accepted", "In Progress")


def test_an_offer_is_declined_with_a_reason_and_by_the_customer_only(offered, as_user):
	request = offered()
	as_user("agent")
	with pytest.raises(frappe.PermissionError):
		api.answer_offer(request.name, 1)
	as_user("clara")
	with pytest.raises(frappe.ValidationError, match="reason"):
		api.answer_offer(request.name, 0)
	api.answer_offer(request.name, 0, "Muy caro")

	request.reload()
	assert request.offer_status == "Declined"


@pytest.fixture
def with_upload():
	def attach(name: str, content: bytes = b"contenido"):
		frappe.local.request = frappe._dict(
			files=MultiDict({"file": FileStorage(BytesIO(content), filename=name)}), headers={}, method="POST"
		)

	yield attach
	if hasattr(frappe.local, "request"):
		del frappe.local.request


def test_a_file_comes_with_a_message_private_and_is_read_by_both_sides_only(filed, with_upload, as_user):
	request = filed()
	content = frappe.generate_hash(length=30).encode()
	with_upload("captura.png", content)
	sent = chat_api.send(request.name, "", number())
	del frappe.local.request

	(file,) = [row for row in files.of_request(request) if row["file_name"].startswith("captura")]
	assert frappe.db.get_value("File", file["name"], "is_private") == 1
	row = next(row for row in chat_api.look(request.name)["messages"] if row["name"] == sent["message"])
	assert [found["name"] for found in row["files"]] == [file["name"]]
	for person in ("clara", "agent"):
		as_user(person)
		chat_api.download(request.name, file["name"])
		assert frappe.local.response.filecontent in (content, content.decode())
		assert frappe.local.response.display_content_as == "attachment"
	for person in ("carlos", "stranger", "beto"):
		as_user(person)
		with pytest.raises(frappe.PermissionError):
			chat_api.download(request.name, file["name"])


def test_a_file_of_something_else_is_not_served(filed, as_user):
	request = filed()
	frappe.set_user("Administrator")
	other = frappe.get_doc(
		{"doctype": "File", "file_name": f"{number()}.txt", "content": number(), "is_private": 1}
	).insert()
	as_user("clara")
	for name in (other.name, "../../site_config.json", ""):
		with pytest.raises(frappe.PermissionError):
			chat_api.download(request.name, name)


@pytest.mark.parametrize("name", ["malo.exe", "pagina.html", "dibujo.svg", "guion.js", "sin_extension"])
def test_a_kind_of_file_that_could_run_is_refused(filed, with_upload, name):
	request = filed()
	with_upload(name)
	with pytest.raises(frappe.ValidationError, match="not a kind of file"):
		chat_api.send(request.name, "mira", number())


def test_the_state_of_the_promises_claims_nothing_that_is_not_recorded():
	frappe.set_user("Administrator")
	for doctype in ("Backup Record", "Restore Drill", "Service Incident"):
		frappe.db.delete(doctype)
	frappe.cache.delete_value(CACHE)

	assert {row["label"]: row["state"] for row in portal_status()} == {
		"Last verified backup": "Not proven",
		"Last restore drill": "Not proven",
		"Availability this month": "Not proven",
	}


def test_the_plain_words_say_when_something_promised_is_late(filed):
	with freeze_time(at(24, 10)):
		request = filed("restore")
		frappe.set_user(email("billing_agent"))
		requests_api.overrule(request.name, "restore", "", "outage", "es una restauración")
		frappe.set_user(email("clara"))
		frappe.local.lang = "es"
		row = next(row for row in portal.mine()["rows"] if row["name"] == request.name)
		assert row["clock"].startswith("Compromiso: a más tardar el martes 12:00")
	with freeze_time(at(24, 13)):
		row = next(row for row in portal.mine()["rows"] if row["name"] == request.name)
		assert row["clock"].startswith("Vamos tarde por 1 h 00 min")


def test_the_page_without_a_script_links_what_was_answered_and_escapes_it(filed, as_user):
	name = filed("connectivity").name
	as_user("billing_agent")
	requests_api.answer(
		name,
		'<p>Mira <a href="https://docs.example.com/a">la <b>guía</b></a> &lt;img src=x onerror=alert(1)&gt;</p>',
		"formato-0002",
	)
	shown = page(page_of(name), "clara")
	assert '<a href="https://docs.example.com/a" rel="noopener noreferrer nofollow"' in shown
	assert "<img src=x" not in shown and "&lt;img src=x onerror" in shown
	assert "**" not in shown
