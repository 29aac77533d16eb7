from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.flow.offers import pack


class SupportTimeEntry(EvidenceDocument):
	"""Minutes that an agent spent on a request. Written once; they use up a Success Pack only where one was accepted."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		agent: DF.Link | None
		company: DF.Link | None
		customer: DF.Link | None
		entry_hash: DF.Data | None
		minutes: DF.Int
		note: DF.SmallText
		part: DF.Literal["Included", "Success Pack"]
		previous_hash: DF.Data | None
		sequence: DF.Int
		spent_on: DF.Date
		support_request: DF.Link
	# end: auto-generated types

	def validate(self):
		super().validate()
		pack.check_time(self)

	def after_insert(self):
		super().after_insert()
		pack.time_added(self)
