from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument
from codigo_binario_support.operations.evidence import provider_changes


class ProviderChangeDay(EvidenceDocument):
	"""What the provider's people changed on one day, as the documents tell. Made by the server alone."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.provider_change.provider_change import ProviderChange
		from frappe.types import DF

		changes: DF.Int
		day: DF.Date | None
		doctypes: DF.Int
		entry_hash: DF.Data | None
		from_utc: DF.Data | None
		previous_hash: DF.Data | None
		refusals: DF.Int
		rows: DF.Table[ProviderChange]
		sequence: DF.Int
		state: DF.Literal["None found", "Changes found", "Not proven"]
		time_zone: DF.Data | None
		to_utc: DF.Data | None
		untracked: DF.Int
		users: DF.SmallText | None
		was_guarded: DF.Check
		written_at_utc: DF.Data | None
	# end: auto-generated types

	def before_insert(self):
		provider_changes.account(self)
