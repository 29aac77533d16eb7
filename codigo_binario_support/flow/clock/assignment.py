"""Who works on a request: Frappe's own assignments (ToDo), given by load and hours, to people who may see it."""

from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.desk.form import assign_to

from ...adapters.access import people
from ...adapters.policy.terms import policy_now, window_mapping
from ...adapters.requests.requests import DOCTYPE
from ...adapters.site.instants import as_date
from ...adapters.site.now import utc_now
from ...adapters.site.settings import promise_settings
from ...domain.policy.policy import window_of
from ...domain.requests import queue, status
from ...domain.requests.assignment import Agent, choose
from ...domain.time.windows import ALWAYS_OPEN, SlaWindow
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
	return frappe.get_all(
		"ToDo",
		filters={
			"reference_type": DOCTYPE,
			"reference_name": doc.name,
			"status": "Open",
			"allocated_to": ("is", "set"),
		},
		pluck="allocated_to",
		order_by="creation asc",
	)


def assign(doc: Any, user: str) -> bool:
	"""Give the request to an agent, in place of who had it. Returns False when they have it already."""
	there = assignees(doc)
	if there == [user]:
		return False
	if not may_work_on(doc, user):
		_refuse(user)
	for other in there:
		if other != user:
			# The caller has checked that this user may act on the request; a ToDo needs no right of its own.
			assign_to.remove(DOCTYPE, doc.name, other, ignore_permissions=True)
	if user not in there:
		assign_to.add(
			{
				"assign_to": [user],
				"doctype": DOCTYPE,
				"name": doc.name,
				"description": frappe.utils.escape_html(doc.subject),
			},
			# As above.
			ignore_permissions=True,
		)
	return True


def assign_next(doc: Any, now: datetime | None = None) -> str | None:
	"""Give a request that nobody has to the agent with the least to do; None when nobody can take it now."""
	if doc.turn != queue.SUPPORT or not is_automatic() or assignees(doc):
		return None
	user = choose(agents(), is_billing_matter(doc), now or utc_now(), doc.raised_by)
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
	return bool(promise_settings().assign_automatically) and not (
		frappe.db.exists("Assignment Rule", {"document_type": DOCTYPE, "disabled": 0})
	)


def agents() -> list[Agent]:
	"""The agents of the settings with their hours and loads; without any, everybody with the role."""
	with_role, billing = set(people.agents()), set(people.billing_people())
	settings = promise_settings()
	support = _support_window()
	if not settings.agent_hours:
		loads = _loads(with_role)
		return [
			Agent(user, support, loads.get(user, 0), does_billing=user in billing)
			for user in sorted(with_role)
		]
	loads = _loads({row.user for row in settings.agent_hours})
	return [
		Agent(
			row.user,
			_window(row.sla_window) if row.sla_window else support,
			loads.get(row.user, 0),
			row.max_open or 0,
			as_date(row.absent_from),
			as_date(row.absent_until),
			row.user in billing,
		)
		for row in settings.agent_hours
		if row.user in with_role
	]


def follow(doc: Any) -> None:
	"""What is over is nobody's task any more; what is reopened is again the task of who had it last."""
	if not doc.has_value_changed("status"):
		return
	if doc.status in status.OPEN:
		before = doc.get_doc_before_save()
		if before and before.status not in status.OPEN:
			_reopen(doc)
		return
	for name in frappe.get_all(
		"ToDo",
		filters={"reference_type": DOCTYPE, "reference_name": doc.name, "status": "Open"},
		pluck="name",
		order_by="creation asc",
	):
		_set_status(name, "Closed")


def check(todo: Any, _event: str | None = None) -> None:
	"""By whatever way a request is assigned: an assignment shares the document, so it goes to agents who may see it."""
	if todo.reference_type != DOCTYPE or todo.status != "Open" or not todo.allocated_to:
		return
	if todo.is_new() or todo.has_value_changed("allocated_to"):
		if not may_work_on(frappe.get_doc(DOCTYPE, todo.reference_name), todo.allocated_to):
			_refuse(todo.allocated_to)


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
	return frappe.get_all(
		DOCTYPE,
		filters={"status": ("in", status.OPEN), "turn": queue.SUPPORT, "_assign": ("is", "not set")},
		pluck="name",
		order_by="queue_key asc",
		limit=200,
	)


def _refuse(user: str) -> None:
	frappe.throw(
		_("{0} cannot work on this request: choose a support agent who may see it.").format(
			frappe.utils.escape_html(frappe.utils.get_fullname(user))
		),
		frappe.PermissionError,
	)


def _support_window() -> SlaWindow:
	policy = policy_now()
	return clock.attention_window(policy) if policy else ALWAYS_OPEN


def _window(name: str) -> SlaWindow:
	window = frappe.get_cached_doc("SLA Window", name)
	return window_of(window_mapping(window), window.time_zone)


def _loads(users: set[str]) -> dict[str, int]:
	"""Open requests that wait for each user; one that waits for the customer costs nobody time."""
	rows = frappe.get_all(
		"ToDo",
		filters={"reference_type": DOCTYPE, "status": "Open", "allocated_to": ("in", sorted(users) or [""])},
		fields=["allocated_to", "reference_name"],
		order_by="creation asc",
	)
	waiting = set(
		frappe.get_all(
			DOCTYPE,
			filters={"name": ("in", [row.reference_name for row in rows] or [""]), "turn": queue.SUPPORT},
			pluck="name",
			order_by="name asc",
		)
	)
	loads: dict[str, int] = {}
	for row in rows:
		if row.reference_name in waiting:
			loads[row.allocated_to] = loads.get(row.allocated_to, 0) + 1
	return loads


def _reopen(doc: Any) -> None:
	last = frappe.get_all(
		"ToDo",
		filters={"reference_type": DOCTYPE, "reference_name": doc.name, "status": "Closed"},
		fields=["name", "allocated_to"],
		order_by="modified desc",
		limit=1,
	)
	if last and may_work_on(doc, last[0].allocated_to):
		_set_status(last[0].name, "Open")


def _set_status(name: str, state: str) -> None:
	todo = frappe.get_doc("ToDo", name)
	todo.status = state
	todo.save(ignore_permissions=True)  # It follows from the state of the request, whoever moved that.
