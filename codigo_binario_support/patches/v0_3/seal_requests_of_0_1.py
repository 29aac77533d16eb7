"""Requests that nobody has changed since 0.1 get the seal that requests have since then: without it no change of them is let through.

A request whose rows do not fit their own seals gets none: it stays named by `verify-evidence`.
"""

import frappe
from frappe import _

from codigo_binario_support.adapters.requests.requests import DOCTYPE, seal_as_0_1_left_it


def execute() -> None:
	unsealed = {"seal": ("is", "not set")}
	for name in frappe.get_all(DOCTYPE, filters=unsealed, pluck="name", order_by="name asc"):
		doc = frappe.get_doc(DOCTYPE, name)
		if seal_as_0_1_left_it(doc):
			frappe.db.set_value(DOCTYPE, name, "seal", doc.seal, update_modified=False)
		else:
			text = _("{0} does not fit its seal: see bench support verify-evidence").format(name)
			print(f"  {text}")
