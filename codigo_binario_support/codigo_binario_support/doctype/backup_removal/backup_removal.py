from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import evidence


class BackupRemoval(Document):
	"""A set whose files were removed. Written by `watch.retention`; nobody changes it."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
