"""Files that come in through the portal and the chat, and go out to who sees the request."""

from mimetypes import guess_type
from typing import Any

import frappe
from frappe import _
from frappe.handler import ALLOWED_MIMETYPES

from ..adapters.conversation import messages
from ..adapters.requests.files import new_file
from ..adapters.requests.requests import DOCTYPE

#: A request is a conversation, not an archive.
_FILES_A_REQUEST = 100
_FILES_A_FORM = 10

#: What a portal may send: Frappe's list, with what later versions of Frappe 15 have on it, so that all take the same.
_ALLOWED = {*ALLOWED_MIMETYPES, "image/gif", "text/csv"}


def uploaded() -> list[Any]:
	"""The files beside a form; checked by their kind, as Frappe does for accounts without a desk."""
	if not getattr(frappe.local, "request", None):
		return []
	uploads = [upload for upload in frappe.request.files.getlist("file") if upload.filename]
	if len(uploads) > _FILES_A_FORM:
		frappe.throw(_("Up to {0} files fit. Send the others afterwards.").format(_FILES_A_FORM))
	for upload in uploads:
		# Neither Frappe's list nor an older Python knows WebP, which browsers save pictures as.
		is_webp = upload.filename.lower().endswith(".webp")
		if not is_webp and guess_type(upload.filename)[0] not in _ALLOWED:
			text = _(
				"{0} is not a kind of file that can be sent: use a picture, PDF, text, CSV or an office document."
			)
			frappe.throw(text.format(frappe.utils.escape_html(upload.filename)), title=_("File"))
	return uploads


def attach(doc: Any, upload: Any, message: str | None = None) -> str:
	"""Store a file, private, on a request; with the message it came with. Returns its name."""
	count = frappe.db.count("File", {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name})
	if count >= _FILES_A_REQUEST:
		frappe.throw(_("This request has {0} files already. Open a new one for more.").format(count))
	# From its beginning: the door may have been begun again after it was read.
	upload.stream.seek(0)
	place = {"folder": "Home/Attachments", "attached_to_field": message}
	file = new_file(doc.name, file_name=upload.filename, content=upload.stream.read(), **place)
	# Who attaches may write on the request; accounts without a desk have no right on files in general.
	return file.insert(ignore_permissions=True).name


def of_request(doc: Any) -> list[dict[str, Any]]:
	"""The files of a request and of the mails on it, oldest first."""
	fields = ["name", "file_name", "file_size", "creation"]
	rows = []
	mails = messages.on(doc.name, messages.SAID, pluck="name")
	for doctype, names in ((DOCTYPE, [doc.name]), (messages.DOCTYPE, mails or [""])):
		attached = {"attached_to_doctype": doctype, "attached_to_name": ("in", names)}
		filters = {**attached, "is_private": 1, "is_folder": 0}
		rows += frappe.get_all("File", filters=filters, fields=fields, order_by="creation asc")
	return sorted(rows, key=lambda row: row.creation)


def serve(doc: Any, file: str) -> None:
	"""Send a file of the request; always as a download, so that nothing in it runs on the site's own pages."""
	if file not in {row["name"] for row in of_request(doc)}:
		frappe.throw(_("This file does not exist, or it is not part of the request."), frappe.PermissionError)
	found = frappe.get_doc("File", file)
	frappe.local.response.filename = found.file_name
	frappe.local.response.filecontent = found.get_content()
	frappe.local.response.type = "download"
	frappe.local.response.display_content_as = "attachment"
