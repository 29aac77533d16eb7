from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class SupportClockEvent(RecordRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["filed", "reply", "start", "ask_customer", "resume", "propose", "withdraw_offer", "accept", "decline", "resolve", "reopen", "close", "offer", "offer_cancelled", "breach", "stop", "offer_superseded", "warning", "breach_told", "split", "merge", "linked", "pack_low", "pack_empty", "contest", "rate", "ask_offer", "send_password_reset", "upgrade", "undelivered", "assign_requester", "acknowledge_seal", "file", "other_language"]
		at_utc: DF.Data | None
		detail: DF.SmallText | None
		entry_hash: DF.Data | None
		event: DF.Literal["create", "first_reply", "hold", "resume", "resolve", "reopen", "close", "note"]
		happened_at: DF.Datetime | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		previous_hash: DF.Data | None
		source: DF.Data | None
		user: DF.Link | None
	# end: auto-generated types
