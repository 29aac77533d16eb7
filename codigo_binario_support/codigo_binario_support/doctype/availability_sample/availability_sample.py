from frappe.model.document import Document

from codigo_binario_support.watch import samples


class AvailabilitySample(Document):
	"""What a probe saw in one interval. Rows come by delivery only, many at once; this class keeps people out."""

	def validate(self):
		samples.refuse_by_hand(self)

	def on_trash(self):
		samples.refuse_by_hand(self)
