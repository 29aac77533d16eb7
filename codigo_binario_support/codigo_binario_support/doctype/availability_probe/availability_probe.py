from frappe.model.document import Document

from codigo_binario_support.operations.availability import samples


class AvailabilityProbe(Document):
	"""A host that looks at the service from outside, and the key that signs what it saw."""

	def before_insert(self):
		samples.keep_counters(self)

	def validate(self):
		samples.check_probe(self)
