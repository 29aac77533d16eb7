from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportSuccessPack(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		code: DF.Data
		currency: DF.Link | None
		hourly_rate: DF.Currency
		hours: DF.Float
		item: DF.Link | None
		label_en: DF.Data | None
		label_es: DF.Data
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
