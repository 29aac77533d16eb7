"""The bell of the desk: in the language of who hears it, and it says what happened."""

import frappe
import pytest
from conftest import email

from codigo_binario_support.adapters.site import background
from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.offers import quotation
from codigo_binario_support.flow.views import panel
from codigo_binario_support.jobs import offers


@pytest.fixture(autouse=True)
def languages_are_forgotten(transaction):
	"""A language that is rolled back must go from the cache too."""
	yield
	frappe.db.rollback()
	frappe.clear_cache()


@pytest.fixture
def rung(monkeypatch):
	"""(user, subject) of every bell, rung at once instead of in a worker, which has no language of its own."""
	heard: list[tuple[str, str]] = []

	def ring(_method, *, users=(), doc=None, **_options):
		heard.extend((user, doc["subject"]) for user in users)

	monkeypatch.setattr(background, "enqueue", ring)
	return heard


def speaks(**languages: str) -> None:
	for person, language in languages.items():
		frappe.db.set_value("User", email(person), "language", language)


def test_a_bell_that_a_worker_rings_is_in_the_language_of_each_who_hears_it(file_request, rung):
	request = file_request("ana", subject="Ayuda <b>ya</b>")
	speaks(agent="es", billing_agent="en")
	frappe.set_user("Administrator")
	frappe.local.lang = "en"
	panel.notify_agents(request)

	heard = dict(rung)
	about = f"{request.name}: Ayuda &lt;b&gt;ya&lt;/b&gt;"
	assert heard[email("agent")] == f"Nueva solicitud de soporte {about}"
	assert heard[email("billing_agent")] == f"New support request {about}"
	assert frappe.local.lang == "en"


def test_who_chose_no_language_reads_that_of_the_site(file_request, rung):
	request = file_request("ana")
	speaks(agent="")
	frappe.db.set_default("lang", "es")
	frappe.local.lang = "en"
	panel.notify_agents(request)
	assert dict(rung)[email("agent")].startswith("Nueva solicitud")


def test_the_customer_hears_what_happened(file_request, as_user, rung):
	request = file_request("ana", clause="faq", severity="question", subject="Contraseña")
	speaks(ana="es")
	as_user("agent")
	for action in ("start", "ask_customer", "resume", "resolve", "reopen", "resolve", "close"):
		api.act(request.name, action, "porque sí")
	assert [subject.split(request.name)[0] for user, subject in rung if user == email("ana")] == [
		"Ya hay alguien trabajando en tu solicitud ",
		"Te preguntamos algo en ",
		"Seguimos con tu solicitud ",
		"Tu solicitud ",
		"Reabrimos tu solicitud ",
		"Tu solicitud ",
		"Tu solicitud ",
	]


def test_an_offer_is_told_as_one_also_where_the_request_goes_on(file_request, rung, prices, monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	prices()
	request = file_request("ana", clause="faq", second_clause="data_import", severity="question")
	speaks(ana="es")
	frappe.set_user("Administrator")
	assert request.status == "New" and request.offer_status == quotation.WAITING
	rung.clear()
	offers.retry_waiting()
	told = [subject for user, subject in rung if user == email("ana") and request.name in subject]
	assert told == [f"Hay una propuesta que contestar en {request.name}: {request.subject}"]


def test_the_agent_hears_what_the_customer_did(file_request, as_user, rung):
	request = file_request("ana", clause="faq", severity="question")
	speaks(agent="es", billing_agent="en")
	as_user("ana")
	rung.clear()
	api.act(request.name, "resolve", "Ya quedó")
	heard = dict(rung)
	assert heard[email("agent")].startswith(f"El cliente dice que {request.name} está resuelta")
	assert heard[email("billing_agent")].startswith(f"The customer says that {request.name} is resolved")
