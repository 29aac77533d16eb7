"""Statutory holidays from the `holidays` library, as dates with their legal names."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ..errors import CalendarError


def statutory_holidays(country: str, years: Iterable[int]) -> dict[date, str]:
	"""Public holidays of a country (ISO 3166 code) in those years, in order, by their names in Spanish.

	For Mexico these are the rest days of article 74 of the Ley Federal del Trabajo. Raises `CalendarError` for a
	country that the library does not know.
	"""
	# Imported here: a web worker that only reads a clock need not pay for the library.
	import holidays

	try:
		found = holidays.country_holidays(country, years=sorted(set(years)), language="es")
	except NotImplementedError as error:
		sentence = "There are no statutory holidays for the country {country}."
		raise CalendarError(sentence, country=country) from error
	return dict(sorted(found.items()))


def with_dates(data: Mapping[str, Any], years: Iterable[int]) -> dict[str, Any]:
	"""A policy whose windows name their holidays by date, so that it can be frozen and hashed.

	A window's `holiday_country` becomes the dates of those years, beside the dates it lists already.
	"""
	years = sorted(set(years))
	windows = []
	for row in data.get("windows") or ():
		if isinstance(row, Mapping) and re.fullmatch("[A-Z]{2}", str(row.get("holiday_country") or "")):
			days = set(row.get("holidays") or ())
			days.update(day.isoformat() for day in statutory_holidays(row["holiday_country"], years))
			row = {key: value for key, value in row.items() if key != "holiday_country"}
			row["holidays"] = sorted(days)
		windows.append(row)
	return {**data, "windows": windows}
