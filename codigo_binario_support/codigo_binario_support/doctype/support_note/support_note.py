from frappe.model.document import Document

from codigo_binario_support.flow import note


class SupportNote(Document):
	"""What agents tell each other about a request. It never leaves support: see `permissions.may_note`."""

	def validate(self):
		note.check(self)

	def on_trash(self):
		note.refuse_deletion(self)
