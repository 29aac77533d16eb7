"""Reports over requests: what each reader may count, and that they can be sent by mail."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import frappe
import pytest
from conftest import default_company, email

REPORTS = (
	"Support Scope Mix",
	"Support Load by Hour",
	"Support First Answer",
	"Support Reopened Requests",
	"Support Effort and Offers",
	"Support Satisfaction",
	"Support Promises by Month",
)


def run(report: str, **filters):
	"""Rows of a report as its page gets them, and the whole answer."""
	from frappe.desk.query_report import run as run_report

	answer = run_report(report, {"period": "Last 3 months", **filters}, ignore_prepared_report=True)
	return [row for row in answer["result"] if isinstance(row, dict)], answer


def of_clause(rows, clause):
	from frappe import _

	return next((row for row in rows if row["clause"] == _(clause)), None)


@pytest.fixture
def mix(as_user):
	"""The scope mix of one clause, as somebody."""

	def read(person: str, clause: str):
		as_user(person)
		row = of_clause(run("Support Scope Mix")[0], clause)
		return row["total"] if row else 0

	return read


def test_a_reader_counts_what_they_may_see(file_request, mix):
	people = ("agent", "billing_agent", "manager", "other_manager")
	before = {person: mix(person, "account_billing") for person in people}
	file_request("ana", "account_billing")
	after = {person: mix(person, "account_billing") - before[person] for person in people}
	assert after == {"agent": 0, "billing_agent": 1, "manager": 0, "other_manager": 0}


def test_a_manager_counts_the_company_and_nobody_elses(file_request, mix):
	people = ("agent", "manager", "other_manager")
	before = {person: mix(person, "backup") for person in people}
	file_request("ana", "backup")
	after = {person: mix(person, "backup") - before[person] for person in people}
	assert after == {"agent": 1, "manager": 1, "other_manager": 0}


def test_a_person_who_decides_otherwise_is_counted(file_request, as_user):
	request = file_request("ana", subject="Visita a la planta", description="Vengan a nuestra oficina")
	assert (request.first_verdict, request.is_overruled) == ("Out of scope", 0)
	as_user("agent")
	before = of_clause(run("Support Scope Mix")[0], "backup") or {"overruled": 0, "automatic": 0}
	frappe.get_attr("codigo_binario_support.api.requests.overrule")(
		request.name, clause="backup", reason="It is about the backup"
	)
	after = of_clause(run("Support Scope Mix")[0], "backup")
	assert (after["overruled"], after["automatic"]) == (before["overruled"] + 1, before["automatic"] + 1)
	assert after["override_rate"] == pytest.approx(100 * after["overruled"] / after["automatic"])


def test_a_verdict_put_back_is_not_counted_as_overruled(file_request, as_user):
	request = file_request("ana", subject="Visita a la planta", description="Vengan a nuestra oficina")
	as_user("agent")
	overrule = frappe.get_attr("codigo_binario_support.api.requests.overrule")
	overrule(request.name, clause="backup", reason="one way")
	overrule(request.name, clause="onsite_visit", reason="and back")
	assert frappe.db.get_value("Support Request", request.name, "is_overruled") == 0


def test_a_reopened_request_is_counted_once_and_its_times_all(file_request, as_user):
	act = frappe.get_attr("codigo_binario_support.api.requests.act")
	as_user("agent")
	before = run("Support Reopened Requests")[0][-1]
	request = file_request("ana", "faq")
	for _turn in range(2):
		as_user("agent")
		act(request.name, "resolve", "done")
		as_user("ana")
		act(request.name, "reopen", "not yet")
	as_user("agent")
	after = run("Support Reopened Requests")[0][-1]
	assert {key: after[key] - before[key] for key in ("total", "resolved", "reopened", "times")} == {
		"total": 1,
		"resolved": 1,
		"reopened": 1,
		"times": 2,
	}


def test_an_answer_counts_in_open_time(file_request, as_user):
	as_user("agent")
	before = run("Support First Answer")[0][-1]
	request = file_request("ana", "faq")
	as_user("agent")
	assert run("Support First Answer")[0][-1]["unanswered"] == before["unanswered"] + 1
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Chat",
			"sent_or_received": "Sent",
			"reference_doctype": "Support Request",
			"reference_name": request.name,
			"sender": email("agent"),
			"content": "Aquí está la guía.",
		}
	).insert(ignore_permissions=True)
	after = run("Support First Answer")[0][-1]
	assert after["answered"] == before["answered"] + 1
	assert after["unanswered"] == before["unanswered"]


def test_load_lies_in_the_hour_of_the_policys_zone(file_request, as_user):
	"""Filed on a Tuesday at 10:20 in Mexico City: support is open then."""
	from codigo_binario_support.adapters.site.instants import to_site

	as_user("agent")
	before = run("Support Load by Hour")[0]
	request = file_request("ana", "faq")
	now = datetime.now(timezone.utc)
	tuesday = now - timedelta(days=(now.weekday() - 1) % 7 + 7)
	at = tuesday.replace(hour=16, minute=20, second=0, microsecond=0)
	frappe.db.set_value("Support Request", request.name, "filed_at", to_site(at), update_modified=False)
	as_user("agent")
	after = run("Support Load by Hour")[0]
	changed = [
		(row["hour"], key)
		for row, old in zip(after, before, strict=True)
		for key in ("tuesday", "open", "closed", "total")
		if row[key] != old[key]
	]
	assert ("10:00", "tuesday") in changed and ("10:00", "total") in changed
	assert len(after) == 24


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_has_a_chart_and_figures_also_of_nothing(report, as_user):
	as_user("other_manager")
	rows, answer = run(report)
	assert answer["chart"]["data"]["datasets"]
	assert all(card["label"] and "value" in card for card in answer["report_summary"])
	fields = {column["fieldname"] for column in answer["columns"]}
	assert all(fields <= row.keys() for row in rows)


@pytest.mark.parametrize("report", REPORTS)
def test_a_plain_user_may_not_open_it(report, as_user):
	as_user("ana")
	with pytest.raises(frappe.PermissionError):
		run(report)


def test_time_and_offers_stand_with_their_company(file_request, as_user):
	from codigo_binario_support.api.queue import add_time

	def mine():
		as_user("agent")
		rows = run("Support Effort and Offers")[0]
		empty = {"total": 0, "included_hours": 0.0}
		return next((row for row in rows if row["party"] == default_company()), empty)

	before = mine()
	request = file_request("ana", "faq")
	as_user("agent")
	add_time(request.name, 90, "Buscar la guía")
	after = mine()
	assert after["total"] == before["total"] + 1
	assert after["included_hours"] == pytest.approx(before["included_hours"] + 1.5)


def test_ratings_make_an_average_and_no_rating_makes_none(file_request, as_user):
	from codigo_binario_support.domain.evidence.metrics import percent

	as_user("agent")
	before = run("Support Satisfaction")[0][-1]
	request = file_request("ana", "faq")
	frappe.db.set_value("Support Request", request.name, {"status": "Resolved", "rating": 4})
	as_user("agent")
	after = run("Support Satisfaction")[0][-1]
	assert after["rating_4"] == before["rating_4"] + 1
	assert after["rated_share"] == pytest.approx(percent(after["rated"], after["resolved"]))
	as_user("other_manager")
	assert run("Support Satisfaction")[0][-1]["average"] is None


def test_a_day_judged_twice_counts_as_the_last_verdict(as_user):
	frappe.set_user("Administrator")
	day = frappe.utils.getdate().replace(day=1)

	def verdict(state, sequence):
		row = frappe.get_doc({"doctype": "Backup Day", "day": day, "state": state, "time_zone": "UTC"})
		row.db_insert()
		frappe.db.set_value("Backup Day", row.name, "sequence", sequence, update_modified=False)

	# The site's own days of this month would hide which of the two rows was counted.
	frappe.db.delete("Backup Day", {"day": (">=", day)})
	as_user("agent")
	before = run("Support Promises by Month")[0][-1]
	verdict("Not kept", 10**8)
	verdict("Kept", 10**8 + 1)
	as_user("agent")
	after = run("Support Promises by Month")[0][-1]
	assert (before["days_kept"], before["days_broken"]) == (0, 0)
	assert (after["days_kept"], after["days_broken"]) == (1, 0)


@pytest.mark.parametrize("period", ["Last 3 months", "Last 24 months"])
def test_months_are_the_same_by_the_wall_clock_and_by_their_bounds(period, file_request, as_user):
	from dataclasses import replace

	from codigo_binario_support.adapters.requests import figures

	edge = figures.months(period).bounds[1]
	file_request("ana", "faq")
	for at in (edge, edge - timedelta(seconds=1)):
		name = file_request("ana", "faq").name
		frappe.db.set_value("Support Request", name, "filed_at", at, update_modified=False)
	as_user("agent")
	span = figures.months(period)
	if not span.is_site_zone:
		pytest.skip("the zone of this site is not the policy's")
	found = figures.by_month(span, ("`verdict`",))
	assert found == figures.by_month(replace(span, is_site_zone=False), ("`verdict`",))
	assert {1, 2, len(span.names)} <= {row["month"] for row in found}


def test_a_period_that_is_none_says_what_to_write(as_user):
	as_user("agent")
	with pytest.raises(frappe.ValidationError, match="Last 12 months"):
		run("Support Scope Mix", period="Yesterday")


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("kind", ["HTML", "XLSX", "CSV"])
def test_a_scheduled_mail_of_it_has_its_rows(report, kind, file_request, as_user):
	file_request("ana", "backup")
	frappe.set_user("Administrator")
	scheduled = frappe.get_doc(
		{
			"doctype": "Auto Email Report",
			"report": report,
			"user": email("agent"),
			"email_to": email("agent"),
			"frequency": "Monthly",
			"format": kind,
			"enabled": 1,
			"filters": frappe.as_json({"period": "Last 3 months"}),
			"send_if_data": 0,
		}
	).insert()
	as_user("agent")
	content = scheduled.get_report_content()
	assert content
	if kind == "HTML":
		assert "<table" in content
