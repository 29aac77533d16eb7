from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.availability import maintenance


class MaintenanceWindow(EvidenceDocument):
	"""Maintenance that was announced: when, by whom, and whether in time. It stays as it was announced."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		announced_at: DF.Datetime | None
		announced_at_utc: DF.Data | None
		announced_by: DF.Link | None
		ends_at: DF.Datetime
		ends_at_utc: DF.Data | None
		entry_hash: DF.Data | None
		is_in_time: DF.Check
		notice_hours: DF.Float
		previous_hash: DF.Data | None
		reason: DF.SmallText
		sequence: DF.Int
		starts_at: DF.Datetime
		starts_at_utc: DF.Data | None
	# end: auto-generated types

	def before_insert(self):
		maintenance.announce(self)

	def validate(self):
		super().validate()
		maintenance.check(self)

	def after_insert(self):
		super().after_insert()
		maintenance.notify_people(self)
