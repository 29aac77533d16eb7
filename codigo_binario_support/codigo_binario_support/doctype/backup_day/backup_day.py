from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class BackupDay(EvidenceDocument):
	"""A day that is over, with or without a backup. Written by `watch.days`; nobody changes it."""
