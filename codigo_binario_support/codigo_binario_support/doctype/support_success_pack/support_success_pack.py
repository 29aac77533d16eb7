from frappe.model.document import Document


class SupportSuccessPack(Document):
	pass
