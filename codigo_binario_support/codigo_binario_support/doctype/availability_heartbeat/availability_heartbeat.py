from frappe.model.document import Document

from codigo_binario_support.watch import samples


class AvailabilityHeartbeat(Document):
	"""A time in which the inside lived without a pause: one row, prolonged by each beat."""

	def validate(self):
		samples.refuse_by_hand(self)
