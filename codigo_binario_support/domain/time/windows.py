"""SLA windows: named weekly calendars that say when the attention clock may count.

Clause: «soporte ilimitado sin costo extra de Lunes a Viernes de 9AM a 6 PM».

A window is open at an instant when the *wall clock of its own zone* shows a time inside one of the rows of that
weekday and the local date is not a holiday. Elapsed time is always real (UTC) time, so an hour that the zone skips
or repeats is counted as it happened. The unit is the whole second: fractions of an instant are dropped.

>>> from datetime import date, datetime, timezone
>>> office = SlaWindow.weekly(
...     "Office", "America/Mexico_City", {d: [("09:00", "18:00")] for d in WEEKDAYS[:5]}
... )
>>> friday = datetime(2024, 6, 7, 23, 59, tzinfo=timezone.utc)  # 17:59 in Mexico City
>>> office.add(friday, 3600).isoformat()  # one minute on Friday, fifty-nine on Monday
'2024-06-10T15:59:00+00:00'
>>> office.open_seconds(friday, office.add(friday, 3600))
3600
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import CalendarError, NoWorkingTime
from .intervals import Span, union

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UTC = timezone.utc

DAY_SECONDS = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_from_timestamp = datetime.fromtimestamp
_FIRST_YEAR, _LAST_YEAR = 1902, 9000
_NEVER = 1 << 62
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\Z")


def seconds_of(text: str) -> int:
	"""Seconds after midnight of ``HH:MM[:SS]``; ``24:00`` is the end of the day.

	>>> seconds_of("09:30"), seconds_of("24:00")
	(34200, 86400)
	"""
	match = _TIME.match(str(text).strip())
	hour, minute, second = (int(part or 0) for part in match.groups()) if match else (99, 0, 0)
	total = hour * 3600 + minute * 60 + second
	if minute > 59 or second > 59 or total > DAY_SECONDS:
		raise CalendarError("{value} is not a time of day: write HH:MM, from 00:00 to 24:00.", value=text)
	return total


def seconds_of_pair(span: Any) -> tuple[int, int]:
	"""Opening and closing of a pair such as ``["09:00", "18:00"]``; `CalendarError` for whatever else it is."""
	try:
		opens, closes = span
	except (TypeError, ValueError) as error:
		raise CalendarError('Write pairs such as ["09:00", "18:00"].') from error
	return seconds_of(opens), seconds_of(closes)


@dataclass(frozen=True, slots=True)
class OpenRow:
	"""One row of a window: `weekday` 0 (Monday) to 6; `opens` and `closes` in seconds after midnight.

	`closes` at or before `opens` means that the row ends on the next day.
	"""

	weekday: int
	opens: int
	closes: int


@dataclass(frozen=True, slots=True)
class Stretch:
	"""A stretch of time in which a window is open, or closed and why. Instants are aware UTC, `end` exclusive."""

	start: datetime
	end: datetime
	is_open: bool
	holidays: tuple[date, ...] = ()

	@property
	def seconds(self) -> int:
		return int((self.end - self.start).total_seconds())


@dataclass(frozen=True, slots=True)
class _Table:
	"""The open intervals of the years ``[years[0], years[1])``. It never changes: who has one may count on it."""

	years: tuple[int, int] = (0, 0)
	#: The first second and the one after the last (epoch seconds).
	low: int = 0
	high: int = 0
	#: For each UTC day from `low` the index of the first interval that ends after its midnight.
	row_of_day: tuple[int, ...] = ()
	opens: tuple[int, ...] = ()
	closes: tuple[int, ...] = ()
	#: Open seconds of the table before each interval.
	before: tuple[int, ...] = ()

	def row(self, instant: int) -> int:
		"""Index of the first open interval that ends after `instant` (epoch seconds), which is in the table."""
		i = self.row_of_day[(instant - self.low) // DAY_SECONDS]
		while self.closes[i] <= instant:
			i += 1
		return i


_NO_TABLE = _Table()


class SlaWindow:
	"""A compiled weekly calendar. Immutable to its users; its table of open time grows by whole years as asked.

	Counting is two table look-ups and adding a look-up and a binary search, whatever the span.

	Threads share windows without a lock. A table is published whole, by one assignment; a question reads it once and
	asks that one to the end. Two that lay a larger one at once both are right, and the later stays.
	"""

	__slots__ = ("_shut", "_table", "_week", "always_open", "holidays", "name", "rows", "time_zone", "zone")

	def __init__(
		self,
		name: str,
		time_zone: str,
		rows: Iterable[OpenRow] = (),
		holidays: Iterable[date] = (),
		always_open: bool = False,
	) -> None:
		self.name = name
		self.time_zone = time_zone
		self.zone = zone_of(time_zone)
		self.rows = tuple(sorted(rows, key=lambda row: (row.weekday, row.opens)))
		self.holidays = frozenset(holidays)
		self.always_open = always_open
		self._week = _by_day(self.rows)
		#: The holidays on which it would otherwise have opened.
		self._shut = sorted(day for day in self.holidays if self._week[day.weekday()])
		if not always_open and not any(self._week):
			sentence = "The window {name} has no open hours: add at least one row, or mark it as always open."
			raise NoWorkingTime(sentence, name=name)
		self._table = _NO_TABLE

	@classmethod
	def weekly(
		cls,
		name: str,
		time_zone: str,
		hours: Mapping[str, Sequence[tuple[str, str]]],
		holidays: Iterable[date] = (),
		always_open: bool = False,
	) -> "SlaWindow":
		"""A window from ``{"mon": [("09:00", "14:00"), ("16:00", "19:00")], ...}``."""
		rows = []
		for day, spans in hours.items():
			if day not in WEEKDAYS:
				raise CalendarError(
					"{day} is not a weekday: use one of {days}.", day=day, days=", ".join(WEEKDAYS)
				)
			for span in spans if isinstance(spans, Iterable) else [spans]:
				rows.append(OpenRow(WEEKDAYS.index(day), *seconds_of_pair(span)))
		return cls(name, time_zone, rows, holidays, always_open)

	@property
	def is_hourly(self) -> bool:
		"""Whether it opens and closes on the hour only."""
		return all(row.opens % 3600 == 0 and row.closes % 3600 == 0 for row in self.rows)

	def __repr__(self) -> str:
		return f"SlaWindow({self.name!r}, {self.time_zone!r})"

	# -- questions ---------------------------------------------------------------------------------------------

	def is_open(self, at: datetime) -> bool:
		if self.always_open:
			return True
		instant = int(at.timestamp())
		table = self._table
		if not table.low <= instant < table.high:
			table = self._covering(instant, instant)
		return instant >= table.opens[table.row(instant)]

	def open_seconds(self, start: datetime, end: datetime) -> int:
		"""Open seconds in ``[start, end)``; both aware, `end` not before `start`."""
		first = int(start.timestamp())
		last = int(end.timestamp())
		if last < first:
			raise CalendarError("The end {end} is before the start {start}.", start=start, end=end)
		if self.always_open:
			return last - first
		# The bodies of `_covering` and `row` stand here twice: this and `add` are the two hot paths of the package.
		table = self._table
		if not table.low <= first <= last < table.high:
			table = self._covering(first, last)
		closes, opens, before = table.closes, table.opens, table.before
		rows, low = table.row_of_day, table.low
		i = rows[(first - low) // 86400]
		while closes[i] <= first:
			i += 1
		j = rows[(last - low) // 86400]
		while closes[j] <= last:
			j += 1
		total = before[j] - before[i]
		if last > opens[j]:
			total += last - opens[j]
		if first > opens[i]:
			total -= first - opens[i]
		return total

	def add(self, start: datetime, seconds: int) -> datetime:
		"""The earliest instant (UTC) at which `seconds` of open time have passed since `start`.

		Zero seconds is `start` itself, also when the window is closed. Raises `NoWorkingTime` when the window
		does not open often enough before the end of the calendar.
		"""
		instant = int(start.timestamp())
		if seconds <= 0 or self.always_open:
			if seconds < 0:
				raise CalendarError("Cannot add a negative time ({seconds} s).", seconds=seconds)
			return _instant(instant + seconds)
		table = self._table
		if not table.low <= instant < table.high:
			table = self._covering(instant, instant)
		while True:
			closes, opens, before = table.closes, table.opens, table.before
			i = table.row_of_day[(instant - table.low) // 86400]
			while closes[i] <= instant:
				i += 1
			target = before[i] + seconds
			if instant > opens[i]:
				target += instant - opens[i]
			j = bisect_left(before, target, i)
			if j < len(before):
				return _from_timestamp(opens[j - 1] + target - before[j - 1], UTC)
			table = self._extended(table)

	def subtract(self, end: datetime, seconds: int) -> datetime:
		"""The latest instant (UTC) from which `seconds` of open time pass until `end`.

		Zero seconds is `end` itself. Raises `NoWorkingTime` when the window was not open that long before.
		"""
		instant = int(end.timestamp())
		if seconds <= 0 or self.always_open:
			if seconds < 0:
				raise CalendarError("Cannot subtract a negative time ({seconds} s).", seconds=seconds)
			return _instant(instant - seconds)
		table = self._covering(instant, instant)
		while True:
			i = table.row(instant)
			opens, before = table.opens, table.before
			target = before[i] + max(instant - opens[i], 0) - seconds
			if target >= 0:
				j = bisect_right(before, target) - 1
				return _from_timestamp(opens[j] + target - before[j], UTC)
			low, high = table.years
			if low <= _FIRST_YEAR:
				sentence = "The window {name} was not open that long before {end}."
				raise NoWorkingTime(sentence, name=self.name, end=end)
			table = self._compile(low - (high - low), high)

	def next_opening(self, at: datetime) -> datetime:
		"""`at` itself when open, else the next instant (UTC) at which the window opens."""
		instant = int(at.timestamp())
		if self.always_open:
			return _instant(instant)
		table = self._covering(instant, instant)
		while True:
			opens = table.opens[table.row(instant)]
			if opens != _NEVER:
				return _instant(max(opens, instant))
			table = self._extended(table)

	def closes_at(self, at: datetime) -> datetime | None:
		"""The instant (UTC) at which the window that is open at `at` closes; None when closed or never closing."""
		if self.always_open:
			return None
		instant = int(at.timestamp())
		table = self._covering(instant, instant)
		if instant < table.opens[table.row(instant)]:
			return None
		while True:
			closes = table.closes[table.row(instant)]
			if closes != table.high:
				return _instant(closes)
			# The table ends here, not the window. Past the last holiday a year is like the next.
			if table.years[1] > max(self._latest_holiday_year() + 1, _instant(instant).year + 1):
				return None
			table = self._extended(table)

	def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
		"""``[start, end)`` cut into open and closed stretches, in order, without gaps."""
		here, last = int(start.timestamp()), int(end.timestamp())
		if here >= last:
			return
		if self.always_open:
			yield Stretch(_instant(here), _instant(last), True)
			return
		table = self._covering(here, last)
		i = table.row(here)
		while here < last:
			opens, closes = table.opens[i], table.closes[i]
			if here < opens:
				until = min(opens, last)
				gap = (_instant(here), _instant(until))
				yield Stretch(*gap, False, self._holidays_between(*gap))
				here = until
			else:
				until = min(closes, last)
				yield Stretch(_instant(here), _instant(until), True)
				here, i = until, i + 1

	def _holidays_between(self, start: datetime, end: datetime) -> tuple[date, ...]:
		"""The holidays in a closed gap on which the window would otherwise have opened."""
		first = start.astimezone(self.zone).date()
		last = (end - timedelta(seconds=1)).astimezone(self.zone).date()
		days = self._shut
		return tuple(days[bisect_left(days, first) : bisect_right(days, last)])

	# -- tables ------------------------------------------------------------------------------------------------

	def _covering(self, first: int, last: int) -> _Table:
		"""A table of whole years that spans `first` and `last` (epoch seconds), and what was laid before."""
		table = self._table
		if table.low <= first <= last < table.high:
			return table
		for at in (_instant(first), _instant(last)):
			if not _FIRST_YEAR <= at.year < _LAST_YEAR:
				sentence = "The year of {value} is out of range: years from {first} to {last} are read."
				raise CalendarError(sentence, value=at, first=_FIRST_YEAR, last=_LAST_YEAR - 1)
		low, high = _instant(first).year - 1, _instant(last).year + 2
		if table.years != _NO_TABLE.years:
			low, high = min(low, table.years[0]), max(high, table.years[1])
		return self._compile(low, high)

	def _extended(self, table: _Table) -> _Table:
		"""A table that looks further into the future, or word that there is no open time to be found there."""
		low, high = table.years
		is_empty = table.before[-1] == table.before[0]
		if high >= _LAST_YEAR or (is_empty and high > self._latest_holiday_year() + 2):
			sentence = "The window {name} does not open any more after {year}."
			raise NoWorkingTime(sentence, name=self.name, year=high)
		return self._compile(low, high + (high - low))

	def _latest_holiday_year(self) -> int:
		return max((day.year for day in self.holidays), default=0)

	def _compile(self, low: int, high: int) -> _Table:
		"""Lay the table of these years, publish it and return it."""
		low, high = max(low, _FIRST_YEAR), min(high, _LAST_YEAR)
		start, end = _year_start(low), _year_start(high)
		spans = union(self._open_intervals(start, end))
		# Sentinels: past the last closing the searches find a window that never comes.
		opens = (*[a for a, _b in spans], _NEVER)
		closes = (*[b for _a, b in spans], _NEVER)
		before = tuple(accumulate([b - a for a, b in spans], initial=0))
		row_of_day = tuple(
			[bisect_right(closes, midnight) for midnight in range(start, end + 1, DAY_SECONDS)]
		)
		self._table = table = _Table((low, high), start, end, row_of_day, opens, closes, before)
		return table

	def _open_intervals(self, start: int, end: int) -> Iterator[Span]:
		"""Open intervals between two epoch seconds; they may overlap, and those that end before they begin are none."""
		holidays = {day.toordinal() - _EPOCH_ORDINAL for day in self.holidays}
		for piece_start, piece_end, offset in _constant_offsets(self.zone, start, end):
			first, last = (piece_start + offset) // DAY_SECONDS, (piece_end + offset - 1) // DAY_SECONDS
			for day in range(first, last + 1):
				if day in holidays:
					continue
				midnight = day * DAY_SECONDS - offset
				for a, b in self._week[(day + _EPOCH_ORDINAL - 1) % 7]:
					yield max(midnight + a, piece_start), min(midnight + b, piece_end)


def _instant(epoch_seconds: int) -> datetime:
	try:
		return _from_timestamp(epoch_seconds, UTC)
	except (ValueError, OverflowError, OSError) as error:
		raise CalendarError("The calendar ends in {year}.", year=9999) from error


def zone_of(name: str) -> ZoneInfo:
	"""The time zone of that name in the IANA database; `CalendarError` where there is none."""
	try:
		return ZoneInfo(name)
	except (ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
		sentence = "{zone} is not a time zone: use a name of the IANA database such as America/Mexico_City."
		raise CalendarError(sentence, zone=name) from error


def local_date(at: datetime, time_zone: str) -> date:
	"""The date in a zone at an instant (aware).

	>>> local_date(datetime(2024, 6, 8, 5, 59, tzinfo=timezone.utc), "America/Mexico_City")
	datetime.date(2024, 6, 7)
	"""
	return at.astimezone(zone_of(time_zone)).date()


def _by_day(rows: Iterable[OpenRow]) -> tuple[tuple[Span, ...], ...]:
	"""Open spans of each weekday, in seconds after its midnight; a row over midnight is cut there."""
	days: list[list[Span]] = [[] for _ in WEEKDAYS]
	for row in rows:
		if row.closes > row.opens:
			days[row.weekday].append((row.opens, row.closes))
		else:
			days[row.weekday].append((row.opens, DAY_SECONDS))
			days[(row.weekday + 1) % 7].append((0, row.closes))
	return tuple(tuple(sorted((a, b) for a, b in spans if a < b)) for spans in days)


def _year_start(year: int) -> int:
	return (date(year, 1, 1).toordinal() - _EPOCH_ORDINAL) * DAY_SECONDS


def _offset(zone: ZoneInfo, epoch_seconds: int) -> int:
	offset = datetime.fromtimestamp(epoch_seconds, zone).utcoffset()
	return int(offset.total_seconds()) if offset else 0


def _change_in(day: range, zone: ZoneInfo, offset: int) -> int:
	return day.start + bisect_left(day, True, key=lambda at: _offset(zone, at) != offset)


@lru_cache(maxsize=512)
def _constant_offsets(zone: ZoneInfo, start: int, end: int) -> tuple[tuple[int, int, int], ...]:
	"""``[start, end)`` cut where the zone's UTC offset changes: (from, to, offset), all in seconds."""
	pieces = []
	here, offset = start, _offset(zone, start)
	for midnight in range(start, end, DAY_SECONDS):
		day = range(midnight, midnight + DAY_SECONDS)
		if _offset(zone, day.stop) != offset:
			there = _change_in(day, zone, offset)
			pieces.append((here, there, offset))
			here, offset = there, _offset(zone, there)
	return (*pieces, (here, end, offset))


#: The window of the platform clock. Its zone matters for display only.
ALWAYS_OPEN = SlaWindow("24x7", "UTC", always_open=True)
