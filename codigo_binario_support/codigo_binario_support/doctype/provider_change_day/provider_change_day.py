from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import changes, evidence


class ProviderChangeDay(Document):
	"""What the provider's people changed on one day, as the documents tell. Made by the server alone."""

	def before_insert(self):
		changes.account(self)

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
