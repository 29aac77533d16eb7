from codigo_binario_support.adapters.triage.resource_index import clear_resource_cache
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.flow.filing import guidance


class OfficialResource(SupportDocument):
	"""A page or an article that answers to the policy's clauses may carry. The job `jobs.resources` looks for dead links."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		checked_at: DF.Datetime | None
		clauses: DF.SmallText | None
		enabled: DF.Check
		help_article: DF.Link | None
		http_status: DF.Int
		is_general: DF.Check
		keywords: DF.SmallText | None
		kind: DF.Literal["Official page", "Help article"]
		language: DF.Link | None
		link_state: DF.Literal["Not checked", "Reachable", "Doubtful", "Dead"]
		title: DF.Data
		topic: DF.Data | None
		url: DF.Data | None
		version: DF.Data | None
	# end: auto-generated types

	def validate(self):
		guidance.check_resource(self)

	def on_update(self):
		clear_resource_cache()

	on_trash = on_update
