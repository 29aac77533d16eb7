"""Requests that were filed before there was a queue get their place in it."""

import frappe

from codigo_binario_support.adapters.requests.requests import DOCTYPE
from codigo_binario_support.flow.clock import clock


def execute() -> None:
	names = frappe.get_all(
		DOCTYPE, filters={"queue_key": ("is", "not set")}, pluck="name", order_by="name asc"
	)
	for name in names:
		doc = frappe.get_doc(DOCTYPE, name)
		clock.place(doc)
		frappe.db.set_value(
			DOCTYPE,
			name,
			{"turn": doc.turn, "turn_since": doc.turn_since, "queue_key": doc.queue_key},
			update_modified=False,
		)
