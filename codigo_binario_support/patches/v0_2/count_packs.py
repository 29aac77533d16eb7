"""Offers that were accepted before hours were counted are hours bought."""

import frappe

from codigo_binario_support.adapters.requests.requests import DOCTYPE
from codigo_binario_support.flow.offers import pack, quotation


def execute() -> None:
	names = frappe.get_all(
		DOCTYPE, filters={"offer_status": quotation.ACCEPTED}, pluck="name", order_by="offer_answered_at asc"
	)
	for name in names:
		pack.bought(frappe.get_doc(DOCTYPE, name))
