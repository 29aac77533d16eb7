from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class BackupCopyFile(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		etag: DF.Data | None
		file_name: DF.Data | None
		object_key: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		parts: DF.Int
		parts_sent: DF.Int
		problem: DF.Literal["", "Wrong size", "Wrong checksum", "Source is gone", "Source was changed", "Store not reached", "Store refuses", "Library is missing"]
		sha256: DF.Data | None
	# end: auto-generated types
