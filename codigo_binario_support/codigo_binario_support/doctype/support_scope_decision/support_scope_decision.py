from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportScopeDecision(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		against: DF.SmallText | None
		at_utc: DF.Data | None
		clause: DF.Literal["", "connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		confidence: DF.Float
		decided_at: DF.Datetime | None
		decided_by: DF.Link | None
		entry_hash: DF.Data | None
		is_automatic: DF.Check
		nearest: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		previous_hash: DF.Data | None
		reason: DF.SmallText | None
		second_clause: DF.Literal["", "connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		severity: DF.Literal["outage", "degraded", "question", "request"]
		signals: DF.SmallText | None
		verdict: DF.Literal["In scope", "Out of scope", "Mixed", "Needs review"]
	# end: auto-generated types
