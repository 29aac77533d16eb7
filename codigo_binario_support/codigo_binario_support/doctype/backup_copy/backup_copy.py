from codigo_binario_support.codigo_binario_support.evidence_document import AdvisedDocument


class BackupCopy(AdvisedDocument):
	"""A set as it arrived off-site. Written by `operations.backups.offsite`; nobody changes it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.backup_copy_file.backup_copy_file import BackupCopyFile
		from frappe.types import DF

		backup_record: DF.Link | None
		bucket: DF.Data | None
		copied_at: DF.Datetime | None
		copied_at_utc: DF.Data | None
		elapsed_seconds: DF.Duration | None
		endpoint: DF.Data | None
		entry_hash: DF.Data | None
		files: DF.Table[BackupCopyFile]
		found: DF.Data | None
		prefix: DF.Data | None
		previous_hash: DF.Data | None
		problem: DF.Literal["", "Wrong size", "Wrong checksum", "Source is gone", "Source was changed", "Store not reached", "Store refuses", "Library is missing"]
		sequence: DF.Int
		set_key: DF.Data | None
		state: DF.Literal["Copied", "Failed"]
		taken_at: DF.Datetime | None
		taken_at_utc: DF.Data | None
	# end: auto-generated types
