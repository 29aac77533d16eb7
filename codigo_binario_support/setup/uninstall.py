"""Uninstalling: the evidence is exported first, then what the app made is removed, and nothing else.

Frappe calls both hooks on a dry run too, and drops the doctypes between them. So the first hook only reads and
writes the export, and the second removes only when the app is really gone.
"""

import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import frappe
from frappe import _

from ..adapters.availability.samples import SAMPLE
from ..adapters.requests import helpdesk
from ..adapters.restores import site_folder
from ..adapters.site.instants import utc_now
from ..adapters.site.settings import created_documents
from . import defaults
from .install import APP, WORKSPACE, desk_doctypes, own_doctypes

PAGE_ROWS = 10_000

#: What agents tell each other is no evidence of a promise: the archive is the customer's.
PRIVATE = ("Support Note",)

#: Rows that hang on documents of the app, by the column with the doctype's name.
_HANGING = (
	("reference_doctype", "Communication", "Comment", "Email Queue"),
	("reference_doctype", "View Log", "Activity Log", "List Filter"),
	("ref_doctype", "Version", "Document Follow"),
	("document_type", "Notification Log", "Tag Link"),
	("reference_type", "ToDo"),
	("share_doctype", "DocShare"),
	("parent", "Custom DocPerm"),
	("doc_type", "Property Setter"),
	("dt", "Custom Field"),
)


def before_uninstall() -> None:
	print(_("The evidence was exported to {0}").format(export_evidence()))
	drafts = {"support_request": ("is", "set"), "docstatus": 0}
	frappe.flags.support_leftovers = {
		"doctypes": own_doctypes(),
		"made": created_documents(),
		"offers": [
			(doctype, name)
			for doctype in defaults.CUSTOM_FIELDS
			for name in frappe.get_all(doctype, filters=drafts, pluck="name", order_by="creation asc")
		],
	}


def after_uninstall() -> None:
	leftovers = frappe.flags.support_leftovers
	if not leftovers or APP in frappe.get_installed_apps():
		return
	doctypes = leftovers["doctypes"]
	_remove_hanging(doctypes)
	_remove_columns()
	helpdesk.remove_fields()
	_remove_from_desk()
	frappe.db.delete("__Auth", {"doctype": ("in", doctypes)})
	frappe.db.delete("Scheduled Job Type", {"method": ("like", f"{APP}.%")})
	# Frappe leaves them, and what is restored or installed later would wait for its patches in vain.
	frappe.db.delete("Patch Log", {"patch": ("like", f"{APP}.%")})
	frappe.db.delete("Portal Menu Item", {"route": "/soporte", "parent": "Portal Settings"})
	frappe.db.delete("Series", {"name": ("like", "CBS-%")})
	frappe.db.sql("delete from `__UserSettings` where doctype in %s", (tuple(doctypes),))
	# Drafts of offers first: they use the items. Whatever is in use by then is the customer's and stays.
	for doctype, name in [*leftovers["offers"], *reversed(leftovers["made"])]:
		if doctype not in doctypes:
			_remove(doctype, name)
	frappe.db.commit()
	_forget_restores()


def _remove_from_desk() -> None:
	"""Where Frappe has sidebars and desktop icons: those of the app, what Frappe made of its workspace, and people's own."""
	made_of_it = {"name": WORKSPACE, "app": ("is", "not set")}
	of_people = {"name": ("like", f"{WORKSPACE}-%@%")}
	for doctype in desk_doctypes():
		for filters in ({"app": APP}, made_of_it, of_people):
			_delete(doctype, filters)


def _forget_restores() -> None:
	"""Journals of restores go: they hold passwords. What they put aside is the customer's and stays, named once more."""
	for journal in site_folder.ended_journals():
		folders = ", ".join(map(str, site_folder.kept_folders(journal.after.db_name)))
		text = _(
			"The database {0} and the folders {1} that a restore put aside are still there: drop them when nobody misses them."
		)
		print(text.format(journal.kept_database, folders or "-"))
	site_folder.forget_journals()


def export_evidence() -> Path:
	"""Write every document of the app, the offers and the attachments into one archive; returns its path."""
	stamp = utc_now().strftime("%Y%m%d-%H%M%S")
	path = Path(frappe.get_site_path("private", "backups", f"support-evidence-{stamp}.tar.gz"))
	path.parent.mkdir(parents=True, exist_ok=True)
	with tarfile.open(path, "w:gz") as archive:
		for doctype in own_doctypes():
			if doctype == SAMPLE:
				_add(archive, doctype, _plain_rows(doctype))
			elif doctype not in PRIVATE and not frappe.get_meta(doctype).istable:
				_add(archive, doctype, _documents(doctype))
		for doctype in defaults.CUSTOM_FIELDS:
			_add(archive, doctype, _documents(doctype, {"support_request": ("is", "set")}))
		of_requests = {"reference_doctype": "Support Request"}
		_add(archive, "Communication", _documents("Communication", of_requests))
		attached = {"attached_to_doctype": ("in", ("Support Request", "Support Mail"))}
		for file in frappe.get_all("File", filters=attached, pluck="name", order_by="name asc"):
			source = Path(frappe.get_doc("File", file).get_full_path())
			if source.exists():
				archive.add(source, arcname=f"files/{file}-{source.name}")
	return path.resolve()


def _documents(doctype: str, filters: dict[str, Any] | None = None) -> Iterator[Any]:
	if frappe.get_meta(doctype).issingle:
		yield frappe.get_single(doctype).as_dict()
		return
	for name in frappe.get_all(doctype, filters=filters, pluck="name", order_by="creation asc"):
		yield frappe.get_doc(doctype, name).as_dict()


def _plain_rows(doctype: str) -> Iterator[Any]:
	"""A table of many plain rows, a page at a time: a million samples are no million documents."""
	after = {"name": (">", "")}
	while page := frappe.get_all(doctype, fields=["*"], filters=after, order_by="name asc", limit=PAGE_ROWS):
		yield from page
		after = {"name": (">", page[-1].name)}


def _add(archive: tarfile.TarFile, doctype: str, rows: Iterable[Any]) -> None:
	"""One line of JSON for each, in a file of the doctype's name."""
	with tempfile.TemporaryFile() as file:
		file.writelines((frappe.as_json(row, indent=None) + "\n").encode() for row in rows)
		info = tarfile.TarInfo(f"{frappe.scrub(doctype)}.jsonl")
		info.size = file.tell()
		info.mtime = int(utc_now().timestamp())
		file.seek(0)
		archive.addfile(info, file)


def _remove_hanging(doctypes: list[str]) -> None:
	_delete("File", {"attached_to_doctype": ("in", doctypes)})
	_delete("Kanban Board", {"reference_doctype": ("in", doctypes)})
	for column, *hanging in _HANGING:
		for doctype in filter(frappe.db.table_exists, hanging):
			frappe.db.delete(doctype, {column: ("in", doctypes)})
	for doctype in defaults.CUSTOM_FIELDS:
		frappe.db.delete("Property Setter", {"doc_type": doctype, "module": defaults.MODULE})


def _delete(doctype: str, filters: dict[str, Any]) -> None:
	for name in frappe.get_all(doctype, filters=filters, pluck="name", order_by="name asc"):
		frappe.delete_doc(doctype, name, ignore_permissions=True, force=True, delete_permanently=True)


def _remove_columns() -> None:
	"""Deleting a Custom Field leaves its column in the table; the books get their old shape back."""
	for doctype, field in defaults.custom_fields():
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": field["fieldname"]})
		if frappe.db.has_column(doctype, field["fieldname"]):
			frappe.db.sql_ddl(f"alter table `tab{doctype}` drop column `{field['fieldname']}`")
		frappe.clear_cache(doctype=doctype)


def _remove(doctype: str, name: str) -> None:
	if not frappe.db.exists(doctype, name):
		return
	try:
		if doctype == "Role":
			frappe.db.delete("Has Role", {"role": name})
			frappe.db.delete("Custom DocPerm", {"role": name})
		frappe.delete_doc(doctype, name, ignore_permissions=True, delete_permanently=True)
	except frappe.ValidationError as error:
		frappe.clear_messages()
		reason = frappe.utils.strip_html(str(error))[:200]
		print(_("{0} {1} is in use and was kept: {2}").format(doctype, name, reason))
