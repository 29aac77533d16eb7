from frappe.model.document import Document

from codigo_binario_support.jobs.offers import retry_soon


class SupportPromiseSettings(Document):
	"""Whose site this is, and how Success Packs are offered."""

	def on_update(self):
		retry_soon()
