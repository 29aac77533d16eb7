"""Warnings: the right person hears of a due time that comes near, or that has passed, once.

That it was told is a row of the request's history, saved together with the news: a crash or a second worker repeats
nothing.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import frappe
from frappe import _

from ...adapters.policy.terms import policy_now, terms
from ...adapters.requests.requests import DOCTYPE, add_event
from ...adapters.site import notifications
from ...adapters.site.formatting import duration_phrase, unmarked
from ...adapters.site.instants import to_site, utc_now
from ...adapters.site.settings import promise_settings
from ...domain.requests import status
from ...domain.requests.due_warnings import BREACH, RESOLUTION, RESPONSE, RESTORE, News, Watched, news
from ..clock import assignment, clock

#: Rows of the history by what they told.
_ACTIONS = {"warning": "warning", "breach": "breach_told"}


def candidates(now: datetime) -> list[str]:
	"""What is due within the longest lead, or was; and a day later, because earlier terms may have other hours."""
	settings = promise_settings()
	lead = max(settings.warn_minutes or 0, settings.warn_restore_minutes or 0) * 60
	horizon = clock.attention_window(policy_now()).add(now, lead) + timedelta(days=1)
	# "is set" beside "<": Frappe reads an empty date as the year 1.
	due = [["status", "in", status.OPEN], ["due_at", "is", "set"], ["due_at", "<", to_site(horizon)]]
	return frappe.get_all(DOCTYPE, filters=due, pluck="name", order_by="due_at asc")


def notify_due(doc: Any) -> list[News]:
	"""Tell what is new about a request. Returns what was told; the caller saves the request when that is anything."""
	now, policy = utc_now(), terms(doc.terms)
	if doc.status not in status.OPEN or policy is None:
		return []
	known = {row.source for row in doc.clock_events if row.action in _ACTIONS.values()}
	found = news(_watched(doc, now), known, policy.support_window, now, doc.severity == "outage")
	for row in found:
		write = partial(_sentence, doc, row)
		told = notifications.notify(DOCTYPE, doc.name, _people(doc, row, now), write)
		detail = write() if told else _("Nobody could be told: no agent may see this request.")
		add_event(doc, now, "note", _ACTIONS[row.kind], detail=unmarked(detail), source=row.key)
	return found


def _watched(doc: Any, now: datetime) -> list[Watched]:
	settings = promise_settings()
	lead, restore_lead = (settings.warn_minutes or 0) * 60, (settings.warn_restore_minutes or 0) * 60
	attention, platform = clock.read(doc, now)
	watched = [Watched(RESTORE, platform.resolution, restore_lead)] if platform else []
	if attention.state != "open":
		return watched
	both = (RESPONSE, attention.response), (RESOLUTION, attention.resolution)
	return [Watched(*one, lead) for one in both] + watched


def _people(doc: Any, row: News, now: datetime) -> set[str]:
	"""Who has it and is at work, else who is at work, else who has it, else all who may; the manager of a breach."""
	may_see = assignment.agents_for(doc)
	on_duty = {agent.user for agent in assignment.agents() if agent.is_on_duty(now)} & may_see
	mine = set(assignment.assignees(doc)) & may_see
	manager = {promise_settings().escalate_to} & may_see if row.kind == BREACH else set()
	return ((mine & on_duty) or on_duty or mine or may_see) | manager


def _sentence(doc: Any, row: News) -> str:
	"""The news in the language of the moment."""
	clocks = {RESPONSE: _("First answer"), RESOLUTION: _("Resolution"), RESTORE: _("Restoration")}
	sentence = _("{0} of {1} is due in {3} of open time: {2}")
	if row.kind == BREACH:
		sentence = _("{0} of {1} is late by {3}: {2}")
	elif row.clock == RESTORE:
		sentence = _("{0} of {1} is due in {3}: {2}")
	subject, left = frappe.utils.escape_html(doc.subject), duration_phrase(row.left_seconds)
	return sentence.format(clocks[row.clock], doc.name, subject, left)
