from frappe.model.document import Document


class RestoreDrillStep(Document):
	pass
