"""The balance of Success Packs: hours bought by accepted offers, used by time spent, left."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

#: What changes a balance, and whose time an entry is.
MOVES = BOUGHT, RETURNED = "Bought", "Returned"
PARTS = INCLUDED, PACK = "Included", "Success Pack"

NONE, FINE, LOW, EMPTY = "none", "fine", "low", "empty"


@dataclass(frozen=True, slots=True)
class Balance:
	"""Packs in the order in which they were bought, in minutes, and the minutes used of them.

	A pack is used up before the next one is begun. What is left can be negative: the row that crosses zero is taken
	whole, because a running job is not cut in the middle.
	"""

	packs_minutes: Sequence[int] = ()
	used_minutes: int = 0

	@property
	def bought_minutes(self) -> int:
		return sum(self.packs_minutes)

	@property
	def left_minutes(self) -> int:
		return self.bought_minutes - self.used_minutes

	@property
	def current_minutes(self) -> int:
		"""The size of the packs that are not used up: what "low" is measured by.

		>>> Balance((600, 300), 550).current_minutes, Balance((600, 300), 650).current_minutes
		(900, 300)
		"""
		reached = zip(self.packs_minutes, accumulate(self.packs_minutes), strict=True)
		return sum(minutes for minutes, until in reached if until > self.used_minutes)

	def state(self, low_percent: float) -> str:
		"""Nothing bought, fine, low, or empty."""
		if not self.packs_minutes and not self.used_minutes:
			return NONE
		if self.left_minutes <= 0:
			return EMPTY
		return LOW if self.left_minutes * 100 < self.current_minutes * low_percent else FINE


def crossing(before: Balance, after: Balance, low_percent: float) -> str | None:
	"""What a use of hours is news of: `low`, `empty`, or nothing. It is news once, because it is a crossing."""
	was, now = before.state(low_percent), after.state(low_percent)
	return now if now != was and now in (LOW, EMPTY) and was != EMPTY else None
