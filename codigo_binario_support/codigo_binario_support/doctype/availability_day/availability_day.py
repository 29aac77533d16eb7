from codigo_binario_support.codigo_binario_support.evidence_document import EvidenceDocument


class AvailabilityDay(EvidenceDocument):
	"""The samples of one probe and day in one sealed row, which outlives them."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		breaks: DF.Int
		day: DF.Data | None
		down_samples: DF.Int
		entry_hash: DF.Data | None
		flagged_samples: DF.Int
		forged: DF.Int
		last_delivery: DF.Int
		last_link: DF.Data | None
		previous_hash: DF.Data | None
		probe: DF.Link | None
		runs: DF.JSON | None
		samples: DF.Int
		samples_hash: DF.Data | None
		sequence: DF.Int
		up_samples: DF.Int
		version: DF.Int
	# end: auto-generated types
