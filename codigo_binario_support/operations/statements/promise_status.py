"""How the promises that need no request stand now: one reading, which portal, queue and workspace put into words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe

from ...adapters.evidence import chains
from ...adapters.policy import promises
from ...adapters.site.instants import from_site, utc_now
from ...domain.backups.sets import Age, age
from ..availability import availability
from ..availability.availability import MonthSoFar
from ..restores import verdict

#: Every set, sample and incident is read for it, and an open queue asks every few seconds.
CACHE, _CACHE_SECONDS = "codigo_binario_support:promise_status", 60


@dataclass(frozen=True)
class PromiseStatus:
	"""What the policy in force promises and what is recorded of it; None where nothing is recorded.

	`promised`: the kinds of commitment. `backup_target_seconds`: None when a backup is promised without a time.
	`drill`: the last one in the evidence, with the fields of `verdict.READ`, as its verdict counts, and aware instants
	(`started_at`, `finished_at`). `month`: None when no availability is promised.
	"""

	promised: frozenset[str]
	backup_at: datetime | None
	backup_target_seconds: int | None
	drill: Any | None
	month: MonthSoFar | None

	@property
	def backup_age_seconds(self) -> int | None:
		return None if self.backup_at is None else int((utc_now() - self.backup_at).total_seconds())

	@property
	def is_backup_kept(self) -> bool:
		if self.backup_at is None or self.backup_target_seconds is None:
			return self.backup_at is not None
		return Age(self.backup_at, self.backup_age_seconds, self.backup_target_seconds).is_kept

	@property
	def is_measured(self) -> bool:
		"""Whether anybody looked at the service this month: a month without an outage that nobody watched proves nothing."""
		return bool(self.month and self.month["observed_up_minutes"])


def promise_status() -> PromiseStatus:
	"""As it was at most a minute ago; ages are counted up to now."""
	found = frappe.cache.get_value(CACHE, expires=True)
	if found is None:
		found = _read()
		frappe.cache.set_value(CACHE, found, expires_in_sec=_CACHE_SECONDS)
	return found


def _read() -> PromiseStatus:
	policy = promises.policy()
	kinds = ("backup", "restore", "availability")
	backup = policy.commitment("backup") if policy else None
	return PromiseStatus(
		promised=frozenset(kind for kind in kinds if policy and policy.commitment(kind)),
		backup_at=age(utc_now(), promises.verified_backups()).taken_at if backup else None,
		backup_target_seconds=backup.target_seconds if backup else None,
		drill=_last_drill(),
		month=availability.month_so_far(),
	)


def _last_drill() -> Any | None:
	if row := chains.newest("Restore Drill", ["started_at", "finished_at", *verdict.READ]):
		row.verdict, row.elapsed_seconds = verdict.verdict_of(row), row.elapsed_seconds or 0
		row.started_at, row.finished_at = from_site(row.started_at), from_site(row.finished_at)
	return row
