"""The language of the command line: one catalogue (`translations/es.csv`), shared with the Frappe app.

A message is looked up by its English text and filled in afterwards: ``lang.t("version {version}").format(version=3)``.
"""

import csv
import io
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_datetime, get_day_names
from babel.numbers import format_currency, format_decimal, format_percent

from ..domain.errors import SupportError
from ..domain.policy.policy import Problem
from .lines import Skipped

LANGUAGES = ("es", "en")
_LOCALES = {"es": "es_MX", "en": "en_US"}
_DAY = {"es": "d 'de' MMMM 'de' y", "en": "MMMM d, y"}


def from_environment(environ: Mapping[str, str]) -> str:
	"""`es` when the locale (LC_ALL, else LC_MESSAGES, else LANG) is Spanish, else `en`."""
	for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
		if environ.get(name):
			return "es" if environ[name].lower().startswith("es") else "en"
	return "en"


@cache
def catalogue(language: str) -> Mapping[str, str]:
	"""English message -> translation. Rows are `message,translation`, as Frappe reads them; a third column is a context,
	which the command line has none of."""
	if language == "en":
		return {}
	source = files("codigo_binario_support") / "translations" / f"{language}.csv"
	with io.StringIO(source.read_bytes().decode(), newline="") as lines:
		return {row[0]: row[1] for row in csv.reader(lines) if len(row) == 2 and row[1]}


class Language:
	"""Words, numbers and dates of one language."""

	def __init__(self, code: str) -> None:
		self.code = code
		self.locale = Locale.parse(_LOCALES[code])

	def t(self, message: str) -> str:
		return catalogue(self.code).get(message, message)

	def error(self, error: SupportError | Problem | Skipped) -> str:
		"""What is said of a mistake, translated before it is filled in."""
		values = dict(error.values)
		if isinstance(values.get("kind"), str):
			values["kind"] = self.t(values["kind"])
		return self.t(error.template).format(**values)

	def skipped(self, row: Skipped) -> str:
		"""`line 7: the reason` or `lines 7-9: the reason`."""
		where = self.t("line {line}") if row.line == row.last_line else self.t("lines {line}-{last_line}")
		return f"{where.format(line=row.line, last_line=row.last_line)}: {self.error(row)}"

	def number(self, value: float) -> str:
		return format_decimal(value, locale=self.locale)

	def percent(self, share: float) -> str:
		return format_percent(share, locale=self.locale)

	def money(self, amount: float, currency: str) -> str:
		"""With cents only where there are any."""
		pattern = self.locale.currency_formats["standard"].pattern
		if amount == int(amount):
			pattern = pattern.replace(".00", "")
		return format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False)

	def moment(self, instant: datetime, zone: tzinfo) -> str:
		"""Weekday, day and time in `zone`: `lun 2 mar, 10:30`."""
		return format_datetime(instant.astimezone(zone), "EEE d MMM, HH:mm", locale=self.locale)

	def day(self, instant: datetime, zone: tzinfo) -> str:
		return format_datetime(instant.astimezone(zone), _DAY[self.code], locale=self.locale)

	def clock(self, instant: datetime, zone: tzinfo) -> str:
		return format_datetime(instant.astimezone(zone), "HH:mm", locale=self.locale)

	def weekdays(self) -> Mapping[int, str]:
		"""Short names by number, 0 is Monday."""
		return get_day_names("abbreviated", locale=self.locale)

	def hours(self, hours: float) -> str:
		return self.t("{hours} hours").format(hours=self.number(hours))

	def duration(self, seconds: int) -> str:
		"""`1 h 05 min`; seconds only below a minute."""
		if 0 < seconds < 60:
			return f"{seconds} s"
		hours, minutes = divmod(seconds // 60, 60)
		return f"{self.number(hours)} h {minutes:02d} min" if hours else f"{minutes} min"
