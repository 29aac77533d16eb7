from codigo_binario_support.adapters.evidence.chains import seal
from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.domain.availability.availability import CLOSED
from codigo_binario_support.operations.availability import availability


class ServiceIncident(EvidenceDocument):
	"""A time without service. It can be corrected while it lasts; once closed it is evidence."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.service_incident_request.service_incident_request import ServiceIncidentRequest
		from frappe.types import DF

		cause: DF.SmallText | None
		closed_at: DF.Datetime | None
		closed_by: DF.Link | None
		corrects: DF.Link | None
		down_from_utc: DF.Data | None
		down_until_utc: DF.Data | None
		entry_hash: DF.Data | None
		errors: DF.SmallText | None
		failing_samples: DF.Int
		first_sample: DF.Data | None
		incident_class: DF.Literal["Unplanned", "Planned", "Customer-caused", "Unknown", "Not an outage"]
		is_back: DF.Check
		last_sample: DF.Data | None
		maintenance_window: DF.Link | None
		minutes: DF.Float
		opened_at: DF.Datetime
		previous_hash: DF.Data | None
		probes: DF.Data | None
		requests: DF.Table[ServiceIncidentRequest]
		sequence: DF.Int
		source: DF.Literal["", "People", "Samples"]
		state: DF.Literal["Ongoing", "Closed"]
		subject: DF.Data
	# end: auto-generated types

	def validate(self):
		super().validate()
		availability.check_incident(self)

	def after_insert(self):
		"""Sealed once it is closed, not when it is made."""

	def on_update(self):
		if self.state == CLOSED:
			seal(self)
