from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class RestoreDrillStep(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		remark: DF.SmallText | None
		result: DF.Literal["Passed", "Failed", "Not proven"]
		seconds: DF.Float
		step: DF.Data
	# end: auto-generated types
