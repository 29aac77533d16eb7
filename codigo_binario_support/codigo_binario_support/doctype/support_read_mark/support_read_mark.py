from frappe.model.document import Document


class SupportReadMark(Document):
	"""A receipt, not evidence: `flow.conversation.chat` moves it forward with every look at a conversation."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		mailed_up_to: DF.Datetime | None
		present_at: DF.Datetime | None
		read_up_to: DF.Datetime | None
		support_request: DF.Link | None
		user: DF.Link | None
	# end: auto-generated types
