"""Clock arithmetic of this package and of its peers on PyPI, behind one small interface: `add` and `elapsed`.

A peer that lacks a feature has None in its place; what it gets wrong is shown, not hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from codigo_binario_support.domain.time.windows import WEEKDAYS, SlaWindow

UTC = timezone.utc


@dataclass(frozen=True)
class Calendar:
	"""Working hours as whole hours of the day: `spans` on `days` (0 is Monday)."""

	zone: str
	spans: tuple[tuple[int, int], ...]
	days: tuple[int, ...] = (0, 1, 2, 3, 4)
	holidays: tuple[date, ...] = ()

	def weekly(self) -> dict[str, list[tuple[str, str]]]:
		spans = [(f"{a:02d}:00", f"{b:02d}:00") for a, b in self.spans]
		return {WEEKDAYS[day]: spans for day in self.days}


@dataclass(frozen=True)
class Tool:
	"""`add(start, hours)` gives an instant, `elapsed(start, end)` seconds; instants are aware, UTC."""

	name: str
	add: Callable[[Any, int], Any] | None
	elapsed: Callable[[Any, Any], Any] | None
	#: Turns an instant into what the tool wants to be given, outside the timing.
	given: Callable[[datetime], Any] = lambda at: at

	def due(self, start: datetime, hours: int) -> datetime | None:
		if self.add is None:
			return None
		found = self.add(self.given(start), hours)
		return getattr(found, "to_pydatetime", lambda: found)().astimezone(UTC)

	def seconds(self, start: datetime, end: datetime) -> int | None:
		return None if self.elapsed is None else round(self.elapsed(self.given(start), self.given(end)))


def this_package(calendar: Calendar) -> Tool:
	window = SlaWindow.weekly("bench", calendar.zone, calendar.weekly(), calendar.holidays)
	return Tool("this package", lambda start, hours: window.add(start, hours * 3600), window.open_seconds)


def workclock(calendar: Calendar) -> Tool:
	from workclock import Holidays, Schedule, WorkDay

	rules = [WorkDay(time(a), time(b % 24), calendar.days) for a, b in calendar.spans]
	schedule = Schedule([*rules, Holidays(calendar.holidays)], time_zone=calendar.zone)
	between = schedule.between
	return Tool(
		"workclock",
		lambda start, hours: schedule.add(start, hours=hours),
		lambda start, end: between(start, end).total_seconds(),
	)


def businesstimedelta(calendar: Calendar) -> Tool:
	import businesstimedelta as peer
	import pytz

	zone = pytz.timezone(calendar.zone)
	rules: list[Any] = []
	first, last = calendar.spans[0][0], calendar.spans[-1][1]
	end = time(last) if last < 24 else time(23, 59, 59)
	rules.append(peer.WorkDayRule(time(first), end, list(calendar.days), tz=zone))
	for (_a, shut), (opens, _b) in zip(calendar.spans, calendar.spans[1:], strict=False):
		rules.append(peer.LunchTimeRule(time(shut), time(opens), list(calendar.days), tz=zone))
	if calendar.holidays:
		rules.append(peer.HolidayRule(dict.fromkeys(calendar.holidays, "x"), tz=zone))
	hours_of = peer.Rules(rules)

	def add(start: datetime, hours: int) -> datetime:
		return start + peer.BusinessTimeDelta(hours_of, hours=hours)

	def elapsed(start: datetime, end: datetime) -> float:
		return hours_of.difference(start, end).timedelta.total_seconds()

	return Tool("businesstimedelta", add, elapsed, lambda at: at.astimezone(pytz.utc))


def pandas(calendar: Calendar) -> Tool:
	import pandas as peer

	names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
	hour = peer.offsets.CustomBusinessHour(
		start=[time(a) for a, _b in calendar.spans],
		end=[time(b % 24) for _a, b in calendar.spans],
		weekmask=" ".join(names[day] for day in calendar.days),
		holidays=list(calendar.holidays),
	)
	return Tool(
		"pandas",
		lambda start, hours: start + hour * hours,
		None,
		lambda at: peer.Timestamp(at).tz_convert(calendar.zone),
	)


TOOLS = (this_package, workclock, businesstimedelta, pandas)


def tools(calendar: Calendar) -> Sequence[Tool]:
	"""The tools that are installed and can express this calendar, ours first."""
	found = []
	for make in TOOLS:
		try:
			found.append(make(calendar))
		except (ImportError, ValueError):
			continue
	return found


def due_with_pauses(tool: Tool, running: Iterable[tuple[Any, Any]], hours: int) -> Any:
	"""The due time when the clock only runs in some stretches: the same few lines around every tool."""
	left, last = hours * 3600, None
	for start, end in running:
		last = start
		counted = tool.elapsed(start, end)
		if counted >= left:
			break
		left -= counted
	return tool.add(last, round(left / 3600)) if left % 3600 == 0 else last + timedelta(seconds=left)


def elapsed_with_pauses(tool: Tool, running: Iterable[tuple[Any, Any]]) -> float:
	return sum(tool.elapsed(start, end) for start, end in running)
