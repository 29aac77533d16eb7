import frappe
from frappe import _
from frappe.model.document import Document


class SupportTerms(Document):
	"""What was in force when requests were filed, named by its hash. Never changed, never deleted."""

	def validate(self):
		if not self.is_new():
			frappe.throw(_("Frozen terms cannot be changed."), frappe.PermissionError)

	def on_trash(self):
		if not frappe.flags.in_uninstall:
			frappe.throw(
				_("Frozen terms cannot be deleted: requests stand under them."), frappe.PermissionError
			)
