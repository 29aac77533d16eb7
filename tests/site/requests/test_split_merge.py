from datetime import datetime, timedelta, timezone

import frappe
import pytest
from conftest import OTHER_COMPANY, email
from freezegun import freeze_time
from life import at
from statements import counted

from codigo_binario_support.adapters.requests import month as numbers
from codigo_binario_support.adapters.requests import requests
from codigo_binario_support.adapters.site import links
from codigo_binario_support.api import queue
from codigo_binario_support.api import requests as api
from codigo_binario_support.domain.requests import status
from codigo_binario_support.flow.offers import quotation
from codigo_binario_support.flow.views import panel, portal
from codigo_binario_support.jobs.evidence import broken_evidence


def letter(request: str) -> list[str]:
	return frappe.get_all(
		"Communication", filters={"reference_name": request}, pluck="content", order_by="creation asc"
	)


def whole(*names: str) -> bool:
	return not [row for row in broken_evidence()[1] if any(name in row for name in names)]


def test_a_mixed_request_becomes_two_and_each_names_the_other(file_request, as_user):
	request = file_request("ana", clause="data_import", second_clause="faq", severity="question")
	as_user("agent")
	new = frappe.get_doc(
		"Support Request", queue.split(request.name, "Importar catálogo", "<p>El catálogo</p>")
	)

	request.reload()
	assert (request.verdict, request.clause, request.second_clause) == ("In scope", "faq", "")
	assert request.offer_status == "Not needed"
	assert (new.verdict, new.clause, new.offer_status) == ("Out of scope", "data_import", "Waiting")
	assert (new.subject, new.raised_by, new.company) == ("Importar catálogo", email("ana"), request.company)
	assert (new.split_from, new.terms) == (request.name, request.terms)
	for doc, other in ((request, new.name), (new, request.name)):
		assert [row.detail for row in doc.clock_events if row.action == "split"] == [other]
	assert whole(request.name, new.name)
	with pytest.raises(frappe.ValidationError, match="Success Pack"):
		api.act(new.name, "start")


def test_a_draft_offer_of_the_whole_goes_and_the_part_gets_its_own(file_request, as_user, prices):
	prices()
	request = file_request("ana", clause="faq", second_clause="data_import", severity="question")
	quotation.make(request.name)
	as_user("agent")
	new = queue.split(request.name)
	made = quotation.make(new)

	offers = frappe.get_all(
		"Supplier Quotation",
		filters={"support_request": ("in", (request.name, new))},
		fields=["name", "support_request"],
	)
	assert [(row.name, row.support_request) for row in offers] == [(made, new)]


def test_what_was_accepted_goes_with_the_part_that_it_was_for(file_request, as_user, prices):
	prices()
	request = file_request("ana", clause="faq", second_clause="data_import", severity="question")
	made = quotation.make(request.name)
	as_user("ana")
	api.answer_offer(request.name, 1)
	as_user("agent")
	new = queue.split(request.name)

	assert frappe.db.get_value("Support Request", new, ["offer_status", "offer"]) == ("Accepted", made)
	assert frappe.db.get_value("Support Request", request.name, "offer_status") == "Not needed"
	assert frappe.db.get_value("Supplier Quotation", made, "support_request") == new
	api.act(new, "start")
	assert whole(request.name, new)


def test_a_second_click_separates_nothing_more(file_request, as_user):
	request = file_request("ana", clause="faq", second_clause="data_import", severity="question")
	as_user("agent")
	queue.split(request.name)

	with pytest.raises(frappe.ValidationError, match="included in part"):
		queue.split(request.name)
	assert len(frappe.get_all("Support Request", filters={"split_from": request.name})) == 1


def test_a_duplicate_is_closed_and_both_askers_get_the_answer(file_request, as_user):
	first = file_request("ana", clause="faq", severity="question")
	second = file_request("beto", clause="faq", severity="question")
	as_user("agent")
	queue.merge(second.name, first.name)
	api.answer(first.name, "<p>Ya quedó</p>", "prueba-0001", then="resolve")

	second.reload()
	assert (second.status, second.duplicate_of) == ("Closed", first.name)
	assert letter(first.name) == letter(second.name)
	assert whole(first.name, second.name)
	as_user("beto")
	assert not frappe.has_permission("Support Request", "read", doc=first.name)


#: A day in the past of every site, ten in the morning in Mexico City.
OUTAGE_AT = datetime(2024, 5, 7, 16, tzinfo=timezone.utc)


def outages(file_request, *minutes: int) -> list[str]:
	"""One outage for each number of minutes after the first."""
	names = []
	for person, later in zip(("ana", "beto", "ana"), minutes, strict=False):
		with freeze_time(OUTAGE_AT + timedelta(minutes=later)):
			names.append(file_request(person, clause="connectivity", severity="outage").name)
	return names


def promises_of_the_day() -> numbers.Received:
	day = timedelta(days=1)
	return numbers.received(numbers.Month(OUTAGE_AT - day, OUTAGE_AT + day), [], OUTAGE_AT + day)


def test_merging_neither_answers_nor_resolves_nor_restores(file_request, as_user):
	first, second = outages(file_request, 0, 20)
	as_user("agent")
	with freeze_time(OUTAGE_AT + timedelta(minutes=30)):
		queue.merge(second, first)
		doc = frappe.get_doc("Support Request", second)
		assert (doc.status, doc.answered_at, doc.resolved_at, doc.due_at) == ("Closed", None, None, None)
		assert not [row for row in doc.clock_events if row.event == "resolve"]
		assert "kept" not in panel.panel(doc)["panel"]
	found = promises_of_the_day()
	assert (found.total, found.answered, found.restorations, found.restoring) == (1, 0, 1, 1)

	with freeze_time(OUTAGE_AT + timedelta(minutes=90)):
		api.answer(first, "<p>Ya volvió el servicio</p>", "prueba-caida-1", then="resolve")
	found = promises_of_the_day()
	assert (found.total, found.answered, found.restorations, found.restoring) == (1, 1, 1, 0)
	assert (found.restored_late, found.longest_restore) == (0, 90 * 60)
	assert whole(first, second)


@pytest.mark.parametrize("into", ["the earlier", "the later"])
@pytest.mark.parametrize("is_merged", [False, True])
def test_a_restoration_that_is_late_for_one_of_two_is_late_however_they_are_merged(
	file_request, as_user, into, is_merged
):
	first, second = outages(file_request, 0, 60)
	original, duplicate = (first, second) if into == "the earlier" else (second, first)
	as_user("agent")
	with freeze_time(OUTAGE_AT + timedelta(minutes=70)):
		if is_merged:
			queue.merge(duplicate, original)
	with freeze_time(OUTAGE_AT + timedelta(minutes=150)):
		for name in [original] if is_merged else [original, duplicate]:
			api.act(name, "resolve", "Restablecido")
	found = promises_of_the_day()
	# Two hours are promised: the first waited two and a half.
	assert (found.restored_late, found.longest_restore) == (1, 150 * 60)
	assert found.restorations == (1 if is_merged else 2)


def test_the_queue_goes_by_the_earliest_due_time_of_both(file_request, as_user):
	first, second = outages(file_request, 0, 60)
	due = frappe.db.get_value("Support Request", first, "due_at")
	as_user("agent")
	with freeze_time(OUTAGE_AT + timedelta(minutes=70)):
		queue.merge(first, second)
	assert frappe.db.get_value("Support Request", second, "due_at") == due


def test_a_promise_goes_with_who_was_promised_it(file_request, as_user):
	question = file_request("ana", clause="faq", severity="question").name
	outage = file_request("beto", clause="connectivity", severity="outage").name
	as_user("agent")
	due = frappe.db.get_value("Support Request", outage, "restore_due_at")
	queue.merge(outage, question)
	assert due
	assert frappe.db.get_value("Support Request", question, ["restore_due_at", "due_at"]) == (due, due)


def test_who_was_not_answered_is_not_counted_as_answered(file_request, as_user):
	with freeze_time(at(23, 10)):
		first = file_request("ana", clause="faq", severity="question").name
		second = file_request("beto", clause="faq", severity="question").name
	as_user("agent")
	with freeze_time(at(23, 11)):
		api.answer(first, "<p>Lo vemos</p>", "prueba-0003")
	assert frappe.db.get_value("Support Request", first, "answered_at")
	with freeze_time(at(23, 12)):
		queue.merge(second, first)
	assert not frappe.db.get_value("Support Request", first, "answered_at")
	with freeze_time(at(23, 13)):
		api.answer(first, "<p>Ya quedó</p>", "prueba-0004")
	assert frappe.db.get_value("Support Request", first, "answered_at")
	assert whole(first, second)


def test_a_duplicate_shows_the_request_that_it_joined_and_how_that_stands(file_request, as_user):
	first, second = outages(file_request, 0, 20)
	as_user("agent")
	queue.merge(second, first)
	api.act(first, "ask_customer", "¿Desde qué red?")
	as_user("beto")
	doc = frappe.get_doc("Support Request", second)
	shown = f"Joined {first}: Waiting for Customer"
	assert shown in panel.panel(doc)["panel"]
	waits = status.STATUSES[status.WAITING_FOR_CUSTOMER].clock_sentence
	assert waits and waits in panel.panel(doc)["clock_panel"]
	assert portal.one(doc)["status"] == shown
	row = next(row for row in portal.mine()["rows"] if row["name"] == second)
	assert (row["status"], row["is_over"]) == (shown, False)
	assert not panel.panel(doc)["can_rate"]


def test_what_was_merged_when_that_resolved_it_stays_whole_and_is_left_out(file_request, as_user):
	first, second = outages(file_request, 0, 20)
	as_user("agent")
	with freeze_time(OUTAGE_AT + timedelta(minutes=30)):
		doc = frappe.get_doc("Support Request", second)
		# As it was written then: the merge was the end of the duplicate.
		requests.add_event(
			doc, OUTAGE_AT + timedelta(minutes=30), "resolve", "merge", "Es la misma", source=first
		)
		doc.update({"status": "Closed", "duplicate_of": first})
		now = frappe.utils.now_datetime()
		doc.update({"answered_at": now, "resolved_at": now, "closed_at": now})
		doc.save_from_flow()
	found = promises_of_the_day()
	assert (found.total, found.answered, found.restorations, found.restoring) == (1, 0, 1, 1)
	with freeze_time(OUTAGE_AT + timedelta(minutes=40)):
		doc = frappe.get_doc("Support Request", second)
		assert "kept" not in panel.panel(doc)["panel"]
		api.act(first, "resolve", "Restablecido")
	assert promises_of_the_day().restored_late == 0
	assert whole(first, second)


def test_what_was_merged_before_makes_the_request_it_joined_as_late_as_it_was(file_request, as_user):
	from codigo_binario_support.patches.v0_3 import read_with_duplicates

	first, second = outages(file_request, 0, 60)
	as_user("agent")
	with freeze_time(OUTAGE_AT + timedelta(minutes=150)):
		api.act(second, "resolve", "Restablecido")
	doc = frappe.get_doc("Support Request", first)
	requests.add_event(
		doc, OUTAGE_AT + timedelta(minutes=70), "resolve", "merge", "Es la misma", source=second
	)
	doc.update({"status": "Closed", "duplicate_of": second})
	doc.save_from_flow()
	sealed = frappe.db.get_value("Support Request", first, ["seal", "modified"])
	assert promises_of_the_day().restored_late == 0

	frappe.set_user("Administrator")
	read_with_duplicates.execute()
	read_with_duplicates.execute()
	found = promises_of_the_day()
	assert (found.restorations, found.restored_late) == (1, 1)
	assert frappe.db.get_value("Support Request", first, ["seal", "modified"]) == sealed
	assert whole(first, second)


def test_what_the_other_asker_wrote_stays_on_their_own_request(file_request, as_user):
	first = file_request("ana", clause="faq", severity="question")
	second = file_request("beto", clause="faq", severity="question", subject="Lo de Beto")
	as_user("agent")
	queue.merge(second.name, first.name)

	assert links.form_path("Support Request", second.name) in queue.desk(first.name)["html"]
	as_user("ana")
	assert "Beto" not in frappe.as_json(api.panel(first.name))


def test_an_answer_on_a_duplicate_resumes_the_request_it_was_merged_into(file_request, as_user):
	first = file_request("ana", clause="faq", severity="question")
	second = file_request("beto", clause="faq", severity="question")
	as_user("agent")
	queue.merge(second.name, first.name)
	api.answer(first.name, "¿Qué versión?", "prueba-0002", then="ask_customer")
	as_user("beto")
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Comment",
			"reference_doctype": "Support Request",
			"reference_name": second.name,
			"content": "La quince, en la computadora de la caja",
		}
	).insert(ignore_permissions=True)

	assert frappe.db.get_value("Support Request", first.name, "status") == "In Progress"
	assert not frappe.db.exists("Support Request", {"previous_request": second.name})


def test_never_across_customers(file_request, as_user):
	first = file_request("ana", clause="faq", severity="question")
	second = file_request("beto", clause="faq", severity="question")
	frappe.db.set_value("Support Request", second.name, "company", OTHER_COMPANY)
	as_user("agent")

	with pytest.raises(frappe.PermissionError, match="different customers"):
		queue.merge(second.name, first.name)
	frappe.db.set_value("Support Request", {"name": ("in", (first.name, second.name))}, "company", None)
	with pytest.raises(frappe.PermissionError, match="different customers"):
		queue.merge(second.name, first.name)


def test_a_billing_matter_is_not_merged_with_another_kind(file_request, as_user):
	first = file_request("ana", clause="faq", severity="question")
	second = file_request("ana", clause="account_billing", severity="question")
	as_user("billing_agent")

	with pytest.raises(frappe.PermissionError, match="billing"):
		queue.merge(second.name, first.name)


def test_a_chain_of_duplicates_ends_at_one(file_request, as_user):
	one, two, three = (file_request("ana", clause="faq", severity="question").name for _ in range(3))
	as_user("agent")
	queue.merge(one, two)
	queue.merge(two, three)

	assert frappe.db.get_value("Support Request", one, "duplicate_of") == three
	with pytest.raises(frappe.ValidationError):
		queue.merge(three, two)
	with pytest.raises(frappe.ValidationError):
		queue.merge(three, three)


@pytest.mark.parametrize("names", [(), ("",), (None, " ")])
def test_to_hold_nothing_holds_no_request(file_request, names):
	"""An empty name is a filter that every request passes which is no duplicate."""
	file_request("ana", clause="faq", severity="question")
	with counted() as sent:
		requests.hold(*names)
	assert sent == []


def test_merging_needs_its_own_door(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	with pytest.raises(frappe.ValidationError):
		api.act(request.name, "merge", "porque sí")
	with pytest.raises(frappe.ValidationError):
		frappe.client.set_value("Support Request", request.name, "status", "Closed")
	assert frappe.db.get_value("Support Request", request.name, "status") == "New"


def test_all_requests_of_an_incident_are_answered_at_once_and_a_failure_is_named(file_request, as_user):
	names = [
		file_request(person, clause="connectivity", severity="outage").name for person in ("ana", "beto")
	]
	over = file_request("ana", clause="connectivity", severity="outage").name
	as_user("agent")
	incident = frappe.get_doc(
		{"doctype": "Service Incident", "subject": "Caída de la prueba", "opened_at": "2026-11-20 10:00:00"}
	).insert()
	linked = queue.bulk([*names, over], "link", incident.name)
	assert linked == {"done": [*names, over], "failed": []}
	for action in ("resolve", "close"):
		api.act(over, action, "Listo")
	found = queue.answer_incident(incident.name, "<p>Ya volvió</p>", "incidente-01", then="resolve")
	again = queue.answer_incident(incident.name, "<p>Ya volvió</p>", "incidente-01", then="resolve")

	assert found["done"] == names
	assert [row["name"] for row in found["failed"]] == [over]
	assert "closed" in found["failed"][0]["reason"]
	assert again["done"] == names
	assert [len(letter(name)) for name in names] == [1, 1]
	assert {frappe.db.get_value("Support Request", name, "status") for name in names} == {"Resolved"}
