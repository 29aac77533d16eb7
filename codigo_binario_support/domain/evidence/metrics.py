"""Figures over many requests: months of a period, shares, percentiles, load against open hours.

Histograms map a value to how often it was seen. Durations are open seconds or minutes, as the name says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ..availability.availability import month_span
from ..errors import SupportError
from ..time.windows import SlaWindow

#: How many months a period has, the present one included.
PERIODS = {"Last 3 months": 3, "Last 6 months": 6, "Last 12 months": 12, "Last 24 months": 24}
DEFAULT_PERIOD = "Last 12 months"

WEEK_LABELS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = range(24)


class FigureError(SupportError):
	"""A period that is none."""


def months(period: str | None, today: date) -> list[str]:
	"""The months of a period, oldest first, the present one last. Raises `FigureError`.

	>>> months("Last 3 months", date(2026, 1, 31))
	['2025-11', '2025-12', '2026-01']
	"""
	if (period or DEFAULT_PERIOD) not in PERIODS:
		raise FigureError(
			"{period} is no period: use one of {periods}.", period=period, periods=", ".join(PERIODS)
		)
	last = today.year * 12 + today.month - 1
	first = last - PERIODS[period or DEFAULT_PERIOD] + 1
	return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def bounds(names: Sequence[str], zone: ZoneInfo) -> list[datetime]:
	"""The first instant of each month, and the end of the last: one more than there are months."""
	spans = [month_span(name, zone) for name in names]
	return [*(start for start, _end in spans), spans[-1][1]]


def percent(part: float, whole: float) -> float | None:
	"""A share of 100; None where there is nothing to share.

	>>> percent(1, 8), percent(0, 0)
	(12.5, None)
	"""
	return 100 * part / whole if whole else None


def percentile(histogram: Mapping[int, int], share: float) -> int | None:
	"""The smallest value that at least this share (0 to 1) of all does not exceed; None of an empty histogram.

	>>> percentile({5: 1, 10: 2, 60: 1}, 0.5)
	10
	"""
	total = sum(histogram.values())
	if not total:
		return None
	seen = 0
	for value in sorted(histogram):
		seen += histogram[value]
		if seen >= share * total:
			return value
	return max(histogram)


@dataclass(frozen=True, slots=True)
class HourLoad:
	"""What was filed in one hour of the day: by weekday (Monday first), and while support was open or closed."""

	hour: int
	by_weekday: tuple[int, ...]
	open: int
	closed: int

	@property
	def total(self) -> int:
		return self.open + self.closed


def load_by_hour(counts: Iterable[tuple[datetime, int]], window: SlaWindow) -> list[HourLoad]:
	"""24 rows, in the window's zone, of (aware instant, how many were filed then)."""
	weekday = {hour: [0] * 7 for hour in HOURS}
	sides = {hour: [0, 0] for hour in HOURS}
	for at, count in counts:
		local = at.astimezone(window.zone)
		weekday[local.hour][local.weekday()] += count
		sides[local.hour][not window.is_open(at)] += count
	return [HourLoad(hour, tuple(weekday[hour]), *sides[hour]) for hour in HOURS]
