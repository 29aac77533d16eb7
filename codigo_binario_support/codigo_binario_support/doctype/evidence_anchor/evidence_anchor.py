from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.evidence import anchors


class EvidenceAnchor(EvidenceDocument):
	"""The end of every chain at an instant. Made by the server alone; its hash is what is kept elsewhere."""

	def before_insert(self):
		anchors.account(self)
