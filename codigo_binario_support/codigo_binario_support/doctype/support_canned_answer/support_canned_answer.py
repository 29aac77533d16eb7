from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportCannedAnswer(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		clause: DF.Literal["", "connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		email_template: DF.Link
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
	# end: auto-generated types
