from datetime import datetime
from zoneinfo import ZoneInfo

import frappe
import pytest
from conftest import email, policy_in_force
from frappe.email.doctype.email_account.email_account import EmailAccount
from freezegun import freeze_time

from codigo_binario_support.adapters.site import notifications
from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.casework import warnings
from codigo_binario_support.flow.clock import assignment
from codigo_binario_support.jobs import queue
from codigo_binario_support.operations import alerts


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""November 2026, Mexico City's wall clock; the 27th is a Friday."""
	return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("America/Mexico_City"))


@pytest.fixture
def promised():
	"""A policy that promises a resolution within so many minutes of open time."""

	def promise(minutes: int) -> None:
		frappe.set_user("Administrator")
		policy = policy_in_force()
		row = next(row for row in policy.commitments if row.kind == "resolution")
		row.update({"is_promised": 1, "target_minutes": minutes})
		policy.save()

	return promise


@pytest.fixture
def only_agents(monkeypatch):
	"""The agents of these tests are the only ones, whoever else the site has."""

	def choose(*people: str) -> None:
		names = [email(person) for person in people]
		monkeypatch.setattr("codigo_binario_support.adapters.access.people.agents", lambda: names)

	choose("agent", "billing_agent")
	return choose


@pytest.fixture
def run(monkeypatch):
	"""The job as the scheduler runs it, in this test's transaction, for one request."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)

	def run_for(name: str) -> list[str]:
		frappe.set_user("Administrator")
		monkeypatch.setattr(warnings, "candidates", lambda now: [name])
		before = set(bells(name))
		queue.warn()
		return sorted(row[1] for row in set(bells(name)) - before)

	return run_for


def bells(name: str) -> list[tuple[str, str, str]]:
	return frappe.get_all(
		"Notification Log",
		filters={"document_name": name, "type": "Alert"},
		fields=["name", "for_user", "subject"],
		order_by="creation asc",
		as_list=True,
	)


def settings(**values) -> None:
	frappe.set_user("Administrator")
	doc = frappe.get_doc("Support Promise Settings")
	doc.update({"warn_minutes": 60, "warn_restore_minutes": 30, **values})
	doc.save()


def test_who_works_on_it_is_warned_once_and_then_once_of_the_breach(file_request, only_agents, promised, run):
	settings()
	promised(240)
	with freeze_time(at(24, 9)):
		request = file_request("ana", clause="faq", severity="question")
		frappe.set_user(email("billing_agent"))
		assignment.assign(request, email("agent"))
	with freeze_time(at(24, 11, 30)):
		assert run(request.name) == []
	with freeze_time(at(24, 12, 5)):
		assert run(request.name) == [email("agent")]
		assert run(request.name) == []
	with freeze_time(at(24, 13, 5)):
		assert run(request.name) == [email("agent")]
		assert run(request.name) == []

	request.reload()
	assert [row.action for row in request.clock_events if row.event == "note"] == ["warning", "breach_told"]
	subjects = [row[2] for row in bells(request.name)]
	assert "is due in 55 min of open time" in subjects[0]
	assert "is late by 5 min" in subjects[1]


def test_on_a_friday_evening_it_is_quiet_and_monday_tells_it(file_request, only_agents, promised, run):
	settings()
	promised(120)
	with freeze_time(at(27, 17)):
		request = file_request("ana", clause="faq", severity="question")
	with freeze_time(at(27, 17, 55)):
		assert run(request.name) == [], "65 minutes are left"
	with freeze_time(at(27, 18, 5)):
		assert run(request.name) == []
	with freeze_time(at(29, 12)):
		assert run(request.name) == []
	with freeze_time(at(30, 9, 0)):
		assert run(request.name) == [email("agent"), email("billing_agent")]


def test_an_outage_is_told_on_a_sunday_and_its_breach_reaches_the_manager(file_request, only_agents, run):
	settings(escalate_to=email("busy_agent"))
	only_agents("agent", "busy_agent")
	with freeze_time(at(29, 3)):
		request = file_request("ana", clause="restore", severity="outage")
		frappe.set_user(email("busy_agent"))
		assignment.assign(request, email("agent"))
	with freeze_time(at(29, 4, 31)):
		assert run(request.name) == [email("agent")]
	with freeze_time(at(29, 5, 1)):
		assert run(request.name) == [email("agent"), email("busy_agent")]


def test_a_billing_matter_is_told_to_billing_agents_only_and_not_to_a_manager_without_the_role(
	file_request, only_agents, promised, run
):
	settings(escalate_to=email("agent"))
	promised(60)
	with freeze_time(at(24, 9)):
		request = file_request("ana", clause="account_billing", severity="question")
	with freeze_time(at(24, 10, 30)):
		assert run(request.name) == [email("billing_agent")]


def test_a_crash_after_the_news_repeats_and_loses_nothing(
	file_request, only_agents, promised, run, monkeypatch
):
	settings()
	promised(120)
	with freeze_time(at(24, 9)):
		request = file_request("ana", clause="faq", severity="question")
	frappe.db.savepoint("before_news")

	def crash(_doc):
		raise RuntimeError("the power went")

	with freeze_time(at(24, 10, 30)):
		with monkeypatch.context() as patch:
			patch.setattr("codigo_binario_support.adapters.requests.requests.add_event", crash)
			patch.setattr("codigo_binario_support.flow.casework.warnings.add_event", crash)
			patch.setattr(
				frappe.db, "rollback", lambda **_k: frappe.db.sql("rollback to savepoint before_news")
			)
			assert run(request.name) == []
		assert run(request.name) == [email("agent"), email("billing_agent")]


def test_while_the_customer_is_waited_for_nobody_is_warned(file_request, only_agents, promised, run, as_user):
	settings()
	promised(120)
	with freeze_time(at(24, 9)):
		request = file_request("ana", clause="faq", severity="question")
		as_user("agent")
		api.act(request.name, "ask_customer", "¿Cuál?")
	with freeze_time(at(24, 16)):
		assert run(request.name) == []


def test_the_candidates_are_those_whose_time_may_come(file_request, promised, only_agents):
	settings()
	promised(60 * 9 * 5)
	with freeze_time(at(23, 9)):
		far = file_request("ana", clause="faq", severity="question").name
	promised(60)
	with freeze_time(at(23, 9)):
		near = file_request("ana", clause="faq", severity="question").name
	found = warnings.candidates(at(23, 9, 30))

	assert near in found
	assert far not in found


def test_the_news_goes_by_mail_too_in_the_readers_language(
	file_request, only_agents, promised, run, monkeypatch
):
	only_agents("agent")
	settings()
	promised(120)
	frappe.db.set_value("User", email("agent"), "language", "es")
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
	with freeze_time(at(24, 9)):
		request = file_request("ana", clause="faq", severity="question")
	with freeze_time(at(24, 10, 30)):
		run(request.name)

	assert [mail["recipients"] for mail in sent] == [[email("agent")]]
	assert sent[0]["subject"].startswith(
		f"Resolución de {request.name}: vence en 30 min de horario de soporte"
	)


def test_a_site_that_cannot_send_mail_still_rings_the_bell(
	file_request, only_agents, promised, run, monkeypatch
):
	only_agents("agent")
	settings()
	promised(120)

	def refuse(**_mail):
		frappe.throw("no account", frappe.OutgoingEmailError)

	monkeypatch.setattr(frappe, "sendmail", refuse)
	with freeze_time(at(24, 9)):
		request = file_request("ana", clause="faq", severity="question")
	with freeze_time(at(24, 10, 30)):
		assert run(request.name) == [email("agent")]


def no_account(match_by_email=None, match_by_doctype=None, _raise_error=False):
	if _raise_error:
		frappe.throw("Please setup default outgoing Email Account", frappe.OutgoingEmailError)


def an_account_without_address(**_asked):
	"""What Frappe 15.44 makes up where mails are muted and there is no account."""
	return EmailAccount.from_record({"sender": "notifications@example.com"})


@pytest.mark.parametrize("find", [no_account, an_account_without_address])
def test_what_no_account_can_send_is_not_sent_and_keeps_no_news_from_anybody(find, file_request, monkeypatch):
	request = file_request("ana", clause="faq")
	monkeypatch.setattr(EmailAccount, "find_outgoing", find)
	queued, said = frappe.db.count("Email Queue"), list(frappe.local.message_log)

	told = notifications.notify("Support Request", request.name, {email("agent")}, lambda: "Something is due")

	assert told == [email("agent")]
	assert frappe.db.exists("Notification Log", {"for_user": email("agent"), "subject": "Something is due"})
	assert (frappe.db.count("Email Queue"), frappe.local.message_log) == (queued, said)
	assert not notifications.send_mail(
		["ana@example.com"], subject="One", message="Two", sender="x@example.com"
	)
	with alerts.spoken():
		alert = alerts.raise_alert("something", "Something", "Something is wrong.")
	assert alert.state == "Open"


def test_a_manager_must_be_an_agent(only_agents):
	with pytest.raises(frappe.ValidationError, match="does not have the role"):
		settings(escalate_to=email("ana"))


def hours(*rows) -> None:
	settings(agent_hours=[{"user": email(person), **values} for person, values in rows])


def test_a_request_goes_to_the_agent_at_work_with_the_least_to_do(file_request, only_agents):
	hours(("agent", {}), ("billing_agent", {}))
	with freeze_time(at(24, 10)):
		given = [file_request("ana", clause="faq", severity="question") for _ in range(4)]
		frappe.set_user("Administrator")
		chosen = [assignment.assign_next(request) for request in given]
	assert sorted(chosen[:2]) == sorted(chosen[2:]) == [email("agent"), email("billing_agent")]


def test_outside_the_hours_it_waits_and_the_job_gives_it_out_at_the_opening(
	file_request, only_agents, monkeypatch
):
	hours(("agent", {}))
	with freeze_time(at(28, 10)):
		request = file_request("ana", clause="faq", severity="question")
		assert assignment.assign_next(request) is None
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	monkeypatch.setattr(assignment, "unassigned", lambda: [request.name])
	frappe.set_user("Administrator")
	with freeze_time(at(30, 9)):
		queue.assign_waiting()
	assert assignment.assignees(request) == [email("agent")]


def test_who_is_away_gets_nothing_and_billing_goes_to_billing(file_request, only_agents):
	hours(("agent", {"absent_from": "2026-11-24", "absent_until": "2026-11-24"}), ("billing_agent", {}))
	with freeze_time(at(24, 10)):
		plain = file_request("ana", clause="faq", severity="question")
		billing = file_request("ana", clause="account_billing", severity="question")
		frappe.set_user("Administrator")
		assert assignment.assign_next(plain) == email("billing_agent")
		assert assignment.assign_next(billing) == email("billing_agent")


def test_an_assignment_rule_of_the_site_goes_before_ours(file_request, only_agents):
	hours(("agent", {}))
	with freeze_time(at(24, 10)):
		request = file_request("ana", clause="faq", severity="question")
		# Past the document's own hooks: they would leave it in a cache that other tests read.
		frappe.get_doc(
			{"doctype": "Assignment Rule", "name": "Soporte prueba", "document_type": "Support Request"}
		).db_insert()
		assert assignment.assign_next(request) is None


@pytest.mark.parametrize("person", ["beto", "ana"])
def test_nobody_but_an_agent_can_be_assigned_by_any_way(file_request, as_user, person):
	from frappe.desk.form import assign_to

	request = file_request("ana", clause="faq", severity="question")
	as_user("ana")
	with pytest.raises(frappe.PermissionError, match="cannot work on"):
		assign_to.add(
			{
				"assign_to": [email(person)],
				"doctype": "Support Request",
				"name": request.name,
				"description": "x",
			}
		)
	assert not frappe.db.exists("DocShare", {"share_name": request.name})


def test_a_billing_matter_is_not_shared_by_assigning_it_to_another_agent(file_request, as_user):
	request = file_request("ana", clause="account_billing", severity="question")
	as_user("billing_agent")
	with pytest.raises(frappe.PermissionError):
		assignment.assign(request, email("agent"))


def test_what_is_resolved_is_nobodys_task_and_what_is_reopened_is_again(file_request, as_user, only_agents):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	assignment.assign(request, email("agent"))
	api.act(request.name, "resolve", "Listo")
	assert assignment.assignees(request) == []
	api.act(request.name, "reopen", "Sigue fallando")

	assert assignment.assignees(request) == [email("agent")]
	assert email("agent") in frappe.db.get_value("Support Request", request.name, "_assign")
