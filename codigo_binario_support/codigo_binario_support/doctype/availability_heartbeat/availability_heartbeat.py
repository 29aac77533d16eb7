from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import samples


class AvailabilityHeartbeat(SupportDocument):
	"""A time in which the inside lived without a pause: one row, prolonged by each beat."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		beats: DF.Int
		kind: DF.Literal["Web", "Background", "Certificate"]
	# end: auto-generated types

	def validate(self):
		samples.refuse_by_hand(self)
