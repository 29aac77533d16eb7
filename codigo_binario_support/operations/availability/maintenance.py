"""Maintenance that was announced: in time it is planned, late it is not."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, format_datetime

from ...adapters.access import people
from ...adapters.policy import promises
from ...adapters.site import background
from ...adapters.site.instants import from_site, to_site, to_text, utc_now
from ...adapters.site.settings import promise_settings

DOCTYPE = promises.MAINTENANCE


def announce(doc: Any) -> None:
	"""The moment, the person and the notice that is asked for are the server's; so is whether it was in time."""
	now, starts, ends = utc_now().replace(microsecond=0), from_site(doc.starts_at), from_site(doc.ends_at)
	notice_hours = flt(promise_settings().maintenance_notice_hours)
	values = {
		"announced_at": to_site(now),
		"announced_at_utc": to_text(now),
		"announced_by": frappe.session.user,
		"notice_hours": notice_hours,
		"starts_at_utc": to_text(starts) if starts else None,
		"ends_at_utc": to_text(ends) if ends else None,
		"is_in_time": int(bool(starts) and (starts - now).total_seconds() >= notice_hours * 3600),
	}
	doc.update(values)


def check(doc: Any) -> None:
	if not (doc.starts_at and doc.ends_at):
		return  # Frappe refuses it after this, and names the field.
	if from_site(doc.ends_at) <= from_site(doc.starts_at):
		frappe.throw(_("The maintenance must end after it begins."))
	if doc.is_new() and from_site(doc.starts_at) <= utc_now():
		frappe.throw(
			_("Maintenance is announced before it begins. What has happened already is a Service Incident.")
		)


def notify_people(doc: Any) -> None:
	"""Everybody who works on this site reads it; on the provider's own site, the agents."""
	users = people.agents() if people.is_provider_site() else people.desk_users()
	others = set(users) - {frappe.session.user}

	def subject() -> str:
		times = format_datetime(doc.starts_at), format_datetime(doc.ends_at)
		return _("Maintenance from {0} to {1}: {2}").format(*times, frappe.utils.escape_html(doc.reason))

	background.notify_on_desk(others, DOCTYPE, doc.name, subject, frappe.session.user)
