from frappe.model.document import Document


class MonthlyStatementEvidence(Document):
	pass
