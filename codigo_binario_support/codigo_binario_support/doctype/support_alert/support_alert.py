from codigo_binario_support.codigo_binario_support.support_document import SupportDocument


class SupportAlert(SupportDocument):
	"""A problem that operators were told about once, and its end. Written by `operations.alerts`."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		closed_at: DF.Datetime | None
		code: DF.Data | None
		last_seen_at: DF.Datetime | None
		message: DF.SmallText | None
		opened_at: DF.Datetime | None
		state: DF.Literal["Open", "Over"]
		subject: DF.Data | None
	# end: auto-generated types
