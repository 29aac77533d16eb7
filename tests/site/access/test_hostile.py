"""Somebody else's customer tries every door: ours by introspection, Frappe's by name. Nothing comes out, nothing changes."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest
import versions
from conftest import email
from portal_people import customer_site, forget_pace, keep_portal_people, provider_site
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import codigo_binario_support
from codigo_binario_support.api import chat as chat_api
from codigo_binario_support.api import portal as portal_api
from codigo_binario_support.api import requests as requests_api

DOCTYPE = "Support Request"
#: Who tries, on whose site, at whose request.
HOSTILE = (
	("carlos", provider_site, "clara"),
	("stranger", provider_site, "clara"),
	("Guest", provider_site, "clara"),
	("beto", customer_site, "elena"),
)
#: Doors that a machine opens with a key of its own, and that know no requests.
MACHINES = (
	"codigo_binario_support.api.availability.deliver",
	"codigo_binario_support.api.availability.health",
)


@pytest.fixture(scope="module", autouse=True)
def portal_people(site):
	keep_portal_people()


@pytest.fixture(autouse=True)
def unhurried(transaction, monkeypatch):
	"""No waiting, and no door that commits or rolls back takes the test's own documents with it."""
	forget_pace()
	rollback = frappe.db.rollback
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	monkeypatch.setattr(
		frappe.db, "rollback", lambda *, save_point=None: save_point and rollback(save_point=save_point)
	)
	yield
	monkeypatch.undo()


class Target:
	"""A request with a secret in everything that hangs on it."""

	def __init__(self, person: str) -> None:
		self.secret = f"secreto{frappe.generate_hash(length=12)}"
		self.person = person
		frappe.set_user(email(person))
		number = frappe.generate_hash(length=20)
		self.name = portal_api.file(
			f"Asunto {self.secret}", f"¿Cómo reinicio mi contraseña? {self.secret}", number
		)["request"]
		frappe.set_user(email("billing_agent"))
		requests_api.overrule(self.name, "training", "", "question", f"por {self.secret}")
		self.message = chat_api.send(self.name, f"dice {self.secret}", number)["message"]
		frappe.get_doc(
			{"doctype": "Support Note", "support_request": self.name, "content": f"nota {self.secret}"}
		).insert()
		frappe.set_user("Administrator")
		self.comment = (
			frappe.get_doc(DOCTYPE, self.name).add_comment("Comment", f"comenta {self.secret}").name
		)
		self.file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{self.secret}.txt",
				"content": f"contenido {self.secret}",
				"is_private": 1,
				"attached_to_doctype": DOCTYPE,
				"attached_to_name": self.name,
			}
		).insert()
		# What Frappe's own mail dialog attaches hangs on the message.
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"adjunto-{self.secret}.txt",
				"content": f"adjunto {self.secret}",
				"is_private": 1,
				"attached_to_doctype": "Communication",
				"attached_to_name": self.message,
			}
		).insert()
		self.before = self.state()

	def state(self) -> dict[str, Any]:
		"""What a change would change, as the database has it."""
		found = {"request": frappe.db.get_value(DOCTYPE, self.name, ["*"], as_dict=True)}
		for doctype, kind, column in (
			("Communication", "reference_doctype", "reference_name"),
			("Comment", "reference_doctype", "reference_name"),
			("File", "attached_to_doctype", "attached_to_name"),
			("ToDo", "reference_type", "reference_name"),
			("DocShare", "share_doctype", "share_name"),
			("Tag Link", "document_type", "document_name"),
			("Document Follow", "ref_doctype", "ref_docname"),
			("Email Queue", "reference_doctype", "reference_name"),
			("Support Clock Event", "parenttype", "parent"),
			("Support Scope Decision", "parenttype", "parent"),
		):
			found[doctype] = frappe.get_all(
				doctype,
				filters={kind: DOCTYPE, column: self.name},
				fields=["name", "modified"],
				order_by="name asc",
			)
		for doctype in ("Support Note", "Support Time Entry", "Support Read Mark"):
			found[doctype] = frappe.get_all(
				doctype,
				filters={"support_request": self.name},
				fields=["name", "modified"],
				order_by="name asc",
			)
		return found


@pytest.fixture
def target():
	def make(person: str, kind: Callable[[], None]) -> Target:
		kind()
		return Target(person)

	return make


def become(person: str, verb: str = "POST", /, **form: Any) -> None:
	frappe.set_user(person if person == "Guest" else email(person))
	frappe.local.response = frappe._dict(docs=[])
	frappe.local.form_dict = frappe._dict(form)
	frappe.local.request = Request(EnvironBuilder(path="/", method=verb).get_environ())
	frappe.clear_messages()


def attempt(target: Target, label: str, call: Callable[[], Any]) -> str | None:
	"""What an attempt gave away or changed; None when nothing. Whatever it raises is a refusal."""
	frappe.db.savepoint("hostile")
	try:
		result: Any = call()
	except Exception as refusal:
		# A request that fails is rolled back as a whole.
		frappe.db.rollback(save_point="hostile")
		result = str(refusal)
	try:
		told = " ".join(
			str(part)
			for part in (
				frappe.as_json(result) if not isinstance(result, (str, bytes)) else result,
				{key: value for key, value in frappe.local.response.items() if key != "exc"},
				frappe.get_message_log(),
			)
		)
		# What the attempt itself said is no secret: the address of the file.
		told = told.replace(target.file.file_url, "")
		if target.secret in told:
			return f"{label}: tells the secret"
		if target.state() != target.before:
			return f"{label}: changes the request"
		return None
	finally:
		if hasattr(frappe.local, "request"):
			del frappe.local.request
		frappe.db.rollback(save_point="hostile")
		frappe.clear_document_cache(DOCTYPE, target.name)


def our_doors() -> list[Callable[..., Any]]:
	"""Every whitelisted function of the app, found by importing all of it."""
	for module in pkgutil.walk_packages(codigo_binario_support.__path__, "codigo_binario_support."):
		if ".__main__" not in module.name:
			importlib.import_module(module.name)
	return sorted(
		(door for door in frappe.whitelisted if door.__module__.startswith("codigo_binario_support.")),
		key=lambda door: f"{door.__module__}.{door.__name__}",
	)


def arguments_for(door: Callable[..., Any], target: Target) -> Iterator[dict[str, Any]]:
	"""Plausible arguments of a door: the request wherever a name is wanted, every action wherever one is."""
	known = {
		"name": target.name,
		"names": json.dumps([target.name]),
		"into": target.name,
		"file": target.file.name,
		"reason": "porque sí",
		"question": "¿cuánto?",
		"text": "hola, ¿cómo reinicio mi contraseña?",
		"content": "hola",
		"subject": "hola",
		"description": "hola",
		"client_id": frappe.generate_hash(length=20),
		"clause": "faq",
		"severity": "question",
		"stars": 1,
		"is_accepted": 1,
		"is_released": 1,
		"is_present": 1,
		"minutes": 10,
		"user": email("carlos"),
		"read_up_to": "2026-01-01T00:00:00",
		"medium": "Chat",
	}
	parameters = inspect.signature(door).parameters
	given = {name: known.get(name, "x") for name in parameters if name in known or name == "value"}
	given.update(
		{
			name: "x"
			for name, parameter in parameters.items()
			if name not in given and parameter.default is inspect.Parameter.empty and name != "action"
		}
	)
	if "action" not in parameters:
		yield given
		return
	for action in (
		"start",
		"ask_customer",
		"resolve",
		"close",
		"reopen",
		"accept",
		"decline",
		"propose",
		"assign",
	):
		yield {**given, "action": action}


@pytest.mark.parametrize(("person", "kind", "owner"), HOSTILE)
def test_none_of_our_own_doors_opens_somebody_elses_request(target, person, kind, owner):
	victim = target(owner, kind)
	doors, found = our_doors(), []
	assert len(doors) > 25
	for door in doors:
		path = f"{door.__module__}.{door.__name__}"
		if path in MACHINES:
			continue
		for arguments in arguments_for(door, victim):
			method = sorted(frappe.allowed_http_methods_for_whitelisted_func[door])[-1]
			become(person, method, cmd=path, **arguments)
			found.append(
				attempt(
					victim,
					f"{path} {arguments.get('action', '')}",
					lambda p=path: frappe.handler.execute_cmd(p),
				)
			)
	assert not (problems := [problem for problem in found if problem]), "\n".join(problems)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_door_answers_no_verb_but_its_own(target, method):
	victim = target("clara", provider_site)
	answered = []
	for door in our_doors():
		path = f"{door.__module__}.{door.__name__}"
		if method in frappe.allowed_http_methods_for_whitelisted_func[door] or path in MACHINES:
			continue
		for arguments in arguments_for(door, victim):
			become("clara", method, cmd=path, **arguments)
			try:
				frappe.handler.execute_cmd(path)
				answered.append(path)
			except frappe.PermissionError:
				continue
			finally:
				if hasattr(frappe.local, "request"):
					del frappe.local.request
	assert answered == []


def opened(path: str, arguments: dict[str, Any]) -> Callable[[], Any]:
	"""The way in of a door: most through the handler, two that are the handler's own."""
	if path == "upload_file":
		return frappe.handler.upload_file
	if path == "run_doc_method":
		return lambda: frappe.handler.run_doc_method(**arguments)
	return lambda: frappe.handler.execute_cmd(path)


def frappes_doors(target: Target) -> dict[str, tuple[str, dict[str, Any]]]:
	"""Frappe's own doors, with what a hostile hand would put into them: label -> (path, arguments)."""
	name, secret = target.name, target.secret
	as_json = json.dumps
	forged = frappe.get_doc(DOCTYPE, name).as_dict(convert_dates_to_str=True)
	forged.update({"raised_by": email("carlos"), "owner": email("carlos"), "verdict": "In scope"})
	report_fields = as_json(["`tabSupport Request`.`name`", "`tabSupport Request`.`subject`"])
	doors: dict[str, tuple[str, dict[str, Any]]] = {
		"get": ("frappe.client.get", {"doctype": DOCTYPE, "name": name}),
		"get by filter": (
			"frappe.client.get",
			{"doctype": DOCTYPE, "filters": as_json({"subject": ["like", f"%{secret}%"]})},
		),
		"get_list": (
			"frappe.client.get_list",
			{"doctype": DOCTYPE, "fields": as_json(["*"]), "limit_page_length": 0},
		),
		"get_list or_filters": (
			"frappe.client.get_list",
			{
				"doctype": DOCTYPE,
				"fields": as_json(["subject"]),
				"or_filters": as_json([["name", "like", "%"]]),
			},
		),
		"get_value": (
			"frappe.client.get_value",
			{"doctype": DOCTYPE, "fieldname": as_json(["subject", "description"]), "filters": name},
		),
		"get_password": (
			"frappe.client.get_password",
			{"doctype": DOCTYPE, "name": name, "fieldname": "subject"},
		),
		"set_value": (
			"frappe.client.set_value",
			{"doctype": DOCTYPE, "name": name, "fieldname": "status", "value": "Closed"},
		),
		"set owner": (
			"frappe.client.set_value",
			{"doctype": DOCTYPE, "name": name, "fieldname": "raised_by", "value": email("carlos")},
		),
		"save": ("frappe.client.save", {"doc": as_json(forged, default=str)}),
		"bulk_update": (
			"frappe.client.bulk_update",
			{"docs": as_json([{"doctype": DOCTYPE, "docname": name, "status": "Closed"}])},
		),
		"rename": ("frappe.client.rename_doc", {"doctype": DOCTYPE, "old_name": name, "new_name": "MIA-1"}),
		"delete": ("frappe.client.delete", {"doctype": DOCTYPE, "name": name}),
		"attach_file": (
			"frappe.client.attach_file",
			{"filename": "x.txt", "filedata": "x", "doctype": DOCTYPE, "docname": name, "is_private": 1},
		),
		"validate_link": (
			"frappe.client.validate_link",
			{"doctype": DOCTYPE, "docname": name, "fields": as_json(["subject", "description"])},
		),
		"getdoc": ("frappe.desk.form.load.getdoc", {"doctype": DOCTYPE, "name": name}),
		"get_docinfo": ("frappe.desk.form.load.get_docinfo", {"doctype": DOCTYPE, "name": name}),
		"get_communications": (
			"frappe.desk.form.load.get_communications",
			{"doctype": DOCTYPE, "name": name},
		),
		"savedocs": (
			"frappe.desk.form.save.savedocs",
			{"doc": as_json(forged, default=str), "action": "Save"},
		),
		"add_comment": (
			"frappe.desk.form.utils.add_comment",
			{
				"reference_doctype": DOCTYPE,
				"reference_name": name,
				"content": "x",
				"comment_email": email("carlos"),
				"comment_by": "x",
			},
		),
		"update_comment": ("frappe.desk.form.utils.update_comment", {"name": target.comment, "content": "x"}),
		"get_next": (
			"frappe.desk.form.utils.get_next",
			{"doctype": DOCTYPE, "value": "CBS-0", "prev": 0, "filters": as_json([])},
		),
		"linked_with": ("frappe.desk.form.linked_with.get", {"doctype": DOCTYPE, "docname": name}),
		"follow": (
			"frappe.desk.form.document_follow.follow_document",
			{"doctype": DOCTYPE, "doc_name": name},
		),
		"assign": (
			"frappe.desk.form.assign_to.add",
			{"doctype": DOCTYPE, "name": name, "assign_to": as_json([email("carlos")])},
		),
		"assignments": (
			"frappe.desk.form.assign_to.get",
			{"args": as_json({"doctype": DOCTYPE, "name": name})},
		),
		"share": (
			"frappe.share.add",
			{"doctype": DOCTYPE, "name": name, "user": email("carlos"), "read": 1, "write": 1},
		),
		"share permission": (
			"frappe.share.set_permission",
			{"doctype": DOCTYPE, "name": name, "user": email("carlos"), "permission_to": "read"},
		),
		"shared with": ("frappe.share.get_users", {"doctype": DOCTYPE, "name": name}),
		"tag": ("frappe.desk.doctype.tag.tag.add_tag", {"tag": "x", "dt": DOCTYPE, "dn": name}),
		"like": ("frappe.desk.like.toggle_like", {"doctype": DOCTYPE, "name": name, "add": "Yes"}),
		"reportview": (
			"frappe.desk.reportview.get",
			{"doctype": DOCTYPE, "fields": report_fields, "filters": "[]", "view": "Report"},
		),
		"reportview list": (
			"frappe.desk.reportview.get_list",
			{"doctype": DOCTYPE, "fields": report_fields, "filters": "[]"},
		),
		"reportview group": (
			"frappe.desk.reportview.get",
			{
				"doctype": DOCTYPE,
				"fields": as_json(["`tabSupport Request`.`subject`"]),
				"group_by": "`tabSupport Request`.`subject`",
				"filters": "[]",
			},
		),
		"export": (
			"frappe.desk.reportview.export_query",
			{
				"doctype": DOCTYPE,
				"fields": report_fields,
				"filters": "[]",
				"file_format_type": "CSV",
				"title": "x",
			},
		),
		"delete_items": (
			"frappe.desk.reportview.delete_items",
			{"doctype": DOCTYPE, "items": as_json([name])},
		),
		"sidebar": (
			"frappe.desk.reportview.get_sidebar_stats",
			{"stats": as_json(["_user_tags"]), "doctype": DOCTYPE},
		),
		"group_by_count": (
			"frappe.desk.listview.get_group_by_count",
			{"doctype": DOCTYPE, "current_filters": "[]", "field": "raised_by"},
		),
		"search_link": ("frappe.desk.search.search_link", {"doctype": DOCTYPE, "txt": secret}),
		"search_widget": (
			"frappe.desk.search.search_widget",
			{"doctype": DOCTYPE, "txt": "", "searchfield": "subject", "filters": "{}"},
		),
		"global search": ("frappe.utils.global_search.search", {"text": secret}),
		"web search": ("frappe.utils.global_search.web_search", {"text": secret}),
		"room of the request": versions.room(DOCTYPE, name),
		"printview": ("frappe.www.printview.get_html_and_style", {"doc": DOCTYPE, "name": name}),
		"printview forged": (
			"frappe.www.printview.get_html_and_style",
			{"doc": as_json({"doctype": DOCTYPE, "name": name, "owner": email("carlos")})},
		),
		"pdf": (
			"frappe.utils.print_format.download_pdf",
			{"doctype": DOCTYPE, "name": name, "format": "Standard"},
		),
		"pdfs": (
			"frappe.utils.print_format.download_multi_pdf",
			{"doctype": DOCTYPE, "name": as_json([name]), "format": "Standard"},
		),
		"doc method by name": ("run_doc_method", {"dt": DOCTYPE, "dn": name, "method": "save_from_flow"}),
		"doc method forged": (
			"run_doc_method",
			{"docs": as_json(forged, default=str), "method": "save_from_flow"},
		),
		"mail": (
			"frappe.core.doctype.communication.email.make",
			{
				"doctype": DOCTYPE,
				"name": name,
				"subject": "x",
				"content": "x",
				"recipients": email("carlos"),
				"send_email": 0,
			},
		),
		"data export": (
			"frappe.core.doctype.data_export.exporter.export_data",
			{"doctype": DOCTYPE, "with_data": 1, "all_doctypes": 1, "file_type": "CSV"},
		),
		"private file": ("frappe.core.doctype.file.file.download_file", {"file_url": target.file.file_url}),
		"library file": (
			"upload_file",
			{"library_file_name": target.file.name, "doctype": "User", "docname": email("carlos")},
		),
		"files of a folder": ("frappe.core.api.file.get_files_in_folder", {"folder": "Home/Attachments"}),
		"files by name": ("frappe.core.api.file.get_files_by_search_text", {"text": secret}),
		"zip": ("frappe.core.api.file.zip_files", {"files": as_json([{"name": target.file.name}])}),
		"board": ("frappe.desk.doctype.kanban_board.kanban_board.get_kanban_boards", {"doctype": DOCTYPE}),
		"drag": (
			"frappe.desk.doctype.kanban_board.kanban_board.update_order_for_single_card",
			{
				"board_name": "Solicitudes de soporte",
				"docname": name,
				"from_colname": "New",
				"to_colname": "Resolved",
				"old_index": 0,
				"new_index": 0,
			},
		),
		"seen": ("frappe.desk.form.utils.remove_attach", {"fid": target.file.name}),
		"workflow": (
			"frappe.model.workflow.apply_workflow",
			{"doc": as_json(forged, default=str), "action": "Approve"},
		),
		"web form": (
			"frappe.website.doctype.web_form.web_form.get_form_data",
			{"doctype": DOCTYPE, "docname": name, "web_form_name": "x"},
		),
	}
	for values in (
		{"doctype": "Comment", "comment_type": "Comment", "content": "x"},
		{"doctype": "Comment", "comment_type": "Comment", "content": "x", "owner": email("clara")},
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"sent_or_received": "Received",
			"communication_medium": "Chat",
			"sender": email("clara"),
			"content": "x",
		},
	):
		values.update({"reference_doctype": DOCTYPE, "reference_name": name})
		doors[f"insert {values['doctype']} {values.get('owner', '')}"] = (
			"frappe.client.insert",
			{"doc": as_json(values)},
		)
	for values in (
		{"doctype": "File", "file_name": "x.txt", "content": "x", "is_private": 1}
		| {"attached_to_doctype": DOCTYPE, "attached_to_name": name},
		{"doctype": "ToDo", "description": "x", "reference_type": DOCTYPE, "reference_name": name},
		{"doctype": "Support Note", "support_request": name, "content": "x"},
		{
			"doctype": "DocShare",
			"share_doctype": DOCTYPE,
			"share_name": name,
			"user": email("carlos"),
			"read": 1,
		},
		{"doctype": "Document Follow", "ref_doctype": DOCTYPE, "ref_docname": name, "user": email("carlos")},
		{"doctype": "Support Read Mark", "support_request": name, "user": email("clara"), "__newname": "x"},
		{
			"doctype": "Support Clock Event",
			"parenttype": DOCTYPE,
			"parent": name,
			"parentfield": "clock_events",
			"event": "resolve",
		},
	):
		doors[f"insert {values['doctype']} {values.get('file_url', '')}"] = (
			"frappe.client.insert",
			{"doc": as_json(values)},
		)
	for doctype in (
		"Support Clock Event",
		"Support Scope Decision",
		"Communication",
		"Comment",
		"File",
		"Version",
		"Support Note",
		"Support Example",
		"Support Terms",
		"Support Time Entry",
		"Support Read Mark",
		"Notification Log",
		"ToDo",
		"Email Queue",
		"Quotation",
		"Supplier Quotation",
		"Deleted Document",
	):
		parent = {"parent": DOCTYPE} if doctype in ("Support Clock Event", "Support Scope Decision") else {}
		doors[f"list {doctype}"] = (
			"frappe.client.get_list",
			{"doctype": doctype, "fields": as_json(["*"]), "limit_page_length": 500, **parent},
		)
		doors[f"report {doctype}"] = (
			"frappe.desk.reportview.get",
			{"doctype": doctype, "fields": as_json(["*"]), "filters": "[]"},
		)
	doors["message"] = ("frappe.client.get", {"doctype": "Communication", "name": target.message})
	doors["comment"] = ("frappe.client.get", {"doctype": "Comment", "name": target.comment})
	doors["file"] = ("frappe.client.get", {"doctype": "File", "name": target.file.name})
	for report in frappe.get_all(
		"Report", filters={"module": "Codigo Binario Support"}, pluck="name", order_by="name asc"
	):
		doors[f"query report {report}"] = (
			"frappe.desk.query_report.run",
			{"report_name": report, "filters": "{}"},
		)
	return doors


@pytest.mark.parametrize(("person", "kind", "owner"), HOSTILE)
def test_none_of_frappes_doors_opens_somebody_elses_request(target, person, kind, owner):
	victim = target(owner, kind)
	found = []
	for label, (path, arguments) in frappes_doors(victim).items():
		become(person, "POST", cmd=path, **arguments)
		found.append(attempt(victim, f"{label} ({path})", opened(path, arguments)))
	assert not (problems := [problem for problem in found if problem]), "\n".join(problems)


@pytest.mark.parametrize(("person", "kind", "owner"), HOSTILE)
def test_rest_gives_no_request_of_somebody_else(target, person, kind, owner):
	from frappe.api import v1

	victim = target(owner, kind)
	found = []
	for label, form, call in (
		("read", {}, lambda: v1.read_doc(DOCTYPE, victim.name)),
		("list", {"fields": '["*"]', "limit_page_length": 0}, lambda: v1.document_list(DOCTYPE)),
		(
			"list by filter",
			{"fields": '["subject"]', "filters": json.dumps([["subject", "like", f"%{victim.secret}%"]])},
			lambda: v1.document_list(DOCTYPE),
		),
		("update", {"data": '{"status": "Closed"}'}, lambda: v1.update_doc(DOCTYPE, victim.name)),
		("delete", {}, lambda: v1.delete_doc(DOCTYPE, victim.name)),
		("method", {"run_method": "onload"}, lambda: v1.execute_doc_method(DOCTYPE, victim.name, "onload")),
		(
			"method at station",
			{"run_method": "save_from_flow"},
			lambda: v1.execute_doc_method(DOCTYPE, victim.name, "save_from_flow"),
		),
		("file", {}, lambda: v1.read_doc("File", victim.file.name)),
		("message", {}, lambda: v1.read_doc("Communication", victim.message)),
	):
		become(person, "POST", **form)
		found.append(attempt(victim, label, call))
	assert not (problems := [problem for problem in found if problem]), "\n".join(problems)


@pytest.mark.parametrize(
	"address", ["{0}", "/private/files/./{1}", "/private%2Ffiles%2F{1}", "/private/files/x/../{1}"]
)
def test_a_second_file_with_the_same_address_does_not_open_the_first(target, address):
	victim = target("clara", provider_site)
	for person in ("carlos", "stranger"):
		become(person)
		url = address.format(victim.file.file_url, victim.file.file_url.rsplit("/", 1)[-1])
		values = {"doctype": "File", "file_name": "x.txt", "file_url": url, "is_private": 1}
		with pytest.raises((frappe.PermissionError, frappe.ValidationError, OSError)):
			frappe.client.insert(values)
		del frappe.local.request


def test_who_uploads_the_same_content_names_nothing_and_is_not_refused(target):
	victim = target("clara", provider_site)
	become("carlos")
	values = {
		"doctype": "File",
		"file_name": "mio.txt",
		"content": f"contenido {victim.secret}",
		"is_private": 1,
	}
	assert frappe.get_doc(values).insert().owner == email("carlos")
	del frappe.local.request


def test_the_trap_would_snap(target):
	"""The same attempts by who may: a test that sees nothing anywhere proves nothing."""
	victim = target("clara", provider_site)
	become("clara", "POST", cmd="codigo_binario_support.api.chat.look", name=victim.name)
	assert attempt(victim, "look", lambda: frappe.handler.execute_cmd("codigo_binario_support.api.chat.look"))
	become("billing_agent", "POST", cmd="frappe.client.get", doctype=DOCTYPE, name=victim.name)
	assert attempt(victim, "get", lambda: frappe.handler.execute_cmd("frappe.client.get"))
	become("clara", "POST")
	assert attempt(victim, "contest", lambda: portal_api.contest(victim.name, "no"))


def test_a_portal_user_reaches_even_their_own_request_by_our_doors_only(target):
	"""Generic routes would hand out what agents write beside the request."""
	victim = target("clara", provider_site)
	found = []
	for label, (path, arguments) in frappes_doors(victim).items():
		if path.startswith(("frappe.client.get", "frappe.desk.", "frappe.www.", "frappe.utils.print_format")):
			become("clara", "POST", cmd=path, **arguments)
			problem = attempt(victim, f"{label} ({path})", lambda p=path: frappe.handler.execute_cmd(p))
			# Whoever sees a request may like it.
			found.append(problem and label != "like" and problem)
	assert not (problems := [problem for problem in found if problem]), "\n".join(problems)
