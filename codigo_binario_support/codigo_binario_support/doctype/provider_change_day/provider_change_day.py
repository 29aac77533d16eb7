from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.evidence import provider_changes


class ProviderChangeDay(EvidenceDocument):
	"""What the provider's people changed on one day, as the documents tell. Made by the server alone."""

	def before_insert(self):
		provider_changes.account(self)
