"""What the policy in force promises that needs no request, and the records that answer for it, as domain values."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe

from ...domain.availability import availability
from ...domain.availability.availability import CLOSED, SAMPLES, Incident, epochs
from ...domain.backups import sets
from ...domain.policy.policy import Commitment, Policy
from ...domain.time import intervals
from ...domain.time.windows import DAY_SECONDS
from ...shipped import policy_data
from ..site.instants import from_site, from_text, to_text, utc_now
from ..site.settings import promise_settings
from .terms import policy_now as policy
from .terms import sla_window

BACKUP = "Backup Record"
INCIDENT = "Service Incident"
MAINTENANCE = "Maintenance Window"


def shipped() -> Policy:
	"""The policy as it is shipped: what counts while a site's own cannot be read."""
	return Policy(policy_data())


def commitment(kind: str) -> Commitment | None:
	"""The commitment of a kind in the policy in force; None when it makes none."""
	found = policy()
	return found.commitment(kind) if found else None


def backup_seconds() -> int:
	"""How old the newest verified set may be: as promised, else a day."""
	promised = commitment("backup")
	return (promised and promised.target_seconds) or DAY_SECONDS


def zone() -> ZoneInfo:
	"""The zone that days and months of promises are counted in: the policy's, never the site's; Mexico's when none is in
	force. Only which policy that is goes by the site's date.
	"""
	found = policy()
	return ZoneInfo(found.time_zone if found else "America/Mexico_City")


def language() -> str:
	"""The language in which the policy is written; what is kept for everybody is written in it too."""
	found = policy()
	return found.data.get("language") or "es" if found else "es"


def known_from() -> datetime:
	"""When this app began to watch the site: nothing before it is known."""
	first = frappe.get_all("Support Policy", pluck="creation", order_by="creation asc", limit=1)
	return from_site(first[0]) if first else utc_now()


def verified_backups() -> list[datetime]:
	"""When the sets were taken that are whole and complete. Of a set seen more than once the last look counts."""
	return [at for at, _name in verified_records()]


def verified_records() -> list[tuple[datetime, str]]:
	"""(taken at, name of the record) of the sets that are whole and complete, by the last look at each."""
	fields = ["name", "set_key", "verdict", "is_complete", "taken_at_utc"]
	latest = {row.set_key: row for row in frappe.get_all(BACKUP, fields=fields, order_by="sequence asc")}
	whole = [row for row in latest.values() if row.verdict == sets.VERIFIED and row.is_complete]
	return [(from_text(row.taken_at_utc), row.name) for row in whole]


def incidents(start: datetime, end: datetime) -> list[Incident]:
	"""The incidents that touch a span and count: open ones included, those that another takes the place of left out.

	One that is measured from samples counts up to its last failing sample, not longer: unknown is never down.
	"""
	replaced = set(frappe.get_all(INCIDENT, filters={"corrects": ("is", "set")}, pluck="corrects"))
	times = ["opened_at", "closed_at", "down_from_utc", "down_until_utc"]
	fields = ["name", "incident_class", "source", "state", *times]
	counted = {"incident_class": ("in", availability.CLASSES)}
	rows = frappe.get_all(INCIDENT, filters=counted, fields=fields, order_by="opened_at asc")
	found = [_incident(row) for row in rows if row.name not in replaced]
	return [row for row in found if row.within(start, end)]


def _incident(row: Any) -> Incident:
	if row.source != SAMPLES:
		return Incident(row.name, row.incident_class, from_site(row.opened_at), from_site(row.closed_at))
	opened, until = from_text(row.down_from_utc), from_text(row.down_until_utc)
	return Incident(row.name, row.incident_class, opened, until, is_open=row.state != CLOSED)


def maintenance(start: datetime, end: datetime) -> list[intervals.Span]:
	"""The maintenance that was announced in time, inside a span (seconds since 1970); if the settings name a window, only
	where that is open."""
	touching = {"is_in_time": 1, "starts_at_utc": ("<", to_text(end)), "ends_at_utc": (">", to_text(start))}
	fields = ["starts_at_utc", "ends_at_utc"]
	rows = frappe.get_all(MAINTENANCE, filters=touching, fields=fields, order_by="starts_at_utc asc")
	spans = [(from_text(row.starts_at_utc), from_text(row.ends_at_utc)) for row in rows]
	announced = intervals.union(epochs(*span) for span in spans)
	name = promise_settings().maintenance_window
	if announced and name:
		stretches = sla_window(name).stretches(spans[0][0], max(until for _start, until in spans))
		opened = intervals.union(epochs(row.start, row.end) for row in stretches if row.is_open)
		announced = intervals.intersection(announced, opened)
	return intervals.intersection(announced, [epochs(start, end)])


def maintenance_at(at: datetime) -> Any | None:
	"""The announcement (name, reason) that covers an instant, the first made if there are several."""
	covering = {"is_in_time": 1, "starts_at_utc": ("<=", to_text(at)), "ends_at_utc": (">", to_text(at))}
	fields = ["name", "reason"]
	return frappe.db.get_value(MAINTENANCE, covering, fields, as_dict=True, order_by="sequence asc")
