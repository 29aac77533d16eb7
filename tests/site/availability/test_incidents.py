"""Incidents, restore drills and statements: made by people, judged by the server, then kept."""

from datetime import datetime, timedelta, timezone

import frappe
import pytest
from freezegun import freeze_time

from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.site.instants import to_site
from codigo_binario_support.operations.availability.availability import month_so_far, state_month

NOW = datetime(2026, 12, 2, 18, 0, 0, 123456, tzinfo=timezone.utc)


CLEARED = (
	"Service Incident",
	"Availability Statement",
	"Restore Drill",
	"Backup Record",
	# Samples of the site itself would make incidents of their own.
	"Availability Sample",
	"Availability Day",
	"Availability Probe",
	"Maintenance Window",
)


@pytest.fixture(autouse=True)
def december(transaction):
	for doctype in CLEARED:
		frappe.db.delete(doctype)
	with freeze_time(NOW):
		yield


def at(day: int, hour: int = 18, minute: int = 0) -> datetime:
	return to_site(datetime(2026, 11, day, hour, minute, tzinfo=timezone.utc))


def incident(opened: datetime, minutes: float | None = None, **values):
	return frappe.get_doc(
		{
			"doctype": "Service Incident",
			"subject": "Nadie puede entrar",
			"incident_class": "Unplanned",
			"cause": "Disco lleno",
			"opened_at": opened,
			"closed_at": opened + timedelta(minutes=minutes) if minutes else None,
			**values,
		}
	).insert()


def test_an_agent_opens_an_incident_links_the_request_and_closes_it(file_request, as_user):
	request = file_request("ana", clause="connectivity", severity="outage")
	as_user("agent")
	doc = incident(at(5), requests=[{"support_request": request.name}])
	assert (doc.state, doc.minutes, doc.entry_hash) == ("Ongoing", 0, None)

	doc.closed_at = at(5, 18, 30)
	doc.save()
	assert (doc.state, doc.minutes, doc.closed_by) == ("Closed", 30, frappe.session.user)
	assert broken_seals("Service Incident") == (1, [])


def test_a_closed_incident_is_frozen_and_an_open_one_is_not(as_user):
	as_user("agent")
	doc = incident(at(5))
	doc.cause = "Otro disco"
	doc.save()
	doc.closed_at = at(6)
	doc.save()
	for value in (None, at(7)):
		doc = frappe.get_doc("Service Incident", doc.name)
		doc.closed_at = value
		with pytest.raises(frappe.PermissionError):
			doc.save()


def test_a_client_s_copy_without_the_seal_does_not_open_it_again(as_user):
	as_user("agent")
	doc = incident(at(5), 30)
	copy = frappe.get_doc({**doc.as_dict(), "entry_hash": None, "sequence": 0, "closed_at": None})
	with pytest.raises(frappe.PermissionError):
		copy.save()


@pytest.mark.parametrize(
	("values", "message"),
	[
		({"opened_at": datetime(2026, 12, 25)}, "future"),
		({"closed_at": datetime(2026, 11, 4)}, "close after it opens"),
		({"closed_at": datetime(2026, 11, 7), "cause": " "}, "Write the cause"),
	],
)
def test_what_cannot_be_is_refused(as_user, values, message):
	as_user("agent")
	with pytest.raises(frappe.ValidationError, match=message):
		incident(**{"opened": at(5), **values})


@pytest.mark.parametrize("person", ["ana", "manager", "accountant"])
def test_only_operators_and_agents_write_incidents(as_user, person):
	as_user(person)
	with pytest.raises(frappe.PermissionError):
		incident(at(5))


@pytest.mark.parametrize("doctype", ["Service Incident", "Restore Drill", "Availability Statement"])
def test_evidence_is_deleted_by_nobody(doctype):
	made = {
		"Service Incident": lambda: incident(at(5)),
		"Restore Drill": lambda: rehearse(60),
		"Availability Statement": lambda: state_month("2026-11"),
	}[doctype]()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc(doctype, made.name)


def test_a_month_without_samples_is_not_proven():
	doc = state_month("2026-11")
	assert (doc.state, doc.unknown_minutes, doc.total_minutes) == ("Not proven", 43_200, 43_200)
	assert (round(doc.budget_minutes, 3), doc.percent_at_most, doc.percent_at_least) == (4.32, 100, 0)


def test_two_hours_of_restoring_break_the_month():
	incident(at(5), 120)
	incident(at(5, 19), 30)
	incident(at(8), 240, incident_class="Planned")
	doc = state_month("2026-11")

	assert doc.state == "Broken"
	assert (doc.unplanned_minutes, doc.planned_minutes) == (120, 240)
	assert doc.unknown_minutes == 43_200 - 360
	assert round(doc.budget_left_minutes, 2) == -115.68
	assert doc.formula_at_most == "(43,200.00 − 120.00) ÷ 43,200.00 × 100 = 99.7222 %"
	assert [row.minutes for row in doc.incidents] == [120, 30, 240]


def test_the_month_is_the_policy_s_not_the_server_s():
	"""Six in the morning UTC is midnight in Mexico City."""
	incident(to_site(datetime(2026, 11, 1, 5, 0, tzinfo=timezone.utc)), 120)
	assert state_month("2026-11").unplanned_minutes == 60


def test_a_statement_is_frozen_and_a_later_one_stands_beside_it():
	first = state_month("2026-11")
	incident(at(5), 120)
	second = state_month("2026-11")
	assert (first.state, second.state, first.name != second.name) == ("Not proven", "Broken", True)
	first.state = "Kept"
	with pytest.raises(frappe.PermissionError):
		first.save()
	assert broken_seals("Availability Statement") == (2, [])
	frappe.db.set_value("Availability Statement", first.name, "state", "Kept", update_modified=False)
	assert len(broken_seals("Availability Statement")[1]) == 1


def test_figures_that_a_client_sends_are_not_taken():
	doc = frappe.get_doc(
		{"doctype": "Availability Statement", "month": "2026-11", "state": "Kept", "unplanned_minutes": 7}
	).insert()
	assert (doc.state, doc.unplanned_minutes) == ("Not proven", 0)


def test_the_running_month_says_what_is_left_of_the_budget():
	"""On December 2nd, 12:00 in Mexico City: 36 hours have passed."""
	incident(to_site(datetime(2026, 12, 1, 18, 0, tzinfo=timezone.utc)), 3)
	ongoing = incident(to_site(NOW.replace(microsecond=0) - timedelta(minutes=1)))
	found = month_so_far()
	assert (found["month"], found["from_utc"]) == ("2026-12", "2026-12-01T06:00:00+00:00")
	assert found["open_incidents"] == [ongoing.name]
	assert found["unplanned_minutes"] == 4 and round(found["budget_left_minutes"], 3) == 0.464
	assert found["unknown_minutes"] == 36 * 60 - 4
	assert not found["is_broken"]


@pytest.mark.parametrize("month", ["2026-12", "2027-01", "noviembre", ""])
def test_a_month_that_is_not_over_or_none_has_no_statement(month):
	with pytest.raises(frappe.ValidationError):
		state_month(month)


def rehearse(minutes: int, *results: str, **values):
	backup = frappe.get_doc(
		{"doctype": "Backup Record", "set_key": "20261110_020000-x", "verdict": "Verified", "is_complete": 1}
	).insert()
	started = at(10)
	return frappe.get_doc(
		{
			"doctype": "Restore Drill",
			"backup_record": backup.name,
			"started_at": started,
			"finished_at": started + timedelta(minutes=minutes),
			"steps": [
				{"step": "Restaurar", "seconds": 60, "result": result} for result in results or ["Passed"]
			],
			**values,
		}
	).insert()


@pytest.mark.parametrize(
	("minutes", "results", "verdict"),
	[
		(45, ["Passed", "Passed"], "Kept"),
		(120, ["Passed"], "Kept"),
		(121, ["Passed"], "Broken"),
		(45, ["Passed", "Failed"], "Broken"),
	],
)
def test_a_drill_is_judged_by_the_server(minutes, results, verdict):
	doc = rehearse(minutes, *results, verdict="Kept", elapsed_seconds=1)
	assert (doc.verdict, doc.elapsed_seconds, doc.target_seconds) == (verdict, minutes * 60, 7200)
	assert broken_seals("Restore Drill") == (1, [])


def test_a_drill_stays_as_it_was_written():
	doc = rehearse(45)
	doc.finished_at = at(10, 18, 30)
	with pytest.raises(frappe.PermissionError):
		doc.save()


def test_a_drill_whose_steps_take_longer_than_it_did_is_refused():
	with pytest.raises(frappe.ValidationError, match="correct one of them"):
		rehearse(1, "Passed", "Passed")


def test_agents_read_drills_and_do_not_write_them(as_user):
	doc = rehearse(45)
	as_user("agent")
	assert frappe.has_permission("Restore Drill", "read", doc=doc.name)
	assert not frappe.has_permission("Restore Drill", "create")


@pytest.mark.parametrize(("given", "missing"), [("ends_at", "starts_at"), ("starts_at", "ends_at")])
def test_maintenance_without_its_times_is_told_which_is_missing(given, missing, as_user):
	as_user("agent")
	values = {"doctype": "Maintenance Window", "reason": "Disco", given: "2027-01-01 10:00:00"}
	with pytest.raises(frappe.MandatoryError, match=missing):
		frappe.get_doc(values).insert()


def test_an_incident_whose_beginning_is_taken_away_says_so(as_user):
	as_user("agent")
	doc = incident(at(5))
	doc.opened_at = None
	with pytest.raises(frappe.MandatoryError, match="opened_at"):
		doc.save()
