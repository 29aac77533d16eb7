from frappe.model.document import Document


class PlatformUpgradeCheck(Document):
	"""One thing that was looked at after an upgrade."""
