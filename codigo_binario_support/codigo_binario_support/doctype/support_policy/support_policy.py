import frappe
from frappe import _
from frappe.model.document import Document

from codigo_binario_support.adapters.policy.terms import forget_terms_in_force, mapping_of
from codigo_binario_support.adapters.site.errors import sentence
from codigo_binario_support.adapters.site.instants import as_date
from codigo_binario_support.domain.policy.policy import Policy, check
from codigo_binario_support.jobs.offers import retry_soon

FAR = "9999-12-31"


class SupportPolicy(Document):
	"""The promise. A change of its terms is a new version; requests keep the version they were filed under."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.support_policy_clause.support_policy_clause import SupportPolicyClause
		from codigo_binario_support.codigo_binario_support.doctype.support_policy_commitment.support_policy_commitment import SupportPolicyCommitment
		from codigo_binario_support.codigo_binario_support.doctype.support_success_pack.support_success_pack import SupportSuccessPack
		from frappe.types import DF

		clauses: DF.Table[SupportPolicyClause]
		commitments: DF.Table[SupportPolicyCommitment]
		enabled: DF.Check
		examples: DF.Int
		language: DF.Link
		learning: DF.JSON | None
		limits_en: DF.SmallText | None
		limits_es: DF.SmallText | None
		official_hosts: DF.SmallText | None
		policy_name: DF.Data
		recommendation_en: DF.SmallText | None
		recommendation_es: DF.SmallText | None
		reopen_days: DF.Int
		review_threshold: DF.Float
		success_packs: DF.Table[SupportSuccessPack]
		terms_hash: DF.Data | None
		time_zone: DF.Autocomplete
		valid_from: DF.Date
		valid_to: DF.Date | None
		version: DF.Int
	# end: auto-generated types

	def validate(self):
		self.check_terms()
		self.check_dates()
		self.number_version()

	def on_update(self):
		forget_terms_in_force()
		retry_soon()

	def on_trash(self):
		forget_terms_in_force()

	def check_terms(self):
		"""All mistakes at once."""
		problems = check(mapping_of(self))
		if problems:
			rows = [f"{problem.where}: {sentence(problem.template, problem.values)}" for problem in problems]
			frappe.throw(rows, title=_("The policy has mistakes"), as_list=True)

	def check_dates(self):
		begins = as_date(self.valid_from)
		if not begins:
			return  # Frappe names what is mandatory after this
		if self.valid_to and as_date(self.valid_to) < begins:
			frappe.throw(_("The policy ends before it begins."))
		if not self.enabled:
			return
		begun = {"enabled": 1, "name": ("!=", self.name), "valid_from": ("<=", self.valid_to or FAR)}
		others = frappe.get_all(self.doctype, filters=begun, fields=["name", "valid_to"], order_by="valid_from asc")
		sentence = _("{0} is in force on some of these dates. Give it a last day before {1}, or disable it.")
		for other in others:
			if as_date(other.valid_to or FAR) >= begins:
				words = sentence.format(other.name, frappe.format(self.valid_from, "Date"))
				frappe.throw(words, title=_("One policy per date"))

	def number_version(self):
		self.version = self.version or 1
		if self.terms_hash and Policy(mapping_of(self)).hash != self.terms_hash:
			self.version += 1
		self.terms_hash = Policy(mapping_of(self)).hash
