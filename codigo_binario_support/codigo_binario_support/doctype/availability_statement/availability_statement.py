from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.availability import availability


class AvailabilityStatement(EvidenceDocument):
	"""The account of a month. The person names the month; the figures are the server's and stay."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.availability_statement_incident.availability_statement_incident import AvailabilityStatementIncident
		from frappe.types import DF

		announced_minutes: DF.Float
		budget_left_minutes: DF.Float
		budget_minutes: DF.Float
		budget_used_minutes: DF.Float
		coverage_percent: DF.Percent
		customer_minutes: DF.Float
		entry_hash: DF.Data | None
		formula_at_least: DF.Data | None
		formula_at_most: DF.Data | None
		incidents: DF.Table[AvailabilityStatementIncident]
		inside_minutes: DF.Float
		issued_at_utc: DF.Data | None
		month: DF.Data
		observed_up_minutes: DF.Float
		partial_minutes: DF.Float
		percent_at_least: DF.Percent
		percent_at_most: DF.Percent
		planned_minutes: DF.Float
		previous_hash: DF.Data | None
		restore_minutes: DF.Float
		sequence: DF.Int
		state: DF.Literal["Kept", "Broken", "Not proven"]
		supersedes: DF.Link | None
		target_percent: DF.Percent
		time_zone: DF.Data | None
		total_minutes: DF.Float
		unknown_minutes: DF.Float
		unplanned_minutes: DF.Float
		version: DF.Int
	# end: auto-generated types

	def before_insert(self):
		availability.account(self)
