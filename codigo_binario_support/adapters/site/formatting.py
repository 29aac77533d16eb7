"""Instants and durations in the words of the user's language, in the zone of the policy."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import frappe
from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, get_timezone_location
from babel.numbers import format_decimal
from frappe import _

from ...domain.time.windows import SlaWindow


def unmarked(content: str) -> str:
	"""The words of HTML, as somebody reads them: without markup, `&amp;` as `&`."""
	return html.unescape(frappe.utils.strip_html(content))


def listed(value: str | None) -> list[str]:
	"""The entries of a text field that holds several: one a line, or between commas."""
	return [part.strip() for part in (value or "").replace("\n", ",").split(",") if part.strip()]


def locale_of(language: str | None = None) -> Locale:
	"""The Babel locale of a language; plain Spanish is read as Mexico's."""
	code = (language or frappe.local.lang or "es").replace("-", "_")
	try:
		return Locale.parse("es_MX" if code == "es" else code)
	except (UnknownLocaleError, ValueError):
		return Locale.parse("en")


def read_by(language: str | None) -> str:
	"""What a user reads whose language this is: the site's where they chose none. A worker has no language of its own."""
	return language or frappe.db.get_default("lang") or "es"


@contextmanager
def in_language(language: str) -> Iterator[None]:
	"""Write what is kept in the policy's language, whoever's worker writes it."""
	before, frappe.local.lang = frappe.local.lang, language
	try:
		yield
	finally:
		frappe.local.lang = before


def zone_phrase(zone: ZoneInfo) -> str:
	"""`hora de la Ciudad de México`."""
	city = get_timezone_location(zone, locale=locale_of(), return_city=True)
	if city.startswith("Ciudad "):
		city = f"la {city}"
	return _("{0} time").format(city)


def instant_phrase(at: datetime, zone: ZoneInfo, now: datetime) -> str:
	"""`lunes 9:00`, or with the date when it is more than six days from now."""
	local = at.astimezone(zone)
	days = abs((local.date() - now.astimezone(zone).date()).days)
	day = "d 'de' MMMM 'de' y," if locale_of().language == "es" else "d MMMM y,"
	pattern = "EEEE H:mm" if days < 7 else f"EEEE {day} H:mm"
	return format_datetime(local, pattern, tzinfo=zone, locale=locale_of())


def opening_phrase(window: SlaWindow, now: datetime) -> str:
	"""Whether support is open now, and until when; or when it opens next."""
	if window.always_open:
		return _("Support is open around the clock.")
	if window.is_open(now):
		closes = format_datetime(window.closes_at(now), "H:mm", tzinfo=window.zone, locale=locale_of())
		return _("Support is open now, until {0}, {1}.").format(closes, zone_phrase(window.zone))
	opens = instant_phrase(window.next_opening(now), window.zone, now)
	return _("Support is closed now; we open on {0}, {1}.").format(opens, zone_phrase(window.zone))


def duration_phrase(seconds: int | float) -> str:
	"""`1 h 05 min`, with days only for long spans."""
	hours, minutes = divmod(round(abs(seconds) / 60), 60)
	if hours >= 48:
		days, hours = divmod(hours, 24)
		return _("{0} d {1} h").format(days, hours)
	return _("{0} h {1} min").format(hours, f"{minutes:02d}") if hours else _("{0} min").format(minutes)


def minutes_phrase(minutes: float) -> str:
	"""`4.46 min`, as small amounts are compared."""
	return _("{0} min").format(format_decimal(minutes, "#,##0.##", locale=locale_of()))


def span_phrase(seconds: int | float) -> str:
	"""As `duration_phrase`, to the second where minutes would say nothing: `14 s`."""
	return _("{0} s").format(round(seconds)) if abs(seconds) < 120 else duration_phrase(seconds)


def bytes_phrase(size_bytes: int | float) -> str:
	"""`1.5 GB`, in steps of a thousand as disks are sold."""
	size, unit = float(size_bytes), "B"
	for unit in ("B", "kB", "MB", "GB", "TB"):
		if size < 1000 or unit == "TB":
			break
		size /= 1000
	return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
