from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class MonthlyStatementFigure(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		item: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		subject: DF.Data | None
		value: DF.Float
	# end: auto-generated types
