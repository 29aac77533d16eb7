"""Station 6, report: what each side sees of a request, and the numbers of the queue. Nothing is decided here."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import fmt_money

from ...adapters.access import people
from ...adapters.policy.terms import policy_in_force, policy_now, terms
from ...adapters.requests.requests import DOCTYPE, SupportRequest
from ...adapters.site import background
from ...adapters.site.formatting import duration_phrase, instant_phrase, opening_phrase, zone_phrase
from ...adapters.site.instants import from_site, site_now, utc_now
from ...domain.policy.policy import CLAUSE_SIDES, Policy, words
from ...domain.requests import queue, status
from ...domain.time.clock import ClockState, Segment
from ...domain.triage.verdict import BY_NAME, TO_REVIEW
from ...shipped import sentences
from ..casework import rating
from ..clock import assignment, clock
from ..filing import guidance
from ..offers import pack, quotation

#: What `panel` returns.
Panel = dict[str, Any]
EXAMPLE = "Support Example"
#: How a request stands, for who asked.
STANDING = ["status", "due_at", "is_breached", "terms"]
#: Official pages that a request shows.
_GUIDES = 3


def panel(doc: SupportRequest) -> Panel:
	"""What a form or page of a request shows to the present user, who is customer, agent or neither (`side`).

	`panel` and `clock_panel` are rendered, with the clock as it is now; `actions`: `name`, `label`, `needs_reason` of what
	this user may do next; what else they may do (`can_…`); `clauses`: `value`, `label`; the `offer` and the `pack` of hours,
	if there are any. `is_counting` and `elapsed_seconds` are what the live clock needs.
	"""
	now = utc_now()
	policy = terms(doc.terms)
	attention, platform = clock.read(doc, now)
	side, state = clock.side_of(doc), status.STATUSES[doc.status]
	is_agent, is_customer = side == status.AGENT, side == status.CUSTOMER
	is_closed, needs_review = doc.status == status.CLOSED, doc.verdict == TO_REVIEW
	facts = _facts(doc, policy, (attention, platform), now)
	is_open = facts.get("is_open", False)
	shown = {
		"actions": [
			{"name": row.name, "label": _(status.WORDS[row.name].label), "needs_reason": row.needs_reason}
			for row in clock.allowed_actions(doc)
			if row.name not in status.INDIRECT
		],
		"side": side,
		"can_overrule": is_agent and not is_closed,
		"can_contest": is_customer and not (is_closed or needs_review or doc.is_contested),
		"can_rate": is_customer and rating.may_rate(doc),
		"can_answer_offer": is_customer and doc.offer_status == quotation.DRAFT,
		"can_make_offer": side is not None and quotation.can_be_asked_for(doc),
		"clauses": [{"value": code, "label": _(code)} for code in CLAUSE_SIDES],
		"is_counting": attention.state == "open" and is_open and not attention.resolution.stopped_at,
		"elapsed_seconds": attention.resolution.elapsed_seconds,
		"offer": _offer(doc, policy),
		"pack": pack.shown(doc),
	}
	decision = doc.decisions[-1] if doc.decisions else None
	decided_by = decision.decided_by if decision else None
	holds = [row.detail for row in doc.clock_events if row.event == "hold"]
	context = {
		**shown,
		**facts,
		"doc": doc,
		"is_agent": is_agent,
		"is_request_open": state.is_open,
		"needs_review": needs_review,
		"recommendation": policy.recommendation(frappe.local.lang) if policy else "",
		"decision": decision,
		"decided_by": frappe.utils.get_fullname(decided_by) if decided_by else "",
		"nearest": _nearest(decision.nearest) if decision and is_agent else "",
		"joined": joined_sentence(doc.duplicate_of, followed(doc)),
		"waiting": holds[-1] if holds and doc.status in status.WAITING else "",
		"waits": state.waits and _(state.waits if is_agent else state.waits_for_you),
		"guides": guidance.for_request(doc)[:_GUIDES] if guidance.is_guided(doc) else [],
		"elapsed": duration_phrase(attention.resolution.elapsed_seconds),
		"paused": duration_phrase(attention.paused_seconds),
		"clock_state": _clock_state(state, attention.state, is_open),
		"segments": _segments(doc, policy, now),
		"zone": zone_phrase(policy.support_window.zone) if policy else "",
	}
	return {
		"panel": frappe.render_template("templates/support/request_panel.html", context),
		"clock_panel": frappe.render_template("templates/support/clock_panel.html", context),
		**shown,
	}


def followed(doc: Any) -> Any:
	"""`STANDING` of the request that a duplicate joined; of any other, its own."""
	if not doc.duplicate_of:
		return doc
	return frappe.db.get_value(DOCTYPE, doc.duplicate_of, STANDING, as_dict=True)


def joined_sentence(original: str | None, row: Any) -> str:
	"""Which request a duplicate joined and how that stands; empty for one that joined none."""
	return _("Joined {0}: {1}").format(original, _(row.status)) if original else ""


def since_phrase(doc: SupportRequest) -> str:
	"""Whose turn it is, and for how long of the support hours."""
	policy, since, now = terms(doc.terms), from_site(doc.turn_since), utc_now()
	sentences = {
		queue.CUSTOMER: _("The customer's turn for {0} of open time"),
		queue.SUPPORT: _("Support's turn for {0} of open time"),
	}
	if doc.turn not in sentences or since is None or policy is None:
		return ""
	open_seconds = clock.attention_window(policy).open_seconds(min(since, now), now)
	return sentences[doc.turn].format(duration_phrase(open_seconds))


def summary(doc: SupportRequest) -> dict[str, Any]:
	"""What a mail says of a request, in the language that is set: verdict, clauses, hours, due times."""
	now = utc_now()
	return _facts(doc, terms(doc.terms), clock.read(doc, now), now)


def before_filing() -> dict[str, Any]:
	"""What somebody sees before they file: whether support is open, and what it cannot do."""
	return _support(policy_now(), utc_now())


def _support(policy: Policy | None, now: datetime) -> dict[str, Any]:
	if policy is None:
		return {"opening": "", "limits": ""}
	window = clock.attention_window(policy)
	return {
		"opening": opening_phrase(window, now),
		"is_open": window.is_open(now),
		"limits": policy.limits(frappe.local.lang),
	}


def _facts(
	doc: SupportRequest, policy: Policy | None, readings: clock.Clocks, now: datetime
) -> dict[str, Any]:
	"""What panels and mails say alike. Due times only where promised."""
	attention, platform = readings
	faces = [(_("First answer"), attention.response), (_("Resolution"), attention.resolution)]
	if platform:
		faces.append((_("Restoration"), platform.resolution))
	return {
		**_support(policy, now),
		"verdict": shown_verdict(doc.verdict),
		"clauses": [
			{
				"code": _(code),
				"text": policy.clause_text(code, frappe.local.lang),
				"is_included": policy.clauses[code].is_included,
			}
			for code in (doc.clause, doc.second_clause)
			if code and policy
		],
		"dues": _dues(faces, policy.support_window.zone, now) if policy else [],
	}


def _dues(faces: list[tuple[str, ClockState]], zone: ZoneInfo, now: datetime) -> list[dict[str, Any]]:
	return [
		{
			"label": label,
			"due": instant_phrase(face.due_at, zone, now) if face.due_at else None,
			"zone": zone_phrase(zone),
			"is_breached": face.is_breached,
			"is_met": bool(face.stopped_at) and not face.is_breached,
			"left": duration_phrase(face.left_seconds),
		}
		for label, face in faces
		if face.left_seconds is not None
	]


def queue_health() -> dict[str, Any]:
	"""Figures for operators. `overdue`: names of requests; `billing_unseen`: how many open ones nobody may see; the name of
	the `policy` in force, None where there is none.
	"""
	is_open = {"status": ("in", status.OPEN)}
	# "is set" beside "<": Frappe reads an empty date as the year 1.
	overdue = [["status", "in", status.OPEN], ["due_at", "is", "set"], ["due_at", "<", site_now()]]
	billing = {"clause": people.BILLING_CLAUSE, **is_open}
	return {
		"open": frappe.db.count(DOCTYPE, is_open),
		"overdue": frappe.get_all(DOCTYPE, filters=overdue, pluck="name", order_by="due_at asc"),
		"waiting_offers": len(quotation.waiting()),
		"needs_review": frappe.db.count(DOCTYPE, {"verdict": TO_REVIEW, **is_open}),
		"billing_unseen": 0 if people.billing_people() else frappe.db.count(DOCTYPE, billing),
		"policy": (policy_in_force() or {}).get("name"),
	}


def notify_agents(doc: SupportRequest) -> None:
	"""A new request rings the bell of the people who may see it: billing matters only billing agents'."""
	_tell(doc, assignment.agents_for(doc), lambda: _("New support request {0}: {1}"))


def notify_customer(doc: SupportRequest, by: str | None = None) -> None:
	"""What an agent, or the policy, did rings the bell of who asked."""
	_tell(doc, {doc.raised_by}, lambda: _last_step(doc, "for_customer"), by)


def notify_other_side(doc: SupportRequest) -> None:
	"""What one side did rings the bell of the other."""
	if clock.side_of(doc) == status.AGENT:
		notify_customer(doc, frappe.session.user)
	else:
		agents = assignment.agents_for(doc)
		_tell(doc, agents, lambda: _last_step(doc, "for_agents"), frappe.session.user)


def finish(doc: SupportRequest, is_done: bool) -> None:
	"""Save a step that was done, and ring the bell of the other side; a second click saves and rings nothing."""
	if is_done:
		doc.save_from_flow()
		notify_other_side(doc)


def notify_of_message(doc: SupportRequest, by_customer: bool) -> None:
	"""A message rings the bell of the other side."""
	users = assignment.agents_for(doc) if by_customer else {doc.raised_by}
	_tell(doc, users, lambda: _("New message on {0}: {1}"), frappe.session.user)


def notify_of_contest(doc: SupportRequest) -> None:
	"""A contested verdict rings the bell of the people who may decide it again."""
	users = assignment.agents_for(doc)
	_tell(doc, users, lambda: _("The customer contests the verdict of {0}: {1}"), frappe.session.user)


def _tell(doc: Any, users: Iterable[str | None], sentence: Callable[[], str], by: str | None = None) -> None:
	"""`sentence` has a place for the request's name and one for its subject."""
	subject = frappe.utils.escape_html(doc.subject)
	notify(doc, users, lambda: sentence().format(doc.name, subject), by)


def notify(doc: Any, users: Iterable[str | None], write: Callable[[], str], by: str | None = None) -> None:
	"""Ring the bells of some users about a request, `by` whom aside; `write` gives the sentence as HTML."""
	# Frappe's own helper enqueues before the commit: the bell could ring for a request that was rolled back.
	background.notify_on_desk({*users} - {by, "Guest"}, DOCTYPE, doc.name, write, frappe.session.user)


def _last_step(doc: SupportRequest, reader: str) -> str:
	"""What was done last that people do (`start`, `offer`), as its reader is told; else that there is news."""
	done = [row.action for row in doc.clock_events if row.action in (*status.ACTIONS, "offer")]
	said = sentences()[reader]
	return _(said.get(done[-1] if done else "") or said["news"])


def _nearest(nearest: str | None) -> str:
	"""The nearest example of a decision; one of the site in its words only for who sees where it comes from."""
	example = nearest and frappe.db.get_value(EXAMPLE, nearest, ["subject", "text"], as_dict=True)
	if example and frappe.has_permission(EXAMPLE, "read", doc=nearest):
		return f"{example.subject}: {example.text}"[:200]
	return nearest or ""


def shown_verdict(name: str) -> dict[str, str]:
	"""A verdict as people read it: `title` and `color`."""
	row = BY_NAME.get(name)
	return {"title": _(row.title), "color": row.color} if row else {"title": name, "color": "gray"}


def _offer(doc: SupportRequest, policy: Policy | None) -> dict[str, Any] | None:
	if not doc.offer_status or doc.offer_status == quotation.NOT_NEEDED:
		return None
	offered = policy.packs.get(doc.offer_pack) if policy else None
	offer = {
		"status": doc.offer_status,
		"pack": words(offered.label, frappe.local.lang or "es") if offered else doc.offer_pack,
		"hours": doc.offer_hours,
		"missing": (doc.offer_missing or "").splitlines(),
		"name": doc.offer,
		"url": None,
		"total": None,
	}
	if doc.offer:
		row = frappe.db.get_value(doc.offer_doctype, doc.offer, ["grand_total", "currency"], as_dict=True)
		if row and row.grand_total is not None:
			offer["total"] = fmt_money(row.grand_total, currency=row.currency)
		if frappe.has_permission(doc.offer_doctype, "read", doc=doc.offer):
			offer["url"] = frappe.utils.get_url_to_form(doc.offer_doctype, doc.offer)
	return offer


def _clock_state(state: status.Status, reading: str, is_open: bool) -> str:
	if reading == "held":
		# A duplicate is closed, and its clock waits with that of the request it joined.
		return _(state.clock_sentence or status.STATUSES[status.WAITING_FOR_CUSTOMER].clock_sentence)
	if reading == "resolved":
		return _("Resolved: the clock has stopped")
	return _("Counting") if is_open else _("Support is closed: the clock stands still")


def _segments(doc: SupportRequest, policy: Policy | None, now: datetime) -> list[dict[str, Any]]:
	labels = {
		"running": _("Counted"),
		"closed": _("Support closed"),
		"holiday": _("Holiday", context="Support Request"),
		"resolved": _("Resolved"),
	}
	zone = policy.support_window.zone if policy else now.tzinfo
	# A row that no action of ours wrote is verification's to name.
	known = [(at, status.ACTIONS[name]) for at, name in clock.pauses(doc) if name in status.ACTIONS]
	pauses = [(at, status.STATUSES[action.target].waits) for at, action in known]

	def why(segment: Segment) -> str:
		if segment.why != "on_hold":
			return labels[segment.why]
		# The ledger is kept in whole seconds.
		begun = [waits for at, waits in pauses if at.replace(microsecond=0) <= segment.start]
		return _(begun[-1] if begun else status.STATUSES[status.WAITING_FOR_CUSTOMER].waits)

	def shown(at: datetime) -> str:
		return frappe.utils.format_datetime(at.astimezone(zone).replace(tzinfo=None), "dd/MM/yyyy HH:mm:ss")

	return [
		{
			"start": shown(segment.start),
			"end": shown(segment.end),
			"why": why(segment),
			"is_counted": segment.is_counted,
			"counted": duration_phrase(segment.counted_seconds) if segment.is_counted else "",
			"detail": segment.detail,
		}
		for segment in clock.ledger(doc, now)
	]
