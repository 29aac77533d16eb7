from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from frappe import _
from codigo_binario_support.adapters.site.errors import refuse_deletion
from codigo_binario_support.flow.conversation import note


class SupportNote(SupportDocument):
	"""What agents tell each other about a request. It never leaves support: see `permissions.may_note`."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		content: DF.TextEditor
		support_request: DF.Link
	# end: auto-generated types

	def validate(self):
		note.check(self)

	def on_trash(self):
		refuse_deletion(_("A note is written once. Add another one."))
