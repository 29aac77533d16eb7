from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import evidence


class AvailabilityDay(Document):
	"""The samples of one probe and day in one sealed row, which outlives them."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
