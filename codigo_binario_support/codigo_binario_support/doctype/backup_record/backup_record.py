from frappe import _
from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.domain.backups import REMEDIES
from codigo_binario_support.watch import evidence


class BackupRecord(Document):
	"""A backup set as it was seen. Made by `watch.backups` from the files themselves; nobody changes it."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def onload(self):
		self.set_onload("advice", _(REMEDIES.get(self.problem, "")))

	def on_trash(self):
		evidence.refuse_deletion(self)
