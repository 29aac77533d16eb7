from frappe import _

from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.domain.backups.sets import REMEDIES


class BackupRecord(EvidenceDocument):
	"""A backup set as it was seen. Made by `watch.backups` from the files themselves; nobody changes it."""

	def onload(self):
		self.set_onload("advice", _(REMEDIES.get(self.problem, "")))
