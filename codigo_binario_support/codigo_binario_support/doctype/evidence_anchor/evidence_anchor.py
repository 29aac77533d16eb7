from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.evidence import anchors


class EvidenceAnchor(EvidenceDocument):
	"""The end of every chain at an instant. Made by the server alone; its hash is what is kept elsewhere."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.evidence_anchor_chain.evidence_anchor_chain import EvidenceAnchorChain
		from frappe.types import DF

		chains: DF.Table[EvidenceAnchorChain]
		entry_hash: DF.Data | None
		marks: DF.LongText | None
		previous_hash: DF.Data | None
		requests: DF.Int
		requests_until: DF.Data | None
		sequence: DF.Int
		taken_at: DF.Datetime | None
		taken_at_utc: DF.Data | None
	# end: auto-generated types

	def before_insert(self):
		anchors.account(self)
