"""What the columns of a file mean, and one request out of one record.

Own files use `id, subject, body, created_at, events`; the CSV exports of ERPNext's Issue and Frappe Helpdesk's HD Ticket
(report export, data import export, Data Export with its preamble) are recognised by their labels, English or Spanish.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.errors import SupportError
from ..domain.time.clock import ACTIONS, Event, in_order
from ..domain.triage import cleaning, markup
from ..shipped import mapping
from . import instants
from .instants import shortened
from .lines import DELIMITERS, Line, Record, Records, RowError, Skipped, split_record

#: Names of a column, folded and parted by commas: field names first, then labels in English and Spanish.
ALIASES: dict[str, str] = mapping("columns.json")
_COLUMN_OF = {alias: column for column, aliases in ALIASES.items() for alias in aliases.split(", ")}
_CREATION = ("created_at", "opening_date", "creation", "events")
_ENDED = {"resolved", "closed", "resuelto", "resuelta", "cerrado", "cerrada"}

#: The header is looked for in so many lines: Frappe's Data Export puts about twenty before it.
_PREAMBLE_LINES = 60
#: More of a text decides nothing.
MAX_TEXT_CHARACTERS = cleaning.LONGEST_TEXT + 1
_MAX_SHAPES = 32
_Lines = Iterable[Line | Skipped]
_ZIP = "PK\x03\x04"
_EVENT = re.compile(r"(?P<at>\d.{0,60}?)\s+(?P<do>[A-Za-z_]+)\s*(?::\s*(?P<detail>.*))?\Z", re.S)


class HeaderError(SupportError):
	"""A file whose columns are not those of requests: nothing in it can be read."""


@dataclass(frozen=True, slots=True)
class Row:
	"""One request with its history. Instants are aware UTC.

	`id` is as the file has it: text, or a number in JSON. `knows_reply` and `knows_end`: whether the file can say when it
	was answered or solved. When it cannot, silence is no evidence of a breach.
	"""

	line: int
	id: str | int
	subject: str
	body: str
	events: tuple[Event, ...] = ()
	priority: str = ""
	knows_reply: bool = False
	knows_end: bool = False
	headers: dict[str, str] | None = None

	@property
	def created_at(self) -> datetime:
		return self.events[0].at


def headers_of(value: Any) -> dict[str, str] | None:
	"""The headers of a mail: a mapping, the same as JSON, or the lines as the mail has them.

	>>> headers_of("Auto-Submitted: auto-replied\\nX-Mailer: x")
	{'Auto-Submitted': 'auto-replied', 'X-Mailer': 'x'}
	"""
	if isinstance(value, str) and value.lstrip().startswith("{"):
		try:
			value = json.loads(value)
		except (ValueError, RecursionError):
			return None
	if isinstance(value, str):
		lines = (line for line in value.splitlines() if ":" in line and not line[:1].isspace())
		value = {name.strip(): one.strip() for name, _, one in (line.partition(":") for line in lines)}
	if not isinstance(value, Mapping):
		return None
	return {str(name): str(one) for name, one in value.items()} or None


@dataclass(frozen=True)
class Header:
	"""Where each known column stands, in a row of `width` fields."""

	index: Mapping[str, int]
	width: int
	#: Frappe's Data Export: the first column holds captions and is blank in every row of data.
	has_captions: bool

	@classmethod
	def of(cls, fields: Sequence[str]) -> "Header":
		index: dict[str, int] = {}
		for i, field in enumerate(fields):
			index.setdefault(_COLUMN_OF.get(fold(field), ""), i)
		index.pop("", None)
		return cls(index, len(fields), fields[0].strip().endswith(":"))

	@property
	def is_one(self) -> bool:
		return len(self.index) > 1 and ("subject" in self.index or "body" in self.index)

	def require(self, with_history: bool) -> None:
		missing = [] if "id" in self.index else ["id"]
		if self.index.keys().isdisjoint(("subject", "body")):
			missing.append("subject")
		if with_history and self.index.keys().isdisjoint(_CREATION):
			missing.append("created_at")
		if missing:
			message = "The file lacks the columns {missing}; it has {found}. See --help for the names that are read."
			raise HeaderError(message, missing=", ".join(missing), found=", ".join(self.index) or "-")


class Requests:
	"""The requests of a CSV file, one by one; a row that cannot be used comes out as `Skipped`.

	Raises `HeaderError` when the file is empty or has no usable header.
	"""

	def __init__(
		self, lines: _Lines, zone: ZoneInfo, with_history: bool = True, is_month_first: bool = False
	) -> None:
		self.zone, self.with_history, self.is_month_first = zone, with_history, is_month_first
		#: Rows without an id and a text of their own: child rows, totals.
		self.child_rows = 0
		self._shapes: set[str] = set()
		source = iter(lines)
		self.header, delimiter = _find_header(source)
		self.records = Records(source, delimiter)
		if not self.header.has_captions:
			self._begin()

	def __iter__(self) -> Iterator[Row | Skipped]:
		for record in self._data():
			if isinstance(record, Skipped):
				yield record
				continue
			try:
				row = self._row(record)
			except SupportError as error:
				yield Skipped.because(record.line, error, record.last_line)
				continue
			if row and len(self._shapes) < _MAX_SHAPES:
				self._shapes.add(_shape(str(row.id)))
			if row:
				yield row

	def _begin(self) -> None:
		self.header.require(self.with_history)
		self.records.width = self.header.width
		self.records.looks_like_start = self._looks_like_start

	def _data(self) -> Iterator[Record | Skipped]:
		records = iter(self.records)
		if self.header.has_captions:
			for record in records:
				if isinstance(record, Record):
					if not record.fields[0].strip():
						records = chain([record], records)
						break
					better = Header.of(record.fields)
					if len(better.index) > len(self.header.index):
						self.header = better
			self._begin()
		yield from records

	def _row(self, record: Record) -> Row | None:
		fields = record.fields
		if not any(field.strip() for field in fields):
			return None
		width = self.header.width
		if len(fields) != width and (len(fields) < width or any(field.strip() for field in fields[width:])):
			message = "The row has {count} fields and the header {width}: look for a separator or a quote too many or too few."
			raise RowError(message, count=len(fields), width=width)
		cells = {column: fields[i].strip() for column, i in self.header.index.items()}
		get = cells.get
		# Frappe's Data Export writes a document's name inside quotes of its own.
		request_id = get("id", "").strip('"').strip()
		subject, body = get("subject", ""), plain_text(get("body", ""))
		if not subject and not body and (not request_id or fold(request_id) == "total"):
			self.child_rows += 1
			return None
		if not request_id:
			raise RowError("The request has no id: give it one.")
		if self.with_history and not subject and not body:
			raise RowError("The request {id} has neither subject nor body.", id=shortened(request_id))
		headers = headers_of(get("headers"))
		row = Row(record.line, request_id, subject[:MAX_TEXT_CHARACTERS], body, headers=headers)
		return self._with_history(row, cells) if self.with_history else row

	def _with_history(self, row: Row, cells: Mapping[str, str]) -> Row:
		events = self._events(cells)
		is_ended = any(event.do == "resolve" for event in events)
		has_end = not cells.keys().isdisjoint(("events", "resolved_at", "closed_at"))
		return replace(
			row,
			events=tuple(in_order(events)),
			priority=cells.get("priority", ""),
			knows_reply=not cells.keys().isdisjoint(("events", "first_reply_at", "resolved_at")),
			knows_end=has_end and (is_ended or fold(cells.get("status", "")) not in _ENDED),
		)

	def _events(self, cells: Mapping[str, str]) -> list[Event]:
		events, get = self._written_events(cells.get("events", "")), cells.get
		done = {event.do for event in events}
		if "create" not in done:
			events.insert(0, Event(self._created_at(cells), "create"))
		ended = get("resolved_at") or get("closed_at")
		is_held = not ended and "resolve" not in done and fold(get("status", "")) not in _ENDED
		told = (
			("first_reply", get("first_reply_at")),
			("resolve", ended),
			("hold", get("on_hold_since") if is_held else None),
			("close", get("closed_at")),
		)
		# A hold of the column counts beside those that are written.
		is_new = {do: do == "hold" or do not in done for do, _at in told}
		return events + [Event(self._instant(at), do) for do, at in told if at and is_new[do]]

	def _created_at(self, cells: Mapping[str, str]) -> datetime:
		value, date, time = (cells.get(column) for column in ("created_at", "opening_date", "opening_time"))
		if date and time:
			# The date may drag a midnight along; the time column has the hour.
			value = value or f"{date.split()[0]} {time}"
		value = value or cells.get("creation") or date
		if value:
			return self._instant(value)
		raise RowError("The request does not say when it was created: fill in created_at.")

	def _written_events(self, text: str) -> list[Event]:
		written: list[tuple[datetime, str, list[str]]] = []
		for piece in filter(None, map(str.strip, text.split(";"))):
			match = _EVENT.match(piece)
			if match:
				detail = (match["detail"] or "").strip()
				written.append((self._instant(match["at"]), match["do"].lower(), [detail] if detail else []))
			elif written and written[-1][2] and not piece[0].isdigit():
				# A semicolon inside a reason.
				written[-1][2].append(piece)
			else:
				message = "The event {event} cannot be read: write {example}, and semicolons between events. Events are {actions}."
				example, actions = "2026-03-02 10:30 first_reply", ", ".join(ACTIONS)
				raise RowError(message, event=shortened(piece), example=example, actions=actions)
		return [Event(at, do, "; ".join(reasons) or None) for at, do, reasons in written]

	def _instant(self, value: str) -> datetime:
		return instants.parse(value, self.zone, self.is_month_first)

	def _looks_like_start(self, fields: list[str], is_open: bool) -> bool:
		"""Whether a record may begin with these fields: an id such as those before it, and a date where one belongs."""
		whole = fields[:-1] if is_open else fields
		at = self.header.index["id"]
		if at >= len(whole):
			return False
		request_id = whole[at].strip().strip('"')
		if not request_id or len(request_id) > 140:
			return False
		if self._shapes and len(self._shapes) < _MAX_SHAPES and _shape(request_id) not in self._shapes:
			return False
		for column in ("created_at", "opening_date", "creation"):
			at = self.header.index.get(column, len(whole))
			if at < len(whole):
				try:
					self._instant(whole[at].strip())
				except RowError:
					return False
		return True


def _find_header(source: Iterator[Line | Skipped]) -> tuple[Header, str]:
	"""The header and the delimiter; what follows the header stays in `source`."""
	is_empty, is_workbook = True, False
	for count, line in enumerate(source):
		if isinstance(line, Line) and line.text.strip():
			is_empty, is_workbook = False, is_workbook or line.text.startswith(_ZIP)
			headers = [(Header.of(split_record(line.text, mark)[0]), mark) for mark in DELIMITERS]
			best, delimiter = max(headers, key=lambda pair: len(pair[0].index))
			if best.is_one:
				return best, delimiter
		if count >= _PREAMBLE_LINES:
			break
	if is_workbook:
		raise HeaderError("This is an Excel workbook, not CSV: save it as CSV (UTF-8) first.")
	if is_empty:
		raise HeaderError("The file is empty: there are no requests to read.")
	message = "No header was found: the first line must name the columns, for example {example}."
	raise HeaderError(message, example="id,subject,body,created_at,events")


def fold(label: str) -> str:
	"""A label without case, accents and punctuation: `Fecha de Apertura` and `fecha_de_apertura` are one."""
	return " ".join(re.findall(r"\w+", cleaning.fold(label.replace("_", " "))))


def plain_text(text: str) -> str:
	"""The words of a text that may be HTML.

	>>> plain_text("<p>No puedo entrar</p><p>desde hoy &amp; ayer</p>")
	'No puedo entrar\\ndesde hoy & ayer'
	"""
	if markup.has_tags(text):
		return markup.words_of(text, MAX_TEXT_CHARACTERS)[:MAX_TEXT_CHARACTERS]
	return markup.unescaped(text).strip()[:MAX_TEXT_CHARACTERS]


def _shape(request_id: str) -> str:
	return re.sub(r"[^\W\d]+", "A", re.sub(r"\d+", "9", request_id))
