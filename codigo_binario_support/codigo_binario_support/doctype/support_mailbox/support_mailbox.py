from frappe.model.document import Document


class SupportMailbox(Document):
	"""An Email Account whose mails are requests, and how far it was read."""
