from codigo_binario_support.codigo_binario_support.evidence_document import AdvisedDocument


class BackupRun(AdvisedDocument):
	"""An attempt to make a set. Written by `operations.backups.run`; nobody changes it."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		backup_record: DF.Link | None
		elapsed_seconds: DF.Duration | None
		entry_hash: DF.Data | None
		finished_at_utc: DF.Data | None
		found: DF.SmallText | None
		making_seconds: DF.Float
		origin: DF.Literal["", "Scheduler", "Desk", "Command"]
		previous_hash: DF.Data | None
		problem: DF.Literal["", "Too little disk", "Program is missing", "Dump failed", "Archives failed", "Encryption failed", "Set is not good", "Run was killed", "Unforeseen error"]
		sequence: DF.Int
		started_at: DF.Datetime | None
		started_at_utc: DF.Data | None
		state: DF.Literal["Made", "Failed"]
		triggered_by: DF.Link | None
		verifying_seconds: DF.Float
	# end: auto-generated types
