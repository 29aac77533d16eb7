import frappe
from frappe import _

from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.domain.triage.corrections import PROPOSED


class SupportExample(SupportDocument):
	"""A correction that may teach the classifier of this site. Released and taken back by `api.examples`."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		answered_at: DF.Datetime | None
		answered_by: DF.Link | None
		clause: DF.Literal["", "connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		machine_clause: DF.Literal["", "connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		proposed_by: DF.Link | None
		reason: DF.SmallText | None
		source_request: DF.Link | None
		state: DF.Literal["Proposed", "Released", "Taken back"]
		subject: DF.Data | None
		text: DF.Text
	# end: auto-generated types

	def before_insert(self):
		self.state = PROPOSED
		self.answered_by = self.answered_at = None
		self.proposed_by = frappe.session.user
		if not self.flags.from_flow:
			self.source_request = self.machine_clause = self.reason = None

	def validate(self):
		if self.is_new() or self.flags.from_flow:
			return
		if any(self.has_value_changed(name) for name in ("subject", "text", "clause")):
			# Who changes the words proposes them: somebody else releases them.
			self.proposed_by = frappe.session.user
		kept = ("state", "answered_by", "answered_at", "source_request", "machine_clause")
		frozen = () if self.get_doc_before_save().state == PROPOSED else ("subject", "text", "clause")
		for fieldname in (*kept, *frozen):
			if self.has_value_changed(fieldname):
				text = _("{0} of an example is kept by the system: take the example back and propose another.")
				frappe.throw(text.format(_(self.meta.get_label(fieldname))), frappe.PermissionError)
