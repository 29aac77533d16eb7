from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.restores import verdict


class RestoreOperation(EvidenceDocument):
	"""A restore of the site. Made by `watch.restoring` from its journal; the server judges it, and it stays."""

	def validate(self):
		super().validate()
		verdict.assess_operation(self)

	def onload(self):
		verdict.show_verdict(self)
