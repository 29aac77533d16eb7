from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class BackupRecordFile(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		entries: DF.Int
		file_name: DF.Data | None
		found: DF.Data | None
		is_encrypted: DF.Check
		kind: DF.Literal["Database", "Public files", "Private files", "Site configuration"]
		nature: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		problem: DF.Literal["", "False encryption", "Empty", "Truncated", "Unreadable", "Missing", "Partial", "Missing tables", "Empty tables", "Missing files", "Old content", "Not encrypted", "Not decrypted", "Shrunken"]
		sha256: DF.Data | None
	# end: auto-generated types
