"""A request in Frappe Helpdesk, where that is installed: one ticket, one clock, every message once on either side."""

from __future__ import annotations

from contextlib import contextmanager

import frappe
import pytest
from conftest import email

from codigo_binario_support.adapters.requests import helpdesk
from codigo_binario_support.api import requests as api
from codigo_binario_support.jobs import helpdesk as jobs

TICKET = "HD Ticket"


@pytest.fixture(autouse=True)
def only_with_helpdesk(transaction):
	if not helpdesk.is_installed():
		pytest.skip("Frappe Helpdesk is not installed on this site")
	helpdesk.make_fields()
	frappe.get_doc("User", email("agent")).add_roles("Agent")
	frappe.db.set_single_value("Support Promise Settings", "mirrors_helpdesk", 1)
	frappe.clear_document_cache("Support Promise Settings", "Support Promise Settings")


@contextmanager
def as_person(person):
	before = frappe.session.user
	frappe.set_user(email(person))
	try:
		yield
	finally:
		frappe.set_user(before)


def mirrored(request):
	"""The ticket of a request, as the background writes it."""
	with as_person("Administrator"):
		jobs.write(request.name)
		return frappe.get_doc(TICKET, {"support_request": request.name})


def messages(doctype, name):
	return frappe.get_all(
		"Communication",
		filters={
			"reference_doctype": doctype,
			"reference_name": str(name),
			"communication_type": "Communication",
		},
		fields=["name", "content", "sent_or_received", "owner"],
		order_by="creation asc",
	)


def say(doctype, name, content, person, is_sent):
	# Helpdesk's own mailbox and portal write a customer's words as the system.
	with as_person(person if is_sent or doctype == "Support Request" else "Administrator"):
		return frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"communication_medium": "Chat" if doctype == "Support Request" else "Email",
				"sent_or_received": "Sent" if is_sent else "Received",
				"subject": "Re",
				"content": content,
				"sender": email(person),
				"reference_doctype": doctype,
				"reference_name": str(name),
			}
		).insert(ignore_permissions=True)


def everything(request, ticket):
	"""The background, to its end: every message of both sides is offered for copying, twice."""
	with as_person("Administrator"):
		for _turn in range(2):
			jobs.write(request.name)


def test_a_request_is_one_ticket_with_verdict_and_due_time(file_request):
	request = file_request("ana", "restore", severity="outage")
	ticket = mirrored(request)
	request.reload()
	assert ticket.subject == request.subject and ticket.raised_by == email("ana")
	assert ticket.support_verdict and ticket.support_clause
	assert ticket.support_due_at == request.due_at is not None
	assert ticket.resolution_by == request.restore_due_at
	assert mirrored(request).name == ticket.name
	assert frappe.db.count(TICKET, {"support_request": request.name}) == 1


def test_a_ticket_that_says_so_already_is_not_saved_again(file_request, as_user):
	request = file_request("ana", "faq")
	saved = mirrored(request).modified
	assert mirrored(request).modified == saved
	as_user("agent")
	api.act(request.name, "resolve", "Listo")
	assert mirrored(request).modified > saved


def test_there_is_one_clock_where_nothing_is_promised(file_request):
	ticket = mirrored(file_request("ana", "faq"))
	assert (ticket.sla, ticket.response_by, ticket.resolution_by) == (None, None, None)
	ticket.priority = "Low"
	with as_person("Administrator"):
		ticket.save()
	ticket.reload()
	assert (ticket.sla, ticket.response_by, ticket.resolution_by) == (None, None, None)


def test_every_message_arrives_once_on_the_other_side(file_request):
	request = file_request("ana", "faq")
	ticket = mirrored(request)
	say("Support Request", request.name, "¿Y si el correo no llega?", "ana", is_sent=False)
	say(TICKET, ticket.name, "Revisa la carpeta de correo no deseado.", "agent", is_sent=True)
	say("Support Request", request.name, "Ya llegó, gracias a ti pude entrar.", "ana", is_sent=False)
	everything(request, ticket)
	on_request = [row.content for row in messages("Support Request", request.name)]
	on_ticket = [row.content for row in messages(TICKET, ticket.name)]
	for words in ("no llega", "no deseado", "pude entrar"):
		assert sum(words in text for text in on_request) == 1, (words, on_request)
		assert sum(words in text for text in on_ticket) == 1, (words, on_ticket)
	assert len(on_request) == 3, "the description is no message"


def test_an_agents_reply_over_there_is_the_first_answer_here(file_request):
	request = file_request("ana", "faq")
	ticket = mirrored(request)
	say(TICKET, ticket.name, "Aquí está la guía.", "agent", is_sent=True)
	everything(request, ticket)
	request.reload()
	assert request.answered_at and request.status == "In Progress"


def test_a_stranger_on_the_ticket_does_not_reach_the_request(file_request):
	request = file_request("ana", "faq")
	ticket = mirrored(request)
	say(TICKET, ticket.name, "Soy otra persona", "beto", is_sent=False)
	with as_person("Administrator"):
		jobs.write(request.name)
	assert "Soy otra persona" not in [row.content for row in messages("Support Request", request.name)]


def test_the_status_of_the_request_is_the_tickets(file_request, as_user):
	request = file_request("ana", "faq")
	assert mirrored(request).status_category == "Open"
	as_user("agent")
	api.act(request.name, "ask_customer", "¿Cuál usuario?")
	assert mirrored(request).status_category == "Paused"
	as_user("agent")
	api.act(request.name, "resolve", "Listo")
	assert mirrored(request).status == "Resolved"


def set_status(ticket, status, person):
	with as_person(person):
		ticket.reload()
		ticket.status = status
		ticket.status_category = None
		ticket.flags.ignore_permissions = True
		ticket.save()


def test_a_status_set_over_there_is_the_step_it_stands_for(file_request):
	request = file_request("ana", "faq")
	ticket = mirrored(request)
	set_status(ticket, "Resolved", "agent")
	request.reload()
	assert request.status == "Resolved"
	assert request.clock_events[-1].source == f"HD Ticket {ticket.name}"
	set_status(ticket, "Open", "agent")
	request.reload()
	assert request.status == "In Progress"


def test_a_step_that_the_rules_forbid_is_refused_over_there_too(file_request):
	request = file_request("ana", "onsite_visit")
	ticket = mirrored(request)
	set_status(ticket, "Resolved", "agent")
	request.reload()
	assert request.status == "Resolved"
	with pytest.raises(frappe.PermissionError):
		set_status(ticket, "Open", "it")


def test_billing_stays_out_and_what_becomes_billing_leaves(file_request, as_user):
	request = file_request("ana", "account_billing")
	with as_person("Administrator"):
		jobs.write(request.name)
	assert not helpdesk.ticket_of(request.name)
	other = file_request("ana", "faq", description="Mi RFC es XAXX010101000")
	ticket = mirrored(other)
	as_user("billing_agent")
	api.overrule(other.name, clause="account_billing", reason="Es de facturación")
	with as_person("Administrator"):
		jobs.write(other.name)
	ticket.reload()
	assert "RFC" not in f"{ticket.subject}{ticket.description}"
	assert messages(TICKET, ticket.name) == []


def test_switched_off_nothing_is_written(file_request, monkeypatch):
	frappe.db.set_single_value("Support Promise Settings", "mirrors_helpdesk", 0)
	frappe.clear_document_cache("Support Promise Settings", "Support Promise Settings")
	queued = []
	monkeypatch.setattr(jobs, "_enqueue", lambda *step: queued.append(step))
	file_request("ana", "faq")
	assert queued == []
