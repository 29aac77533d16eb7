from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class BackupDay(EvidenceDocument):
	"""A day that is over, with or without a backup. Written by `operations.backups.days`; nobody changes it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		day: DF.Date | None
		entry_hash: DF.Data | None
		failed_runs: DF.Int
		gap_seconds: DF.Duration | None
		gap_since_utc: DF.Data | None
		gap_until_utc: DF.Data | None
		newest_record: DF.Link | None
		previous_hash: DF.Data | None
		revision: DF.Int
		sequence: DF.Int
		sets: DF.Int
		state: DF.Literal["Kept", "Late", "Not kept"]
		target_seconds: DF.Duration | None
		time_zone: DF.Data | None
		written_at: DF.Datetime | None
		written_at_utc: DF.Data | None
	# end: auto-generated types
