from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class MonthlyStatementEvidence(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		at: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		promise: DF.Literal["Support in its hours", "In Spanish, by mail or chat", "Availability", "A backup every 24 hours", "Restored in time", "No changes to your data"]
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		shows: DF.Data | None
	# end: auto-generated types
