from frappe.model.document import Document


class SupportPolicyClause(Document):
	pass
