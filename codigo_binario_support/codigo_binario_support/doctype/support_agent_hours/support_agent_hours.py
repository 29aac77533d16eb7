from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportAgentHours(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		absent_from: DF.Date | None
		absent_until: DF.Date | None
		max_open: DF.Int
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		sla_window: DF.Link | None
		user: DF.Link
	# end: auto-generated types
