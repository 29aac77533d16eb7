from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import samples


class AvailabilitySample(SupportDocument):
	"""What a probe saw in one interval. Rows come by delivery only, many at once; this class keeps people out."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		certificate_days: DF.Int
		delivery: DF.Int
		detail: DF.Data | None
		failure: DF.Data | None
		flag: DF.Literal["", "Clock skew", "From the future"]
		http_status: DF.Int
		interval_seconds: DF.Int
		is_up: DF.Check
		latency_ms: DF.Int
		previous: DF.Data | None
		probe: DF.Link | None
		signature: DF.Data | None
		tries: DF.Int
	# end: auto-generated types

	def validate(self):
		samples.refuse_by_hand(self)

	on_trash = validate
