from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import availability, evidence


class AvailabilityStatement(Document):
	"""The account of a month. The person names the month; the figures are the server's and stay."""

	def before_insert(self):
		availability.account(self)

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
