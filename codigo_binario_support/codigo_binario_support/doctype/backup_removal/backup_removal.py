from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class BackupRemoval(EvidenceDocument):
	"""A set whose files were removed. Written by `watch.retention`; nobody changes it."""
