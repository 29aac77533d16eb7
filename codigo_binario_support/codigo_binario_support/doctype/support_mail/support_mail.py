from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from frappe import _
from codigo_binario_support.adapters.site.errors import refuse_deletion
from codigo_binario_support.flow.channels import mail


class SupportMail(SupportDocument):
	"""A mail that came to a support address, and what became of it. Every one has a row, whatever it was."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		communication: DF.Link | None
		digest: DF.Data | None
		dropped: DF.SmallText | None
		email_account: DF.Link | None
		folder: DF.Data | None
		is_partial: DF.Check
		message_id: DF.SmallText | None
		outcome: DF.Literal["Received", "Request", "Continued", "Linked", "Note", "Automatic reply", "Bounce", "Mailing list", "Loop", "Spam", "Too many", "Duplicate", "Unread"]
		reason: DF.SmallText | None
		received_at: DF.Datetime | None
		request: DF.Link | None
		sender: DF.Data | None
		sender_name: DF.Data | None
		sent_at: DF.Datetime | None
		size_bytes: DF.Int
		slot_key: DF.Data | None
		source_file: DF.Attach | None
		source_hash: DF.Data | None
		subject: DF.Data | None
		validity: DF.Data | None
	# end: auto-generated types

	def validate(self):
		mail.protect(self)

	def on_trash(self):
		refuse_deletion(_("Mails that came to support are kept."))
