from frappe.model.document import Document


class SupportCannedAnswer(Document):
	pass
