from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.watch import restores


class RestoreOperation(EvidenceDocument):
	"""A restore of the site. Made by `watch.restoring` from its journal; the server judges it, and it stays."""

	def validate(self):
		super().validate()
		restores.judge_operation(self)

	def onload(self):
		restores.show_verdict(self)
