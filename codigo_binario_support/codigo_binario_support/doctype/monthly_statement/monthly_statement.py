from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.statements import monthly_statement
from codigo_binario_support.operations.statements import print_view as page


class MonthlyStatement(EvidenceDocument):
	"""All promises of a month. The person names month and company; the rest is the server's and stays."""

	def onload(self):
		self.set_onload("replaced_by", monthly_statement.replaced_by(self))

	def before_insert(self):
		monthly_statement.account(self)

	def page(self):
		"""What the print format shows, in the language it is printed in."""
		return page.of(self)
