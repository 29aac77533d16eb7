from frappe.model.document import Document


class SLAWindowRow(Document):
	pass
