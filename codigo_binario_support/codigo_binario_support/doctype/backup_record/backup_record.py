from codigo_binario_support.codigo_binario_support.evidence_document import AdvisedDocument


class BackupRecord(AdvisedDocument):
	"""A backup set as it was seen. Made by `operations.backups.observe` from the files themselves; nobody changes it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.backup_record_file.backup_record_file import BackupRecordFile
		from frappe.types import DF

		dump_version: DF.Data | None
		encryption: DF.Literal["Plain", "Encrypted", "Mixed"]
		entry_hash: DF.Data | None
		erpnext_version: DF.Data | None
		files: DF.Table[BackupRecordFile]
		fingerprint: DF.Data | None
		frappe_version: DF.Data | None
		is_complete: DF.Check
		location: DF.Data | None
		manifest_sha256: DF.Data | None
		observed_at: DF.Datetime | None
		observed_at_utc: DF.Data | None
		origin: DF.Literal["", "Scheduler", "Desk", "Command", "Elsewhere"]
		previous_hash: DF.Data | None
		problem: DF.Literal["", "False encryption", "Empty", "Truncated", "Unreadable", "Missing", "Partial", "Missing tables", "Empty tables", "Missing files", "Old content", "Not encrypted", "Not decrypted", "Shrunken"]
		sequence: DF.Int
		set_key: DF.Data | None
		taken_at: DF.Datetime | None
		taken_at_utc: DF.Data | None
		tool: DF.Data | None
		triggered_by: DF.Link | None
		verdict: DF.Literal["Verified", "Failed", "Not proven"]
	# end: auto-generated types
