"""Who sees which request, by every route."""

import frappe
import pytest
from conftest import email
from frappe.desk.reportview import get as report_view
from frappe.desk.reportview import get_count
from frappe.desk.search import search_link

PLAIN = {
	"ana": True,
	"beto": False,
	"agent": True,
	"billing_agent": True,
	"manager": True,
	"other_manager": False,
	"accountant": False,
	"it": False,
	"buyer": False,
}
BILLING = {
	"ana": True,
	"beto": False,
	"agent": False,
	"billing_agent": True,
	"manager": False,
	"accountant": True,
	"it": False,
	"buyer": False,
}


@pytest.fixture
def attached(file_request):
	"""A request with a file, and everything that hangs on it."""

	def make(clause: str):
		request = file_request("ana", clause=clause, severity="question")
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{frappe.generate_hash(length=10)}.txt",
				"content": f"secreto {frappe.generate_hash(length=10)}",
				"is_private": 1,
				"attached_to_doctype": "Support Request",
				"attached_to_name": request.name,
			}
		).insert()
		return request

	return make


def routes(request) -> dict[str, bool]:
	"""Whether the present user reaches the request, by route."""
	seen = {}
	name = request.name
	seen["form"] = bool(frappe.has_permission("Support Request", "read", doc=name))
	seen["list"] = name in frappe.get_list("Support Request", pluck="name", limit=0)
	frappe.local.form_dict = frappe._dict(
		doctype="Support Request", filters=frappe.as_json([["name", "=", name]]), fields="[]"
	)
	seen["count"] = bool(get_count())
	seen["client get_list"] = bool(frappe.client.get_list("Support Request", filters={"name": name}))
	try:
		seen["client get"] = bool(frappe.client.get("Support Request", name))
	except frappe.PermissionError:
		seen["client get"] = False
	seen["get_value"] = bool(frappe.client.get_value("Support Request", "subject", {"name": name}))
	search = search_link("Support Request", name)
	rows = search if search is not None else frappe.response.get("results") or []
	seen["link search"] = any(row["value"] == name for row in rows)
	for child in ("Support Clock Event", "Support Scope Decision"):
		rows = frappe.client.get_list(
			child, parent="Support Request", filters={"parent": name}, fields=["name"]
		)
		seen[child] = bool(rows)
	files = frappe.get_all("File", filters={"attached_to_name": name}, pluck="name")
	seen["file list"] = bool(frappe.get_list("File", filters={"attached_to_name": name}, pluck="name"))
	seen["file"] = bool(frappe.get_doc("File", files[0]).has_permission("read"))
	seen["file download"] = bool(frappe.get_doc("File", files[0]).is_downloadable())
	return seen


@pytest.mark.parametrize(("person", "sees"), PLAIN.items())
def test_an_ordinary_request_is_seen_by_these_people_and_nobody_else_by_any_route(
	attached, as_user, person, sees
):
	request = attached("faq")
	as_user(person)

	assert set(routes(request).items()) == {(route, sees) for route in routes(request)}


@pytest.mark.parametrize(("person", "sees"), BILLING.items())
def test_a_billing_request_is_seen_only_by_who_asks_and_billing_people(attached, as_user, person, sees):
	request = attached("account_billing")
	as_user(person)

	assert set(routes(request).items()) == {(route, sees) for route in routes(request)}


def test_a_guest_sees_nothing(attached):
	request = attached("faq")
	frappe.set_user("Guest")

	assert not frappe.has_permission("Support Request", "read", doc=request.name)
	with pytest.raises(frappe.PermissionError):
		frappe.client.get_list("Support Request")


def test_the_report_view_shows_only_ones_own(attached, as_user):
	request = attached("faq")
	as_user("beto")
	frappe.local.form_dict = frappe._dict(
		doctype="Support Request", fields='["`tabSupport Request`.`name`"]', filters="[]", view="Report"
	)
	data = report_view() or {}

	assert request.name not in [row[0] for row in data.get("values", [])]


def test_messages_of_a_request_are_hidden_from_who_may_read_messages_in_general(attached, as_user):
	request = attached("faq")
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"sent_or_received": "Received",
			"subject": "x",
			"content": "secreto",
			"reference_doctype": "Support Request",
			"reference_name": request.name,
		}
	).insert(ignore_permissions=True)
	as_user("it")

	assert frappe.get_list("Communication", filters={"reference_name": request.name}) == []


def test_endpoints_refuse_a_request_of_somebody_else(attached, as_user):
	from codigo_binario_support.api import requests as api

	request = attached("faq")
	as_user("beto")
	for call in (
		lambda: api.panel(request.name),
		lambda: api.act(request.name, "resolve", "x"),
		lambda: api.make_offer(request.name),
		lambda: api.answer_offer(request.name, 1),
		lambda: api.overrule(request.name, clause="faq", reason="x"),
	):
		with pytest.raises(frappe.PermissionError):
			call()


@pytest.mark.parametrize("doctype", ["Customer", "Supplier", "Item"])
def test_an_agent_changes_no_business_document_whatever_other_roles_they_hold(as_user, doctype):
	name = frappe.get_all(doctype, pluck="name", limit=1, order_by="name")[0]
	as_user("busy_agent")
	doc = frappe.get_doc(doctype, name)

	with pytest.raises(frappe.PermissionError, match="Support cannot change"):
		doc.save()
	with pytest.raises(frappe.PermissionError, match="Support cannot change"):
		frappe.get_doc({**doc.as_dict(), "name": None}).insert()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc(doctype, name)


def test_an_agent_changes_no_workflow_and_no_permission(as_user):
	as_user("busy_agent")
	for values in (
		{"doctype": "Workflow State", "workflow_state_name": "Prueba"},
		{"doctype": "Role", "role_name": "Prueba"},
		{"doctype": "User Permission", "user": email("ana"), "allow": "Company", "for_value": "x"},
	):
		with pytest.raises(frappe.PermissionError, match="Support cannot change"):
			frappe.get_doc(values).insert(ignore_links=True)


def test_the_guard_leaves_everybody_else_alone(as_user):
	name = frappe.get_all("Supplier", pluck="name", limit=1, order_by="name")[0]
	as_user("buyer")
	frappe.get_doc("Supplier", name).save()

	assert frappe.db.get_value("Supplier", name, "modified_by") == email("buyer")


def test_an_agent_may_still_do_support_work(file_request, as_user):
	request = file_request("ana", clause="faq")
	as_user("busy_agent")
	todo = frappe.get_doc(
		{
			"doctype": "ToDo",
			"description": "llamar",
			"reference_type": "Support Request",
			"reference_name": request.name,
		}
	).insert()

	assert todo.name


def test_a_manager_cannot_choose_whose_requests_to_see(attached, as_user):
	request = attached("faq")
	frappe.defaults.set_user_default("Company", request.company, email("other_manager"))
	as_user("other_manager")

	assert not frappe.has_permission("Support Request", "read", doc=request.name)


def test_nobody_attaches_a_file_to_a_request_they_do_not_see(attached, as_user):
	request = attached("faq")
	as_user("beto")
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{frappe.generate_hash(length=10)}.txt",
				"content": f"ajeno {frappe.generate_hash(length=8)}",
				"is_private": 1,
				"attached_to_doctype": "Support Request",
				"attached_to_name": request.name,
			}
		).insert()


def test_a_share_for_reading_is_no_right_to_act(attached, as_user):
	from codigo_binario_support.api import requests as api

	request = attached("faq")
	frappe.set_user("Administrator")
	frappe.share.add("Support Request", request.name, email("beto"), read=1)
	as_user("beto")
	with pytest.raises(frappe.PermissionError):
		api.act(request.name, "resolve", "x")


def test_renaming_works_for_everybody_but_agents(as_user):
	frappe.set_user("Administrator")
	brand = frappe.get_doc({"doctype": "Brand", "brand": frappe.generate_hash(length=8)}).insert().name
	renamed = frappe.rename_doc("Brand", brand, f"{brand}-2")
	as_user("busy_agent")
	with pytest.raises(frappe.PermissionError):
		frappe.rename_doc("Brand", renamed, brand)


def test_files_and_messages_that_have_nothing_to_do_with_support_keep_frappes_own_rules(as_user):
	as_user("ana")
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{frappe.generate_hash(length=10)}.txt",
			"content": f"privado {frappe.generate_hash(length=8)}",
			"is_private": 1,
		}
	).insert()
	assert file.has_permission("read")
	for person in ("beto", "agent", "manager"):
		as_user(person)
		assert not frappe.get_doc("File", file.name).has_permission("read"), person
		assert not frappe.get_doc("File", file.name).is_downloadable(), person
