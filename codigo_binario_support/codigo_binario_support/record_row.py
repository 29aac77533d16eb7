"""What every row of a record is: it is written with the record, or not at all."""

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document


class RecordRow(Document):
	"""A row that nobody writes by itself: whoever could, would pass the checks, the version and the seal of its record.

	Frappe saves and deletes a child row alone for whoever has the role for its parent's doctype. A record that is saved
	writes its rows without asking their controllers, so what is refused here is only ever a row alone.
	"""

	def refuse_alone(self, *_details: Any) -> None:
		if not frappe.flags.in_uninstall:
			text = _("A row of {0} is not written by itself: open {1} and use what it offers.")
			spoken = text.format(_(self.parenttype or self.doctype), self.parent or self.doctype)
			frappe.throw(spoken, frappe.PermissionError, title=_("Not allowed"))

	before_insert = before_validate = validate = before_save = refuse_alone
	before_submit = before_cancel = before_update_after_submit = refuse_alone
	before_change = before_rename = on_trash = refuse_alone

	def has_permission(self, permtype: str = "read", **details: Any) -> bool:
		"""Who may not read a record reads no row of it: Frappe asks for the role alone."""
		if self.flags.ignore_permissions:
			return True
		if not super().has_permission(permtype, **details):
			return False
		try:
			record = frappe.get_doc(self.parenttype, str(self.parent))
		except frappe.DoesNotExistError:
			frappe.clear_last_message()
			return False
		return bool(record.has_permission(permtype, **details))
