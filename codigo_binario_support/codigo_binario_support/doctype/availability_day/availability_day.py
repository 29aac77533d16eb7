from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class AvailabilityDay(EvidenceDocument):
	"""The samples of one probe and day in one sealed row, which outlives them."""
