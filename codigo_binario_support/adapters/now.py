"""The only place that asks what time it is."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_now() -> datetime:
	"""The present instant, aware, in UTC."""
	return datetime.now(timezone.utc)
