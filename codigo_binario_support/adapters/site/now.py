"""The only place that asks what time it is; what it is on the site (naive, in its zone) is in `instants` beside it."""

from datetime import datetime, timezone
from time import monotonic


def utc_now() -> datetime:
	"""The present instant, aware, in UTC."""
	return datetime.now(timezone.utc)


def ticks() -> float:
	"""Seconds of a clock that nobody sets: good for differences only."""
	return monotonic()
