from frappe.model.document import Document


class ServiceIncidentRequest(Document):
	pass
