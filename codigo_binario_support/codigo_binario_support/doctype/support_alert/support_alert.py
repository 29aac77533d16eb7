from frappe.model.document import Document


class SupportAlert(Document):
	"""A problem that operators were told about once, and its end. Written by `watch.alerts`."""
