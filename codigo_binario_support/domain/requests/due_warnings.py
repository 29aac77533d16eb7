"""When somebody is told that a due time comes near, or has passed: once each, and quietly outside open hours."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from ..time.clock import ClockState
from ..time.windows import SlaWindow

WARNING, BREACH = "warning", "breach"
RESPONSE, RESOLUTION, RESTORE = "response", "resolution", "restore"


class Watched(NamedTuple):
	"""One running clock of a request. `lead_seconds` of its own time before the target somebody is told."""

	clock: str
	face: ClockState
	lead_seconds: int

	@property
	def lead(self) -> int:
		"""Never more than half of what was promised: one hour before a promise of one hour is no warning."""
		return min(self.lead_seconds, (self.face.target_seconds or 0) // 2)

	def key(self, kind: str) -> str:
		"""What makes it the same news: a new target is a new promise, a pause is not."""
		return f"{kind}/{self.clock}/{self.face.target_seconds}"


class News(NamedTuple):
	"""Something to tell about a clock. `left_seconds` is negative after a breach."""

	kind: str
	clock: str
	key: str
	left_seconds: int


def news(
	watched: Iterable[Watched], told: Collection[str], window: SlaWindow, now: datetime, is_outage: bool
) -> list[News]:
	"""What is new and may be told now. What comes up while support is closed is told at the next opening, because it
	is still new then; an outage and a restoration are told at any hour.

	A breach makes the warning that nobody got superfluous.
	"""
	found = []
	for row in watched:
		if row.face.target_seconds is None or row.face.stopped_at or row.face.due_at is None:
			continue
		if not (is_outage or row.clock == RESTORE or window.is_open(now)):
			continue
		left = row.face.target_seconds - row.face.elapsed_seconds
		kind = BREACH if row.face.is_breached else WARNING if row.lead and left <= row.lead else None
		if kind and row.key(kind) not in told and row.key(BREACH) not in told:
			found.append(News(kind, row.clock, row.key(kind), left))
	return found
