from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class PlatformUpgradeCheck(RecordRow):
	"""One thing that was looked at after an upgrade."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		check_name: DF.Data | None
		detail: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		result: DF.Literal["Passed", "Failed"]
	# end: auto-generated types
