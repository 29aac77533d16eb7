import frappe
import pytest
from conftest import email
from freezegun import freeze_time
from life import at, events, message

from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.clock import clock
from codigo_binario_support.jobs.evidence import broken_evidence


def test_an_agent_starts_asks_and_resolves_and_every_step_leaves_a_row(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	api.act(request.name, "start")
	api.act(request.name, "ask_customer", "¿Qué navegador usas?")
	api.act(request.name, "resume")
	api.act(request.name, "resolve", "Se envió la guía")

	request.reload()
	assert request.status == "Resolved"
	assert request.resolution_note == "Se envió la guía"
	assert [row.action for row in request.clock_events] == [
		"filed",
		"start",
		"ask_customer",
		"resume",
		"resolve",
	]
	assert {row.user for row in request.clock_events[1:]} == {email("agent")}


@pytest.mark.parametrize(
	("action", "reason"),
	[("close", ""), ("reopen", "x"), ("resume", ""), ("accept", ""), ("fly", ""), ("resolve", "")],
)
def test_what_may_not_be_done_now_is_refused_with_a_reason(file_request, as_user, action, reason):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")

	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		api.act(request.name, action, reason)
	assert events(request) == ["create"]


def test_a_second_click_changes_nothing(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	api.act(request.name, "resolve", "Listo")
	before = events(request)
	api.act(request.name, "resolve", "Listo")

	assert events(request) == before


def test_excluded_work_cannot_start_before_the_offer_is_accepted(file_request, as_user):
	request = file_request("ana", clause="data_import")
	as_user("agent")

	with pytest.raises(frappe.ValidationError, match="Success Pack"):
		api.act(request.name, "start")


def test_a_pause_stops_the_clock_and_the_customers_comment_resumes_it(file_request, as_user):
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq", severity="question")
	with freeze_time(at(24, 11)):
		as_user("agent")
		api.act(request.name, "ask_customer", "¿Qué versión?")
	with freeze_time(at(24, 13)):
		as_user("ana")
		frappe.get_doc(
			{
				"doctype": "Comment",
				"comment_type": "Comment",
				"reference_doctype": "Support Request",
				"reference_name": request.name,
				"content": "La 15",
			}
		).insert(ignore_permissions=True)
	with freeze_time(at(24, 14)):
		request.reload()
		attention, _platform = clock.read(request)

	assert request.status == "In Progress"
	assert attention.paused_seconds == 2 * 3600
	assert attention.resolution.elapsed_seconds == 2 * 3600


def test_a_mail_from_the_customer_resumes_the_pause(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	api.act(request.name, "ask_customer", "¿Qué versión?")
	message(request, "ana", received=True)

	assert events(request)[-1] == "resume"


def test_an_agents_comment_is_a_note_and_does_not_resume(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	api.act(request.name, "ask_customer", "¿Qué versión?")
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Comment",
			"reference_doctype": "Support Request",
			"reference_name": request.name,
			"content": "ojo",
		}
	).insert(ignore_permissions=True)

	assert events(request)[-1] == "hold"


def test_the_first_answer_by_a_person_stops_the_response_clock_once(file_request):
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq", severity="question")
	with freeze_time(at(24, 11, 30)):
		message(request, "agent")
	with freeze_time(at(24, 12)):
		message(request, "agent")

	request.reload()
	assert [row.event for row in request.clock_events] == ["create", "first_reply"]
	assert request.response_seconds == 90 * 60
	assert request.status == "In Progress"


def test_an_automated_message_is_not_an_answer(file_request):
	request = file_request("ana", clause="faq", severity="question")
	message(request, "agent", communication_type="Automated Message")

	assert events(request) == ["create"]


def test_the_customers_own_message_is_not_a_first_answer(file_request):
	request = file_request("ana", clause="faq", severity="question")
	message(request, "ana")

	assert events(request) == ["create"]


def test_a_closed_weekend_does_not_count(file_request, as_user):
	with freeze_time(at(27, 17, 30)):  # Friday
		request = file_request("ana", clause="faq", severity="question")
	with freeze_time(at(30, 9, 30)):  # Monday
		as_user("agent")
		api.act(request.name, "resolve", "Listo")

	request.reload()
	assert request.resolution_seconds == 3600
	assert sum(segment.counted_seconds for segment in clock.ledger(request)) == 3600


def test_a_board_obeys_the_same_transitions(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	frappe.client.set_value("Support Request", request.name, "status", "In Progress")
	assert events(request) == ["create", "note"]
	assert request.clock_events[-1].action == "start"

	with pytest.raises(frappe.ValidationError, match="cannot go from"):
		frappe.client.set_value("Support Request", request.name, "status", "Closed")


def test_a_customer_cannot_drag_a_request_to_in_progress(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("ana")

	with pytest.raises(frappe.ValidationError):
		frappe.client.set_value("Support Request", request.name, "status", "In Progress")


def test_a_verdict_is_changed_by_an_agent_with_a_reason_and_the_old_row_stays(file_request, as_user):
	request = file_request("ana")
	first = request.decisions[0].as_dict()
	as_user("agent")
	with pytest.raises(frappe.ValidationError, match="reason"):
		api.overrule(request.name, clause="training", reason=" ")
	api.overrule(request.name, clause="training", reason="Pide un curso")

	request.reload()
	assert (request.verdict, request.clause) == ("Out of scope", "training")
	assert [row.reason for row in request.decisions][-1] == "Pide un curso"
	assert request.decisions[0].entry_hash == first.entry_hash
	api.overrule(request.name, clause="training", reason="Pide un curso")
	request.reload()
	assert len(request.decisions) == 2


def test_two_clauses_on_both_sides_are_a_mixed_verdict(file_request):
	request = file_request("ana", clause="faq", second_clause="data_import")

	assert request.verdict == "Mixed"


def test_a_customer_cannot_change_a_verdict(file_request, as_user):
	request = file_request("ana")
	as_user("ana")

	with pytest.raises(frappe.PermissionError):
		api.overrule(request.name, clause="faq", reason="porque sí")


@pytest.mark.parametrize(
	("fieldname", "value"),
	[
		("verdict", "In scope"),
		("subject", "Otra cosa"),
		("due_at", "2030-01-01"),
		("offer_status", "Accepted"),
	],
)
def test_what_the_server_keeps_cannot_be_written_from_outside(file_request, as_user, fieldname, value):
	request = file_request("ana", clause="training")
	as_user("agent")

	with pytest.raises(frappe.PermissionError, match="kept by the system"):
		frappe.client.set_value("Support Request", request.name, fieldname, value)


def test_rows_of_evidence_cannot_be_added_changed_or_dropped_by_a_save(file_request, as_user):
	request = file_request("ana", clause="faq")
	as_user("agent")
	for tamper in (
		lambda doc: doc.append(
			"clock_events", {"event": "first_reply", "at_utc": "2026-01-01T00:00:00+00:00"}
		),
		lambda doc: doc.decisions.pop(),
		lambda doc: setattr(doc.decisions[0], "reason", "otra"),
	):
		doc = frappe.get_doc("Support Request", request.name)
		tamper(doc)
		with pytest.raises(frappe.PermissionError):
			doc.save()


def test_a_request_is_never_deleted(file_request):
	request = file_request("ana")
	frappe.set_user("Administrator")

	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Support Request", request.name)


def test_a_row_changed_by_sql_shows(file_request):
	request = file_request("ana", clause="faq")
	assert [row for row in broken_evidence()[1] if request.name in row] == []
	frappe.db.set_value(
		"Support Scope Decision", request.decisions[1].name, "reason", "otra", update_modified=False
	)

	assert [row for row in broken_evidence()[1] if request.decisions[1].name in row]
	assert not [row for row in broken_evidence()[1] if request.decisions[0].name in row]


def test_a_breach_is_written_when_its_time_passes_without_anybody_looking(file_request):
	from codigo_binario_support.jobs import clocks

	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="restore", severity="outage")
		assert request.is_breached == 0
	with freeze_time(at(24, 12, 0)):
		clock.refresh(request)
		assert request.restore_breached == 0, "exactly the target is not a breach"
	frappe.set_user("Administrator")
	commit, frappe.db.commit = frappe.db.commit, lambda: None
	try:
		with freeze_time(at(24, 12, 1)):
			clocks.mark_breaches()
	finally:
		frappe.db.commit = commit

	request.reload()
	assert (request.restore_breached, request.is_breached) == (1, 1)
	assert request.clock_events[-1].action == "breach"


def test_a_pause_is_no_detour_into_excluded_work(file_request, as_user):
	request = file_request("ana", clause="data_import")
	as_user("agent")
	api.act(request.name, "ask_customer", "¿De qué sistema?")
	api.act(request.name, "resume")

	request.reload()
	assert request.status == "New"


@pytest.mark.parametrize("target", ["Resolved", "Waiting for Customer", "Waiting for Acceptance"])
def test_a_board_gives_no_reason_and_makes_no_offer(file_request, as_user, target):
	request = file_request("ana", clause="training")
	as_user("agent")
	with pytest.raises(frappe.ValidationError):
		frappe.client.set_value("Support Request", request.name, "status", target)
	assert events(request) == ["create"]


def test_a_row_that_is_gone_or_a_verdict_that_was_changed_shows(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	api.act(request.name, "start")
	assert not [row for row in broken_evidence()[1] if request.name in row]
	frappe.db.set_value("Support Request", request.name, "verdict", "Out of scope", update_modified=False)
	assert f"Support Request {request.name}" in broken_evidence()[1]
	frappe.db.set_value("Support Request", request.name, "verdict", "In scope", update_modified=False)
	assert not [row for row in broken_evidence()[1] if request.name in row]
	request.reload()
	frappe.db.delete("Support Clock Event", {"name": request.clock_events[-1].name})
	assert f"Support Request {request.name}" in broken_evidence()[1]


def test_an_out_of_office_mail_resumes_nothing(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	api.act(request.name, "ask_customer", "¿Qué versión?")
	message(
		request,
		"ana",
		received=True,
		subject="Respuesta automática: fuera de la oficina",
		content="Estoy fuera de la oficina hasta el lunes, con acceso limitado a mi correo.",
	)

	assert events(request)[-1] == "hold"


def test_an_agent_who_answers_by_mail_is_the_agent(file_request):
	request = file_request("ana", clause="faq", severity="question")
	message(request, "agent", received=True)

	assert events(request) == ["create", "first_reply"]


def test_a_message_of_somebody_with_no_side_is_no_answer(file_request):
	request = file_request("ana", clause="faq", severity="question")
	message(request, "beto")

	assert events(request) == ["create"]
