from frappe.model.document import Document

from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.watch import evidence, page, statement


class MonthlyStatement(Document):
	"""All promises of a month. The person names month and company; the rest is the server's and stays."""

	def onload(self):
		self.set_onload("replaced_by", statement.replaced_by(self))

	def before_insert(self):
		statement.account(self)

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)

	def page(self):
		"""What the print format shows, in the language it is printed in."""
		return page.of(self)
