from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.restores import verdict


class RestoreDrill(EvidenceDocument):
	"""A rehearsal of a restore. Made by `watch.drills` from what it measured; the server judges it, and it stays."""

	def validate(self):
		super().validate()
		verdict.assess_drill(self)

	def onload(self):
		verdict.show_verdict(self)
