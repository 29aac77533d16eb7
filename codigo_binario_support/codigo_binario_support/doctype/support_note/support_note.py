from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.flow.conversation import note


class SupportNote(SupportDocument):
	"""What agents tell each other about a request. It never leaves support: see `permissions.may_note`."""

	def validate(self):
		note.check(self)

	def on_trash(self):
		note.refuse_deletion(self)
