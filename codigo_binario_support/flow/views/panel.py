"""Station 6, report: what each side sees of a request, and the numbers of the queue. Nothing is decided here."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

import frappe
from frappe import _
from frappe.utils import fmt_money

from ...adapters.access import people
from ...adapters.policy.terms import policy_in_force, policy_now, terms
from ...adapters.requests.requests import DOCTYPE
from ...adapters.site import background
from ...adapters.site.formatting import duration_phrase, instant_phrase, opening_phrase, zone_phrase
from ...adapters.site.instants import from_site, site_now
from ...adapters.site.now import utc_now
from ...domain.policy.policy import CLAUSE_SIDES, words
from ...domain.requests import queue, status
from ...domain.triage.verdict import BY_NAME, TO_REVIEW
from ..casework import rating
from ..clock import assignment, clock
from ..filing import guidance
from ..offers import pack, quotation

if TYPE_CHECKING:
	from ...codigo_binario_support.doctype.support_request.support_request import SupportRequest

EXAMPLE = "Support Example"
#: Official pages that a request shows.
_GUIDES = 3


class Panel(TypedDict):
	"""What a form or page of a request shows to the present user."""

	#: Rendered.
	panel: str
	clock_panel: str
	#: `name`, `label`, `needs_reason`: what this user may do next.
	actions: list[dict[str, Any]]
	#: Customer or agent; None for who is neither.
	side: str | None
	can_overrule: bool
	can_contest: bool
	can_rate: bool
	can_answer_offer: bool
	can_make_offer: bool
	#: `value`, `label`.
	clauses: list[dict[str, str]]
	#: What the live clock needs.
	is_counting: bool
	elapsed_seconds: int
	offer: dict[str, Any] | None
	pack: pack.PackShown | None


class QueueHealth(TypedDict):
	"""Figures for operators. `overdue`: names of requests; `billing_unseen`: open ones that nobody may see."""

	open: int
	overdue: list[str]
	waiting_offers: int
	needs_review: int
	billing_unseen: int
	policy: str | None


def panel(doc: "SupportRequest") -> Panel:
	"""What the form shows; the clock is read now."""
	now = utc_now()
	policy = terms(doc.terms)
	attention, platform = clock.read(doc, now)
	side, state = clock.side_of(doc), status.STATUSES[doc.status]
	window = clock.attention_window(policy) if policy else None
	context = {
		"doc": doc,
		"is_agent": side == status.AGENT,
		"is_request_open": state.is_open,
		"needs_review": doc.verdict == TO_REVIEW,
		"verdict": shown_verdict(doc.verdict),
		"clauses": [
			{
				"code": _(code),
				"text": policy.clause_text(code, frappe.local.lang),
				"side": policy.clauses[code].side,
			}
			for code in (doc.clause, doc.second_clause)
			if code and policy
		],
		"limits": policy.limits(frappe.local.lang) if policy else "",
		"recommendation": policy.recommendation(frappe.local.lang) if policy else "",
		"opening": opening_phrase(window, now) if window else "",
		"is_open": bool(window and window.is_open(now)),
		"dues": _dues(doc, policy, attention, platform, now),
		"offer": _offer(doc, policy),
		"pack": pack.shown(doc),
		"decision": doc.decisions[-1] if doc.decisions else None,
		"decided_by": _decided_by(doc),
		"nearest": _nearest(doc) if side == status.AGENT else "",
		"joined": joined_sentence(doc.duplicate_of, followed(doc)),
		"waiting": _waiting(doc),
		"waits": state.waits and _(state.waits if side == status.AGENT else state.waits_for_you),
		"guides": guidance.for_request(doc)[:_GUIDES] if guidance.is_guided(doc) else [],
	}
	counting = attention.state == "open" and context["is_open"] and not attention.resolution.stopped_at
	context["clock"] = {
		"elapsed": duration_phrase(attention.resolution.elapsed_seconds),
		"elapsed_seconds": attention.resolution.elapsed_seconds,
		"paused": duration_phrase(attention.paused_seconds),
		"is_counting": counting,
		"state": _clock_state(doc, attention.state, context["is_open"]),
	}
	return {
		"panel": frappe.render_template("templates/support/request_panel.html", context),
		"clock_panel": frappe.render_template(
			"templates/support/clock_panel.html",
			{
				**context,
				"segments": _segments(doc, policy, now),
				"zone": zone_phrase(window.zone) if window else "",
			},
		),
		"actions": [
			{
				"name": action.name,
				"label": _(status.WORDS[action.name].label),
				"needs_reason": action.needs_reason,
			}
			for action in clock.allowed_actions(doc)
			if action.name not in status.INDIRECT
		],
		"side": side,
		"can_overrule": side == status.AGENT and doc.status != status.CLOSED,
		"can_contest": side == status.CUSTOMER and _can_contest(doc),
		"can_rate": side == status.CUSTOMER and rating.may_rate(doc),
		"can_answer_offer": side == status.CUSTOMER and doc.offer_status == quotation.DRAFT,
		"can_make_offer": side is not None and quotation.can_be_asked_for(doc),
		"clauses": [{"value": code, "label": _(code)} for code in CLAUSE_SIDES],
		"is_counting": counting,
		"elapsed_seconds": attention.resolution.elapsed_seconds,
		"offer": context["offer"],
		"pack": context["pack"],
	}


def followed(doc: Any) -> Any:
	"""How the request that a duplicate joined stands: `status`, `due_at`, `is_breached`, `terms`; of any other, its own."""
	if not doc.duplicate_of:
		return doc
	return frappe.db.get_value(
		DOCTYPE, doc.duplicate_of, ["status", "due_at", "is_breached", "terms"], as_dict=True
	)


def joined_sentence(original: str | None, row: Any) -> str:
	"""Which request a duplicate joined and how that stands; empty for one that joined none."""
	return _("Joined {0}: {1}").format(original, _(row.status)) if original else ""


def since_phrase(doc: "SupportRequest") -> str:
	"""Whose turn it is, and for how long of the support hours."""
	policy, since, now = terms(doc.terms), from_site(doc.turn_since), utc_now()
	if doc.turn not in (queue.SUPPORT, queue.CUSTOMER) or since is None or policy is None:
		return ""
	open_time = duration_phrase(clock.attention_window(policy).open_seconds(min(since, now), now))
	if doc.turn == queue.CUSTOMER:
		return _("The customer's turn for {0} of open time").format(open_time)
	return _("Support's turn for {0} of open time").format(open_time)


def summary(doc: "SupportRequest") -> dict[str, Any]:
	"""What a mail says of a request, in the language that is set: verdict, clauses, hours, due times."""
	now = utc_now()
	policy = terms(doc.terms)
	if policy is None:
		return {"verdict": shown_verdict(doc.verdict), "clauses": [], "opening": "", "dues": [], "limits": ""}
	return {
		"verdict": shown_verdict(doc.verdict),
		"clauses": [
			{
				"text": policy.clause_text(code, frappe.local.lang),
				"is_included": policy.clauses[code].is_included,
			}
			for code in (doc.clause, doc.second_clause)
			if code
		],
		"opening": opening_phrase(clock.attention_window(policy), now),
		"dues": _dues(doc, policy, *clock.read(doc, now), now),
		"limits": policy.limits(frappe.local.lang),
	}


def before_filing() -> dict[str, Any]:
	"""What somebody sees before they file: whether support is open, and what it cannot do."""
	policy = policy_now()
	if policy is None:
		return {"opening": "", "limits": ""}
	window = clock.attention_window(policy)
	return {
		"opening": opening_phrase(window, utc_now()),
		"is_open": window.is_open(utc_now()),
		"limits": policy.limits(frappe.local.lang),
	}


def queue_health() -> QueueHealth:
	open_states = ("in", status.OPEN)
	now = site_now()
	return {
		"open": frappe.db.count(DOCTYPE, {"status": open_states}),
		"overdue": frappe.get_all(
			DOCTYPE,
			# "is set" beside "<": Frappe reads an empty date as the year 1.
			filters=[["status", *open_states], ["due_at", "is", "set"], ["due_at", "<", now]],
			pluck="name",
			order_by="due_at asc",
		),
		"waiting_offers": len(quotation.waiting()),
		"needs_review": frappe.db.count(DOCTYPE, {"status": open_states, "verdict": TO_REVIEW}),
		"billing_unseen": _billing_unseen(),
		"policy": (policy_in_force() or {}).get("name"),
	}


def _billing_unseen() -> int:
	if people.billing_people():
		return 0
	return frappe.db.count(DOCTYPE, {"status": ("in", status.OPEN), "clause": people.BILLING_CLAUSE})


def notify_agents(doc: "SupportRequest") -> None:
	"""A new request rings the bell of the people who may see it: billing matters only billing agents'."""
	_notify(doc, assignment.agents_for(doc), lambda: _about(doc, _("New support request {0}: {1}")))


def notify_customer(doc: "SupportRequest", by: str | None = None) -> None:
	"""What an agent, or the policy, did rings the bell of who asked."""

	def write() -> str:
		sentences = {
			"start": _("Somebody is working on your request {0}: {1}"),
			"ask_customer": _("We asked you something on {0}: {1}"),
			"resume": _("We go on with your request {0}: {1}"),
			"offer": _("There is an offer that waits for your answer on {0}: {1}"),
			"propose": _("There is an offer that waits for your answer on {0}: {1}"),
			"withdraw_offer": _("We withdrew the offer of {0}: {1}"),
			"resolve": _("Your request {0} is resolved: {1}"),
			"reopen": _("We opened your request {0} again: {1}"),
			"close": _("Your request {0} is closed: {1}"),
		}
		return _about(doc, sentences.get(_last_action(doc)) or _("There is news on your request {0}: {1}"))

	_notify(doc, {doc.raised_by}, write, by)


def notify_agents_of_failure(doc: "SupportRequest", write: Callable[[], str]) -> None:
	"""A mail of ours did not arrive: the bell of the agents who may see the request."""
	_notify(doc, assignment.agents_for(doc), lambda: f"{doc.name}: {frappe.utils.escape_html(write())}")


def notify_writer(doc: "SupportRequest", user: str, write: Callable[[], str]) -> None:
	"""What became of somebody's own mail."""
	_notify(doc, {user}, write)


def notify_other_side(doc: "SupportRequest") -> None:
	"""What one side did rings the bell of the other."""
	if clock.side_of(doc) == status.AGENT:
		notify_customer(doc, frappe.session.user)
		return

	def write() -> str:
		sentences = {
			"resume": _("The customer goes on with {0}: {1}"),
			"accept": _("The customer accepted the offer of {0}: {1}"),
			"decline": _("The customer declined the offer of {0}: {1}"),
			"resolve": _("The customer says that {0} is resolved: {1}"),
			"reopen": _("The customer opened {0} again: {1}"),
			"close": _("The customer closed {0}: {1}"),
		}
		return _about(doc, sentences.get(_last_action(doc)) or _("There is news on {0}: {1}"))

	_notify(doc, assignment.agents_for(doc), write, frappe.session.user)


def notify_of_message(doc: "SupportRequest", by_customer: bool) -> None:
	"""A message rings the bell of the other side."""
	users = assignment.agents_for(doc) if by_customer else {doc.raised_by}
	_notify(doc, users, lambda: _about(doc, _("New message on {0}: {1}")), frappe.session.user)


def notify_of_contest(doc: "SupportRequest") -> None:
	"""A contested verdict rings the bell of the people who may decide it again."""
	_notify(
		doc,
		assignment.agents_for(doc),
		lambda: _about(doc, _("The customer contests the verdict of {0}: {1}")),
		frappe.session.user,
	)


def _about(doc: "SupportRequest", sentence: str) -> str:
	return sentence.format(doc.name, frappe.utils.escape_html(doc.subject))


def _last_action(doc: "SupportRequest") -> str:
	"""What was done last that people do: `start`, `offer`."""
	return next(
		(row.action for row in reversed(doc.clock_events) if row.action in (*status.ACTIONS, "offer")), ""
	)


def _notify(
	doc: "SupportRequest", users: Iterable[str | None], write: Callable[[], str], by: str | None = None
) -> None:
	# Frappe's own helper enqueues before the commit: the bell could ring for a request that was rolled back.
	background.notify_on_desk({*users} - {by, "Guest"}, DOCTYPE, doc.name, write, frappe.session.user)


def _decided_by(doc: "SupportRequest") -> str:
	user = doc.decisions[-1].decided_by if doc.decisions else None
	return frappe.utils.get_fullname(user) if user else ""


def _nearest(doc: "SupportRequest") -> str:
	"""The nearest example of the last decision; one of the site in its words only for who sees where it comes from."""
	nearest = doc.decisions[-1].nearest if doc.decisions else ""
	example = nearest and frappe.db.get_value(EXAMPLE, nearest, ["subject", "text"], as_dict=True)
	if example and frappe.has_permission(EXAMPLE, "read", doc=nearest):
		return f"{example.subject}: {example.text}"[:200]
	return nearest or ""


def _can_contest(doc: "SupportRequest") -> bool:
	return not doc.is_contested and doc.status != status.CLOSED and doc.verdict != TO_REVIEW


def shown_verdict(name: str) -> dict[str, str]:
	"""A verdict as people read it: `title` and `color`."""
	row = BY_NAME.get(name)
	return {"title": _(row.title), "color": row.color} if row else {"title": name, "color": "gray"}


def _dues(
	doc: "SupportRequest", policy: Any, attention: Any, platform: Any, now: datetime
) -> list[dict[str, Any]]:
	"""Due times, only where promised."""
	faces = [(_("First answer"), attention.response), (_("Resolution"), attention.resolution)]
	if platform:
		faces.append((_("Restoration"), platform.resolution))
	rows = []
	for label, face in faces:
		if face.target_seconds is None:
			continue
		zone = policy.support_window.zone
		rows.append(
			{
				"label": label,
				"due": instant_phrase(face.due_at, zone, now) if face.due_at else None,
				"zone": zone_phrase(zone),
				"is_breached": face.is_breached,
				"is_met": bool(face.stopped_at) and not face.is_breached,
				"left": duration_phrase(face.left_seconds),
				"is_late": face.left_seconds < 0,
				"target": duration_phrase(face.target_seconds),
			}
		)
	return rows


def _offer(doc: "SupportRequest", policy: Any) -> dict[str, Any] | None:
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
		total, currency = frappe.db.get_value(doc.offer_doctype, doc.offer, ["grand_total", "currency"]) or (
			None,
			None,
		)
		offer["total"] = fmt_money(total, currency=currency) if total is not None else None
		if frappe.has_permission(doc.offer_doctype, "read", doc=doc.offer):
			offer["url"] = frappe.utils.get_url_to_form(doc.offer_doctype, doc.offer)
	return offer


def _waiting(doc: "SupportRequest") -> str:
	if doc.status not in status.WAITING:
		return ""
	last = next((row for row in reversed(doc.clock_events) if row.event == "hold"), None)
	return last.detail if last else ""


def _clock_state(doc: Any, state: str, is_open: bool) -> str:
	if state == "held":
		return _(status.STATUSES[doc.status].clock_sentence)
	if state == "resolved":
		return _("Resolved: the clock has stopped")
	return _("Counting") if is_open else _("Support is closed: the clock stands still")


def _segments(doc: "SupportRequest", policy: Any, now: datetime) -> list[dict[str, Any]]:
	labels = {
		"running": _("Counted"),
		"closed": _("Support closed"),
		"holiday": _("Holiday", context="Support Request"),
		"resolved": _("Resolved"),
	}
	pauses = [(at, status.STATUSES[status.ACTIONS[action].target].waits) for at, action in clock.pauses(doc)]

	def why(segment: Any) -> str:
		if segment.why != "on_hold":
			return labels[segment.why]
		# The ledger is kept in whole seconds.
		begun = [waits for at, waits in pauses if at.replace(microsecond=0) <= segment.start]
		return _(begun[-1] if begun else status.STATUSES[status.WAITING_FOR_CUSTOMER].waits)

	zone = policy.support_window.zone if policy else now.tzinfo
	return [
		{
			"start": frappe.utils.format_datetime(
				segment.start.astimezone(zone).replace(tzinfo=None), "dd/MM/yyyy HH:mm:ss"
			),
			"end": frappe.utils.format_datetime(
				segment.end.astimezone(zone).replace(tzinfo=None), "dd/MM/yyyy HH:mm:ss"
			),
			"why": why(segment),
			"is_counted": segment.is_counted,
			"counted": duration_phrase(segment.counted_seconds) if segment.is_counted else "",
			"detail": segment.detail,
		}
		for segment in clock.ledger(doc, now)
	]
