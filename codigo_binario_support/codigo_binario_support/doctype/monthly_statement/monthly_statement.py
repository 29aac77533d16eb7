from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.statements import monthly_statement
from codigo_binario_support.operations.statements import print_view as page


class MonthlyStatement(EvidenceDocument):
	"""All promises of a month. The person names month and company; the rest is the server's and stays."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.monthly_statement_evidence.monthly_statement_evidence import MonthlyStatementEvidence
		from codigo_binario_support.codigo_binario_support.doctype.monthly_statement_figure.monthly_statement_figure import MonthlyStatementFigure
		from codigo_binario_support.codigo_binario_support.doctype.monthly_statement_promise.monthly_statement_promise import MonthlyStatementPromise
		from frappe.types import DF

		anchor: DF.Link | None
		anchor_digest: DF.Data | None
		answered: DF.Int
		answers_closed: DF.Int
		answers_open: DF.Int
		company: DF.Link | None
		customer: DF.Link | None
		entry_hash: DF.Data | None
		evidence: DF.Table[MonthlyStatementEvidence]
		figures: DF.Table[MonthlyStatementFigure]
		from_utc: DF.Data | None
		half_within_seconds: DF.Duration | None
		issued_at_utc: DF.Data | None
		month: DF.Data
		most_within_seconds: DF.Duration | None
		offers: DF.Int
		offers_accepted: DF.Int
		offers_declined: DF.Int
		open_hours: DF.Float
		policy_version: DF.Int
		previous_hash: DF.Data | None
		promises: DF.Table[MonthlyStatementPromise]
		rating_average: DF.Float
		ratings: DF.Int
		received: DF.Int
		received_closed: DF.Int
		received_open: DF.Int
		sequence: DF.Int
		state: DF.Literal["Kept", "Broken", "Not proven"]
		supersedes: DF.Link | None
		terms: DF.Link | None
		time_zone: DF.Data | None
		to_utc: DF.Data | None
		version: DF.Int
	# end: auto-generated types

	def onload(self):
		self.set_onload("replaced_by", monthly_statement.replaced_by(self))

	def before_insert(self):
		monthly_statement.account(self)

	def page(self):
		"""What the print format shows, in the language it is printed in."""
		return page.of(self)
