import json

import frappe
import pytest
from conftest import email

from codigo_binario_support.api import queue
from codigo_binario_support.setup import uninstall

SECRET = "Ojo: este cliente debe tres meses"


@pytest.fixture
def noted(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	name = queue.add_note(request.name, f"<p>{SECRET}</p>")
	return request, name


def test_agents_read_each_others_notes(noted, as_user):
	request, _name = noted
	as_user("billing_agent")

	assert SECRET in queue.desk(request.name)["html"]


@pytest.mark.parametrize("person", ["ana", "beto", "manager", "accountant", "it", "buyer"])
def test_nobody_of_the_customers_reads_a_note_by_any_route(noted, as_user, person):
	from frappe.client import get, get_count, get_list, get_value
	from frappe.desk.form.load import getdoc
	from frappe.desk.notifications import get_open_count

	request, name = noted
	as_user(person)
	for look in (
		lambda: get("Support Note", name),
		lambda: get_value("Support Note", "content", name),
		lambda: get_list("Support Note", fields=["content"]),
		lambda: get_count("Support Note"),
		lambda: frappe.get_doc("Support Note", name).check_permission("read"),
		lambda: frappe.get_doc("Support Note", name).check_permission("print"),
		lambda: queue.desk(request.name),
	):
		try:
			found = look()
		except (frappe.PermissionError, frappe.DoesNotExistError):
			frappe.clear_messages()
			continue
		assert not found, "a route is open"
	if frappe.has_permission("Support Request", "read", doc=request.name):
		frappe.response.docs = []
		getdoc("Support Request", request.name)
		assert SECRET not in frappe.as_json(frappe.response)
		assert "Support Note" not in show_links(request.name)
		try:
			counted = get_open_count("Support Request", request.name, ["Support Note"])
		except Exception:
			return
		found = frappe.as_json(counted)
		assert '"count": 1' not in found and name not in found


def show_links(name: str) -> dict:
	"""What the form's *Show links* gets: by the name of Frappe's door, whatever answers there."""
	door = "frappe.desk.form.linked_with.get"
	answers = frappe.get_hooks("override_whitelisted_methods").get(door, [door])[-1]
	return frappe.get_attr(answers)("Support Request", name)


def test_the_links_of_a_request_say_nothing_of_what_one_may_not_see(noted, file_request, as_user):
	from codigo_binario_support.flow.clock import clock

	request, _name = noted
	as_user("agent")
	assert clock.side_of(request) == "agent" and "Support Note" in show_links(request.name)

	as_user("ana")
	found = show_links(request.name)

	assert [name for name, rows in found.items() if isinstance(rows, dict) and rows.get("hidden_count")] == []


@pytest.fixture
def opened_to_all():
	"""Somebody with the rights of a system manager gave everybody the doctype."""
	from frappe.permissions import add_permission

	frappe.set_user("Administrator")
	add_permission("Support Note", "All", 0)
	frappe.clear_cache(doctype="Support Note")
	yield
	frappe.db.rollback()
	frappe.clear_cache(doctype="Support Note")


def test_rights_that_somebody_gives_themselves_open_nothing(opened_to_all, noted, as_user):
	_request, name = noted
	as_user("ana")
	assert frappe.has_permission("Support Note", "read")

	assert frappe.get_list("Support Note", pluck="name") == []
	assert not frappe.get_doc("Support Note", name).has_permission("read")


def test_the_asker_who_is_an_agent_too_reads_no_note_about_their_own_request(file_request, as_user):
	request = file_request("agent", clause="faq", severity="question")
	as_user("billing_agent")
	name = queue.add_note(request.name, SECRET)
	as_user("agent")

	assert not frappe.get_doc("Support Note", name).has_permission("read")
	assert name not in frappe.get_list("Support Note", pluck="name")


def test_a_billing_note_is_for_billing_agents(file_request, as_user):
	request = file_request("ana", clause="account_billing", severity="question")
	as_user("billing_agent")
	name = queue.add_note(request.name, SECRET)
	as_user("agent")

	assert not frappe.get_doc("Support Note", name).has_permission("read")
	with pytest.raises(frappe.PermissionError):
		queue.add_note(request.name, "yo también")


def test_a_note_moves_no_clock_and_leaves_no_trace_that_a_customer_could_find(noted):
	request, name = noted
	request.reload()
	frappe.set_user("Administrator")

	assert [row.event for row in request.clock_events] == ["create"]
	for doctype, column in (
		("Communication", "reference_name"),
		("Comment", "reference_name"),
		("Version", "docname"),
		("Notification Log", "document_name"),
		("ToDo", "reference_name"),
	):
		rows = frappe.get_all(doctype, filters={column: ("in", (request.name, name))}, fields=["*"])
		assert SECRET not in json.dumps(rows, default=str)


@pytest.mark.parametrize("person", ["ana", "manager", "it"])
def test_a_picture_in_a_note_is_as_private_as_the_note(file_request, as_user, person):
	pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	name = queue.add_note(request.name, f'<p>mira</p><img src="data:image/png;base64,{pixel}">')
	(file,) = frappe.get_all("File", filters={"attached_to_name": name}, fields=["name", "is_private"])
	as_user(person)

	assert file.is_private
	assert not frappe.get_doc("File", file.name).has_permission("read")


def test_a_note_is_written_once(noted, as_user):
	_request, name = noted
	as_user("agent")
	note = frappe.get_doc("Support Note", name)
	note.content = "otra"
	with pytest.raises(frappe.PermissionError):
		note.save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Support Note", name)


def test_a_customer_cannot_write_one_and_an_empty_one_is_refused(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("ana")
	with pytest.raises(frappe.PermissionError):
		queue.add_note(request.name, "hola")
	as_user("agent")
	with pytest.raises(frappe.ValidationError):
		queue.add_note(request.name, "<p> </p>")


def test_the_customers_archive_has_no_notes(noted):
	import tarfile

	frappe.set_user("Administrator")
	path = uninstall.export_evidence()
	try:
		with tarfile.open(path) as archive:
			names = archive.getnames()
			assert "support_note.jsonl" not in names
			for name in names:
				content = archive.extractfile(name)
				assert SECRET.encode() not in (content.read() if content else b"")
	finally:
		path.unlink()


def test_the_agents_desk_is_closed_to_everybody_else(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	for person in ("ana", "manager", "beto"):
		as_user(person)
		for door in (
			lambda: queue.desk(request.name),
			lambda: queue.canned_answer(request.name, "x"),
			lambda: queue.add_time(request.name, 5, "x"),
			lambda: queue.split(request.name),
			lambda: queue.merge(request.name, request.name),
			lambda: queue.assign(request.name, email("agent")),
			lambda: queue.link_incident(request.name, "x"),
		):
			with pytest.raises(frappe.PermissionError):
				door()
		assert queue.bulk([request.name], "assign", email("agent"))["done"] == []
		assert queue.site_state() is None
