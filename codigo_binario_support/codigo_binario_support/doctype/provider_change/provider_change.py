from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class ProviderChange(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		changed_at: DF.Datetime | None
		document_name: DF.Data | None
		document_type: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		user: DF.Data | None
		what: DF.Literal["Created", "Changed", "Version", "Deleted"]
	# end: auto-generated types
