"""The policy that an installation made was hashed with whole hours, and read back with fractions (10 and 10.0): the first save
without a change was a new version of the promise.
"""

import frappe

from codigo_binario_support.adapters.policy.terms import mapping_of
from codigo_binario_support.domain.policy.policy import Policy


def execute() -> None:
	for name in frappe.get_all("Support Policy", pluck="name", order_by="name asc"):
		doc = frappe.get_doc("Support Policy", name)
		read = mapping_of(doc)
		packs = [
			{**pack, "hours": int(pack["hours"])} if pack["hours"] == int(pack["hours"]) else pack
			for pack in read["success_packs"]
		]
		if Policy({**read, "success_packs": packs}).hash == doc.terms_hash:
			doc.db_set("terms_hash", Policy(read).hash, update_modified=False)
