from frappe.model.document import Document


class MonthlyStatementFigure(Document):
	pass
