"""Installation: refuse what collides, make what is missing, overwrite nothing."""

import json
from pathlib import Path

import frappe
from frappe import _
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields
from frappe.modules.import_file import import_file_by_path

from ..adapters.access.people import ROLES
from ..adapters.requests import helpdesk
from ..adapters.site.install_log import record_created
from . import defaults
from .guides import create_guides

WORKSPACE = "Soporte"
APP = "codigo_binario_support"


def before_install() -> None:
	"""Refuse names that somebody else's documents hold already: nothing of theirs is touched."""
	collisions = [*_doctype_collisions(), *_document_collisions(), *_field_collisions(), *_role_collisions()]
	if collisions:
		frappe.throw(
			_(
				"codigo_binario_support was not installed, and nothing was changed. Rename or remove these first: {0}"
			).format("; ".join(collisions)),
			title=_("Names are taken"),
		)
	frappe.flags.support_roles_before = set(
		frappe.get_all("Role", filters={"name": ("in", ROLES)}, pluck="name")
	)


def after_install() -> None:
	make_custom_fields()
	helpdesk.make_fields()
	defaults.create_defaults()
	defaults.begin_to_watch()
	create_guides()
	for role in ROLES:
		if role not in (frappe.flags.support_roles_before or set()):
			record_created("Role", role)
	print(
		_(
			"Support is installed. Next: give people the roles {0}, and see `bench --site {1} support health`."
		).format(", ".join(ROLES), frappe.local.site)
	)


def after_migrate() -> None:
	"""Only what the app's own code needs; seeded documents belong to their users once made."""
	make_custom_fields()
	helpdesk.make_fields()
	defaults.set_missing_settings()
	defaults.begin_to_watch()
	defaults.complete_board()
	take_over_desk()


def desk_doctypes() -> tuple[str, ...]:
	"""What Frappe 16 shows of a workspace. Frappe 15 has no sidebars, and its desktop icons are another thing of that name."""
	return ("Workspace Sidebar", "Desktop Icon") if frappe.db.exists("DocType", "Workspace Sidebar") else ()


def take_over_desk() -> None:
	"""What Frappe 16 made of the workspace before this app had a sidebar and an icon of its own, is replaced by them."""
	for doctype in desk_doctypes():
		if frappe.db.exists(doctype, {"name": WORKSPACE, "app": ("is", "not set")}):
			path = Path(frappe.get_app_path(APP, frappe.scrub(doctype), f"{frappe.scrub(WORKSPACE)}.json"))
			import_file_by_path(str(path), force=True)


def make_custom_fields() -> None:
	missing = {
		doctype: [
			field
			for field in fields
			if not frappe.db.exists("Custom Field", {"dt": doctype, "fieldname": field["fieldname"]})
		]
		for doctype, fields in defaults.CUSTOM_FIELDS.items()
	}
	if any(missing.values()):
		create_custom_fields({doctype: fields for doctype, fields in missing.items() if fields}, update=False)


def own_doctypes() -> list[str]:
	"""The names of the doctypes that this app ships."""
	folder = Path(__file__).parents[1] / "codigo_binario_support" / "doctype"
	return sorted(json.loads(path.read_text(encoding="utf-8"))["name"] for path in folder.glob("*/*.json"))


def _doctype_collisions() -> list[str]:
	rows = frappe.get_all(
		"DocType",
		filters={"name": ("in", own_doctypes()), "module": ("!=", defaults.MODULE)},
		fields=["name", "module"],
		order_by="name asc",
	)
	return [_("DocType {0} of the module {1}").format(row.name, row.module) for row in rows]


def _document_collisions() -> list[str]:
	collisions = []
	if frappe.db.exists("Workspace", {"name": WORKSPACE, "module": ("!=", defaults.MODULE)}) or (
		frappe.db.exists("Workspace", WORKSPACE) and not frappe.db.get_value("Workspace", WORKSPACE, "module")
	):
		collisions.append(_("Workspace {0}").format(WORKSPACE))
	for doctype in desk_doctypes():
		app = frappe.db.get_value(doctype, WORKSPACE, "app")
		if app and app != APP:
			collisions.append(_("{0} {1} of the app {2}").format(doctype, WORKSPACE, app))
	board = frappe.db.get_value("Kanban Board", defaults.BOARD, "reference_doctype")
	if board and board != "Support Request":
		collisions.append(_("Kanban Board {0} of {1}").format(defaults.BOARD, board))
	return collisions


def _field_collisions() -> list[str]:
	collisions = []
	for doctype, fields in defaults.CUSTOM_FIELDS.items():
		for field in fields:
			there = frappe.get_meta(doctype).get_field(field["fieldname"])
			module = frappe.db.get_value(
				"Custom Field", {"dt": doctype, "fieldname": field["fieldname"]}, "module"
			)
			if there and module != defaults.MODULE:
				collisions.append(_("field {0} of {1}").format(field["fieldname"], doctype))
	return collisions


def _role_collisions() -> list[str]:
	"""A role of the same name that people hold or that grants something is somebody else's role."""
	collisions = []
	for role in ROLES:
		used = frappe.db.exists("Has Role", {"role": role}) or any(
			frappe.db.exists(doctype, {"role": role, "parent": ("not in", own_doctypes())})
			for doctype in ("DocPerm", "Custom DocPerm")
		)
		if frappe.db.exists("Role", role) and used:
			collisions.append(_("role {0}").format(role))
	return collisions
