from frappe.model.document import Document


class AvailabilityStatementIncident(Document):
	pass
