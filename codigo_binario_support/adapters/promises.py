"""What the policy in force promises that needs no request, and the records that answer for it, as domain values."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import frappe

from ..domain import backups
from ..domain.availability import Incident
from ..domain.policy import Commitment, Policy
from .instants import from_site, from_text
from .terms import terms, terms_in_force

BACKUP = "Backup Record"
INCIDENT = "Service Incident"


def policy() -> Policy | None:
	"""The policy in force now, as the domain reads it."""
	return terms(terms_in_force())


def commitment(kind: str) -> Commitment | None:
	found = policy()
	return found.commitment(kind) if found else None


def backup_seconds() -> int:
	"""How old the newest verified set may be: as promised, else a day."""
	promised = commitment("backup")
	return (promised and promised.target_seconds) or backups.DAY_SECONDS


def zone() -> ZoneInfo:
	"""The policy's zone rules, never the site's; Mexico's when no policy is in force."""
	found = policy()
	return ZoneInfo(found.time_zone if found else "America/Mexico_City")


def verified_backups() -> list[datetime]:
	"""When the sets were taken that are whole and complete. Of a set seen more than once the last look counts."""
	return [at for at, _name in verified_records()]


def verified_records() -> list[tuple[datetime, str]]:
	"""(taken at, name of the record) of the sets that are whole and complete, by the last look at each."""
	latest: dict[str, Any] = {}
	for row in frappe.get_all(
		BACKUP,
		fields=["name", "set_key", "verdict", "is_complete", "taken_at_utc"],
		order_by="sequence asc",
	):
		latest[row.set_key] = row
	return [
		(from_text(row.taken_at_utc), row.name)
		for row in latest.values()
		if row.verdict == backups.VERIFIED and row.is_complete
	]


def incidents(start: datetime, end: datetime) -> list[Incident]:
	"""The incidents that touch a span, open ones included."""
	rows = frappe.get_all(
		INCIDENT,
		fields=["name", "incident_class", "opened_at", "closed_at"],
		order_by="opened_at asc",
	)
	found = [
		Incident(row.name, row.incident_class, from_site(row.opened_at), from_site(row.closed_at))
		for row in rows
	]
	return [row for row in found if row.within(start, end)]
