from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class SupportPackEntry(EvidenceDocument):
	"""Hours of a Success Pack that a customer bought by accepting an offer, or gave back. Made by `flow.pack`."""
