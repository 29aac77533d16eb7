from frappe.model.document import Document


class PlatformUpgradeVersion(Document):
	"""An app of the site, before and after an upgrade."""
