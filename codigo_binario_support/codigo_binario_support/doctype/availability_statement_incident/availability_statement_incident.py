from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class AvailabilityStatementIncident(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from_utc: DF.Data | None
		incident: DF.Link | None
		incident_class: DF.Literal["Unplanned", "Planned", "Customer-caused", "Unknown"]
		minutes: DF.Float
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		to_utc: DF.Data | None
	# end: auto-generated types
