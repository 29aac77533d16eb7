"""The monthly statements: made once the month is over, told once, and the daily records that one of their promises needs."""

from functools import partial
from typing import Any

import frappe
from frappe import _
from frappe.www.printview import get_rendered_template

from ..adapters.access import people
from ..adapters.site import notifications
from ..adapters.site.pdf import pdf_of
from ..adapters.site.retries import again, retried
from ..operations.backups import days
from ..operations.evidence import provider_changes
from ..operations.statements import monthly_statement
from ..operations.statements.print_view import month_phrase

PRINT_FORMAT = "Support Monthly Statement"


@retried
def write_days() -> None:
	"""The records of the days that are over: backups, and the provider's changes."""
	days.write()
	provider_changes.write()
	frappe.db.commit()


def make_due() -> list[Any]:
	"""Last month's statement of each company or customer that has none yet, told to the customer's managers; returns them.

	Runs daily: a scheduler that was off on the 1st makes it later. Statement and news are saved together, so both happen once.
	"""
	write_days()
	made = []
	for month, company, customer in monthly_statement.due():
		try:
			doc = again(partial(_make, month, company, customer))
			frappe.db.commit()
			made.append(doc)
		except Exception:
			frappe.db.rollback()
			whose = f"the statement of {month} for {company or customer}"
			frappe.log_error(title=f"Support: {whose} was not made")
			frappe.db.commit()
	return made


def _make(month: str, company: str | None, customer: str | None) -> Any:
	doc = monthly_statement.make(month, company, customer)
	notify_people(doc)
	return doc


def notify_people(doc: Any) -> list[str]:
	"""The bell and a mail with the PDF for the customer's managers; returns whom."""
	managers = people.managers_of(doc.company, doc.customer)
	write, attach = partial(_subject, doc), partial(_attachments, doc)
	return notifications.notify(doc.doctype, doc.name, managers, write, attach)


def _attachments(doc: Any) -> list[dict[str, Any]]:
	"""The PDF; the news goes out without it where this machine cannot make one, and the log says why."""
	try:
		return [pdf(doc)]
	except OSError:
		title = "Support: the PDF of a statement was not made"
		frappe.log_error(title=title, reference_doctype=doc.doctype, reference_name=doc.name)
		return []


def pdf(doc: Any) -> dict[str, Any]:
	"""The statement by its print format and the PDF of this machine (`fname`, `fcontent`), in the language of the moment.

	Not by `frappe.attach_print`: it commits in the middle (for the access log), and loads styles from the site's host name,
	which a server may not resolve. The print format brings its own.
	"""
	print_format, saved = frappe.get_doc("Print Format", PRINT_FORMAT), frappe.get_doc(doc.doctype, doc.name)
	body = get_rendered_template(saved, print_format=print_format, no_letterhead=True)
	head = '<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><div class="print-format">'
	return {"fname": f"{doc.name}.pdf", "fcontent": pdf_of(f"{head}{body}</div></body></html>")}


def _subject(doc: Any) -> str:
	text = _("Support statement of {0}: {1}. Keep the digest that it ends with.")
	return text.format(month_phrase(doc.month), frappe.bold(_(doc.state)))
