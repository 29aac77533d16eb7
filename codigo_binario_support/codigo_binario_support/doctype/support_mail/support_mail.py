from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.flow.channels import mail


class SupportMail(SupportDocument):
	"""A mail that came to a support address, and what became of it. Every one has a row, whatever it was."""

	def validate(self):
		mail.protect(self)

	def on_trash(self):
		mail.refuse_deletion(self)
