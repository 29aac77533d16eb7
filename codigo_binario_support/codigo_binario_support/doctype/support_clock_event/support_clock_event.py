from frappe.model.document import Document


class SupportClockEvent(Document):
	pass
