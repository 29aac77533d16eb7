"""Who works on a request: Frappe's own assignments (ToDo), given by load and hours, to people who may see it."""

from collections import Counter
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.desk.form import assign_to

from ...adapters.access import people
from ...adapters.policy.terms import policy_now, sla_window
from ...adapters.requests.requests import DOCTYPE
from ...adapters.site.instants import as_date, utc_now
from ...adapters.site.settings import promise_settings
from ...domain.requests import queue, status
from ...domain.requests.assignment import Agent, choose
from . import clock


def is_billing_matter(doc: Any) -> bool:
	return people.BILLING_CLAUSE in (doc.clause, doc.second_clause)


def may_work_on(doc: Any, user: str) -> bool:
	"""Agents who may see the request; who asked is its customer, whatever else they are."""
	return people.is_agent(user) and user != doc.raised_by and bool(doc.has_permission("read", user=user))


def agents_for(doc: Any) -> set[str]:
	"""Agents who may see the request; of billing matters, billing agents only."""
	agents = set(people.agents())
	if is_billing_matter(doc):
		agents &= set(people.billing_people())
	return agents - {doc.raised_by}


def assignees(doc: Any) -> list[str]:
	"""Who works on it now."""
	given = {"reference_name": doc.name, "status": "Open", "allocated_to": ("is", "set")}
	return _tasks(given, pluck="allocated_to")


def assign(doc: Any, user: str) -> bool:
	"""Give the request to an agent, in place of who had it. Returns False when they have it already."""
	there = assignees(doc)
	if there == [user]:
		return False
	_require_may_work(doc, user)
	for other in there:
		if other != user:
			# The caller has checked that this user may act on the request; a ToDo needs no right of its own.
			assign_to.remove(DOCTYPE, doc.name, other, ignore_permissions=True)
	if user not in there:
		task = {"assign_to": [user], "doctype": DOCTYPE, "name": doc.name}
		task["description"] = frappe.utils.escape_html(doc.subject)
		assign_to.add(task, ignore_permissions=True)  # As above.
	return True


def assign_next(doc: Any) -> str | None:
	"""Give a request that nobody has to the agent with the least to do; None when nobody can take it now."""
	if doc.turn != queue.SUPPORT or not is_automatic() or assignees(doc):
		return None
	user = choose(agents(), is_billing_matter(doc), utc_now(), doc.raised_by)
	if user is None or not may_work_on(doc, user) or _was_given_meanwhile(doc):
		return None
	assign(doc, user)
	return user


def _was_given_meanwhile(doc: Any) -> bool:
	"""Two workers give out one request once: the row is locked, and what is committed by then is read."""
	frappe.db.get_value(DOCTYPE, doc.name, "name", for_update=True)
	open_tasks = {"reference_type": DOCTYPE, "reference_name": doc.name, "status": "Open"}
	return bool(frappe.db.get_values("ToDo", open_tasks, "name", for_update=True))


def is_anybody_free(now: datetime) -> bool:
	"""Whether anybody is at work and has room: asked once, before each request that waits is looked at."""
	return any(agent.is_on_duty(now) and agent.has_room for agent in agents())


def is_automatic() -> bool:
	"""The setting, unless the site has a rule of Frappe's own for it."""
	rule = {"document_type": DOCTYPE, "disabled": 0}
	return bool(promise_settings().assign_automatically) and not frappe.db.exists("Assignment Rule", rule)


def agents() -> list[Agent]:
	"""The agents of the settings with their hours and loads; without any, everybody with the role."""
	with_role, billing = set(people.agents()), set(people.billing_people())
	rows = promise_settings().agent_hours or [frappe._dict(user=user) for user in sorted(with_role)]
	support, loads = clock.attention_window(policy_now()), _loads({row.user for row in rows})
	found = []
	for row in rows:
		if row.user in with_role:
			window = sla_window(row.sla_window) if row.sla_window else support
			absent = as_date(row.absent_from), as_date(row.absent_until)
			found.append(
				Agent(row.user, window, loads[row.user], row.max_open or 0, *absent, row.user in billing)
			)
	return found


def follow(doc: Any) -> None:
	"""What is over is nobody's task any more; what is reopened is again the task of who had it last."""
	before = doc.get_doc_before_save()
	was_open, is_open = not before or before.status in status.OPEN, doc.status in status.OPEN
	if is_open and not was_open:
		closed = {"reference_name": doc.name, "status": "Closed"}
		for last in _tasks(closed, "modified desc", fields=["name", "allocated_to"], limit=1):
			if may_work_on(doc, last.allocated_to):
				_set_status(last.name, "Open")
	elif not is_open and doc.has_value_changed("status"):
		for name in _tasks({"reference_name": doc.name, "status": "Open"}, pluck="name"):
			_set_status(name, "Closed")


def check(todo: Any, _event: str | None = None) -> None:
	"""By whatever way a request is assigned: an assignment shares the document, so it goes to agents who may see it."""
	if todo.reference_type != DOCTYPE or todo.status != "Open" or not todo.allocated_to:
		return
	if todo.is_new() or todo.has_value_changed("allocated_to"):
		_require_may_work(frappe.get_doc(DOCTYPE, todo.reference_name), todo.allocated_to)


def check_settings(settings: Any) -> None:
	"""People who are named in the settings are agents; the manager too, or warnings would lead nowhere."""
	users = [row.user for row in settings.agent_hours]
	for user in [*users, settings.escalate_to]:
		if user and not people.is_agent(user):
			frappe.throw(_("{0} does not have the role {1}.").format(user, _(people.AGENT)))
	if len(set(users)) < len(users):
		frappe.throw(_("An agent stands twice in the list: keep one row."))


def unassigned() -> list[str]:
	"""Requests that wait for support and that nobody has, in the order of the queue."""
	free = {"status": ("in", status.OPEN), "turn": queue.SUPPORT, "_assign": ("is", "not set")}
	return frappe.get_all(DOCTYPE, filters=free, pluck="name", order_by="queue_key asc", limit=200)


def _require_may_work(doc: Any, user: str) -> None:
	if not may_work_on(doc, user):
		sentence = _("{0} cannot work on this request: choose a support agent who may see it.")
		name = frappe.utils.escape_html(frappe.utils.get_fullname(user))
		frappe.throw(sentence.format(name), frappe.PermissionError)


def _tasks(filters: dict[str, Any], order_by: str = "creation asc", **what: Any) -> list[Any]:
	"""Of the assignments of requests, some."""
	of_requests = {"reference_type": DOCTYPE, **filters}
	return frappe.get_all("ToDo", filters=of_requests, order_by=order_by, **what)


def _loads(users: set[str]) -> Counter[str]:
	"""Open requests that wait for each user; one that waits for the customer costs nobody time."""
	given = {"status": "Open", "allocated_to": ("in", sorted(users) or [""])}
	rows = _tasks(given, fields=["allocated_to", "reference_name"])
	ours = {"name": ("in", [row.reference_name for row in rows] or [""]), "turn": queue.SUPPORT}
	waiting = set(frappe.get_all(DOCTYPE, filters=ours, pluck="name", order_by="name asc"))
	return Counter(row.allocated_to for row in rows if row.reference_name in waiting)


def _set_status(name: str, state: str) -> None:
	todo = frappe.get_doc("ToDo", name)
	todo.status = state
	todo.save(ignore_permissions=True)  # It follows from the state of the request, whoever moved that.
