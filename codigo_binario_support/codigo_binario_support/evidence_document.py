"""What every record of evidence is, whatever it says."""

import frappe
from frappe import _

from codigo_binario_support.adapters.evidence.chains import is_sealed, seal
from codigo_binario_support.adapters.site.errors import refuse_deletion
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.domain.backups.offsite import advice
from codigo_binario_support.operations.restores import verdict


class EvidenceDocument(SupportDocument):
	"""A record that is made once and read for ever: sealed into the chain of its doctype, neither changed nor deleted."""

	def validate(self):
		"""A saved record stays as it is; an incident until it is closed."""
		if not self.is_new() and is_sealed(self):
			text = _("{0} is evidence and cannot be changed. Make a new one if something else happened.")
			frappe.throw(text.format(self.name), frappe.PermissionError, title=_("Not allowed"))
		# The seal is the server's: what a client sends in its place is dropped.
		self.update({"sequence": 0, "previous_hash": None, "entry_hash": None})

	def after_insert(self):
		seal(self)

	def on_trash(self):
		refuse_deletion(_("{0} is evidence of the promise and is not deleted.").format(self.name))


class AdvisedDocument(EvidenceDocument):
	"""A record with a problem: its form says what to do about it."""

	def onload(self):
		self.set_onload("advice", _(advice(self.problem)))


class JudgedDocument(EvidenceDocument):
	"""A drill or a restore: the server judges it, and its form says what it stands for where that is not what it says."""

	def validate(self):
		super().validate()
		verdict.assess(self)

	def onload(self):
		if (found := verdict.verdict_of(self)) != self.verdict:
			self.set_onload("stands_as", found)
