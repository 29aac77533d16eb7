"""The support policy as values: clauses, commitments, SLA windows and Success Packs.

One format serves the shipped file, a file an operator writes, and the snapshot frozen on a request: a plain mapping,
JSON on disk (see `codigo_binario_support/data/policy.json`). `check` lists every mistake in it at once; `Policy`
reads a correct one.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from ..errors import CalendarError, SupportError
from ..time.windows import WEEKDAYS, OpenRow, SlaWindow, seconds_of

FORMAT = "support-policy/1"

INCLUDED = "included"
EXCLUDED = "excluded"
SIDES = (INCLUDED, EXCLUDED)

#: The closed vocabulary, in the order of the policy's text.
CLAUSE_SIDES = {
	"connectivity": INCLUDED,
	"backup": INCLUDED,
	"restore": INCLUDED,
	"usage_guidance": INCLUDED,
	"faq": INCLUDED,
	"account_billing": INCLUDED,
	"platform_upgrade": INCLUDED,
	"onsite_visit": EXCLUDED,
	"data_import": EXCLUDED,
	"process_consulting": EXCLUDED,
	"misconfiguration": EXCLUDED,
	"training": EXCLUDED,
	"design_improvement": EXCLUDED,
	"native_bug": EXCLUDED,
	"workflow_permissions": EXCLUDED,
	"third_party": EXCLUDED,
}

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
			raise PolicyError(
				"The policy has {count} mistakes: {mistakes}",
				problems=problems,
				count=len(problems),
				mistakes="; ".join(str(problem) for problem in problems),
			)
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
		return words(self.data.get("limits") or {"es": ""}, language)

	def recommendation(self, language: str) -> str:
		"""What the policy recommends for what is excluded; empty where it recommends nothing."""
		return words(self.data.get("recommendation") or {"es": ""}, language)


def words(text: Mapping[str, str], language: str) -> str:
	"""The text in a language (`es-MX` reads `es`), else in Spanish, the language of the promise."""
	return (
		text.get(language.replace("_", "-").split("-")[0]) or text.get("es") or next(iter(text.values()), "")
	)


def canonical(data: Mapping[str, Any]) -> str:
	"""One text for one content: keys sorted, no optional white space."""
	return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def window_of(row: Mapping[str, Any], time_zone: str) -> SlaWindow:
	"""The window of a policy's row. `holidays` are ISO dates."""
	rows = [
		OpenRow(WEEKDAYS.index(day), seconds_of(opens), seconds_of(closes))
		for day, spans in (row.get("weekly") or {}).items()
		for opens, closes in spans
	]
	return SlaWindow(
		row["name"],
		row.get("time_zone") or time_zone,
		rows,
		[date.fromisoformat(day) for day in row.get("holidays") or ()],
		always_open=bool(row.get("always_open")),
	)


# -- checking ------------------------------------------------------------------------------------------------------


def check(data: Any) -> list[Problem]:
	"""Every mistake of a policy's mapping, in the order of the text; an empty list for a correct one."""
	if not isinstance(data, Mapping):
		return [
			Problem("policy", "Write an object with the keys name, version, clauses, commitments, windows.")
		]
	problems = [*_check_head(data)]
	windows = _rows(data, "windows", problems)
	packs = _rows(data, "success_packs", problems, required=False)
	clauses = _rows(data, "clauses", problems)
	commitments = _rows(data, "commitments", problems)
	names = _words_of(windows, "name")
	codes = _words_of(packs, "code")
	for i, row in enumerate(clauses):
		problems += _check_clause(f"clauses[{i}]", row, codes)
	problems += _duplicates("clauses", clauses, "code")
	given = _words_of(clauses, "code")
	for code in CLAUSE_SIDES:
		if code not in given:
			problems.append(Problem("clauses", "The clause {code} is missing: add it.", {"code": code}))
	for i, row in enumerate(commitments):
		problems += _check_commitment(f"commitments[{i}]", row, names)
	if "support_hours" not in _words_of(commitments, "kind"):
		problems.append(
			Problem(
				"commitments",
				"Add a commitment of the kind support_hours: it names the window in which people answer.",
			)
		)
	for i, row in enumerate(windows):
		problems += _check_window(f"windows[{i}]", row, data.get("time_zone"))
	problems += _duplicates("windows", windows, "name")
	for i, row in enumerate(packs):
		problems += _check_pack(f"success_packs[{i}]", row)
	problems += _duplicates("success_packs", packs, "code")
	return problems


def _check_head(data: Mapping[str, Any]) -> Iterator[Problem]:
	if data.get("format", FORMAT) != FORMAT:
		yield Problem(
			"format",
			"This is {value}; only {format} can be read.",
			{"value": data["format"], "format": FORMAT},
		)
	if not data.get("name") or not isinstance(data["name"], str):
		yield Problem("name", "Give the policy a name.")
	if not _is_number(data.get("version")) or data["version"] != int(data["version"]) or data["version"] < 1:
		yield Problem("version", "Give a whole number from 1 upwards.")
	if not data.get("time_zone"):
		yield Problem(
			"time_zone", "Name the time zone that rules the policy, for example America/Mexico_City."
		)
	else:
		try:
			SlaWindow("check", data["time_zone"], always_open=True)
		except CalendarError as error:
			yield Problem("time_zone", error.template, error.values)
	threshold = data.get("review_threshold", 0.5)
	if not _is_number(threshold) or not 0 <= threshold <= 1:
		yield Problem("review_threshold", "Give a number from 0 to 1.")
	days = data.get("reopen_days", REOPEN_DAYS)
	if not _is_number(days) or days != int(days) or days < 0:
		yield Problem("reopen_days", "Give whole days from 0 upwards.")


def _check_clause(where: str, row: Mapping[str, Any], packs: Sequence[str]) -> Iterator[Problem]:
	code = row.get("code")
	if code not in tuple(CLAUSE_SIDES):
		yield Problem(
			f"{where}.code",
			"{code} is not a clause: use one of {codes}.",
			{"code": code, "codes": ", ".join(CLAUSE_SIDES)},
		)
	if row.get("side") not in SIDES:
		yield Problem(
			f"{where}.side", "{side} is not a side: write included or excluded.", {"side": row.get("side")}
		)
	yield from _check_text(f"{where}.text", row.get("text"))
	if row.get("pack") and row["pack"] not in packs:
		yield Problem(
			f"{where}.pack", "There is no Success Pack {pack} in success_packs.", {"pack": row["pack"]}
		)
	if not _is_list_of_text(row.get("signals") or []):
		yield Problem(f"{where}.signals", "Write a list of words or phrases.")


def _check_commitment(where: str, row: Mapping[str, Any], windows: Sequence[str]) -> Iterator[Problem]:
	if row.get("kind") not in tuple(COMMITMENT_CLOCKS):
		yield Problem(
			f"{where}.kind",
			"{kind} is not a commitment: use one of {kinds}.",
			{"kind": row.get("kind"), "kinds": ", ".join(COMMITMENT_CLOCKS)},
		)
	if row.get("window") not in windows:
		yield Problem(
			f"{where}.window", "There is no window {window} in windows.", {"window": row.get("window")}
		)
	yield from _check_text(f"{where}.text", row.get("text"))
	minutes, percent = row.get("target_minutes"), row.get("target_percent")
	if minutes is not None and (not _is_number(minutes) or minutes < 0):
		yield Problem(
			f"{where}.target_minutes", "Give minutes from 0 upwards, or leave it empty for no promise."
		)
	if percent is not None and (not _is_number(percent) or not 0 < percent <= 100):
		yield Problem(
			f"{where}.target_percent",
			"Give a percentage above 0 and up to 100, or leave it empty for no promise.",
		)
	for key, known in (("clauses", CLAUSE_SIDES), ("severities", SEVERITIES)):
		values = row.get(key) or []
		if not _is_list_of_text(values):
			yield Problem(f"{where}.{key}", "Write a list; leave it out to cover all.")
			continue
		for value in values:
			if value not in known:
				yield Problem(
					f"{where}.{key}",
					"{value} is unknown: use one of {known}.",
					{"value": value, "known": ", ".join(known)},
				)


def _check_window(where: str, row: Mapping[str, Any], time_zone: Any) -> Iterator[Problem]:
	if not row.get("name") or not isinstance(row["name"], str):
		yield Problem(f"{where}.name", "Give the window a name.")
	weekly = row.get("weekly") or {}
	if not isinstance(weekly, Mapping):
		yield Problem(
			f"{where}.weekly",
			"Write an object such as {example}.",
			{"example": '{"mon": [["09:00", "18:00"]]}'},
		)
		return
	for day, spans in weekly.items():
		if day not in WEEKDAYS:
			yield Problem(
				f"{where}.weekly",
				"{day} is not a weekday: use one of {days}.",
				{"day": day, "days": ", ".join(WEEKDAYS)},
			)
		for span in spans if isinstance(spans, (list, tuple)) else [spans]:
			try:
				opens, closes = span
				seconds_of(opens)
				seconds_of(closes)
			except CalendarError as error:
				yield Problem(f"{where}.weekly.{day}", error.template, error.values)
			except (TypeError, ValueError):
				yield Problem(f"{where}.weekly.{day}", 'Write pairs such as ["09:00", "18:00"].')
	holidays = row.get("holidays") or ()
	for day in holidays if isinstance(holidays, (list, tuple)) else [holidays]:
		try:
			date.fromisoformat(day)
		except (TypeError, ValueError):
			yield Problem(f"{where}.holidays", "{day} is not a date: write YYYY-MM-DD.", {"day": day})
	country = row.get("holiday_country")
	if country and not re.fullmatch("[A-Z]{2}", str(country)):
		yield Problem(
			f"{where}.holiday_country",
			"{country} is not a country: write its two capital letters, for example MX.",
			{"country": country},
		)
	if not row.get("always_open") and not any(weekly.values()):
		yield Problem(f"{where}.weekly", "The window never opens: add hours, or set always_open.")
	zone = row.get("time_zone")
	if zone and zone != time_zone:
		try:
			SlaWindow("check", zone, always_open=True)
		except CalendarError as error:
			yield Problem(f"{where}.time_zone", error.template, error.values)


def _check_pack(where: str, row: Mapping[str, Any]) -> Iterator[Problem]:
	if not row.get("code") or not isinstance(row["code"], str):
		yield Problem(f"{where}.code", "Give the Success Pack a code.")
	if not _is_number(row.get("hours")) or row["hours"] <= 0:
		yield Problem(f"{where}.hours", "Give the hours of the Success Pack, more than 0.")
	rate = row.get("hourly_rate")
	if rate is not None and (not _is_number(rate) or rate < 0):
		yield Problem(f"{where}.hourly_rate", "Give the price of an hour, or leave it empty until it is set.")
	yield from _check_text(f"{where}.label", row.get("label"))


def _check_text(where: str, text: Any) -> Iterator[Problem]:
	if (
		not isinstance(text, Mapping)
		or not text.get("es")
		or not all(isinstance(v, str) for v in text.values())
	):
		yield Problem(
			where,
			"Write the words at least in Spanish: {example}.",
			{"example": '{"es": "...", "en": "..."}'},
		)


def _rows(
	data: Mapping[str, Any], key: str, problems: list[Problem], required: bool = True
) -> list[Mapping[str, Any]]:
	rows = data.get(key)
	if rows is None and not required:
		return []
	if (
		not isinstance(rows, (list, tuple))
		or not all(isinstance(row, Mapping) for row in rows)
		or (required and not rows)
	):
		problems.append(Problem(key, "Write a list of objects."))
		return []
	return list(rows)


def _duplicates(where: str, rows: Iterable[Mapping[str, Any]], key: str) -> Iterator[Problem]:
	seen: set[str] = set()
	for value in _words_of(rows, key):
		if value in seen:
			yield Problem(where, "{value} stands twice: keep one.", {"value": value})
		seen.add(value)


def _words_of(rows: Iterable[Mapping[str, Any]], key: str) -> list[str]:
	"""The values of a key that are words; what is no word is a mistake of its own row."""
	return [row[key] for row in rows if isinstance(row.get(key), str) and row[key]]


def _is_number(value: Any) -> bool:
	return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def _is_list_of_text(values: Any) -> bool:
	return isinstance(values, (list, tuple)) and all(isinstance(value, str) for value in values)


def _clause(row: Mapping[str, Any]) -> Clause:
	return Clause(
		row["code"], row["side"], row["text"], row.get("pack") or None, tuple(row.get("signals") or ())
	)


def _commitment(row: Mapping[str, Any]) -> Commitment:
	minutes = row.get("target_minutes")
	return Commitment(
		kind=row["kind"],
		text=row["text"],
		window=row["window"],
		target_seconds=None if minutes is None else round(minutes * 60),
		target_percent=row.get("target_percent"),
		clauses=tuple(row.get("clauses") or ()),
		severities=tuple(row.get("severities") or ()),
	)


def _pack(row: Mapping[str, Any]) -> SuccessPack:
	return SuccessPack(
		code=row["code"],
		label=row["label"],
		hours=row["hours"],
		hourly_rate=row.get("hourly_rate"),
		currency=row.get("currency") or "MXN",
		item=row.get("item") or None,
	)
