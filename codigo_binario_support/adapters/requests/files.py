"""Files of a request: what was uploaded before it had a name, and the pictures that come inside a text, which become
private files before anything reads the text.
"""

import re
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
#: The name that the desk gives a form until it is saved.
_TEMPORARY = re.compile(r"new-support-request-[a-z0-9]{1,20}")


def new_file(request: str, **values: Any) -> Any:
	"""A private file on a request, not stored yet."""
	attached = {"attached_to_doctype": DOCTYPE, "attached_to_name": request, "is_private": 1}
	return frappe.get_doc({"doctype": "File", **attached, **values})


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
	"""The address of a picture of this site that who files may read: the request's readers may then, too."""
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
	file = new_file(doc.name, folder="Home/Attachments", **values)
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
	if address[:5].lower() == "data:":
		return ""
	try:
		parts = urlsplit(address)
	except ValueError:
		return ""
	# As Frappe names the site, and as the browser that wrote the text does: a server's own port is in one of them alone.
	own = {"", urlsplit(frappe.utils.get_url()).netloc, frappe.request.host if frappe.request else ""}
	is_ours = parts.netloc in own and parts.path.startswith("/private/files/")
	return unquote(parts.path) if is_ours else ""


def is_of_unsaved_form(name: Any) -> bool:
	"""Whether a name is that of a form which nobody has saved: no request has it."""
	return bool(_TEMPORARY.fullmatch(str(name or ""))) and not frappe.db.exists(DOCTYPE, name)


def take_over(doc: Any) -> None:
	"""Hang on a new request what who files uploaded into its form. Frappe does so for an hour only, and for fields only."""
	temporary = doc.get("__temporary_name")
	if not is_of_unsaved_form(temporary):
		return
	# The name of the form is the client's word: only one's own files follow it.
	own = {"attached_to_doctype": DOCTYPE, "attached_to_name": temporary, "owner": frappe.session.user}
	frappe.db.set_value("File", own, "attached_to_name", doc.name, update_modified=False)
