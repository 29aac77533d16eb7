import frappe
from frappe import _
from frappe.model.document import Document


class SupportExample(Document):
	"""A correction that may teach the classifier of this site. Released and taken back by `api.examples`."""

	def before_insert(self):
		self.state = "Proposed"
		self.answered_by = self.answered_at = None

	def validate(self):
		if self.is_new() or self.flags.at_station:
			return
		kept = ("state", "answered_by", "answered_at", "source_request", "machine_clause", "proposed_by")
		frozen = () if self.get_doc_before_save().state == "Proposed" else ("subject", "text", "clause")
		for fieldname in (*kept, *frozen):
			if self.has_value_changed(fieldname):
				frappe.throw(
					_(
						"{0} of an example is kept by the system: take the example back and propose another."
					).format(_(self.meta.get_label(fieldname))),
					frappe.PermissionError,
				)
