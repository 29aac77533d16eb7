"""Pictures that come inside a text become private files of the request, before anything reads the text."""

from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit

import frappe
from frappe import _

from ...domain.conversation import pictures
from ..site.retries import undo_to
from .requests import DOCTYPE

#: A request is no album: the pictures after these are named, not kept.
_MOST = 20
_SHOWN = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def put_away(doc: Any, html: str | None) -> str:
	"""The text of a new, named request with its pictures stored beside it, each private. What cannot be kept, and what
	would be fetched from elsewhere whenever somebody reads, leaves a note in its place: no picture keeps a request from
	being filed.
	"""
	numbers = count(1)

	def replace(address: str, sizes: dict[str, str]) -> str:
		number, kept, path = next(numbers), None, _private_path(address)
		if number > _MOST:
			sentence = _("Only the first {0} pictures are kept: attach this one as a file.")
			return pictures.note(sentence.format(_MOST))
		if address.lower().startswith(("http:", "https:", "//")) and not path:
			return pictures.note(_("A picture from another place is not shown:"), address)
		if path:
			kept = _attached(doc, path)
		elif picture := pictures.picture_in(address):
			# As it came, because a smaller screenshot cannot be read.
			name = _("picture-{0}").format(number) + f".{picture.kind}"
			kept = _insert(doc, file_name=name, content=picture.content)
		if kept:
			return pictures.shown(kept, sizes)
		return pictures.note(_("A picture that was here could not be kept: attach it as a file."))

	return pictures.replaced(html or "", replace)


def _attached(doc: Any, path: str) -> str | None:
	"""The address of a picture that is on this site already, and that who files may read: the request's readers may then
	read it too.
	"""
	there = {"file_url": path, "is_folder": 0}
	fields = ["name", "file_name", "attached_to_doctype", "attached_to_name"]
	rows = frappe.get_all("File", filters=there, fields=fields, order_by="creation asc")
	if not path.lower().endswith(_SHOWN):
		return None
	for row in rows:
		if (row.attached_to_doctype, row.attached_to_name) == (DOCTYPE, doc.name):
			return frappe.get_doc("File", row.name).unique_url
	if not any(frappe.has_permission("File", "read", doc=row.name) for row in rows):
		return None
	return _insert(doc, file_name=rows[0].file_name, file_url=path)


def _insert(doc: Any, **values: Any) -> str | None:
	"""Store a private file of a request that is not stored yet; None, and nothing said, when the site does not take it."""
	place = {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name, "folder": "Home/Attachments"}
	file = frappe.get_doc({"doctype": "File", "is_private": 1, **place, **values})
	# Flags are the server's: a client cannot send them.
	file.flags.is_filed_with_request = True
	said = list(frappe.local.message_log)
	frappe.db.savepoint("support_picture")
	try:
		# The request is being filed by who wrote the text; accounts without a desk have no right on files in general.
		return file.insert(ignore_permissions=True).unique_url
	except Exception:
		# Too large, a kind that the site does not take, a full disk: the words are filed all the same.
		undo_to("support_picture")
		frappe.log_error(title="Support: a picture could not be kept")
		return None
	finally:
		# Frappe forgets what was said so far when it finds no request to write the attachment on.
		frappe.local.message_log = said


def _private_path(address: str) -> str:
	"""`/private/files/x.png` of this site, as the database has it; empty for any other address."""
	path = address.removeprefix(frappe.utils.get_url())
	if not path.startswith("/private/files/"):
		return ""
	try:
		return unquote(urlsplit(path).path)
	except ValueError:
		return ""
