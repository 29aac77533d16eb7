from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.availability import availability


class AvailabilityStatement(EvidenceDocument):
	"""The account of a month. The person names the month; the figures are the server's and stay."""

	def before_insert(self):
		availability.account(self)
