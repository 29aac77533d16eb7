"""Instants as the site stores them (naive, in the site's zone) and as the domain reads them (aware, UTC), and the
only place that asks what time it is.

Evidence rows carry their instant a second time as UTC text: a change of the site's zone moves what Frappe shows,
never what happened.
"""

from datetime import date, datetime, timezone
from time import monotonic
from typing import overload
from zoneinfo import ZoneInfo

from frappe.utils import get_datetime, get_system_timezone, getdate, now_datetime


def utc_now() -> datetime:
	"""The present instant, aware, in UTC."""
	return datetime.now(timezone.utc)


def ticks() -> float:
	"""Seconds of a clock that nobody sets: good for differences only."""
	return monotonic()


@overload
def to_site(at: datetime) -> datetime: ...
@overload
def to_site(at: None) -> None: ...
def to_site(at: datetime | None) -> datetime | None:
	"""An aware instant as a Datetime field stores it."""
	return None if at is None else at.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)


@overload
def from_site(value: datetime) -> datetime: ...
@overload
def from_site(value: str | None) -> datetime | None: ...
def from_site(value: datetime | str | None) -> datetime | None:
	"""A Datetime field's value as an aware UTC instant."""
	if not value:
		return None
	return get_datetime(value).replace(tzinfo=ZoneInfo(get_system_timezone())).astimezone(timezone.utc)


def to_text(at: datetime) -> str:
	"""ISO 8601 in UTC, as evidence keeps instants; it sorts as text."""
	return at.astimezone(timezone.utc).isoformat(timespec="seconds")


def read_text(value: str | None) -> datetime | None:
	"""The instant of a row that anybody may have written: None where it is none, or has no zone."""
	try:
		at = datetime.fromisoformat(value or "")
	except (TypeError, ValueError):
		return None
	return at if at.tzinfo else None


def from_text(value: str) -> datetime:
	"""The aware instant of `to_text`."""
	return datetime.fromisoformat(value)


def site_now() -> datetime:
	"""The present instant as Datetime fields store it: naive, in the site's zone. For what is compared with such a field."""
	return now_datetime()


def site_today() -> date:
	"""The site's date: that of the books. What the policy counts by goes by the policy's own zone."""
	return getdate()


@overload
def as_date(value: None) -> None: ...
@overload
def as_date(value: date | datetime | str) -> date: ...
def as_date(value: date | datetime | str | None) -> date | None:
	"""A Date field's value; None of an empty one, where `getdate` would say today."""
	return getdate(value) if value else None
