"""Pictures that come inside a text become private files of the request, before anything reads the text."""

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
	count = 0

	def replace(address: str, sizes: dict[str, str]) -> str:
		nonlocal count
		count += 1
		if count > _MOST:
			return pictures.note(
				_("Only the first {0} pictures are kept: attach this one as a file.").format(_MOST)
			)
		if address[:5].lower() == "data:":
			kept = _stored(doc, address, count)
		elif path := _private_path(address):
			kept = _attached(doc, path)
		elif address.lower().startswith(("http:", "https:", "//")):
			return pictures.note(_("A picture from another place is not shown:"), address)
		else:
			kept = None
		if kept:
			return pictures.shown(kept, sizes)
		return pictures.note(_("A picture that was here could not be kept: attach it as a file."))

	return pictures.replaced(html or "", replace)


def _stored(doc: Any, address: str, number: int) -> str | None:
	"""The address of a picture that came in the text; as it came, because a smaller screenshot cannot be read."""
	picture = pictures.picture_in(address)
	if picture is None:
		return None
	return _insert(
		doc, {"file_name": _("picture-{0}").format(number) + f".{picture.kind}", "content": picture.content}
	)


def _attached(doc: Any, path: str) -> str | None:
	"""The address of a picture that is on this site already, and that who files may read: the request's readers may then
	read it too.
	"""
	rows = frappe.get_all(
		"File",
		filters={"file_url": path, "is_folder": 0},
		fields=["name", "file_name", "attached_to_doctype", "attached_to_name"],
		order_by="creation asc",
	)
	if not path.lower().endswith(_SHOWN):
		return None
	for row in rows:
		if (row.attached_to_doctype, row.attached_to_name) == (DOCTYPE, doc.name):
			return frappe.get_doc("File", row.name).unique_url
	if not any(frappe.has_permission("File", "read", doc=row.name) for row in rows):
		return None
	return _insert(doc, {"file_name": rows[0].file_name, "file_url": path})


def _insert(doc: Any, values: dict[str, Any]) -> str | None:
	"""Store a private file of a request that is not stored yet; None, and nothing said, when the site does not take it."""
	file = frappe.get_doc(
		{
			"doctype": "File",
			"attached_to_doctype": DOCTYPE,
			"attached_to_name": doc.name,
			"folder": "Home/Attachments",
			"is_private": 1,
			**values,
		}
	)
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
	site = frappe.utils.get_url()
	if address.startswith(f"{site}/"):
		address = address[len(site) :]
	if not address.startswith("/private/files/"):
		return ""
	try:
		return unquote(urlsplit(address).path)
	except ValueError:
		return ""
