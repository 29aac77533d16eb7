"""The steps of an upgrade. Each leaves a row on the request that asked for it."""

from typing import Any

import frappe
from frappe import _

from ..adapters.site import retries
from ..domain.availability import upgrades as states
from ..flow.clock import clock
from ..operations.availability import upgrades
from . import as_agent


@retries.whitelist(methods=["POST"])
def plan(name: str, wanted_version: str, starts_at: str, ends_at: str) -> str:
	"""Plan the upgrade that a request asks for; returns the plan's name. A second time returns the same."""
	request = as_agent(name)
	if there := upgrades.standing_plan(name):
		return there
	values = {"wanted_version": wanted_version, "starts_at": starts_at, "ends_at": ends_at}
	plan = frappe.get_doc({"doctype": upgrades.DOCTYPE, "support_request": name, **values}).insert()
	_note(request, _("Upgrade to {0} planned: {1}").format(wanted_version, plan.name))
	return plan.name


@retries.whitelist(methods=["POST"])
def begin(name: str) -> str:
	"""Begin, if a verified complete backup is younger than 24 hours; returns the state."""
	doc, request = _locked(name)
	if doc.state == states.IN_PROGRESS:
		return doc.state
	upgrades.begin(doc)
	text = _("The upgrade {0} began, with the backup {1}.")
	return _saved(doc, request, text.format(doc.name, doc.backup_record))


@retries.whitelist(methods=["POST"])
def finish(name: str) -> str:
	"""Check, and finish if everything passed; returns the state."""
	doc, request = _locked(name)
	if doc.state == states.DONE:
		return doc.state
	if doc.state != states.IN_PROGRESS:
		frappe.throw(_("The upgrade has not begun."))
	text = _("The upgrade {0} was checked, and not everything passed.")
	if upgrades.finish(doc):
		text = _("The upgrade {0} is done and checked.")
	return _saved(doc, request, text.format(doc.name))


@retries.whitelist(methods=["POST"])
def fail(name: str, reason: str) -> str:
	"""The upgrade failed, for a reason that both sides can read; returns the state."""
	return _end(name, states.FAILED, reason, _("The upgrade {0} failed: {1}"))


@retries.whitelist(methods=["POST"])
def cancel(name: str, reason: str) -> str:
	"""Call a planned upgrade off; returns the state."""
	return _end(name, states.CANCELLED, reason, _("The upgrade {0} was called off: {1}"))


def _end(name: str, state: str, reason: str, text: str) -> str:
	doc, request = _locked(name)
	upgrades.end(doc, state, reason)
	return _saved(doc, request, text.format(doc.name, reason))


def _locked(name: str) -> tuple[Any, Any]:
	request_name = frappe.db.get_value(upgrades.DOCTYPE, name, "support_request")
	if not request_name:
		frappe.throw(_("This request does not exist, or it is not yours."), frappe.PermissionError)
	request = as_agent(request_name)
	return frappe.get_doc(upgrades.DOCTYPE, name, for_update=True), request


def _saved(doc: Any, request: Any, text: str) -> str:
	doc.save_from_flow()
	_note(request, text)
	return doc.state


def _note(request: Any, text: str) -> None:
	clock.note(request, "upgrade", text)
	request.save_from_flow()
