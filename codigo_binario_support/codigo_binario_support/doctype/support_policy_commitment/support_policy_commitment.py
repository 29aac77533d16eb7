from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportPolicyCommitment(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		clauses: DF.SmallText | None
		is_promised: DF.Check
		kind: DF.Literal["support_hours", "first_response", "resolution", "restore", "backup", "availability"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		severities: DF.SmallText | None
		target_minutes: DF.Int
		target_percent: DF.Percent
		text_en: DF.SmallText | None
		text_es: DF.SmallText
		window: DF.Link
	# end: auto-generated types
