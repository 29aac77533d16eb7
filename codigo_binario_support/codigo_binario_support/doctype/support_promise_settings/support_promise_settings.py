from frappe.model.document import Document

from codigo_binario_support.flow.assignment import check_settings
from codigo_binario_support.jobs.offers import retry_soon


class SupportPromiseSettings(Document):
	"""Whose site this is, how Success Packs are offered, who works in the queue and who is warned."""

	def validate(self):
		check_settings(self)

	def on_update(self):
		retry_soon()
