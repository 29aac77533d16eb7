"""Availability of a month: what is known to have been down, what is known to have been up, and the rest, unknown.

Clause: «Disponibilidad de 99.99%». The error budget of a 30-day month is 4.32 minutes. A second counts once, under the
gravest class of the incidents that cover it. What neither a sample nor an incident covers is unknown, neither up nor down.
The month is broken when the time that was down for certain exceeds the budget; kept only when what is unknown, had it all
been down, would still fit into what is left of it; else not proven.
"""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..errors import SupportError
from ..time import intervals
from ..verdicts import BROKEN, KEPT, NOT_PROVEN
from .samples import Seen

#: Gravest first: an unplanned outage during maintenance is unplanned.
CLASSES = UNPLANNED, PLANNED, CUSTOMER_CAUSED, UNKNOWN = "Unplanned", "Planned", "Customer-caused", "Unknown"
#: A record of this class takes the place of one that was none.
NO_OUTAGE = "Not an outage"
#: Who noticed an incident, and whether it lasts, with its colour in lists.
SOURCES = PEOPLE, SAMPLES = "People", "Samples"
ONGOING, CLOSED = "Ongoing", "Closed"
INCIDENT_STATES = {ONGOING: "red", CLOSED: "green"}

Span = tuple[datetime, datetime]
NOTHING_SEEN = Seen([], [], [])


class AvailabilityError(SupportError):
	"""A month or an incident that no statement can be made of."""


class Incident(NamedTuple):
	"""The service was not available from `opened_at` to `closed_at` (None: it still is not)."""

	name: str
	kind: str
	opened_at: datetime
	closed_at: datetime | None = None
	#: It still is not, but is known only up to `closed_at`.
	is_open: bool = False

	def within(self, start: datetime, end: datetime) -> Span | None:
		"""The part inside a span; None when they do not meet."""
		opened, closed = max(self.opened_at, start), min(self.closed_at or end, end)
		return (opened, closed) if opened < closed else None


class Statement(NamedTuple):
	"""A month in seconds. The five parts sum to the whole."""

	total_seconds: int
	seconds: dict[str, int]
	observed_up_seconds: int
	unknown_seconds: int
	budget_seconds: Fraction
	#: The part of the planned time that was announced in time.
	announced_seconds: int = 0
	#: The part of the time seen up in which another probe did not reach the service.
	partial_seconds: int = 0

	@property
	def down_seconds(self) -> int:
		"""What counts against the promise for certain."""
		return self.seconds[UNPLANNED]

	@property
	def budget_left_seconds(self) -> Fraction:
		"""Below zero when more was used than there was."""
		return self.budget_seconds - self.down_seconds

	@property
	def doubtful_seconds(self) -> int:
		"""What may count against the promise: also what is unknown, and maintenance that was not announced in time."""
		return self.down_seconds + self.seconds[PLANNED] - self.announced_seconds + self.unknown_seconds

	@property
	def percent_at_most(self) -> Fraction:
		"""As if every unknown second had been up."""
		return self._percent(self.down_seconds)

	@property
	def percent_at_least(self) -> Fraction:
		"""As if every unknown second, and maintenance that was not announced in time, had been down."""
		return self._percent(self.doubtful_seconds)

	def _percent(self, lost_seconds: int) -> Fraction:
		return 100 * (1 - Fraction(lost_seconds, self.total_seconds or 1))

	@property
	def state(self) -> str:
		"""Broken by what is known, kept whatever is unknown, else not proven. Exactly the budget is kept."""
		if self.down_seconds > self.budget_seconds:
			return BROKEN
		return KEPT if self.doubtful_seconds <= self.budget_seconds else NOT_PROVEN


def month_span(month: str, zone: ZoneInfo) -> Span:
	"""First instant of a month (`2026-11`) and of the next, in a zone. Raises `AvailabilityError`."""
	try:
		first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
		following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
	except (TypeError, ValueError):
		raise AvailabilityError("{month} is not a month: write YYYY-MM.", month=str(month)) from None
	return first, following


def seconds_of(start: datetime, end: datetime) -> int:
	"""Elapsed seconds between two instants, by the universal clock: a zone's change of hour is no time lost.

	>>> mexico = ZoneInfo("America/Mexico_City")
	>>> seconds_of(*month_span("2026-11", mexico)) // 60
	43200
	"""
	first, last = epochs(start, end)
	return last - first


def epochs(start: datetime, end: datetime) -> intervals.Span:
	"""In whole seconds since 1970."""
	return int(start.timestamp()), int(end.timestamp())


def statement(
	start: datetime,
	end: datetime,
	incidents: Iterable[Incident],
	target_percent: float,
	observed: Seen = NOTHING_SEEN,
	announced: Iterable[intervals.Span] = (),
) -> Statement:
	"""The account of one span of time: `observed` is what samples prove, `announced` the maintenance that was announced
	in time. An incident outranks a sample that was up: people may know more than a probe.
	"""
	whole = [epochs(start, end)]
	touching = [(row.kind, epochs(*inside)) for row in incidents if (inside := row.within(start, end))]
	counted: dict[str, list[intervals.Span]] = {}
	taken: list[intervals.Span] = []
	for kind in CLASSES:
		found = intervals.union(span for name, span in touching if name == kind)
		counted[kind] = intervals.difference(found, taken)
		taken = intervals.union([*taken, *found])
	seconds = {kind: intervals.seconds(spans) for kind, spans in counted.items()}
	up = intervals.difference(intervals.intersection(intervals.union(observed.up), whole), taken)
	partial = intervals.intersection(intervals.union(observed.partial), up)
	in_time = intervals.intersection(counted[PLANNED], intervals.union(announced))
	total, up_seconds = intervals.seconds(whole), intervals.seconds(up)
	known = up_seconds + sum(seconds[kind] for kind in CLASSES if kind != UNKNOWN)
	return Statement(
		total_seconds=total,
		seconds=seconds,
		observed_up_seconds=up_seconds,
		unknown_seconds=total - known,
		budget_seconds=budget_seconds(start, end, target_percent),
		announced_seconds=intervals.seconds(in_time),
		partial_seconds=intervals.seconds(partial),
	)


def budget_seconds(start: datetime, end: datetime, target_percent: float) -> Fraction:
	"""What may be lost in a span of time: 0.01 % of a 30-day month is 4.32 minutes."""
	# The shortest decimal of a float is what was written in the policy: 99.99 is exactly 99.99.
	return seconds_of(start, end) * (100 - Fraction(str(target_percent))) / 100
