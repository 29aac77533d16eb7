import frappe
import pytest
from conftest import OTHER_COMPANY, email

from codigo_binario_support.adapters.offers import packs
from codigo_binario_support.api import queue
from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.offers import pack, quotation
from codigo_binario_support.jobs.evidence import broken_evidence


@pytest.fixture
def accepted(file_request, prices, as_user):
	"""A request whose pack of ten hours was accepted, of a company that never bought one before."""

	def accept(clause: str = "training", person: str = "ana") -> str:
		prices()
		request = file_request(person, clause=clause)
		frappe.db.set_value("Support Request", request.name, "company", OTHER_COMPANY)
		quotation.make(request.name)
		as_user(person)
		api.answer_offer(request.name, 1)
		return request.name

	return accept


def balance(name: str):
	return packs.balance_of(frappe.get_doc("Support Request", name))


def bells(name: str) -> set[tuple[str, str]]:
	rows = frappe.get_all(
		"Notification Log",
		filters={"document_name": name, "subject": ("like", "%Success Pack%")},
		fields=["for_user", "subject"],
	)
	return {(row.for_user, row.subject) for row in rows if "left" in row.subject or "used up" in row.subject}


def spend(name: str, minutes: int, part: str = "Success Pack") -> str:
	frappe.set_user(email("agent"))
	return queue.add_time(name, minutes, "Se revisó", part)


def test_an_accepted_offer_is_hours_bought_and_time_uses_them(accepted):
	name = accepted()
	assert balance(name).bought_minutes == 600
	spend(name, 90)
	spend(name, 30, "Included")

	assert (balance(name).used_minutes, balance(name).left_minutes) == (90, 510)
	shown = pack.shown(frappe.get_doc("Support Request", name))
	assert (shown["left"], shown["state"]) == ("8 h 30 min", "fine")


def test_both_sides_read_the_balance_on_the_form(accepted, as_user):
	name = accepted()
	spend(name, 60)
	for person in ("ana", "agent"):
		as_user(person)
		assert "9 h 00 min left of 10 h 00 min bought" in api.panel(name)["panel"]


def test_time_is_charged_only_against_an_accepted_pack(file_request, as_user):
	included = file_request("ana", clause="faq").name
	excluded = file_request("ana", clause="training").name
	for name in (included, excluded):
		with pytest.raises(frappe.ValidationError, match="Nobody has accepted"):
			spend(name, 30)
		assert spend(name, 30, "Included")


def test_few_and_none_are_said_once_to_both_sides(accepted):
	name = accepted()
	spend(name, 470)
	assert bells(name) == set()
	spend(name, 20)
	assert {user for user, _text in bells(name)} >= {email("ana"), email("agent")}
	first = bells(name)
	spend(name, 20)
	assert bells(name) == first
	spend(name, 90)
	assert {user for user, _text in bells(name) - first} >= {email("ana"), email("agent")}

	request = frappe.get_doc("Support Request", name)
	assert [row.action for row in request.clock_events if row.action.startswith("pack_")] == [
		"pack_low",
		"pack_empty",
	]


def test_a_running_job_is_not_cut_and_the_row_that_crosses_zero_is_taken_whole(accepted, as_user):
	name = accepted()
	spend(name, 590)
	spend(name, 45)
	assert balance(name).left_minutes == -35
	assert frappe.db.get_value("Support Request", name, "status") == "In Progress"
	with pytest.raises(frappe.ValidationError, match="used up"):
		spend(name, 5)
	assert spend(name, 5, "Included")
	as_user("agent")
	api.act(name, "ask_customer", "¿Quedó?")
	api.act(name, "resume")
	api.act(name, "resolve", "Listo")
	assert frappe.db.get_value("Support Request", name, "status") == "Resolved"


def test_new_work_does_not_start_at_zero_and_a_new_pack_opens_it_again(accepted, as_user):
	name = accepted()
	spend(name, 600)
	as_user("agent")
	api.act(name, "resolve", "Listo")
	api.act(name, "reopen", "Falta algo")
	assert frappe.db.get_value("Support Request", name, "status") == "New"
	with pytest.raises(frappe.ValidationError, match="used up"):
		api.act(name, "start")
	with pytest.raises(frappe.ValidationError, match="used up"):
		frappe.client.set_value("Support Request", name, "status", "In Progress")
	as_user("ana")
	assert api.panel(name)["can_make_offer"]
	api.make_offer(name)
	assert frappe.db.get_value("Support Request", name, "offer_status") == "Draft"
	api.answer_offer(name, 1)

	assert balance(name).left_minutes == 600
	assert frappe.db.get_value("Support Request", name, "status") == "In Progress"
	spend(name, 30)


def test_a_second_acceptance_buys_no_second_pack(accepted, as_user):
	name = accepted()
	as_user("ana")
	api.answer_offer(name, 1)

	assert balance(name).bought_minutes == 600


def test_a_cancelled_offer_gives_its_hours_back(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	before = balance(request.name).bought_minutes
	made = quotation.make(request.name)
	frappe.set_user("Administrator")
	document = frappe.get_doc("Supplier Quotation", made)
	document.submit()
	assert balance(request.name).bought_minutes == before + 600
	document.cancel()

	assert balance(request.name).bought_minutes == before


def test_one_customers_hours_are_not_anothers(accepted, file_request):
	name = accepted()
	other = file_request("ana", clause="faq").name

	assert balance(name).bought_minutes == 600
	assert (
		balance(other).packs_minutes
		== packs.balance_of(
			frappe._dict(company=frappe.db.get_value("Support Request", other, "company"))
		).packs_minutes
	)
	assert frappe.db.get_value("Support Request", other, "company") != OTHER_COMPANY


def test_rows_of_time_are_written_once_by_the_agent_whose_time_it_was(accepted, as_user):
	name = accepted()
	row = frappe.get_doc("Support Time Entry", spend(name, 30))
	assert (row.agent, row.company) == (email("agent"), OTHER_COMPANY)
	row.minutes = 5
	for save in (row.save, lambda: row.save(ignore_permissions=True)):
		with pytest.raises(frappe.PermissionError):
			save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Support Time Entry", row.name, ignore_permissions=True)
	frappe.db.set_value("Support Time Entry", row.name, "minutes", 5, update_modified=False)
	assert any(row.name in text for text in broken_evidence()[1])
	as_user("ana")
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(
			{"doctype": "Support Time Entry", "support_request": name, "minutes": 5, "note": "x"}
		).insert(ignore_permissions=True)


@pytest.mark.parametrize(("minutes", "day"), [(0, None), (-5, None), (1441, None), (30, "2999-01-01")])
def test_senseless_time_is_refused(file_request, minutes, day):
	request = file_request("ana", clause="faq")
	frappe.set_user(email("agent"))
	with pytest.raises(frappe.ValidationError):
		queue.add_time(request.name, minutes, "x", "Included", day or "")


def test_time_and_hours_are_seen_by_who_sees_the_request(accepted, as_user):
	name = accepted()
	row = spend(name, 30)
	entry = frappe.db.get_value("Support Pack Entry", {"support_request": name})
	as_user("other_manager")
	assert row in frappe.get_list("Support Time Entry", pluck="name")
	assert entry in frappe.get_list("Support Pack Entry", pluck="name")
	as_user("manager")
	assert row not in frappe.get_list("Support Time Entry", pluck="name")
	assert entry not in frappe.get_list("Support Pack Entry", pluck="name")
	assert not frappe.get_doc("Support Time Entry", row).has_permission("read")


def test_hours_cannot_be_written_by_hand(as_user):
	for person in ("agent", "it", "manager"):
		as_user(person)
		assert not frappe.has_permission("Support Pack Entry", "create")
