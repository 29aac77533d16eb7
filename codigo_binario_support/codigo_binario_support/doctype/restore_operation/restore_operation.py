from codigo_binario_support.codigo_binario_support.evidence_document import JudgedDocument


class RestoreOperation(JudgedDocument):
	"""A restore of the site. Made by `operations.restores.restore` from its journal; the server judges it, and it stays."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.restore_drill_step.restore_drill_step import RestoreDrillStep
		from frappe.types import DF

		carried: DF.SmallText | None
		carried_out_by: DF.Link | None
		data_loss_seconds: DF.Duration | None
		elapsed_seconds: DF.Duration | None
		entry_hash: DF.Data | None
		evidence_file: DF.SmallText | None
		finished_at: DF.Datetime
		from_database: DF.Data | None
		interruptions: DF.Int
		kind: DF.Literal["Restore", "Went back"]
		operator: DF.Data | None
		previous_hash: DF.Data | None
		problem: DF.Data | None
		running_since: DF.Datetime | None
		running_since_utc: DF.Data | None
		safety_set: DF.Data | None
		sequence: DF.Int
		set_key: DF.Data | None
		started_at: DF.Datetime
		steps: DF.Table[RestoreDrillStep]
		support_request: DF.Link | None
		taken_at: DF.Datetime | None
		target_seconds: DF.Duration | None
		to_database: DF.Data | None
		verdict: DF.Literal["Kept", "Broken", "Not proven"]
	# end: auto-generated types
