"""Which sets stay: the newest of each day, week and month by policy, and whatever safety asks for besides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

NEWEST, DAILY, WEEKLY, MONTHLY = "Newest", "Daily", "Weekly", "Monthly"
#: Sets that no rule of the calendar keeps, and that are not ours to remove yet.
NO_RECORD, FOREIGN, RECENT, TOO_FEW = "Without a record", "Made elsewhere", "Recent", "Too few verified sets"


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
	"""How many days, weeks and months have a set. `least` verified ones stay whatever the rest says."""

	daily: int = 7
	weekly: int = 4
	monthly: int = 6
	least: int = 2
	expires_foreign: bool = False


class StoredSet(NamedTuple):
	"""A set whose files lie in the folder. Verified: complete, whole, and not touched since its last record."""

	key: str
	taken_at: datetime
	is_verified: bool
	is_recorded: bool = True
	is_foreign: bool = False


def kept(sets: Iterable[StoredSet], policy: RetentionPolicy, now: datetime, zone: ZoneInfo) -> dict[str, str]:
	"""{key: why} of the sets that stay; every other one may be removed. The newest verified ones always stay."""
	rows = sorted(sets, key=lambda row: (row.taken_at, row.key), reverse=True)
	verified = [row for row in rows if row.is_verified]
	least = max(policy.least, 1)
	if len(verified) < least:
		return {row.key: TOO_FEW for row in rows}
	reasons: dict[str, str] = {row.key: NEWEST for row in verified[:least]}
	for reason, count, period in (
		(DAILY, policy.daily, "%Y-%m-%d"),
		(WEEKLY, policy.weekly, "%G-%V"),
		(MONTHLY, policy.monthly, "%Y-%m"),
	):
		newest: dict[str, str] = {}
		for row in verified:
			newest.setdefault(row.taken_at.astimezone(zone).strftime(period), row.key)
		for key in list(newest.values())[:count]:
			reasons.setdefault(key, reason)
	for row in rows:
		if not row.is_recorded:
			reasons.setdefault(row.key, NO_RECORD)
		elif row.is_foreign and not policy.expires_foreign:
			reasons.setdefault(row.key, FOREIGN)
		elif not row.is_verified and now - row.taken_at < timedelta(days=policy.daily):
			reasons.setdefault(row.key, RECENT)
	return reasons
