from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import samples


class AvailabilityHeartbeat(SupportDocument):
	"""A time in which the inside lived without a pause: one row, prolonged by each beat."""

	def validate(self):
		samples.refuse_by_hand(self)
