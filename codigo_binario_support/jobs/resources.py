"""A weekly look whether the official pages are still there."""

from functools import partial

import frappe
import requests
from frappe import _

from ..adapters.access import people
from ..adapters.site import background
from ..adapters.site.instants import to_site, utc_now
from ..adapters.triage.resource_index import DOCTYPE, clear_resource_cache
from ..domain.triage.resources import DEAD, PAGE, link_state

_TIMEOUT_SECONDS = 15


def check_links(session: requests.Session | None = None) -> list[str]:
	"""Ask every official page for its head; returns the titles of those that are dead since now.

	Each page is written on its own: what stops in the middle goes on next week.
	"""
	session = session or requests.Session()
	gone = []
	filters, fields = {"kind": PAGE, "enabled": 1}, ["name", "title", "url", "link_state"]
	for row in frappe.get_all(DOCTYPE, filters=filters, fields=fields, order_by="checked_at asc"):
		status = _status(session, row.url)
		state = link_state(row.link_state, status)
		values = {"link_state": state, "http_status": status or 0, "checked_at": to_site(utc_now())}
		frappe.db.set_value(DOCTYPE, row.name, values, update_modified=False)
		frappe.db.commit()
		if state == DEAD and row.link_state != DEAD:
			gone.append(row.title)
			text = partial(_gone, row.title)
			background.notify_on_desk(people.agents(), DOCTYPE, row.name, text, "Administrator")
	clear_resource_cache()
	return gone


def _status(session: requests.Session, url: str) -> int | None:
	"""The HTTP status of a page; None where nobody answered. Redirects are an answer and are not followed."""
	try:
		answer = session.head(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
		if answer.status_code in (403, 405, 501):
			# Some servers know no HEAD.
			with session.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
				return answer.status_code
		return answer.status_code
	except requests.RequestException:
		return None


def _gone(title: str) -> str:
	return _("The official page {0} is gone: answers carry it no more.").format(frappe.bold(title))
