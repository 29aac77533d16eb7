"""Writing tickets and copying messages, in the background: a Helpdesk that fails never stops a request."""

from typing import Any

import frappe
from frappe.utils import add_to_date

from ..adapters.conversation import messages
from ..adapters.requests import helpdesk
from ..adapters.requests.requests import DOCTYPE
from ..adapters.site import background, instants
from ..adapters.site.retries import retried
from ..flow.channels import helpdesk as station
from .clocks import for_each

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


def _write(name: str) -> None:
	"""The ticket of one request. It exists before the messages that were written meanwhile are copied."""
	if station.write(name):
		_copy_missing(name)


@retried
def write(name: str) -> None:
	_write(name)


@retried
def copy(name: str) -> None:
	station.copy(name)


def catch_up() -> None:
	"""What failed, or was written while Helpdesk was away. Each request is on its own."""
	if not helpdesk.is_on():
		return
	since = {"modified": (">", add_to_date(instants.site_now(), hours=-_LOOK_BACK_HOURS))}
	names = frappe.get_all(DOCTYPE, filters=since, pluck="name", order_by="modified asc")
	for_each(names, _write, "Support: a ticket could not be written")


def _copy_missing(name: str) -> None:
	"""Messages of both sides; a copy that is there is not made again."""
	ticket = helpdesk.ticket_of(name)
	since = ["creation", ">", add_to_date(instants.site_now(), hours=-_LOOK_BACK_HOURS)]
	first = messages.on(ticket, doctype=helpdesk.TICKET, pluck="name", limit=1)
	names = messages.on(name, messages.SAID, since, pluck="name")
	theirs = messages.on(ticket, messages.SAID, since, doctype=helpdesk.TICKET, pluck="name")
	# Helpdesk writes a ticket's description as its first message: the request has those words already.
	names += [message for message in theirs if message not in first]
	for message in names:
		station.copy(message)


def _enqueue(step: str, name: str) -> None:
	method = f"codigo_binario_support.jobs.helpdesk.{step}"
	background.enqueue(method, job_id=f"support-helpdesk-{step}-{name}", name=name)
