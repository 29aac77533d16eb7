from frappe import _

from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.domain.backups.offsite import REMEDIES


class BackupCopy(EvidenceDocument):
	"""A set as it arrived off-site. Written by `watch.offsite`; nobody changes it."""

	def onload(self):
		self.set_onload("advice", _(REMEDIES.get(self.problem, "")))
