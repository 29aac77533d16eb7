"""Where a request stands in the queue: what breaches next comes first, by open time, and whose turn it is.

What is stored is a key that sorts as text, so that an index orders a list. It does not change while time passes: a due time
is the instant at which the open time left is used up, and a request without a promise is placed by the instant since which
it would have waited had nobody ever waited for the customer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..time.clock import Event
from ..time.windows import SlaWindow
from . import status

SUPPORT, CUSTOMER, NOBODY = status.OURS, status.THEIRS, status.NOBODYS

#: Lanes of the queue, in order. An outage without a promise still goes before questions.
PROMISED, OUTAGE, WAITING_FOR_US, WAITING_FOR_THEM, RESOLVED, CLOSED = range(1, 7)

_FAR = 9_999_999_999
#: What begins a turn, by the category of the state.
_BEGINS = {
	status.RUNNING: ("create", "resume", "reopen"),
	status.PAUSED: ("hold",),
	status.ENDED: ("resolve",),
}


class QueuePosition(NamedTuple):
	"""A request's place: whose turn it is, since when, the lane, the instant that orders the lane, and the filing.

	Of two that are equal by open time (both filed on a Sunday) the one that was filed first comes first.
	"""

	turn: str
	turn_since: datetime
	lane: int
	at: datetime
	filed_at: datetime

	@property
	def key(self) -> str:
		"""Digits that sort as text. What is over sorts the other way round: the latest first.

		>>> from datetime import timezone
		>>> at = datetime(2026, 3, 2, 15, tzinfo=timezone.utc)
		>>> QueuePosition(SUPPORT, at, PROMISED, at, at).key, QueuePosition(NOBODY, at, CLOSED, at, at).key
		('117724636001772463600', '682275363991772463600')
		"""
		seconds = _seconds(self.at)
		return f"{self.lane}{_FAR - seconds if self.lane >= RESOLVED else seconds:010d}{_seconds(self.filed_at):010d}"


def queue_position(
	state: str,
	severity: str | None,
	events: Sequence[Event],
	due_at: datetime | None,
	elapsed_seconds: int,
	window: SlaWindow,
	now: datetime,
) -> QueuePosition:
	"""The place of a request whose attention clock has run for `elapsed_seconds` of `window` until `now`.

	`due_at` is the earliest due time of a clock that runs; None without a promise or while every clock stands still.
	"""
	filed_at, row = events[0].at, status.STATUSES[state]
	since = max((event.at for event in events if event.do in _BEGINS[row.category]), default=filed_at)
	if state in status.OVER:
		lane, at = CLOSED if state == status.CLOSED else RESOLVED, since
	elif due_at is not None:
		lane, at = PROMISED, due_at
	elif state in status.WAITING:
		lane, at = WAITING_FOR_THEM, since
	else:
		lane = OUTAGE if severity == "outage" else WAITING_FOR_US
		# The opening before which nothing has been counted yet stands for all instants that are the same to this clock.
		at = window.next_opening(window.subtract(now, elapsed_seconds))
	return QueuePosition(row.turn, since, lane, at, filed_at)


def _seconds(at: datetime) -> int:
	return min(max(int(at.timestamp()), 0), _FAR)
