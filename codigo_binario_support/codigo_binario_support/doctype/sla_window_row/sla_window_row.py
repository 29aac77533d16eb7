from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SLAWindowRow(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		closes: DF.Data
		opens: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		weekday: DF.Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
	# end: auto-generated types
