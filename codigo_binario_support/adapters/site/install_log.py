"""What this app made on the site, so that uninstalling removes exactly that."""

import json

import frappe

from .settings import SETTINGS


def created_documents() -> list[tuple[str, str]]:
	"""(doctype, name) of every document that the app made, in the order of making."""
	content = frappe.db.get_single_value(SETTINGS, "manifest", cache=False)
	rows = json.loads(content) if isinstance(content, str) and content else content or []
	return [tuple(row) for row in rows]


def record_created(doctype: str, name: str) -> None:
	"""Add a document to the list. A second time changes nothing."""
	rows = created_documents()
	if (doctype, name) not in rows:
		rows.append((doctype, name))
		frappe.db.set_single_value(SETTINGS, "manifest", json.dumps(rows), update_modified=False)
