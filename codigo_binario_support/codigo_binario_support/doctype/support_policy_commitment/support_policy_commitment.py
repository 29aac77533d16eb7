from frappe.model.document import Document


class SupportPolicyCommitment(Document):
	pass
