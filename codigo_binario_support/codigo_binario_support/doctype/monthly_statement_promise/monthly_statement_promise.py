from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class MonthlyStatementPromise(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		figure: DF.SmallText | None
		figures: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		promise: DF.Literal["Support in its hours", "In Spanish, by mail or chat", "Availability", "A backup every 24 hours", "Restored in time", "No changes to your data"]
		promised: DF.SmallText | None
		reason: DF.Data | None
		state: DF.Literal["Kept", "Broken", "Not proven"]
	# end: auto-generated types
