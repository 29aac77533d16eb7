"""The exported documents are complete, and what they name exists."""

from __future__ import annotations

import ast
import json
import re
from functools import cache

import pytest
from repo import MODULE, PACKAGE, documents, files, name_of, tree

DOCTYPES = documents("doctype")
BY_NAME = {data["name"]: data for data in DOCTYPES.values()}
ROWS = [pytest.param(path, data, id=data["name"]) for path, data in DOCTYPES.items()]

#: Documents of Frappe and ERPNext that ours may point to.
ELSEWHERE = frozenset(
	"""Communication|Company|Contact|Currency|Customer|DocType|Email Account|Email Template|Employee|File|Help Article|Holiday List|Item|Item Group|Language|
	Quotation|Report|Role|Sales Order|Supplier|Supplier Quotation|UOM|User|Workspace|Module Def|Number Card|
	Dashboard Chart|Kanban Board""".replace("\n\t", "").split("|")
)
#: Frappe and ERPNext write into documents that have these.
TAKEN = frozenset(
	"""first_response_time first_responded_on service_level_agreement service_level_agreement_creation response_by
	resolution_by sla_resolution_by resolution_date sla_resolution_date resolution_time user_resolution_time
	agreement_status on_hold_since total_hold_time opening_date opening_time""".split()
)
#: Columns that every document has.
STANDARD = frozenset(
	"name owner creation modified modified_by docstatus idx parent parenttype parentfield".split()
)
LAYOUT = frozenset(("Section Break", "Column Break", "Tab Break", "HTML", "Heading", "Button", "Fold"))


@cache
def fieldnames(doctype: str) -> frozenset[str]:
	return frozenset(field["fieldname"] for field in BY_NAME[doctype]["fields"])


def columns(doctype: str) -> frozenset[str]:
	return fieldnames(doctype) | STANDARD


@pytest.mark.parametrize(("path", "data"), ROWS)
class TestDocType:
	def test_lies_where_frappe_looks_for_it(self, path, data):
		assert path.stem == data["name"].lower().replace(" ", "_")
		assert data["doctype"] == "DocType"
		assert data["module"] == "Codigo Binario Support"
		assert not data.get("custom")
		assert (path.parent / "__init__.py").exists()

	def test_has_the_types_that_frappe_generates(self, path, data):
		"""One annotation a field that has a column or rows, with a Select's options: `frappe.types.exporter` writes them."""
		typed = {
			node.target.id: node.annotation
			for node in ast.walk(tree(path.with_suffix(".py")))
			if isinstance(node, ast.AnnAssign)
		}
		# Its exporter knows no Long Int.
		untyped = LAYOUT | {"Long Int"}
		fields = {row["fieldname"]: row for row in data["fields"] if row["fieldtype"] not in untyped}
		assert typed.keys() - STANDARD == fields.keys()
		for name, field in fields.items():
			if field["fieldtype"] == "Select" and field.get("options"):
				options = [one.strip() for one in field["options"].split("\n")]
				assert ast.literal_eval(ast.unparse(typed[name].slice)) in (tuple(options), options[0]), name

	def test_orders_each_of_its_fields_once(self, path, data):
		names = [field["fieldname"] for field in data["fields"]]
		assert data["field_order"] == names
		assert len(names) == len(set(names))

	def test_has_a_controller_of_its_name_that_delegates(self, path, data):
		controller = path.with_suffix(".py")
		classes = [node for node in tree(controller).body if isinstance(node, ast.ClassDef)]
		assert [node.name for node in classes] == [data["name"].replace(" ", "")]
		assert own_lines(controller) < 80

	def test_links_to_documents_that_exist(self, path, data):
		for field in data["fields"]:
			if field["fieldtype"] in ("Link", "Table", "Table MultiSelect"):
				assert field["options"] in BY_NAME.keys() | ELSEWHERE, field["fieldname"]
			if field["fieldtype"] in ("Table", "Table MultiSelect"):
				assert BY_NAME[field["options"]].get("istable"), field["fieldname"]
			if field["fieldtype"] == "Dynamic Link":
				assert field["options"] in fieldnames(data["name"]), field["fieldname"]
			if field["fieldtype"] == "Select":
				assert field.get("options"), field["fieldname"]

	def test_depends_on_fields_that_exist(self, path, data):
		for field in data["fields"]:
			for key in (
				"depends_on",
				"mandatory_depends_on",
				"read_only_depends_on",
				"collapsible_depends_on",
			):
				condition = field.get(key) or ""
				names = (
					re.findall(r"\bdoc\.(\w+)", condition) if condition.startswith("eval:") else [condition]
				)
				known = columns(data["name"]) | {"__islocal", "__onload", "is_new", ""}
				assert set(names) <= known, (field["fieldname"], key, condition)
			if field.get("fetch_from"):
				assert field["fetch_from"].split(".")[0] in fieldnames(data["name"]), field["fieldname"]

	def test_names_title_search_and_sort_fields_that_exist(self, path, data):
		named = [
			data.get("title_field"),
			data.get("sort_field"),
			data.get("image_field"),
			data.get("sender_field"),
		]
		named += [data.get("subject_field"), *(data.get("search_fields") or "").split(",")]
		for name in named:
			assert not name or name.strip() in columns(data["name"]), name
		naming = data.get("autoname") or ""
		if naming.startswith("field:"):
			assert naming.removeprefix("field:") in fieldnames(data["name"])

	def test_uses_no_name_that_frappe_or_erpnext_writes_into(self, path, data):
		assert not fieldnames(data["name"]) & TAKEN
		for field in data["fields"]:
			if field["fieldname"] == "status":
				assert not {"Open", "Replied"} <= set((field.get("options") or "").split("\n"))

	def test_labels_what_a_person_reads(self, path, data):
		unlabelled = [
			field["fieldname"]
			for field in data["fields"]
			if field["fieldtype"] not in LAYOUT and not field.get("label")
		]
		assert unlabelled == []

	def test_gives_rights_to_roles_that_exist(self, path, data):
		permissions = data.get("permissions") or []
		assert bool(permissions) != bool(data.get("istable")), "child tables have none, others have some"
		for row in permissions:
			assert row["role"] in known_roles(), row["role"]

	def test_keeps_its_field_numbers_and_names_short(self, path, data):
		"""MariaDB's column names end at 64 characters, and Frappe's own columns must stay free."""
		for name in fieldnames(data["name"]):
			assert re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name), name
			assert name not in STANDARD or data.get("istable") is None, name


def known_roles() -> set[str]:
	shipped = {
		row["name"]
		for path in (PACKAGE / "fixtures").glob("*.json")
		for row in json.loads(path.read_text(encoding="utf-8"))
	}
	return shipped | {"System Manager", "Administrator", "All", "Desk User", "Guest"}


def own_lines(controller) -> int:
	"""Lines of code: no blank ones, no comments, no block of types that Frappe writes."""
	source = controller.read_text(encoding="utf-8")
	source = re.sub(r"# begin: auto-generated types.*?# end: auto-generated types", "", source, flags=re.S)
	return sum(bool(line.strip()) and not line.strip().startswith("#") for line in source.splitlines())


def test_every_child_table_belongs_to_a_document():
	children = {name for name, data in BY_NAME.items() if data.get("istable")}
	used = {
		field["options"]
		for data in BY_NAME.values()
		for field in data["fields"]
		if field["fieldtype"] == "Table"
	}
	assert children - used == set()


def test_requests_and_their_evidence_cannot_be_deleted_by_a_role():
	for name in ("Support Request", "Support Terms"):
		for row in BY_NAME[name]["permissions"]:
			assert not row.get("delete"), (name, row["role"])


def test_every_chain_of_evidence_is_known_and_can_be_read_in_order():
	"""Sealing locks the end of a chain: without an index on its number it would lock the table."""
	chains = ast.literal_eval(
		next(
			node.value
			for node in tree(PACKAGE / "adapters" / "evidence" / "chains.py").body
			if isinstance(node, ast.Assign) and node.targets[0].id == "CHAINS"
		)
	)
	sealed = {name for name in BY_NAME if {"sequence", "entry_hash"} <= fieldnames(name)}
	assert sealed == set(chains)
	for name in chains:
		fields = {field["fieldname"]: field for field in BY_NAME[name]["fields"]}
		assert fields["sequence"].get("search_index"), name
		assert fields["previous_hash"].get("unique"), name
		assert not [row for row in BY_NAME[name]["permissions"] if row.get("delete")], name


def test_scripts_speak_of_fields_that_exist():
	for path in files(".js", under=MODULE / "doctype"):
		fields = columns(_doctype_of(path)) | {"doctype", "__islocal", "__onload", "__unsaved"}
		source = path.read_text(encoding="utf-8")
		for name in re.findall(r"\bfrm\.doc\.(\w+)", source):
			assert name in fields, f"{name_of(path)}: {name}"
		for name in re.findall(
			r"\bfrm\.(?:set_df_property|toggle_display|set_value|get_field)\(\s*[\"'](\w+)", source
		):
			assert name in fields, f"{name_of(path)}: {name}"


def _doctype_of(path) -> str:
	return DOCTYPES[path.parent / f"{path.parent.name}.json"]["name"]


@pytest.mark.parametrize("kind", ["number_card", "dashboard_chart"])
def test_a_figure_asks_for_columns_that_exist(kind):
	for path, data in documents(kind).items():
		doctype = data.get("document_type")
		if doctype not in BY_NAME:
			assert doctype in ELSEWHERE or not doctype, name_of(path)
			continue
		for row in json.loads(data.get("filters_json") or "[]"):
			assert row[1] in columns(doctype), (name_of(path), row)
		for key in ("based_on", "group_by_based_on", "value_based_on", "aggregate_function_based_on"):
			assert not data.get(key) or data[key] in columns(doctype), (name_of(path), key)


def test_a_workspace_shows_what_exists():
	figures = {
		data["name"] for kind in ("number_card", "dashboard_chart") for data in documents(kind).values()
	}
	for path, data in documents("workspace").items():
		for row in data.get("shortcuts", []) + data.get("links", []):
			target, kind = row.get("link_to"), row.get("type") if "shortcuts" in row else row.get("link_type")
			if target and (row.get("type") == "DocType" or kind == "DocType"):
				assert target in BY_NAME.keys() | ELSEWHERE, (name_of(path), target)
		for row in data.get("number_cards", []):
			assert row["number_card_name"] in figures, (name_of(path), row["number_card_name"])
		for row in data.get("charts", []):
			assert row["chart_name"] in figures, (name_of(path), row["chart_name"])
		for block in json.loads(data.get("content") or "[]"):
			assert block.get("type"), name_of(path)
