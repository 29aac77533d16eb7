from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import evidence, restores


class RestoreOperation(Document):
	"""A restore of the site. Made by `watch.restoring` from its journal; the server judges it, and it stays."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)
		restores.judge_operation(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
