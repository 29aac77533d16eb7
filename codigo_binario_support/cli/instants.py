"""Instants as people and exports write them, read in the policy's zone when they carry no offset."""

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .lines import RowError

FIRST_YEAR, LAST_YEAR = 1990, 2100
_LONGEST = 100

_WHEN = re.compile(
	r"""
	(?:(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})
	  |(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<year2>\d{4}))
	(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?
	   \s*(?P<half>[ap]\.?\s?m\.?)?
	   \s*(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})?
	)?\Z
	""",
	re.VERBOSE | re.IGNORECASE,
)


def parse(value: str, zone: ZoneInfo, is_month_first: bool = False) -> datetime:
	"""An aware UTC instant, to the second. A date alone is its midnight.

	Understood: `2026-03-02T10:30[:15][-06:00]`, `2026-03-02 10:30:15.123`, `02/03/2026 10:30`, `02-03-2026 4:30 p. m.`
	(day first, unless `is_month_first`). Raises `RowError`.
	"""
	# Only so far: what is longer is no instant.
	match = _WHEN.match(value.strip()[:_LONGEST].replace("\u00a0", " ").replace("\u202f", " "))
	shown = shortened(value)
	if not match:
		message = "{value} is not a date and time: write YYYY-MM-DD HH:MM, or DD/MM/YYYY HH:MM."
		raise RowError(message, value=shown)
	parts = ("year", "month", "day") if match["year"] else ("year2", "b", "a")
	year, month, day = (int(match[part]) for part in parts)
	if is_month_first and not match["year"]:
		month, day = day, month
	hour, minute, second = (int(match[key] or 0) for key in ("hour", "minute", "second"))
	if match["half"]:
		# 12:xx a. m. is just after midnight; an hour of 0 or above 12 is no hour of a half day.
		hour = (hour % 12 if 1 <= hour <= 12 else 99) + (12 if match["half"][0] in "pP" else 0)
	try:
		wall = datetime(year, month, day, hour, minute, second)
	except ValueError as error:
		message = "{value} does not exist in the calendar: check day, month and hour."
		raise RowError(message, value=shown) from error
	if not FIRST_YEAR <= year <= LAST_YEAR:
		message = "The year of {value} is out of range: years from {first} to {last} are read."
		raise RowError(message, value=shown, first=FIRST_YEAR, last=LAST_YEAR)
	return wall.replace(tzinfo=_zone(match["offset"], zone)).astimezone(timezone.utc)


def _zone(offset: str | None, zone: ZoneInfo) -> ZoneInfo | timezone:
	if not offset or offset.upper() in ("Z", "UTC"):
		return timezone.utc if offset else zone
	hours, minutes = int(offset[1:3]), int(offset[-2:])
	if hours > 14 or minutes > 59:
		raise RowError("{value} is not a UTC offset: write -06:00 or the like.", value=offset)
	shift = timedelta(hours=hours, minutes=minutes)
	return timezone(-shift if offset[0] == "-" else shift)


def shortened(value: str) -> str:
	"""What of a cell stands in a message."""
	value = " ".join(value.split())
	return value if len(value) <= 60 else value[:59] + "…"
