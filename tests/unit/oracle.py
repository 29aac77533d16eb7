"""A second opinion on calendar and clock that shares no idea with the code under test.

It walks the UTC time line tick by tick and asks two questions of every tick: is the window open, and does the clock
run? There is no arithmetic with dates, so there is nothing to get wrong at a midnight or a change of the clocks. It is
slow, and it is meant to be read: `Walk` is the rules of the scenarios, one `if` each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes(wall_time: str) -> int:
	hour, minute = wall_time.split(":")
	return int(hour) * 60 + int(minute)


class Hours:
	"""A weekly calendar that can answer one question: is it open during the tick that begins now?"""

	def __init__(
		self, zone: str, weekly: Mapping[str, Sequence[Sequence[str]]], holidays: Iterable[date] = ()
	) -> None:
		self.zone = ZoneInfo(zone)
		self.weekly = {day: [(minutes(a), minutes(b)) for a, b in weekly.get(day, ())] for day in DAYS}
		self.holidays = set(holidays)
		self._known: dict[datetime, bool] = {}

	def is_open(self, at: datetime) -> bool:
		"""Windows begin and end on whole minutes, so the answer of a minute is the answer of its seconds."""
		minute = at.replace(second=0, microsecond=0)
		if minute not in self._known:
			self._known[minute] = self._look(minute)
		return self._known[minute]

	def _look(self, at: datetime) -> bool:
		wall = at.astimezone(self.zone)
		if wall.date() in self.holidays:
			return False
		now = wall.hour * 60 + wall.minute
		for opens, closes in self.weekly[DAYS[wall.weekday()]]:
			ends_tomorrow = closes <= opens
			if opens <= now and (ends_tomorrow or now < closes):
				return True
		for opens, closes in self.weekly[DAYS[wall.weekday() - 1]]:
			ends_today = closes <= opens
			if ends_today and now < closes:
				return True
		return False

	def count(self, start: datetime, end: datetime, tick: int = 60) -> int:
		"""Open seconds of ``[start, end)``."""
		seconds, here = 0, start
		while here < end:
			seconds += tick * self.is_open(here)
			here += timedelta(seconds=tick)
		return seconds

	def reach(self, start: datetime, seconds: int, tick: int = 60, within_days: int = 400) -> datetime:
		"""The earliest instant by which so many open seconds have passed."""
		here, limit = start, start + timedelta(days=within_days)
		while seconds > 0:
			assert here < limit, f"no open time in {within_days} days"
			seconds -= tick * self.is_open(here)
			here += timedelta(seconds=tick)
		return here


@dataclass
class Happening:
	"""An event as the oracle reads it: `to` is the priority of a `set_priority`."""

	at: datetime
	do: str
	to: str | None = None


class Walk:
	"""Both clocks of one request, followed from creation to the end, one tick after the other."""

	def __init__(
		self,
		hours: Hours,
		targets: Mapping[str, Mapping[str, float | None]],
		priority: str,
		events: Sequence[Happening],
		observe_at: datetime,
	) -> None:
		self.hours, self.targets, self.priority = hours, targets, priority
		self.events = [Happening(event.at.astimezone(UTC), event.do, event.to) for event in events]
		self.created = self.events[0].at
		self.end = max(observe_at.astimezone(UTC), self.events[-1].at)
		instants = [*(event.at for event in self.events), self.end]
		self.tick = 60 if all(instant.second == 0 for instant in instants) else 1
		self.state = "open"
		self.answered_at: datetime | None = None
		self.resolved_at: datetime | None = None
		self.response = self.resolution = self.paused = self.since_resolved = 0
		self.response_due: datetime | None = None
		self.resolution_due: datetime | None = None
		#: Instants at which a running total grew: (end of the tick, total after it).
		self.response_track = [(self.created, 0)]
		self.resolution_track = [(self.created, 0)]
		self.response_target: float | None = None
		self.resolution_target: float | None = None
		self._walk()

	def _walk(self) -> None:
		waiting = list(self.events)
		here = self.created
		while True:
			while waiting and waiting[0].at <= here:
				self._happen(waiting.pop(0))
			if here >= self.end:
				break
			after = here + timedelta(seconds=self.tick)
			if self.hours.is_open(here):
				if self.state == "open":
					self.resolution += self.tick
					self.resolution_track.append((after, self.resolution))
					if self.answered_at is None:
						self.response += self.tick
						self.response_track.append((after, self.response))
				elif self.state == "held":
					self.paused += self.tick
				else:
					self.since_resolved += self.tick
			here = after
		if self.answered_at is None:
			self.response_target = self._promise("response_min")
		if self.state != "resolved":
			self.resolution_target = self._promise("resolution_min")
		self.response_due = self._due(self.response_track, self.response_target, self.answered_at or self.end)
		if self.state != "held":
			stopped_at = self.resolved_at if self.state == "resolved" else self.end
			self.resolution_due = self._due(self.resolution_track, self.resolution_target, stopped_at)

	def _happen(self, event: Happening) -> None:
		if event.do == "set_priority":
			self.priority = event.to
		if event.do in ("first_reply", "resolve") and self.answered_at is None:
			self.answered_at, self.response_target = event.at, self._promise("response_min")
		if event.do == "resolve":
			if self.state != "resolved":
				self.since_resolved = 0
			self.state, self.resolved_at = "resolved", event.at
			self.resolution_target = self._promise("resolution_min")
		if event.do == "reopen":
			self.paused, self.since_resolved = self.paused + self.since_resolved, 0
			self.state = "open"
		if event.do == "hold":
			self.state = "held"
		if event.do == "resume":
			self.state = "open"

	def _promise(self, key: str) -> float | None:
		value = self.targets[self.priority][key]
		return None if value is None else value * 60

	def _due(
		self, track: list[tuple[datetime, int]], target: float | None, stopped_at: datetime
	) -> datetime | None:
		if target is None:
			return None
		for instant, total in track:
			if total >= target:
				return instant
		return self.hours.reach(stopped_at, round(target - track[-1][1]), self.tick)

	def result(self) -> dict[str, object]:
		def is_over(seconds: int, target: float | None) -> bool:
			return target is not None and seconds > target

		return {
			"response_due": self.response_due,
			"resolution_due": self.resolution_due,
			"response_elapsed_min": self.response / 60,
			"elapsed_min": self.resolution / 60,
			"paused_min": self.paused / 60,
			"response_breached": is_over(self.response, self.response_target),
			"resolution_breached": is_over(self.resolution, self.resolution_target),
		}


def walk_scenario(data: Mapping[str, object]) -> dict[str, object]:
	"""The oracle's answer to one entry of a scenario file."""
	hours = Hours(data["calendar_tz"], data["weekly"], [date.fromisoformat(day) for day in data["holidays"]])
	events = [
		Happening(datetime.fromisoformat(event["at"]), event["do"], event.get("to"))
		for event in data["events"]
	]
	walk = Walk(hours, data["targets"], data["priority"], events, datetime.fromisoformat(data["observe_at"]))
	return walk.result()
