from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class BackupRemoval(EvidenceDocument):
	"""A set whose files were removed. Written by `operations.backups.retention`; nobody changes it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		backup_record: DF.Link | None
		entry_hash: DF.Data | None
		files: DF.SmallText | None
		location: DF.Data | None
		previous_hash: DF.Data | None
		removed_at: DF.Datetime | None
		removed_at_utc: DF.Data | None
		sequence: DF.Int
		set_key: DF.Data | None
		sets_left: DF.Int
		taken_at: DF.Datetime | None
	# end: auto-generated types
