"""The support policy as values: clauses, commitments, SLA windows and Success Packs.

One format serves the shipped file, a file an operator writes, and the snapshot frozen on a request: a plain mapping,
JSON on disk (see `codigo_binario_support/data/policy.json`). `check` lists every mistake in it at once; `Policy`
reads a correct one.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from ..errors import CalendarError, SupportError
from ..time.windows import WEEKDAYS, SlaWindow, seconds_of_pair, zone_of

FORMAT = "support-policy/1"

SIDES = INCLUDED, EXCLUDED = "included", "excluded"

#: The closed vocabulary, in the order of the policy's text.
_CODES = {
	INCLUDED: "connectivity backup restore usage_guidance faq account_billing platform_upgrade",
	EXCLUDED: "onsite_visit data_import process_consulting misconfiguration training design_improvement"
	" native_bug workflow_permissions third_party",
}
CLAUSE_SIDES = {code: side for side, codes in _CODES.items() for code in codes.split()}

#: Days after a resolution in which an answer reopens the request, where the policy says nothing else.
REOPEN_DAYS = 7

SEVERITIES = ("outage", "degraded", "question", "request")

#: Kinds of commitment, and the clock each runs on.
COMMITMENT_CLOCKS = {
	"support_hours": "attention",
	"first_response": "attention",
	"resolution": "attention",
	"restore": "platform",
	"backup": "platform",
	"availability": "platform",
}


class PolicyError(SupportError):
	"""A policy that cannot be read; `problems` has every reason."""

	def __init__(self, template: str, problems: "Iterable[Problem]" = (), **values: Any) -> None:
		self.problems = tuple(problems)
		super().__init__(template, **values)


@dataclass(frozen=True, slots=True)
class Problem:
	"""One mistake: where (`clauses[3].side`) and what to do about it."""

	where: str
	template: str
	values: Mapping[str, Any] = field(default_factory=dict)

	def __str__(self) -> str:
		return f"{self.where}: {self.template.format(**self.values)}"


@dataclass(frozen=True, slots=True)
class Clause:
	"""One sentence of the policy: its code, its side and its own words by language."""

	code: str
	side: str
	text: Mapping[str, str]
	pack: str | None = None
	signals: tuple[str, ...] = ()

	@property
	def is_included(self) -> bool:
		return self.side == INCLUDED


@dataclass(frozen=True, slots=True)
class Commitment:
	"""What is promised: `target_seconds` or `target_percent`, measured in `window`. No target: no promise.

	`clauses` and `severities` say which requests it covers; empty means all.
	"""

	kind: str
	text: Mapping[str, str]
	window: str
	target_seconds: int | None = None
	target_percent: float | None = None
	clauses: tuple[str, ...] = ()
	severities: tuple[str, ...] = ()

	def covers(self, clauses: Iterable[str | None], severity: str | None) -> bool:
		return (not self.clauses or not set(self.clauses).isdisjoint(clauses)) and (
			not self.severities or severity in self.severities
		)


@dataclass(frozen=True, slots=True)
class SuccessPack:
	"""A paid pack of consulting: hours at an hourly rate. No rate: the provider has not set a price yet."""

	code: str
	label: Mapping[str, str]
	hours: float
	hourly_rate: float | None = None
	currency: str = "MXN"
	item: str | None = None

	@property
	def amount(self) -> float | None:
		return None if self.hourly_rate is None else round(self.hours * self.hourly_rate, 2)


class Policy:
	"""A correct policy. Build it from a mapping; raises `PolicyError` with every problem found."""

	def __init__(self, data: Mapping[str, Any]) -> None:
		problems = check(data)
		if problems:
			values = {"count": len(problems), "mistakes": "; ".join(map(str, problems))}
			raise PolicyError("The policy has {count} mistakes: {mistakes}", problems, **values)
		self.data = data
		self.name: str = data["name"]
		self.version: int = data["version"]
		self.language: str = data.get("language") or "es"
		self.time_zone: str = data["time_zone"]
		self.review_threshold = float(data.get("review_threshold", 0.5))
		self.reopen_days = int(data.get("reopen_days", REOPEN_DAYS))
		self.clauses = {row["code"]: _clause(row) for row in data["clauses"]}
		self.commitments = tuple(_commitment(row) for row in data["commitments"])
		self.packs = {row["code"]: _pack(row) for row in data.get("success_packs") or ()}

	@cached_property
	def windows(self) -> dict[str, SlaWindow]:
		return {row["name"]: window_of(row, self.time_zone) for row in self.data["windows"]}

	@cached_property
	def hash(self) -> str:
		"""SHA-256 of the canonical text: two policies with the same hash promise the same."""
		return hashlib.sha256(canonical(self.data).encode()).hexdigest()

	@property
	def support_window(self) -> SlaWindow:
		"""The hours in which people answer."""
		return self.windows[self.promised("support_hours").window]

	def promised(self, kind: str) -> Commitment:
		"""The first commitment of a kind that every policy has: `check` refuses one without it."""
		row = self.commitment(kind)
		if row is None:
			raise KeyError(kind)
		return row

	def commitment(
		self, kind: str, clauses: Iterable[str | None] = (), severity: str | None = None
	) -> Commitment | None:
		"""The first commitment of a kind; with `clauses`, the first that covers them."""
		covered = tuple(clauses)
		for row in self.commitments:
			if row.kind == kind and (not covered or row.covers(covered, severity)):
				return row
		return None

	def clause_text(self, code: str | None, language: str = "es") -> str:
		clause = self.clauses.get(code)
		return words(clause.text, language) if clause else ""

	def limits(self, language: str) -> str:
		"""What support never does, in the policy's own words; empty where it says nothing of it."""
		return words(self.data.get("limits") or {}, language)

	def recommendation(self, language: str) -> str:
		"""What the policy recommends for what is excluded; empty where it recommends nothing."""
		return words(self.data.get("recommendation") or {}, language)


def words(text: Mapping[str, str], language: str) -> str:
	"""The text in a language (`es-MX` reads `es`), else in Spanish, the language of the promise."""
	asked = text.get(language.replace("_", "-").split("-")[0])
	return asked or text.get("es") or next(iter(text.values()), "")


def canonical(data: Mapping[str, Any]) -> str:
	"""One text for one content: keys sorted, no optional white space."""
	return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def window_of(row: Mapping[str, Any], time_zone: str) -> SlaWindow:
	"""The window of a policy's row. `holidays` are ISO dates."""
	holidays = [date.fromisoformat(day) for day in row.get("holidays") or ()]
	zone, is_always_open = row.get("time_zone") or time_zone, bool(row.get("always_open"))
	return SlaWindow.weekly(row["name"], zone, row.get("weekly") or {}, holidays, is_always_open)


# -- checking ------------------------------------------------------------------------------------------------------


class _Part:
	"""A part of a policy under check: a rule is one call with what is needed, of which key, and what to do about it."""

	def __init__(self, problems: list[Problem], data: Mapping[str, Any], where: str = "") -> None:
		self.problems, self.where = problems, where
		self.get: Callable[..., Any] = data.get

	def need(self, is_met: object, key: str, template: str, **values: Any) -> None:
		if not is_met:
			self.problems.append(Problem(self.where + key, template, values))

	def need_text(self, key: str) -> None:
		text = self.get(key)
		is_text = (
			isinstance(text, Mapping) and text.get("es") and all(isinstance(v, str) for v in text.values())
		)
		example = '{"es": "...", "en": "..."}'
		self.need(is_text, key, "Write the words at least in Spanish: {example}.", example=example)

	def need_no_error(self, key: str, read: Callable[[Any], object], value: Any) -> None:
		try:
			read(value)
		except CalendarError as error:
			self.need(False, key, error.template, **error.values)

	def need_one_each(self, key: str, values: Sequence[str]) -> None:
		for place, value in enumerate(values):
			self.need(value not in values[:place], key, "{value} stands twice: keep one.", value=value)

	def rows(self, key: str, is_required: bool = True) -> "list[_Part]":
		rows = self.get(key)
		if rows is None and not is_required:
			return []
		is_list = isinstance(rows, (list, tuple)) and all(isinstance(row, Mapping) for row in rows)
		self.need(is_list and (rows or not is_required), key, "Write a list of objects.")
		return [_Part(self.problems, row, f"{key}[{i}].") for i, row in enumerate(rows)] if is_list else []


def check(data: Any) -> list[Problem]:
	"""Every mistake of a policy's mapping, in the order of the text; an empty list for a correct one."""
	if not isinstance(data, Mapping):
		return [
			Problem("policy", "Write an object with the keys name, version, clauses, commitments, windows.")
		]
	policy = _Part([], data)
	_check_head(policy)
	windows, packs = policy.rows("windows"), policy.rows("success_packs", is_required=False)
	clauses, commitments = policy.rows("clauses"), policy.rows("commitments")
	window_names, pack_codes = _words_of(windows, "name"), _words_of(packs, "code")
	for row in clauses:
		_check_clause(row, pack_codes)
	codes = _words_of(clauses, "code")
	policy.need_one_each("clauses", codes)
	for code in CLAUSE_SIDES:
		policy.need(code in codes, "clauses", "The clause {code} is missing: add it.", code=code)
	for row in commitments:
		_check_commitment(row, window_names)
	policy.need(
		"support_hours" in _words_of(commitments, "kind"),
		"commitments",
		"Add a commitment of the kind support_hours: it names the window in which people answer.",
	)
	for row in windows:
		_check_window(row, policy.get("time_zone"))
	policy.need_one_each("windows", window_names)
	for row in packs:
		_check_pack(row)
	policy.need_one_each("success_packs", pack_codes)
	return policy.problems


def _check_head(policy: _Part) -> None:
	form, zone = policy.get("format", FORMAT), policy.get("time_zone")
	policy.need(
		form == FORMAT, "format", "This is {value}; only {format} can be read.", value=form, format=FORMAT
	)
	policy.need(_is_name(policy.get("name")), "name", "Give the policy a name.")
	policy.need(_is_whole(policy.get("version"), 1), "version", "Give a whole number from 1 upwards.")
	sentence = "Name the time zone that rules the policy, for example America/Mexico_City."
	policy.need(zone, "time_zone", sentence)
	if zone:
		policy.need_no_error("time_zone", zone_of, zone)
	threshold = policy.get("review_threshold", 0.5)
	is_share = _is_number(threshold) and 0 <= threshold <= 1
	policy.need(is_share, "review_threshold", "Give a number from 0 to 1.")
	days = policy.get("reopen_days", REOPEN_DAYS)
	policy.need(_is_whole(days, 0), "reopen_days", "Give whole days from 0 upwards.")


def _check_clause(row: _Part, packs: Sequence[str]) -> None:
	code, side, pack, known = row.get("code"), row.get("side"), row.get("pack"), tuple(CLAUSE_SIDES)
	codes = ", ".join(known)
	row.need(code in known, "code", "{code} is not a clause: use one of {codes}.", code=code, codes=codes)
	row.need(side in SIDES, "side", "{side} is not a side: write included or excluded.", side=side)
	row.need_text("text")
	is_sold = not pack or pack in packs
	row.need(is_sold, "pack", "There is no Success Pack {pack} in success_packs.", pack=pack)
	row.need(_is_list_of_text(row.get("signals") or []), "signals", "Write a list of words or phrases.")


def _check_commitment(row: _Part, windows: Sequence[str]) -> None:
	kind, window, known = row.get("kind"), row.get("window"), tuple(COMMITMENT_CLOCKS)
	kinds = ", ".join(known)
	row.need(kind in known, "kind", "{kind} is not a commitment: use one of {kinds}.", kind=kind, kinds=kinds)
	row.need(window in windows, "window", "There is no window {window} in windows.", window=window)
	row.need_text("text")
	minutes, percent = row.get("target_minutes"), row.get("target_percent")
	is_time = minutes is None or (_is_number(minutes) and minutes >= 0)
	row.need(is_time, "target_minutes", "Give minutes from 0 upwards, or leave it empty for no promise.")
	is_percent = percent is None or (_is_number(percent) and 0 < percent <= 100)
	sentence = "Give a percentage above 0 and up to 100, or leave it empty for no promise."
	row.need(is_percent, "target_percent", sentence)
	for key, words_of_key in (("clauses", tuple(CLAUSE_SIDES)), ("severities", SEVERITIES)):
		values, listed = row.get(key) or [], ", ".join(words_of_key)
		is_list = _is_list_of_text(values)
		row.need(is_list, key, "Write a list; leave it out to cover all.")
		for value in values if is_list else ():
			is_known = value in words_of_key
			row.need(is_known, key, "{value} is unknown: use one of {known}.", value=value, known=listed)


def _check_window(row: _Part, time_zone: Any) -> None:
	row.need(_is_name(row.get("name")), "name", "Give the window a name.")
	weekly, days = row.get("weekly") or {}, ", ".join(WEEKDAYS)
	if not isinstance(weekly, Mapping):
		example = '{"mon": [["09:00", "18:00"]]}'
		return row.need(False, "weekly", "Write an object such as {example}.", example=example)
	for day, spans in weekly.items():
		is_day = day in WEEKDAYS
		row.need(is_day, "weekly", "{day} is not a weekday: use one of {days}.", day=day, days=days)
		for span in spans if isinstance(spans, (list, tuple)) else [spans]:
			row.need_no_error(f"weekly.{day}", seconds_of_pair, span)
	holidays = row.get("holidays") or ()
	for day in holidays if isinstance(holidays, (list, tuple)) else [holidays]:
		row.need(_is_date(day), "holidays", "{day} is not a date: write YYYY-MM-DD.", day=day)
	country = row.get("holiday_country")
	sentence = "{country} is not a country: write its two capital letters, for example MX."
	is_country = not country or re.fullmatch("[A-Z]{2}", str(country))
	row.need(is_country, "holiday_country", sentence, country=country)
	opens_at_all = row.get("always_open") or any(weekly.values())
	row.need(opens_at_all, "weekly", "The window never opens: add hours, or set always_open.")
	zone = row.get("time_zone")
	if zone and zone != time_zone:
		row.need_no_error("time_zone", zone_of, zone)


def _check_pack(row: _Part) -> None:
	hours, rate = row.get("hours"), row.get("hourly_rate")
	row.need(_is_name(row.get("code")), "code", "Give the Success Pack a code.")
	row.need(_is_number(hours) and hours > 0, "hours", "Give the hours of the Success Pack, more than 0.")
	is_price = rate is None or (_is_number(rate) and rate >= 0)
	row.need(is_price, "hourly_rate", "Give the price of an hour, or leave it empty until it is set.")
	row.need_text("label")


def _words_of(rows: Iterable[_Part], key: str) -> list[str]:
	"""The values of a key that are words; what is no word is a mistake of its own row."""
	return [row.get(key) for row in rows if _is_name(row.get(key))]


def _is_name(value: Any) -> bool:
	return isinstance(value, str) and bool(value)


def _is_date(value: Any) -> bool:
	try:
		return bool(date.fromisoformat(value))
	except (TypeError, ValueError):
		return False


def _is_number(value: Any) -> bool:
	return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def _is_whole(value: Any, least: int) -> bool:
	return _is_number(value) and value == int(value) and bool(value >= least)


def _is_list_of_text(values: Any) -> bool:
	return isinstance(values, (list, tuple)) and all(isinstance(value, str) for value in values)


def _clause(row: Mapping[str, Any]) -> Clause:
	signals = tuple(row.get("signals") or ())
	return Clause(row["code"], row["side"], row["text"], row.get("pack") or None, signals)


def _commitment(row: Mapping[str, Any]) -> Commitment:
	minutes, percent = row.get("target_minutes"), row.get("target_percent")
	seconds = None if minutes is None else round(minutes * 60)
	clauses, severities = tuple(row.get("clauses") or ()), tuple(row.get("severities") or ())
	return Commitment(row["kind"], row["text"], row["window"], seconds, percent, clauses, severities)


def _pack(row: Mapping[str, Any]) -> SuccessPack:
	rate, currency, item = row.get("hourly_rate"), row.get("currency") or "MXN", row.get("item") or None
	return SuccessPack(row["code"], row["label"], row["hours"], rate, currency, item)
