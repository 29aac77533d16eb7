from frappe import _

from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.domain.backups.runs import REMEDIES


class BackupRun(EvidenceDocument):
	"""An attempt to make a set. Written by `watch.making`; nobody changes it."""

	def onload(self):
		self.set_onload("advice", _(REMEDIES.get(self.problem, "")))
