from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportPolicyClause(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		code: DF.Literal["connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		side: DF.Literal["included", "excluded"]
		signals: DF.SmallText | None
		success_pack: DF.Data | None
		text_en: DF.SmallText | None
		text_es: DF.SmallText
	# end: auto-generated types
