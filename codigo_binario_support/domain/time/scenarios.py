"""Clock scenarios: a window, targets, a history and an instant to look at, as plain data (``sla-scenarios/1``)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from dateutil.parser import isoparse

from ..errors import ClockError
from .clock import ClockReading, Event, Segment, Targets, ledger, read
from .windows import SlaWindow

#: What a scenario has, and of what kind; it may be without holidays.
_SHAPES = {
	"calendar_tz": (str, "the name of a time zone"),
	"weekly": (Mapping, "an object of weekdays"),
	"targets": (Mapping, "an object of priorities"),
	"events": (list, "a list of events"),
	"holidays": (list, "a list of dates"),
	"observe_at": (str, "an instant (YYYY-MM-DDTHH:MM:SS+HH:MM)"),
}
_LONGEST_MINUTES = 1e9
_T = TypeVar("_T")


@dataclass(frozen=True)
class Scenario:
	"""One case. Instants carry their offset; targets are minutes in the data and seconds here."""

	id: str
	window: SlaWindow
	targets: Mapping[str, Targets]
	priority: str
	events: tuple[Event, ...]
	observe_at: datetime

	@classmethod
	def from_dict(cls, data: Mapping[str, Any]) -> "Scenario":
		"""Raises `ClockError` or `CalendarError` naming what is missing or wrong."""
		data = {**data, "holidays": data.get("holidays") or []}
		if missing := [key for key in _SHAPES if key not in data]:
			raise ClockError("The scenario lacks {keys}.", keys=", ".join(missing))
		for key, (shape, kind) in _SHAPES.items():
			_require(isinstance(data[key], shape), f"{key}: {data[key]!r}", kind)
		holidays = [_read(date.fromisoformat, day, "a date (YYYY-MM-DD)") for day in data["holidays"]]
		return cls(
			id=str(data.get("id", "")),
			window=SlaWindow.weekly("scenario", data["calendar_tz"], data["weekly"], holidays),
			targets={priority: _targets(target) for priority, target in data["targets"].items()},
			priority=data.get("priority") or next(iter(data["targets"]), ""),
			events=tuple(_event(event) for event in data["events"]),
			observe_at=_instant(data["observe_at"]),
		)

	def reading(self) -> ClockReading:
		return read(self.window, self.events, self.targets, self.observe_at, self.priority)

	def ledger(self) -> list[Segment]:
		return ledger(self.window, self.events, self.observe_at)

	def result(self) -> dict[str, Any]:
		"""The keys of a scenario's ``expected``: due times in the window's zone, durations in minutes."""
		reading, zone = self.reading(), self.window.zone
		return {
			"response_due": _local(reading.response.due_at, zone),
			"resolution_due": _local(reading.resolution.due_at, zone),
			"response_elapsed_min": reading.response.elapsed_seconds / 60,
			"elapsed_min": reading.resolution.elapsed_seconds / 60,
			"paused_min": reading.paused_seconds / 60,
			"response_breached": reading.response.is_breached,
			"resolution_breached": reading.resolution.is_breached,
		}


def _event(event: Any) -> Event:
	_require(isinstance(event, Mapping), repr(event), "an event with the keys at and do")
	at, detail = _instant(event.get("at")), event.get("to") or event.get("reason")
	return Event(at, str(event.get("do") or ""), None if detail is None else str(detail))


def _targets(target: Any) -> Targets:
	_require(
		isinstance(target, Mapping), repr(target), "a target with the keys response_min and resolution_min"
	)
	return Targets(_seconds(target, "response_min"), _seconds(target, "resolution_min"))


def _seconds(target: Mapping[str, Any], key: str) -> int | None:
	minutes = target.get(key)
	if minutes is None:
		return None
	is_number = isinstance(minutes, (int, float)) and not isinstance(minutes, bool)
	if not is_number or not 0 <= minutes < _LONGEST_MINUTES:
		raise ClockError("The target {key} is {value}: give minutes, or null.", key=key, value=minutes)
	seconds: int = round(minutes * 60)
	return seconds


def _require(is_met: bool, value: str, kind: str) -> None:
	if not is_met:
		raise ClockError("{value} is not {kind}.", value=value, kind=kind)


def _read(parse: Callable[[Any], _T], value: Any, kind: str) -> _T:
	try:
		return parse(value)
	except (TypeError, ValueError) as error:
		raise ClockError("{value} is not {kind}.", value=value, kind=kind) from error


def _instant(value: Any) -> datetime:
	instant: datetime = _read(isoparse, value, "an instant (YYYY-MM-DDTHH:MM:SS+HH:MM)")
	if instant.tzinfo is None:
		raise ClockError("The instant {value} has no offset: write -06:00 or the like after it.", value=value)
	return instant


def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
	return None if instant is None else instant.astimezone(zone).isoformat()
