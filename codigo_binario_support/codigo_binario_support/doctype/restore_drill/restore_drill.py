from codigo_binario_support.codigo_binario_support.evidence_document import JudgedDocument


class RestoreDrill(JudgedDocument):
	"""A rehearsal of a restore. Made by `operations.restores.drills` from what it measured; the server judges it, and it stays."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.restore_drill_step.restore_drill_step import RestoreDrillStep
		from frappe.types import DF

		backup_record: DF.Link
		carried_out_by: DF.Link | None
		elapsed_seconds: DF.Duration | None
		entry_hash: DF.Data | None
		files: DF.Int
		finished_at: DF.Datetime
		forecast: DF.SmallText | None
		forecast_months: DF.Float
		forecast_state: DF.Literal["", "Not enough history", "No growth", "Limit reached", "Limit ahead"]
		has_manifest: DF.Check
		is_scheduled: DF.Check
		previous_hash: DF.Data | None
		problem: DF.Data | None
		sequence: DF.Int
		set_key: DF.Data | None
		started_at: DF.Datetime
		started_at_utc: DF.Data | None
		steps: DF.Table[RestoreDrillStep]
		tables: DF.Int
		taken_at: DF.Datetime | None
		target_seconds: DF.Duration | None
		verdict: DF.Literal["Kept", "Broken", "Not proven"]
	# end: auto-generated types
