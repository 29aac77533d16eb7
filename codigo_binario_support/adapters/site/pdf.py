"""Paper: HTML becomes a PDF by what this machine has."""

import shutil
from typing import Any

from frappe.utils.pdf import get_pdf


def pdf_of(html: str) -> bytes:
	"""By wkhtmltopdf as Frappe does, else by WeasyPrint, which is among Frappe's requirements: Debian has the first no more.

	Raises OSError, saying what is missing, where neither works.
	"""
	if shutil.which("wkhtmltopdf"):
		return get_pdf(html)
	try:
		from weasyprint import HTML, default_url_fetcher
	except ImportError as error:
		raise OSError(f"neither wkhtmltopdf nor WeasyPrint is here: {error}") from error

	def fetch(url: str, *details: Any, **named: Any) -> Any:
		# What is printed brings everything with it: a server does not ask addresses that stand in a text.
		if not url.startswith("data:"):
			raise ValueError(f"not fetched: {url}")
		return default_url_fetcher(url, *details, **named)

	return HTML(string=html, url_fetcher=fetch).write_pdf()
