from frappe.model.document import Document

from codigo_binario_support.operations.availability import samples


class AvailabilityProbe(Document):
	"""A host that looks at the service from outside, and the key that signs what it saw."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		deliveries: DF.Int
		duplicates: DF.Int
		enabled: DF.Check
		flagged: DF.Int
		last_delivery_at: DF.Datetime | None
		last_refusal: DF.Data | None
		late_days: DF.JSON | None
		lost: DF.Int
		probe_key: DF.Password | None
		probe_name: DF.Data
		refused: DF.Int
		samples: DF.Int
		site_url: DF.Data | None
		skew_seconds: DF.Int
	# end: auto-generated types

	def before_insert(self):
		samples.keep_counters(self)

	def validate(self):
		samples.check_probe(self)
