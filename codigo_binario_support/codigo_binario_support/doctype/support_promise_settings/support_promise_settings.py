from frappe.model.document import Document

from codigo_binario_support.flow.clock import assignment
from codigo_binario_support.jobs.offers import retry_soon
from codigo_binario_support.operations.backups import run


class SupportPromiseSettings(Document):
	"""Whose site this is, how Success Packs are offered, who works in the queue, who is warned, and
	how backups are kept.
	"""

	def validate(self):
		assignment.check_settings(self)
		run.check_settings(self)

	def on_update(self):
		retry_soon()
