"""Offers that were accepted before hours were counted are hours bought."""

import frappe

from codigo_binario_support.adapters.requests.requests import DOCTYPE
from codigo_binario_support.flow.offers import pack, quotation


def execute() -> None:
	accepted = {"offer_status": quotation.ACCEPTED}
	for name in frappe.get_all(DOCTYPE, filters=accepted, pluck="name", order_by="offer_answered_at asc"):
		pack.bought(frappe.get_doc(DOCTYPE, name))
