from codigo_binario_support.adapters.evidence.chains import seal
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import maintenance
from codigo_binario_support.operations.evidence import records


class MaintenanceWindow(SupportDocument):
	"""Maintenance that was announced: when, by whom, and whether in time. It stays as it was announced."""

	def before_insert(self):
		maintenance.announce(self)

	def validate(self):
		records.refuse_change(self)
		records.keep_seal(self)
		maintenance.check(self)

	def after_insert(self):
		seal(self)
		maintenance.notify_people(self)

	def on_trash(self):
		records.refuse_deletion(self)
