from frappe.model.document import Document


class MonthlyStatementPromise(Document):
	pass
