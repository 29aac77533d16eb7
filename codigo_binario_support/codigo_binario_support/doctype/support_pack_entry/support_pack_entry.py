from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import evidence


class SupportPackEntry(Document):
	"""Hours of a Success Pack that a customer bought by accepting an offer, or gave back. Made by `flow.pack`."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
