"""Records that no role may create: written by the app when something has happened, and by nobody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import frappe

from .instants import to_site, to_text


def insert_record(doctype: str, values: Mapping[str, Any], **instants: datetime) -> Any:
	"""Write a record and return it. Each instant fills its own field in site time, to the second, and `FIELD_utc`, where it has one, as UTC text."""
	doc = {"doctype": doctype, **values}
	for field, at in instants.items():
		doc |= {field: to_site(at).replace(microsecond=0), f"{field}_utc": to_text(at)}
	# No role may create one: it is written here, when it has happened.
	return frappe.get_doc(doc).insert(ignore_permissions=True)
