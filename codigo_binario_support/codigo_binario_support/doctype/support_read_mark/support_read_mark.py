from frappe.model.document import Document


class SupportReadMark(Document):
	"""A receipt, not evidence: `flow.chat` moves it forward with every look at a conversation."""
