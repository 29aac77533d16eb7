"""Success Pack hours: bought by an accepted offer, used by time spent, and said to both sides when they run out.

Work on excluded parts stops at zero, politely: a new job does not start and no more hours are charged until another
pack is accepted. A job that runs is not cut in the middle: the row that crosses zero is taken whole, and the request
stays as it is.
"""

from functools import partial
from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.offers import packs
from ...adapters.requests.requests import DOCTYPE, SupportRequest
from ...adapters.site import notifications
from ...adapters.site.formatting import duration_phrase
from ...adapters.site.instants import as_date, to_site, utc_now
from ...adapters.site.settings import promise_settings
from ...domain.offers.hours_balance import EMPTY, LOW, NONE, Balance, crossing
from ...domain.offers.offer import ACCEPTED
from ...domain.triage.verdict import WITH_EXCLUDED
from ..clock import assignment, clock

_DAY_MINUTES = 24 * 60


def bought(doc: SupportRequest) -> None:
	"""The customer accepted an offer: its hours are theirs."""
	_entry(doc, packs.BOUGHT)


def returned(doc: SupportRequest, offer: str) -> None:
	"""An accepted offer was cancelled: its hours are gone."""
	if frappe.db.exists(packs.ENTRY, {"offer": offer, "kind": packs.BOUGHT}):
		_entry(doc, packs.RETURNED, offer)


def low_percent() -> float:
	return promise_settings().pack_low_percent or 0


def is_used_up(doc: SupportRequest) -> bool:
	return packs.balance_of(doc).state(low_percent()) in (EMPTY, NONE)


def shown(doc: SupportRequest) -> dict[str, Any] | None:
	"""The balance as both sides read it, None where nothing was ever bought: its `state`, the hours `bought`, `used` and
	`left` as people read them, `over` only once it is, `percent` of the hours that are left, and what it `says`.
	"""
	balance = packs.balance_of(doc)
	state = balance.state(low_percent())
	if state == NONE:
		return None
	left = balance.left_minutes
	return {
		"state": state,
		"bought": duration_phrase(balance.bought_minutes * 60),
		"used": duration_phrase(balance.used_minutes * 60),
		"left": duration_phrase(max(left, 0) * 60),
		"over": duration_phrase(-left * 60) if left < 0 else "",
		"percent": max(0, min(100, round(left * 100 / max(balance.current_minutes, 1)))),
		"says": {EMPTY: _("The hours are used up."), LOW: _("Few hours are left.")}.get(state, ""),
	}


def check_time(entry: Any) -> None:
	"""A new row of time: an agent's own, on a request they may see, charged only where a pack was accepted."""
	doc = frappe.get_doc(DOCTYPE, entry.support_request)
	if not assignment.may_work_on(doc, frappe.session.user):
		frappe.throw(_("Only a support agent can do this."), frappe.PermissionError)
	entry.update({"agent": frappe.session.user, "company": doc.company, "customer": doc.customer})
	if not 0 < (entry.minutes or 0) <= _DAY_MINUTES:
		frappe.throw(_("Write the minutes of one day: from 1 to 1440."))
	spent_on = as_date(entry.spent_on)
	if spent_on and spent_on > to_site(utc_now()).date():
		frappe.throw(_("Time is written down after it was spent, not before."))
	if entry.part == packs.PACK:
		_require_hours(doc)


def time_added(entry: Any) -> None:
	"""Both sides hear once when the hours become few, and once when they are used up."""
	if entry.part != packs.PACK:
		return
	doc = frappe.get_doc(DOCTYPE, entry.support_request, for_update=True)
	after = packs.balance_of(doc)
	before = Balance(after.packs_minutes, after.used_minutes - entry.minutes)
	found = crossing(before, after, low_percent())
	if not found:
		return
	write = partial(_sentence, doc, found, max(after.left_minutes, 0) * 60)
	clock.note(doc, f"pack_{found}", write(), entry.name)
	doc.save_from_flow()
	notifications.notify(DOCTYPE, doc.name, _both_sides(doc), write)


def _require_hours(doc: SupportRequest) -> None:
	if doc.verdict not in WITH_EXCLUDED or doc.offer_status != ACCEPTED:
		sentence = _(
			"Nobody has accepted a Success Pack for this request, so its time is not charged. Write it as included, or offer a pack first."
		)
		frappe.throw(sentence, title=_("Success Pack"))
	packs.lock(doc)
	if is_used_up(doc):
		frappe.throw(clock.used_up_sentence(), title=_("Success Pack"))


def _entry(doc: SupportRequest, kind: str, offer: str | None = None) -> None:
	values = {"support_request": doc.name, "kind": kind, "offer": offer or doc.offer}
	if frappe.db.exists(packs.ENTRY, values):
		return
	entry = frappe.get_doc({"doctype": packs.ENTRY, **values, "offer_doctype": doc.offer_doctype})
	entry.update({"hours": doc.offer_hours, "by_user": frappe.session.user})
	entry.update({"company": doc.company, "customer": doc.customer})
	# No role may create one: it follows from an answer in the books or on the form.
	entry.insert(ignore_permissions=True)


def _both_sides(doc: SupportRequest) -> set[str]:
	"""Who works on it, who asked, and the customer's managers who see the request."""
	ours = set(assignment.assignees(doc)) or assignment.agents_for(doc)
	managers = {user for user in people.customer_managers() if doc.has_permission("read", user=user)}
	return ours | managers | ({doc.raised_by} if doc.raised_by else set())


def _sentence(doc: SupportRequest, state: str, left_seconds: int) -> str:
	if state == EMPTY:
		return _(
			"{0}: the hours of the Success Pack are used up. What runs is finished; new work needs another pack."
		).format(doc.name)
	return _("{0}: {1} of the Success Pack are left.").format(doc.name, duration_phrase(left_seconds))
