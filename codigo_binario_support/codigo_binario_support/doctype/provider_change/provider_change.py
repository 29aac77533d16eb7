from frappe.model.document import Document


class ProviderChange(Document):
	pass
