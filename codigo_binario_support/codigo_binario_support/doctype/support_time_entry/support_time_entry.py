from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.flow import pack
from codigo_binario_support.watch import evidence


class SupportTimeEntry(Document):
	"""Minutes that an agent spent on a request. Written once; they use up a Success Pack only where one was accepted."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)
		pack.check_time(self)

	def after_insert(self):
		seal(self)
		pack.time_added(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
