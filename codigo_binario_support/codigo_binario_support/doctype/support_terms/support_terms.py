import frappe
from frappe import _

from codigo_binario_support.codigo_binario_support.support_document import SupportDocument


class SupportTerms(SupportDocument):
	"""What was in force when requests were filed, named by its hash. Never changed, never deleted."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		content: DF.JSON | None
		policy: DF.Data | None
		policy_version: DF.Int
		terms_hash: DF.Data | None
	# end: auto-generated types

	def validate(self):
		# `adapters.policy.terms` freezes them, whoever files first; nobody writes them as a document.
		frappe.throw(_("Frozen terms cannot be changed."), frappe.PermissionError)

	def on_trash(self):
		if not frappe.flags.in_uninstall:
			text = _("Frozen terms cannot be deleted: requests stand under them.")
			frappe.throw(text, frappe.PermissionError)
