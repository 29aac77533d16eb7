from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import samples


class AvailabilitySample(SupportDocument):
	"""What a probe saw in one interval. Rows come by delivery only, many at once; this class keeps people out."""

	def validate(self):
		samples.refuse_by_hand(self)

	def on_trash(self):
		samples.refuse_by_hand(self)
