"""Writing tickets and copying messages, in the background: a Helpdesk that fails never stops a request."""

from typing import Any

import frappe
from frappe.utils import add_to_date

from ..adapters.requests import helpdesk
from ..adapters.requests.requests import DOCTYPE
from ..adapters.site import background
from ..adapters.site.instants import site_now
from ..adapters.site.retries import retried
from ..flow.channels import helpdesk as station

_COMMUNICATION = "Communication"
_LOOK_BACK_HOURS = 26


def request_saved(doc: Any, _event: str | None = None) -> None:
	"""A request was filed or changed: its ticket follows after the commit."""
	if helpdesk.is_on():
		_enqueue("write", doc.name)


def message_added(doc: Any, _event: str | None = None) -> None:
	"""A message on a request or on its ticket: the other side gets it after the commit."""
	if doc.communication_type != "Communication" or doc.reference_doctype not in (DOCTYPE, helpdesk.TICKET):
		return
	if not helpdesk.is_quiet() and helpdesk.is_on():
		_enqueue("copy", doc.name)


def ticket_saved(doc: Any, _event: str | None = None) -> None:
	if helpdesk.is_on():
		station.follow(doc)


def app_installed(app: str) -> None:
	"""Helpdesk came after us: its tickets get our fields."""
	if app == helpdesk.APP:
		helpdesk.make_fields()


@retried
def write(name: str) -> None:
	"""The ticket of one request. It exists before the messages that were written meanwhile are copied."""
	if station.write(name):
		_copy_missing(name)


@retried
def copy(name: str) -> None:
	station.copy(name)


def catch_up() -> None:
	"""What failed, or was written while Helpdesk was away. Each request is on its own."""
	if not helpdesk.is_on():
		return
	since = add_to_date(site_now(), hours=-_LOOK_BACK_HOURS)
	for name in frappe.get_all(
		DOCTYPE, filters={"modified": (">", since)}, pluck="name", order_by="modified asc"
	):
		try:
			write(name)
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(
				title="Support: a ticket could not be written", reference_doctype=DOCTYPE, reference_name=name
			)


def _copy_missing(name: str) -> None:
	"""Messages of both sides; a copy that is there is not made again."""
	for doctype, reference in ((DOCTYPE, name), (helpdesk.TICKET, helpdesk.ticket_of(name))):
		since = add_to_date(site_now(), hours=-_LOOK_BACK_HOURS)
		for message in frappe.get_all(
			_COMMUNICATION,
			filters={
				"reference_doctype": doctype,
				"reference_name": reference,
				"communication_type": "Communication",
				"creation": (">", since),
			},
			fields=["name", "content", "owner"],
			order_by="creation asc",
		):
			if doctype == DOCTYPE or not _is_the_first(message, reference):
				station.copy(message.name)


def _is_the_first(message: Any, ticket: str | None) -> bool:
	"""Helpdesk writes a ticket's description as its first message: the request has those words already."""
	first = frappe.get_all(
		_COMMUNICATION,
		filters={"reference_doctype": helpdesk.TICKET, "reference_name": ticket},
		pluck="name",
		order_by="creation asc",
		limit=1,
	)
	return first == [message.name]


def _enqueue(step: str, name: str) -> None:
	background.enqueue(
		f"codigo_binario_support.jobs.helpdesk.{step}", job_id=f"support-helpdesk-{step}-{name}", name=name
	)
