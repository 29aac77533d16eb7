from frappe.model.document import Document

from codigo_binario_support.adapters.policy.terms import forget_terms_in_force, window_mapping
from codigo_binario_support.adapters.site.errors import refusing
from codigo_binario_support.domain.policy.policy import window_of


class SLAWindow(Document):
	"""A named weekly calendar. Requests keep the window as it was when they were filed."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.sla_window_row.sla_window_row import SLAWindowRow
		from frappe.types import DF

		always_open: DF.Check
		holiday_list: DF.Link | None
		rows: DF.Table[SLAWindowRow]
		time_zone: DF.Autocomplete
		window_name: DF.Data
	# end: auto-generated types

	def validate(self):
		with refusing():
			window_of(window_mapping(self), self.time_zone)

	def on_update(self):
		forget_terms_in_force()

	on_trash = on_update
