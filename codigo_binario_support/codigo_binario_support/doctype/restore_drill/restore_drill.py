from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import evidence, restores


class RestoreDrill(Document):
	"""A rehearsal of a restore. Made by `watch.drills` from what it measured; the server judges it, and it stays."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)
		restores.judge(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
