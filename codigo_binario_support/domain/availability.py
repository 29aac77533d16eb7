"""Availability of a month: what is known to have been down, what is known to have been up, and the rest, unknown.

Clause: «Disponibilidad de 99.99%». The error budget of a 30-day month is 4.32 minutes, of a 31-day month 4.464. A minute
counts once, under the gravest class of the incidents that cover it. Without samples the rest of the month is unknown,
which is neither up nor down: the month is then not proven, unless incidents alone have broken it. Seconds, exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from .errors import SupportError

UNPLANNED, PLANNED, CUSTOMER_CAUSED, UNKNOWN = "Unplanned", "Planned", "Customer-caused", "Unknown"
#: Gravest first: an unplanned outage during maintenance is unplanned.
CLASSES = (UNPLANNED, PLANNED, CUSTOMER_CAUSED, UNKNOWN)

KEPT, BROKEN, NOT_PROVEN = "Kept", "Broken", "Not proven"
STATES = (KEPT, BROKEN, NOT_PROVEN)

Span = tuple[datetime, datetime]


class AvailabilityError(SupportError):
	"""A month or an incident that no statement can be made of."""


@dataclass(frozen=True, slots=True)
class Incident:
	"""The service was not available from `opened_at` to `closed_at` (None: it still is not)."""

	name: str
	kind: str
	opened_at: datetime
	closed_at: datetime | None = None

	def within(self, start: datetime, end: datetime) -> Span | None:
		"""The part inside a span; None when they do not meet."""
		opened, closed = max(self.opened_at, start), min(self.closed_at or end, end)
		return (opened, closed) if opened < closed else None


@dataclass(frozen=True, slots=True)
class Statement:
	"""A month in seconds. The five parts sum to the whole."""

	total_seconds: int
	seconds: dict[str, int]
	observed_up_seconds: int
	unknown_seconds: int
	budget_seconds: Fraction

	@property
	def down_seconds(self) -> int:
		"""What counts against the promise for certain."""
		return self.seconds[UNPLANNED]

	@property
	def budget_left_seconds(self) -> Fraction:
		"""Below zero when more was used than there was."""
		return self.budget_seconds - self.down_seconds

	@property
	def percent_at_most(self) -> Fraction:
		"""As if every unknown second had been up."""
		return self._percent(self.down_seconds)

	@property
	def percent_at_least(self) -> Fraction:
		"""As if every unknown second, and the maintenance, had been down."""
		return self._percent(self.down_seconds + self.seconds[PLANNED] + self.unknown_seconds)

	def _percent(self, lost_seconds: int) -> Fraction:
		if not self.total_seconds:
			return Fraction(100)
		return Fraction(100 * (self.total_seconds - lost_seconds), self.total_seconds)

	@property
	def state(self) -> str:
		"""Broken by what is known, kept whatever is unknown, else not proven. Exactly the budget is kept."""
		if self.down_seconds > self.budget_seconds:
			return BROKEN
		doubtful = self.down_seconds + self.seconds[PLANNED] + self.unknown_seconds
		return KEPT if doubtful <= self.budget_seconds else NOT_PROVEN


def month_span(month: str, zone: ZoneInfo) -> Span:
	"""First instant of a month (`2026-11`) and of the next, in a zone. Raises `AvailabilityError`."""
	try:
		first = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
		following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
	except (TypeError, ValueError):
		raise AvailabilityError("{month} is not a month: write YYYY-MM.", month=str(month)) from None
	return first, following


def merged(spans: Iterable[Span]) -> list[Span]:
	"""The same instants in spans that neither overlap nor touch, in order."""
	found: list[Span] = []
	for start, end in sorted(spans):
		if found and start <= found[-1][1]:
			found[-1] = (found[-1][0], max(found[-1][1], end))
		elif start < end:
			found.append((start, end))
	return found


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
	"""What is left of some spans once others are taken out; both merged."""
	left: list[Span] = []
	for start, end in spans:
		for taken_start, taken_end in taken:
			if taken_end <= start or taken_start >= end:
				continue
			if start < taken_start:
				left.append((start, taken_start))
			start = max(start, taken_end)
			if start >= end:
				break
		if start < end:
			left.append((start, end))
	return left


def seconds_of(start: datetime, end: datetime) -> int:
	"""Elapsed seconds between two instants, by the universal clock: a zone's change of hour is no time lost.

	>>> mexico = ZoneInfo("America/Mexico_City")
	>>> seconds_of(*month_span("2026-11", mexico)) // 60
	43200
	"""
	return int(end.timestamp()) - int(start.timestamp())


def statement(
	start: datetime,
	end: datetime,
	incidents: Iterable[Incident],
	target_percent: float,
	observed_up: Iterable[Span] = (),
) -> Statement:
	"""The account of one span of time. `observed_up` are the spans in which samples proved the service up."""
	start, end = (at.astimezone(ZoneInfo("UTC")) for at in (start, end))
	incidents = list(incidents)
	seconds, taken = dict.fromkeys(CLASSES, 0), []
	for kind in CLASSES:
		spans = merged(span for row in incidents if row.kind == kind and (span := row.within(start, end)))
		seconds[kind] = _sum(without(spans, taken))
		taken = merged([*taken, *spans])
	up = _sum(without(merged(_clipped(observed_up, start, end)), taken))
	total = seconds_of(start, end)
	known = up + sum(seconds[kind] for kind in CLASSES if kind != UNKNOWN)
	return Statement(total, seconds, up, total - known, budget_seconds(start, end, target_percent))


def budget_seconds(start: datetime, end: datetime, target_percent: float) -> Fraction:
	"""What may be lost in a span of time: 0.01 % of a 30-day month is 4.32 minutes."""
	# The shortest decimal of a float is what was written in the policy: 99.99 is exactly 99.99.
	return seconds_of(start, end) * (100 - Fraction(str(target_percent))) / 100


def _clipped(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
	clipped = ((max(opened, start), min(closed, end)) for opened, closed in spans)
	return [(opened, closed) for opened, closed in clipped if opened < closed]


def _sum(spans: Iterable[Span]) -> int:
	return sum(seconds_of(opened, closed) for opened, closed in spans)
