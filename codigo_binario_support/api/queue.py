"""What the agent's list, form and dialogs ask the server to do. Each row of a bulk action is on its own."""

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_fullname

from ..adapters.access import people
from ..adapters.offers import packs
from ..adapters.requests.requests import DOCTYPE, duplicates_of, hold
from ..adapters.site import links, retries
from ..adapters.site.formatting import duration_phrase
from ..domain.offers.hours_balance import INCLUDED
from ..domain.offers.offer import ACCEPTED
from ..domain.requests import status
from ..domain.triage.verdict import IN_PART, WITH_EXCLUDED
from ..flow.casework import split_merge
from ..flow.clock import assignment, clock
from ..flow.conversation import answer, canned, note
from ..flow.filing import guidance
from ..flow.offers import pack as success_pack
from ..flow.views import panel
from ..operations.availability import upgrades
from ..operations.statements import agent_status
from . import as_agent

#: Rows of one bulk action: more belong into two.
_MOST = 200


@frappe.whitelist(methods=["GET", "POST"])
def site_state() -> dict[str, Any] | None:
	"""Backup and incidents of this site, above the queue. Nothing for who is no agent."""
	frappe.has_permission(DOCTYPE, "read", throw=True)
	return agent_status.agent_status() if people.is_agent() else None


@frappe.whitelist(methods=["GET", "POST"])
def desk(name: str) -> dict[str, Any]:
	"""What only agents see beside a request: notes, time, hours, duplicates, incidents, the site."""
	doc = as_agent(name, "read")
	context = {
		"doc": doc,
		"link": links.form_path,
		"site": agent_status.agent_status(),
		"notes": note.notes_of(doc.name),
		"assignees": [get_fullname(user) for user in assignment.assignees(doc)],
		"times": _times(doc.name),
		"pack": success_pack.shown(doc),
		"duplicates": duplicates_of(doc.name),
		"incidents": agent_status.incidents_of(doc.name),
		"waiting_since": panel.since_phrase(doc),
	}
	is_charged = doc.verdict in WITH_EXCLUDED and doc.offer_status == ACCEPTED
	return {
		"html": frappe.render_template("templates/support/agent_panel.html", context),
		"canned": canned.choices(doc),
		"resources": guidance.for_request(doc),
		"can_answer": doc.status != status.CLOSED,
		"following": [
			{"value": row.name, "label": _(answer.FOLLOWING[row.name])}
			for row in clock.allowed_actions(doc)
			if row.name in answer.FOLLOWING
		],
		"can_split": doc.verdict == IN_PART and doc.status in status.OPEN,
		"can_reset_password": guidance.may_reset_password(doc),
		"can_plan_upgrade": upgrades.can_be_planned(doc),
		"can_merge": doc.status in status.OPEN and not doc.duplicate_of,
		"can_charge": is_charged and not success_pack.is_used_up(doc),
		"agents": [
			{"value": user, "label": get_fullname(user)} for user in sorted(assignment.agents_for(doc))
		],
	}


@frappe.whitelist(methods=["GET", "POST"])
def canned_answer(name: str, template: str) -> str:
	"""A canned answer, filled in for a request."""
	return canned.render(as_agent(name, "read"), template)


@retries.whitelist(methods=["POST"])
def add_note(name: str, content: str) -> str:
	"""Write an internal note; returns its name."""
	as_agent(name, "read")
	return note.add(name, content).name


@retries.whitelist(methods=["POST"])
def add_time(name: str, minutes: int, description: str, part: str = INCLUDED, spent_on: str = "") -> str:
	"""Write down time that was spent on a request; returns the row's name."""
	as_agent(name, "read")
	values = {"support_request": name, "minutes": int(minutes), "note": description, "part": part}
	spent = {"spent_on": spent_on} if spent_on else {}
	return frappe.get_doc({"doctype": packs.TIME, **values, **spent}).insert().name


@retries.whitelist(methods=["POST"])
def split(name: str, subject: str = "", description: str = "") -> str:
	"""Make a request of its own of the excluded part of a mixed one; returns the new one's name."""
	return split_merge.split(as_agent(name), subject, description).name


@retries.whitelist(methods=["POST"])
def merge(name: str, into: str) -> str:
	"""Close a request as a duplicate of another; returns the other's name."""
	hold(name, into)
	docs = {each: as_agent(each) for each in (name, into)}
	split_merge.merge(docs[name], docs[into])
	return into


@retries.whitelist(methods=["POST"])
def assign(name: str, user: str) -> bool:
	"""Give a request to an agent in place of who had it."""
	return assignment.assign(as_agent(name), user)


@retries.whitelist(methods=["POST"])
def link_incident(name: str, incident: str) -> bool:
	"""Put a request on an incident that lasts."""
	return _link(as_agent(name), incident)


@retries.whitelist(methods=["POST"])
def answer_incident(
	incident: str, content: str, client_id: str, medium: str = "Email", then: str = ""
) -> dict[str, Any]:
	"""Answer every open request of an incident at once, each with a message of its own; failures are named."""
	doc = frappe.get_doc(agent_status.INCIDENT, incident)
	doc.check_permission("write")
	rows = [row.support_request for row in doc.requests]
	return _each(rows, lambda request: answer.answer(request, content, medium, then, client_id))


@retries.whitelist(methods=["POST"])
def bulk(
	names: str | list[str],
	action: str,
	value: str = "",
	reason: str = "",
	medium: str = "Email",
	client_id: str = "",
) -> dict[str, Any]:
	"""One action on many requests, each on its own: what fails is named with its reason, the rest goes on.

	`action`: a step of the request's life, `assign` (value: agent), `link` (value: incident), `answer` (value: canned
	answer), `note` (reason: its text).
	"""
	frappe.has_permission(DOCTYPE, "write", throw=True)
	rows = list(dict.fromkeys(frappe.parse_json(names) if isinstance(names, str) else names))
	if not rows or len(rows) > _MOST:
		frappe.throw(_("Choose from 1 to {0} requests.").format(_MOST))
	doings: dict[str, Callable[[Any], Any]] = {
		"assign": lambda doc: assignment.assign(doc, value),
		"link": lambda doc: _link(doc, value),
		"answer": lambda doc: answer.answer(doc, canned.render(doc, value), medium, "", client_id),
		"note": lambda doc: note.add(doc.name, reason),
		**dict.fromkeys(status.BULK, lambda doc: panel.finish(doc, clock.act(doc, action, reason))),
	}
	if action not in doings:
		frappe.throw(_("This cannot be done with many requests at once."))
	return _each(rows, doings[action])


def _each(names: list[str], do: Callable[[Any], Any]) -> dict[str, Any]:
	done, failed = [], []
	hold(*names)
	for name in sorted(names):
		frappe.db.savepoint("support_bulk")
		try:
			do(as_agent(name))
			done.append(name)
		except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as error:
			retries.undo_to("support_bulk")
			frappe.clear_messages()
			failed.append({"name": name, "reason": frappe.utils.strip_html(str(error))})
	return {"done": done, "failed": failed}


def _link(doc: Any, incident: str) -> bool:
	linked = agent_status.link(doc.name, incident)
	if linked:
		clock.note(doc, "linked", incident)
		doc.save_from_flow()
	return linked


def _times(name: str) -> list[dict[str, Any]]:
	given, fields = {"support_request": name}, ["agent", "minutes", "part", "note", "spent_on"]
	rows = frappe.get_list(packs.TIME, filters=given, fields=fields, order_by="creation desc", limit=50)
	for row in rows:
		row.agent, row.spent = get_fullname(row.agent), duration_phrase(row.minutes * 60)
		row.spent_on = frappe.format(row.spent_on, "Date")
	return rows
