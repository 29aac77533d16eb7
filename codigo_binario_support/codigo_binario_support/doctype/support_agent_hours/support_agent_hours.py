from frappe.model.document import Document


class SupportAgentHours(Document):
	pass
