from datetime import datetime, timezone

import frappe
import pytest
from conftest import email, policy_in_force
from freezegun import freeze_time

from codigo_binario_support.adapters.policy.terms import terms
from codigo_binario_support.flow.views import panel as report


def test_a_plain_desk_user_files_with_two_fields_and_gets_the_whole_answer(file_request):
	request = file_request("ana")

	assert request.name.startswith("CBS-")
	assert request.raised_by == email("ana")
	assert request.status == "New"
	assert request.verdict in ("In scope", "Needs review")
	assert request.policy_version == policy_in_force().version
	assert [row.event for row in request.clock_events] == ["create"]
	assert len(request.decisions) == 1 and request.decisions[0].is_automatic
	panel = report.panel(request)["panel"]
	assert "Support is" in panel


def test_fields_that_a_client_forges_at_filing_are_dropped(as_user):
	as_user("ana")
	request = frappe.get_doc(
		{
			"doctype": "Support Request",
			"subject": "Precio",
			"description": "¿Cómo cambio mi contraseña?",
			"status": "Closed",
			"verdict": "In scope",
			"clause": "restore",
			"raised_by": email("beto"),
			"is_breached": 1,
			"offer_status": "Accepted",
			"decisions": [{"verdict": "In scope", "clause": "restore", "reason": "forged"}],
			"clock_events": [{"event": "first_reply", "at_utc": "2020-01-01T00:00:00+00:00"}],
		}
	).insert()

	assert request.status == "New"
	assert request.raised_by == email("ana")
	assert request.is_breached == 0
	assert request.offer_status != "Accepted"
	assert [row.reason for row in request.decisions if row.reason == "forged"] == []
	assert [row.event for row in request.clock_events] == ["create"]


def test_an_agent_may_file_for_somebody_else(as_user):
	as_user("agent")
	request = frappe.get_doc(
		{
			"doctype": "Support Request",
			"subject": "Llamó Ana",
			"description": "No entra",
			"raised_by": email("ana"),
		}
	).insert()

	assert request.raised_by == email("ana")
	as_user("ana")
	assert request.has_permission("read")


def test_a_request_is_filed_even_when_no_policy_is_in_force(file_request):
	frappe.set_user("Administrator")
	policy = policy_in_force()
	policy.enabled = 0
	policy.save()
	request = file_request("ana")

	assert request.verdict == "Needs review"
	assert not request.terms and not request.due_at
	assert "Support policy" not in report.panel(request)["panel"]


def test_a_due_time_is_never_invented_where_nothing_is_promised(file_request):
	request = file_request("ana", clause="faq", severity="question")

	assert (request.due_at, request.response_due_at, request.resolution_due_at, request.restore_due_at) == (
		None,
	) * 4


def test_a_restoration_is_due_two_hours_later_by_the_wall_clock_on_a_sunday_too(file_request):
	with freeze_time(datetime(2026, 11, 22, 9, 0, tzinfo=timezone.utc)):  # Sunday 3:00 in Mexico City
		request = file_request("ana", clause="restore", severity="outage")

	minutes = (request.restore_due_at - request.filed_at).total_seconds() / 60
	assert minutes == 120
	assert request.due_at == request.restore_due_at


def test_the_panel_says_when_support_opens_next_in_the_zone_of_the_policy(file_request):
	with freeze_time(datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)):  # Saturday 9:00 in Mexico City
		request = file_request("ana")
		frappe.local.lang = "es"
		panel = report.panel(request)["panel"]

	assert "abrimos el lunes 9:00, hora de la Ciudad de México" in panel


def test_the_panel_cites_the_clause_in_its_own_words(file_request):
	request = file_request("ana", clause="onsite_visit")
	frappe.local.lang = "es"

	assert (
		"«Soporte en sitio ni visitas del equipo de soporte a tus instalaciones.»"
		in report.panel(request)["panel"]
	)


@pytest.mark.parametrize("change", ["policy", "window", "holidays"])
def test_terms_are_frozen_at_filing_whatever_is_edited_afterwards(file_request, change):
	frappe.set_user("Administrator")
	policy = policy_in_force()
	for row in policy.commitments:
		if row.kind == "first_response":
			row.is_promised, row.target_minutes = 1, 60
	policy.save()
	with freeze_time(datetime(2026, 11, 20, 23, 30, tzinfo=timezone.utc)):  # Friday 17:30 in Mexico City
		before = file_request("ana", clause="faq", severity="question")
		due = before.response_due_at
		frappe.set_user("Administrator")
		_edit(change)
		before.reload()
		from codigo_binario_support.flow.clock import clock

		clock.refresh(before)
		after = file_request("ana", clause="faq", severity="question")

	assert before.response_due_at == due
	assert after.response_due_at != due
	assert before.terms != after.terms
	assert terms(before.terms).hash != terms(after.terms).hash


def _edit(change: str) -> None:
	policy = policy_in_force()
	if change == "policy":
		for row in policy.commitments:
			if row.kind == "first_response":
				row.target_minutes = 120
		policy.save()
		return
	window = frappe.get_doc(
		"SLA Window", next(r.window for r in policy.commitments if r.kind == "first_response")
	)
	if change == "window":
		for row in window.rows:
			row.opens = "10:00"
		window.save()
		return
	holidays = frappe.get_doc("Holiday List", window.holiday_list)
	holidays.append("holidays", {"holiday_date": "2026-11-23", "description": "Puente"})
	holidays.save()


def test_a_file_of_a_request_is_private_at_upload_and_stays_so(file_request):
	request = file_request("ana")
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{frappe.generate_hash(length=10)}.txt",
			"content": "error",
			"is_private": 0,
			"attached_to_doctype": "Support Request",
			"attached_to_name": request.name,
		}
	).insert()
	assert file.file_url.startswith("/private/files/")
	file.is_private = 0
	with pytest.raises(frappe.ValidationError, match="are private"):
		file.save()


def test_a_classifier_that_fails_keeps_no_request_from_being_filed(file_request, monkeypatch):
	from codigo_binario_support.flow.filing import triage

	def fail(*_args, **_kwargs):
		raise RuntimeError("broken")

	monkeypatch.setattr(triage, "classify", fail)
	request = file_request("ana")

	assert request.verdict == "Needs review"
	assert frappe.db.exists("Error Log", {"method": "Support: a request could not be classified"})


def private_file(content: str) -> str:
	"""A private file of the present user, attached to nothing; returns its address."""
	return (
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{frappe.generate_hash(length=10)}.txt",
				"content": content,
				"is_private": 1,
			}
		)
		.insert()
		.file_url
	)


@pytest.mark.parametrize(
	"url", ["javascript:alert(1)//", "/files/x.txt", "https://example.com/x", "/private/files/no.txt"]
)
def test_an_attachment_that_is_no_private_file_of_ones_own_is_refused(as_user, url):
	as_user("ana")
	with pytest.raises(frappe.PermissionError, match="not a private file of yours"):
		frappe.get_doc(
			{"doctype": "Support Request", "subject": "x", "description": "¿Cómo entro?", "attachment": url}
		).insert()


def test_filing_with_somebody_elses_file_does_not_open_it(as_user):
	as_user("beto")
	url = private_file(f"secreto {frappe.generate_hash(length=8)}")
	as_user("ana")
	values = {"doctype": "Support Request", "subject": "x", "description": "¿Cómo entro?", "attachment": url}
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(values).insert()
	as_user("beto")
	assert frappe.get_doc(values).insert().attachment == url


def test_a_company_that_a_user_wrote_into_their_defaults_does_not_count(as_user, file_request):
	frappe.defaults.set_user_default("Company", "No existe SA", email("ana"))
	request = file_request("ana", clause="faq")

	assert request.company == frappe.defaults.get_global_default("company")
