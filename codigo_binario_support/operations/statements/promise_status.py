"""How the promises that need no request stand now: one reading, which portal, queue and workspace put into words."""

from dataclasses import dataclass
from datetime import datetime

import frappe

from ...adapters.policy import promises
from ...adapters.site.instants import from_site
from ...adapters.site.now import utc_now
from ...domain.backups.sets import Age, age
from ..availability import availability
from ..availability.availability import MonthSoFar
from ..restores import verdict

#: Every set, sample and incident is read for it, and an open queue asks every few seconds.
CACHE, _CACHE_SECONDS = "codigo_binario_support:promise_status", 60


@dataclass(frozen=True)
class LastDrill:
	"""The last drill in the evidence. `verdict`: Kept, Broken or Not proven, as it counts; `problem`: why it ended early."""

	verdict: str
	problem: str
	started_at: datetime
	finished_at: datetime
	elapsed_seconds: int


@dataclass(frozen=True)
class PromiseStatus:
	"""What the policy in force promises and what is recorded of it; None where nothing is recorded.

	`promised`: the kinds of commitment. `backup_target_seconds`: None when a backup is promised without a time.
	`month`: None when no availability is promised.
	"""

	promised: frozenset[str]
	backup_at: datetime | None
	backup_target_seconds: int | None
	drill: LastDrill | None
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
	kinds = frozenset(
		kind for kind in ("backup", "restore", "availability") if policy and policy.commitment(kind)
	)
	backup = policy.commitment("backup") if policy else None
	return PromiseStatus(
		promised=kinds,
		backup_at=age(utc_now(), promises.verified_backups()).taken_at if backup else None,
		backup_target_seconds=backup.target_seconds if backup else None,
		drill=_last_drill(),
		month=availability.month_so_far(),
	)


def _last_drill() -> LastDrill | None:
	rows = frappe.get_all(
		"Restore Drill",
		filters={"sequence": (">", 0)},
		fields=["started_at", "finished_at", *verdict.READ],
		order_by="sequence desc",
		limit=1,
	)
	if not rows:
		return None
	row = rows[0]
	return LastDrill(
		verdict.verdict_of(row),
		row.problem or "",
		from_site(row.started_at),
		from_site(row.finished_at),
		row.elapsed_seconds or 0,
	)
