"""The exported documents are complete, and what they name exists."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from repo import MODULE, PACKAGE, documents, files, name_of, none_of, tree

DOCTYPES = documents("doctype")
BY_NAME = {data["name"]: data for data in DOCTYPES.values()}

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


def of_each(check: Callable[[Path, dict[str, Any]], Iterator[object]]) -> None:
	"""A check of one doctype, over all of them: what it yields is wrong."""
	none_of(f"{name_of(path)}: {found}" for path, data in DOCTYPES.items() for found in check(path, data))


class TestDocType:
	def test_lies_where_frappe_looks_for_it(self):
		def check(path, data):
			if path.stem != data["name"].lower().replace(" ", "_"):
				yield f"is not the place of {data['name']}"
			if (
				data["doctype"] != "DocType"
				or data["module"] != "Codigo Binario Support"
				or data.get("custom")
			):
				yield "is no doctype of this module"
			if not (path.parent / "__init__.py").exists():
				yield "has no __init__.py beside it"

		of_each(check)

	def test_has_the_types_that_frappe_generates(self):
		"""One annotation a field that has a column or rows, with a Select's options: `frappe.types.exporter` writes them."""
		# Its exporter knows no Long Int.
		untyped = LAYOUT | {"Long Int"}

		def check(path, data):
			typed = {
				node.target.id: node.annotation
				for node in ast.walk(tree(path.with_suffix(".py")))
				if isinstance(node, ast.AnnAssign)
			}
			fields = {row["fieldname"]: row for row in data["fields"] if row["fieldtype"] not in untyped}
			yield from sorted((typed.keys() - STANDARD) ^ fields.keys())
			for name, field in fields.items():
				if field["fieldtype"] == "Select" and field.get("options") and name in typed:
					options = [one.strip() for one in field["options"].split("\n")]
					if ast.literal_eval(ast.unparse(typed[name].slice)) not in (tuple(options), options[0]):
						yield f"{name} has other options"

		of_each(check)

	def test_orders_each_of_its_fields_once(self):
		def check(path, data):
			names = [field["fieldname"] for field in data["fields"]]
			if data["field_order"] != names or len(names) != len(set(names)):
				yield sorted(set(names) ^ set(data["field_order"])) or "another order"

		of_each(check)

	def test_has_a_controller_of_its_name_that_delegates(self):
		def check(path, data):
			controller = path.with_suffix(".py")
			if not controller.exists():
				yield "has no controller"
				return
			classes = [node.name for node in tree(controller).body if isinstance(node, ast.ClassDef)]
			if classes != [data["name"].replace(" ", "")]:
				yield f"its controller has the classes {classes}"
			if own_lines(controller) >= 80:
				yield f"its controller has {own_lines(controller)} lines: delegate"

		of_each(check)

	def test_links_to_documents_that_exist(self):
		def is_there(data, field):
			kind, options = field["fieldtype"], field.get("options")
			if kind in ("Table", "Table MultiSelect"):
				return options in BY_NAME and BY_NAME[options].get("istable")
			if kind == "Link":
				return options in BY_NAME.keys() | ELSEWHERE
			if kind == "Dynamic Link":
				return options in fieldnames(data["name"])
			return options if kind == "Select" else True

		of_each(
			lambda path, data: (
				f"{field['fieldname']} -> {field.get('options')}"
				for field in data["fields"]
				if not is_there(data, field)
			)
		)

	def test_depends_on_fields_that_exist(self):
		keys = ("depends_on", "mandatory_depends_on", "read_only_depends_on", "collapsible_depends_on")

		def check(path, data):
			known = columns(data["name"]) | {"__islocal", "__onload", "is_new", ""}
			for field in data["fields"]:
				for key in keys:
					condition = field.get(key) or ""
					is_code = condition.startswith("eval:")
					names = re.findall(r"\bdoc\.(\w+)", condition) if is_code else [condition]
					if not set(names) <= known:
						yield f"{field['fieldname']} {key} {condition}"
				fetched = (field.get("fetch_from") or "").split(".")[0]
				if fetched and fetched not in fieldnames(data["name"]):
					yield f"{field['fieldname']} fetches from {fetched}"

		of_each(check)

	def test_names_title_search_and_sort_fields_that_exist(self):
		keys = ("title_field", "sort_field", "image_field", "sender_field", "subject_field")

		def check(path, data):
			named = [data.get(key) for key in keys] + (data.get("search_fields") or "").split(",")
			yield from (name for name in named if name and name.strip() not in columns(data["name"]))
			naming = data.get("autoname") or ""
			if naming.startswith("field:") and naming.removeprefix("field:") not in fieldnames(data["name"]):
				yield naming

		of_each(check)

	def test_uses_no_name_that_frappe_or_erpnext_writes_into(self):
		def check(path, data):
			yield from sorted(fieldnames(data["name"]) & TAKEN)
			for field in data["fields"]:
				states = set((field.get("options") or "").split("\n"))
				if field["fieldname"] == "status" and {"Open", "Replied"} <= states:
					yield "has the states Open and Replied"

		of_each(check)

	def test_labels_what_a_person_reads(self):
		of_each(
			lambda path, data: (
				field["fieldname"]
				for field in data["fields"]
				if field["fieldtype"] not in LAYOUT and not field.get("label")
			)
		)

	def test_gives_rights_to_roles_that_exist(self):
		def check(path, data):
			permissions = data.get("permissions") or []
			if bool(permissions) == bool(data.get("istable")):
				yield "child tables have no permissions, others have some"
			yield from (row["role"] for row in permissions if row["role"] not in known_roles())

		of_each(check)

	def test_keeps_its_field_numbers_and_names_short(self):
		"""MariaDB's column names end at 64 characters, and Frappe's own columns must stay free."""
		of_each(
			lambda path, data: (
				name
				for name in sorted(fieldnames(data["name"]))
				if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name)
				or (name in STANDARD and data.get("istable") is not None)
			)
		)


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


def test_a_figure_asks_for_columns_that_exist():
	for path, data in {**documents("number_card"), **documents("dashboard_chart")}.items():
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
