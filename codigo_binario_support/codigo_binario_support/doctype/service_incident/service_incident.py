from codigo_binario_support.adapters.evidence import seal
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import availability
from codigo_binario_support.watch import evidence


class ServiceIncident(SupportDocument):
	"""A time without service. It can be corrected while it lasts; once closed it is evidence."""

	def validate(self):
		evidence.refuse_change(self)
		evidence.keep_seal(self)
		availability.check_incident(self)

	def on_update(self):
		if self.state == "Closed":
			seal(self)

	def on_trash(self):
		evidence.refuse_deletion(self)
