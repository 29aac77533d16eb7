from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.flow.offers import pack


class SupportTimeEntry(EvidenceDocument):
	"""Minutes that an agent spent on a request. Written once; they use up a Success Pack only where one was accepted."""

	def validate(self):
		super().validate()
		pack.check_time(self)

	def after_insert(self):
		super().after_insert()
		pack.time_added(self)
