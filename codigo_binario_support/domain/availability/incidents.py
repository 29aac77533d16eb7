"""Incidents from samples: which to open, to prolong, to close, and which sealed ones later samples contradict.

An outage is a stretch of measured down time: planned where it lies in maintenance that was announced in time, unplanned
elsewhere. It ends where the service was seen up, or nothing was seen any more: unknown is never down. What is sealed is
never changed; samples that arrive later make a record that takes its place. Whole seconds.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..time.intervals import Span, difference, intersection, union

#: How long the other probes are waited for before an incident is closed and sealed.
SETTLE_SECONDS = 600
#: An incident without samples for so long has been lost from sight.
LOST_SECONDS = 900


class OpenIncident(NamedTuple):
	"""An incident measured from samples that no other corrects; `end` is the end of its last failing sample so far."""

	name: str
	start: int
	end: int
	is_planned: bool = False
	is_open: bool = False


class Measured(NamedTuple):
	"""The open incident, or a new one where `name` is empty, runs from `start` to `end` now; it is over when `is_closed`."""

	name: str
	start: int
	end: int
	is_planned: bool
	is_closed: bool = False
	is_seen_back: bool = False


class Withdrawn(NamedTuple):
	"""The open incident was none: a probe that reported later had seen the service up all the time."""

	name: str


class Corrected(NamedTuple):
	"""What is left of a sealed incident after a probe that reported later; nothing, if it was none."""

	name: str
	left: tuple[Span, ...]


Step = Measured | Withdrawn | Corrected


class Horizon(NamedTuple):
	"""How far the samples reach: the end of the newest, and the time up to which no probe is waited for any more."""

	known_until: int
	settled_until: int

	def is_over(self, end: int, now: int) -> bool:
		if end < self.known_until:
			return end < self.settled_until
		return now - end > LOST_SECONDS


def horizon(last_ends: Iterable[int], now: int) -> Horizon:
	"""From the end of each enabled probe's newest sample."""
	ends = list(last_ends) or [0]
	return Horizon(max(ends), max(min(ends), now - SETTLE_SECONDS))


def steps(
	up: Sequence[Span],
	down: Sequence[Span],
	planned: Sequence[Span],
	heads: Sequence[OpenIncident],
	reach: Horizon,
	now: int,
) -> list[Step]:
	"""What has to happen so that the incidents say what the samples say.

	`up` and `down` cover every head that is given, whole; `planned` is the maintenance that was announced in time.
	"""
	found: list[Step] = []
	kept: list[Span] = []
	new: list[OpenIncident] = []
	lasting: list[OpenIncident] = []
	for head in heads:
		left = difference([(head.start, head.end)], up)
		if head.is_open and left:
			# Other pieces, if any, are outages of their own that are over; the last one goes on in this incident.
			kept.append(left[-1])
			lasting.append(head._replace(start=left[-1][0], end=left[-1][1]))
			continue
		kept += left
		if head.is_open:
			found.append(Withdrawn(head.name))
		elif left != [(head.start, head.end)]:
			found.append(Corrected(head.name, tuple(left)))
	covered, backs = union(kept), {start for start, _end in up}
	for is_planned, spans in ((False, difference(down, planned)), (True, intersection(down, planned))):
		for start, end in difference(spans, covered):
			# An open incident of this class that the outage goes on in, or that goes on in it.
			same = (row for row in lasting if row.is_planned == is_planned)
			beside = next((row for row in same if row.end == start or row.start == end), None)
			if beside is None:
				new.append(OpenIncident("", start, end, is_planned))
			else:
				grown = beside._replace(start=min(start, beside.start), end=max(end, beside.end))
				lasting[lasting.index(beside)] = grown
	for row in (*new, *lasting):
		is_over = reach.is_over(row.end, now)
		if is_over or row not in heads:
			is_back = is_over and row.end in backs
			found.append(Measured(row.name, row.start, row.end, row.is_planned, is_over, is_back))
	return found
