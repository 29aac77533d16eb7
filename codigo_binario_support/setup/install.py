"""Installation: refuse what collides, make what is missing, overwrite nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import frappe
from frappe import _
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields
from frappe.modules.import_file import import_file_by_path

from ..adapters.access.people import ROLES
from ..adapters.requests import helpdesk
from ..adapters.site.settings import record_created
from . import defaults
from .guides import create_guides

WORKSPACE = "Soporte"
APP = "codigo_binario_support"


def before_install() -> None:
	"""Refuse names that somebody else's documents hold already: nothing of theirs is touched."""
	collisions = [*_doctype_collisions(), *_document_collisions(), *_field_collisions(), *_role_collisions()]
	if collisions:
		text = _(
			"codigo_binario_support was not installed, and nothing was changed. Rename or remove these first: {0}"
		)
		frappe.throw(text.format("; ".join(collisions)), title=_("Names are taken"))
	ours = {"name": ("in", ROLES)}
	frappe.flags.support_roles_before = set(frappe.get_all("Role", filters=ours, pluck="name"))


def after_install() -> None:
	make_custom_fields()
	helpdesk.make_fields()
	defaults.create_defaults()
	defaults.begin_to_watch()
	create_guides()
	for role in ROLES:
		if role not in (frappe.flags.support_roles_before or set()):
			record_created("Role", role)
	text = _(
		"Support is installed. Next: give people the roles {0}, and see `bench --site {1} support health`."
	)
	print(text.format(", ".join(ROLES), frappe.local.site))


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
	missing: dict[str, list[dict]] = {}
	for doctype, field in defaults.custom_fields():
		if not frappe.db.exists("Custom Field", {"dt": doctype, "fieldname": field["fieldname"]}):
			missing.setdefault(doctype, []).append(field)
	if missing:
		create_custom_fields(missing, update=False)


def own_doctypes() -> list[str]:
	"""The names of the doctypes that this app ships."""
	folder = Path(__file__).parents[1] / "codigo_binario_support" / "doctype"
	return sorted(json.loads(path.read_text(encoding="utf-8"))["name"] for path in folder.glob("*/*.json"))


def _doctype_collisions() -> Iterator[str]:
	filters = {"name": ("in", own_doctypes()), "module": ("!=", defaults.MODULE)}
	for row in frappe.get_all("DocType", filters=filters, fields=["name", "module"], order_by="name asc"):
		yield _("DocType {0} of the module {1}").format(row.name, row.module)


def _document_collisions() -> Iterator[str]:
	workspace = frappe.db.get_value("Workspace", WORKSPACE, ["name", "module"], as_dict=True)
	if workspace and workspace.module != defaults.MODULE:
		yield _("Workspace {0}").format(WORKSPACE)
	for doctype in desk_doctypes():
		app = frappe.db.get_value(doctype, WORKSPACE, "app")
		if app and app != APP:
			yield _("{0} {1} of the app {2}").format(doctype, WORKSPACE, app)
	board = frappe.db.get_value("Kanban Board", defaults.BOARD, "reference_doctype")
	if board and board != "Support Request":
		yield _("Kanban Board {0} of {1}").format(defaults.BOARD, board)


def _field_collisions() -> Iterator[str]:
	for doctype, field in defaults.custom_fields():
		name = field["fieldname"]
		module = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": name}, "module")
		if frappe.get_meta(doctype).get_field(name) and module != defaults.MODULE:
			yield _("field {0} of {1}").format(name, doctype)


def _role_collisions() -> Iterator[str]:
	"""A role of the same name that people hold or that grants something is somebody else's role."""
	for role in ROLES:
		granting = {"role": role, "parent": ("not in", own_doctypes())}
		is_used = frappe.db.exists("Has Role", {"role": role}) or any(
			frappe.db.exists(doctype, granting) for doctype in ("DocPerm", "Custom DocPerm")
		)
		if is_used and frappe.db.exists("Role", role):
			yield _("role {0}").format(role)
