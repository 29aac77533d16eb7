"""Promises that break while nobody looks, and calendars that end."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_to_date

from ..adapters.access import people
from ..adapters.policy.terms import policy_in_force
from ..adapters.requests.requests import DOCTYPE
from ..adapters.site import background
from ..adapters.site.instants import as_date, site_now, site_today
from ..adapters.site.retries import again
from ..domain.requests import status
from ..flow.clock import clock
from . import seals

#: A holiday list that ends sooner than this is an alert.
HORIZON_DAYS = 60


def mark_breaches() -> None:
	"""Write a breach on the request when its due time passes; the clock alone would show it only when looked at."""
	names = frappe.get_all(
		DOCTYPE,
		# "is set" beside "<": Frappe reads an empty date as the year 1.
		filters=[["status", "in", status.OPEN], ["due_at", "is", "set"], ["due_at", "<", site_now()]],
		pluck="name",
		order_by="due_at asc",
	)
	for_each(names, locked(_mark), "Support: a clock could not be read")


def for_each(names: Iterable[str], do: Callable[[str], object], title: str) -> None:
	"""Requests one by one, each in its own transaction: one that fails does not stop the others.

	`title` of the error that is logged then; it may name the request as `{}`.
	"""
	for name in names:
		try:
			again(partial(do, name))
			frappe.db.commit()
		except seals.BrokenSealError:
			# The rollback lets the operators know; an error for every look would bury it.
			frappe.db.rollback()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=title.format(name), reference_doctype=DOCTYPE, reference_name=name)
			frappe.db.commit()


def locked(do: Callable[[Any], object]) -> Callable[[str], object]:
	"""What `for_each` may do with the document of each request."""
	return lambda name: do(frappe.get_doc(DOCTYPE, name, for_update=True))


def _mark(doc: Any) -> None:
	before = _says(doc)
	clock.refresh(doc)
	if _says(doc) != before:
		clock.note(doc, "breach", _("A due time has passed."))
		doc.save_from_flow()


def _says(doc: Any) -> tuple[Any, ...]:
	return doc.response_breached, doc.resolution_breached, doc.restore_breached, str(doc.due_at)


def calendars_ending(today: date | None = None) -> list[tuple[str, str, date]]:
	"""(window, holiday list, last day) of the windows in force whose holiday list ends within the horizon."""
	policy = policy_in_force()
	if policy is None:
		return []
	limit = (today or site_today()) + timedelta(days=HORIZON_DAYS)
	ending = []
	for name in dict.fromkeys(row.window for row in policy.commitments):
		window = frappe.get_cached_doc("SLA Window", name)
		if window.always_open or not window.holiday_list:
			continue
		last = as_date(frappe.db.get_value("Holiday List", window.holiday_list, "to_date"))
		if last and last < limit:
			ending.append((name, window.holiday_list, last))
	return ending


def warn_of_calendar_end() -> None:
	"""Tell system managers once a month that a calendar is about to end."""
	from frappe.utils.user import get_system_managers

	for window, holiday_list, last in calendars_ending():
		recent = {"document_name": holiday_list, "creation": (">", add_to_date(site_now(), days=-30))}
		if frappe.db.exists("Notification Log", recent):
			continue
		users = {*get_system_managers(only_name=True), *people.agents()}
		write = partial(_sentence, window, holiday_list, last)
		background.notify_on_desk(users, "Holiday List", holiday_list, write, "Administrator")


def _sentence(window: str, holiday_list: str, last: date) -> str:
	sentence = _("The holiday list {0} of the window {1} ends on {2}: add the next year.")
	return sentence.format(holiday_list, window, frappe.format(last, "Date"))
