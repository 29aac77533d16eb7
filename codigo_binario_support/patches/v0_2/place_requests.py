"""Requests that were filed before there was a queue get their place in it."""

import frappe

from codigo_binario_support.adapters.requests.requests import DOCTYPE
from codigo_binario_support.flow.clock import clock


def execute() -> None:
	unplaced = {"queue_key": ("is", "not set")}
	for name in frappe.get_all(DOCTYPE, filters=unplaced, pluck="name", order_by="name asc"):
		doc = frappe.get_doc(DOCTYPE, name)
		clock.place(doc)
		place = {field: doc.get(field) for field in ("turn", "turn_since", "queue_key")}
		frappe.db.set_value(DOCTYPE, name, place, update_modified=False)
