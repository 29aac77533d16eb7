"""The doors of the conversation, the same for the form and for the portal."""

from typing import Any

import frappe

from ..adapters.requests.requests import page_of
from ..adapters.site import retries
from ..adapters.site.rate_limit import rate_limit
from ..domain.requests import status
from ..flow.clock import clock
from ..flow.conversation import chat
from ..flow.views import panel
from ..permissions import request_of
from . import files, plain


@retries.whitelist(methods=["POST"])
def look(
	name: str, is_present: int = 0, read_up_to: str = "", since: str = "", before: str = ""
) -> dict[str, Any]:
	"""What is new in a conversation. Looking leaves a mark, so it is a POST: who looks is present, and has read."""
	doc = request_of(name, "read")
	return chat.poll(doc, bool(int(is_present or 0)), read_up_to, since, before)


@frappe.whitelist(methods=["GET", "POST"])
def words(name: str) -> dict[str, str]:
	"""What the script of the conversation says."""
	request_of(name, "read")
	return chat.words()


@retries.whitelist(methods=["POST"])
def send(name: str, text: str = "", client_id: str = "") -> dict[str, Any] | None:
	"""Send one message, with the files that are uploaded beside it. The same `client_id` again stores nothing."""
	doc = request_of(name, "write")
	# Nobody types faster than that in a minute; a program that does waits.
	rate_limit("chat", 60, 60)
	uploads = files.uploaded()
	named = ", ".join(upload.filename for upload in uploads)
	message, reference, is_new = chat.post_message(doc, text or named, client_id)
	if reference != doc.name:
		doc = request_of(reference, "write")
	if is_new:
		for upload in uploads:
			files.attach(doc, upload, message)
		by_customer = clock.side_of(doc) == status.CUSTOMER
		if chat.is_first_unread(doc, message, by_customer):
			panel.notify_of_message(doc, by_customer)
	answer = {"request": doc.name, "message": message, "is_new": is_new}
	return plain.answer(answer, f"{page_of(doc.name)}#conversacion")


@frappe.whitelist(methods=["GET"])
def download(name: str, file: str) -> None:
	"""A file of a request or of a message on it, for somebody who sees the request."""
	files.serve(request_of(name, "read"), file)
