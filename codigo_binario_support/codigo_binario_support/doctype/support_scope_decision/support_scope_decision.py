from frappe.model.document import Document


class SupportScopeDecision(Document):
	pass
