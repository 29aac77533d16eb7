from codigo_binario_support.adapters.evidence.chains import seal
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import availability
from codigo_binario_support.operations.evidence import records


class ServiceIncident(SupportDocument):
	"""A time without service. It can be corrected while it lasts; once closed it is evidence."""

	def validate(self):
		records.refuse_change(self)
		records.keep_seal(self)
		availability.check_incident(self)

	def on_update(self):
		if self.state == "Closed":
			seal(self)

	def on_trash(self):
		records.refuse_deletion(self)
