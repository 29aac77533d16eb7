"""Where a document is in the desk: Frappe 15 shows it under `/app`, Frappe 16 under `/desk`."""

from urllib.parse import urlsplit

from frappe.utils import get_url_to_form


def form_path(doctype: str, name: str) -> str:
	"""The form of a document, without the host, as this Frappe writes it."""
	return urlsplit(get_url_to_form(doctype, name)).path


def desk_root() -> str:
	"""`/app` or `/desk`."""
	return "/" + form_path("User", "Administrator").split("/")[1]
