from frappe.model.document import Document


class EvidenceAnchorChain(Document):
	pass
