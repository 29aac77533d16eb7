from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import anchors, evidence


class EvidenceAnchor(Document):
	"""The end of every chain at an instant. Made by the server alone; its hash is what is kept elsewhere."""

	def before_insert(self):
		anchors.account(self)

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
