from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportMailbox(RecordRow):
	"""An Email Account whose mails are requests, and how far it was read."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		email_account: DF.Link
		last_error: DF.SmallText | None
		last_read_at: DF.Datetime | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		state: DF.JSON | None
	# end: auto-generated types
