from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class SupportPackEntry(EvidenceDocument):
	"""Hours of a Success Pack that a customer bought by accepting an offer, or gave back. Made by `flow.offers.pack`."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		by_user: DF.Link | None
		company: DF.Link | None
		customer: DF.Link | None
		entry_hash: DF.Data | None
		hours: DF.Float
		kind: DF.Literal["Bought", "Returned"]
		offer: DF.DynamicLink | None
		offer_doctype: DF.Link | None
		previous_hash: DF.Data | None
		sequence: DF.Int
		support_request: DF.Link
	# end: auto-generated types
