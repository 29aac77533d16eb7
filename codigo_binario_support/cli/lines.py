"""Bytes to lines to records, whatever state the file is in.

A file that people export, mail and edit arrives in any encoding, with any separator and with broken quotes. Nothing
here holds more than one record: a line that cannot be used is reported with its number, and reading goes on.
"""

import codecs
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, NamedTuple, TypeVar

from ..domain.errors import SupportError

DELIMITERS = (",", ";", "\t", "|")
#: A record may be this long; more is a quote that was never closed, or not a CSV file.
MAX_RECORD_CHARACTERS = 16 * 1024 * 1024
MAX_RECORD_LINES = 5_000
_CHUNK = 1 << 16
_TOLD_ONE_BY_ONE = 20
_T = TypeVar("_T")
#: The longer marks first: one of UTF-32 begins with one of UTF-16.
_MARKED = ("utf-8", "utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")


class RowError(SupportError):
	"""A row that cannot be used; the message says why and what to do."""


class Line(NamedTuple):
	"""One physical line without its ending; `number` counts from 1."""

	number: int
	text: str


class Record(NamedTuple):
	"""One CSV record: its fields, and the first and last physical line it stands on."""

	line: int
	last_line: int
	fields: list[str]


class Skipped(NamedTuple):
	"""A row that was not used, and why. `template` and `values` serve translation.

	`rows` is above 1 where a long run of rows with one and the same mistake is told at once.
	"""

	line: int
	last_line: int
	template: str
	values: dict[str, Any]
	rows: int = 1

	@classmethod
	def because(cls, line: int, error: SupportError, last_line: int | None = None) -> "Skipped":
		return cls(line, last_line or line, error.template, error.values)


def condensed(results: Iterable[_T | Skipped]) -> Iterator[_T | Skipped]:
	"""The same results; of a run of equal mistakes in adjoining rows the first are told one by one, the rest together.

	A file that is no CSV at all, or a quote before a million lines, would otherwise drown the message that matters.
	"""
	run: Skipped | None = None
	length = 0
	for result in results:
		row = result if isinstance(result, Skipped) else None
		same = run and (run.last_line + 1, run.template, run.values)
		length = length + 1 if row and (row.line, row.template, row.values) == same else 1
		if run and row and length > _TOLD_ONE_BY_ONE + 1:
			run = run._replace(last_line=row.last_line, rows=run.rows + row.rows)
			continue
		if run:
			yield run
		run = row
		if not row:
			yield result
	if run:
		yield run


class Lines:
	"""The lines of a binary stream. Counts what it had to mend, for a note to the user.

	`bytes_read` grows as lines are taken, for a progress bar.
	"""

	def __init__(self, stream: BinaryIO) -> None:
		self._stream = stream
		self.bytes_read = 0
		self.lines_as_cp1252 = 0
		self.lines_with_nul = 0

	def __iter__(self) -> Iterator[Line | Skipped]:
		message = "The line is longer than {limit} characters; it was left out."
		too_long = RowError(message, limit=MAX_RECORD_CHARACTERS)
		for number, (raw, is_whole) in enumerate(self._pieces(), 1):
			if not is_whole:
				yield Skipped.because(number, too_long)
				continue
			text = raw if isinstance(raw, str) else self._decode(raw)
			if "\0" in text:
				self.lines_with_nul += 1
				text = text.replace("\0", "")
			yield Line(number, text)

	def _read(self) -> bytes:
		chunk = self._stream.read(_CHUNK)
		self.bytes_read += len(chunk)
		return chunk

	def _pieces(self) -> Iterator[tuple[Any, bool]]:
		"""(line, whether it is whole), as bytes for UTF-8 and its kin, as text for the wide encodings."""
		start = self._read()
		encoding, mark = _encoding_of(start)
		convert: Callable[[bytes], Any] = bytes
		if encoding != "utf-8":
			convert = codecs.getincrementaldecoder(encoding)(errors="replace").decode
		head = convert(start[mark:])
		newline, carriage = ("\n", "\r") if isinstance(head, str) else (b"\n", b"\r")
		ending = carriage if carriage in head and newline not in head else newline
		kept, is_whole = head[:0], True
		for chunk in chain([head], map(convert, iter(self._read, b""))):
			*whole, kept = (kept + chunk).split(ending)
			for line in whole:
				yield line.removesuffix(carriage), is_whole
				is_whole = True
			if len(kept) > MAX_RECORD_CHARACTERS:
				kept, is_whole = kept[:0], False
		if kept or not is_whole:
			yield kept.removesuffix(carriage), is_whole

	def _decode(self, raw: bytes) -> str:
		# Line by line: a file that people glued together is UTF-8 here and Windows-1252 there.
		try:
			return raw.decode("utf-8")
		except UnicodeDecodeError:
			self.lines_as_cp1252 += 1
			return raw.decode("cp1252", errors="replace")


def _encoding_of(head: bytes) -> tuple[str, int]:
	"""The encoding of a stream that begins with `head`, and the length of its byte order mark."""
	for encoding in _MARKED:
		mark = "\ufeff".encode(encoding)
		if head.startswith(mark):
			return encoding, len(mark)
	sample = head[:4096]
	for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
		half = sample[first::2]
		if len(sample) > 20 and half.count(0) > 0.7 * len(half) and sample.count(0) < 0.6 * len(sample):
			return encoding, 0
	return "utf-8", 0


class Records:
	"""The CSV records of some lines, for one delimiter.

	A quote that is opened and never closed would swallow every row after it. When a record runs over several lines
	and its quotes are not in order (or a line inside it is a whole record by itself), it ends before the first line
	that `looks_like_start`; what came before is reported as one bad row.
	"""

	def __init__(self, lines: Iterator[Line | Skipped], delimiter: str) -> None:
		self._lines = lines
		self._again: deque[Line] = deque()
		self.delimiter = delimiter
		#: (fields, whether the line ends inside quotes) -> whether a record may begin so. Set once a header is known.
		self.looks_like_start: Callable[[list[str], bool], bool] = lambda fields, is_open: False
		self.width = 0

	def __iter__(self) -> Iterator[Record | Skipped]:
		while (line := self._next()) is not None:
			if isinstance(line, Skipped):
				yield line
			elif '"' not in line.text:
				if line.text.strip():
					yield Record(line.number, line.number, line.text.split(self.delimiter))
			else:
				yield from self._quoted(line)

	def _next(self) -> Line | Skipped | None:
		return self._again.popleft() if self._again else next(self._lines, None)

	def _quoted(self, first: Line) -> Iterator[Record | Skipped]:
		fields, state = split_record(first.text, self.delimiter)
		block, length, following = [first], len(first.text), []
		is_broken, other = False, None
		while state.is_open and not is_broken:
			line = self._next()
			if not isinstance(line, Line):
				is_broken, other = True, line
				break
			block.append(line)
			length += len(line.text)
			is_too_long = len(block) > MAX_RECORD_LINES or length > MAX_RECORD_CHARACTERS
			has_enough = line.text.count(self.delimiter) >= self.width - 1
			is_broken = is_too_long or (has_enough and self._beginning(line)[1])
			more, after = split_record(line.text, self.delimiter, is_open=True)
			state = QuoteState(after.is_open, state.is_in_order and after.is_in_order)
			following.append(more)
		is_doubtful = len(block) > 1 and not state.is_in_order
		start = 0
		if is_broken or is_doubtful:
			# The first line after the first where a record may begin.
			start = next((i for i, line in enumerate(block) if i and self._beginning(line)[0]), 0)
		if not is_broken and not start:
			for more in following:
				# The last field of a line goes on in the first of the next.
				fields[-1] += "\n" + more[0]
				fields += more[1:]
			yield Record(first.number, block[-1].number, fields)
			return
		self._again.extendleft(reversed(block[start or len(block) :]))
		last = block[start - 1].number
		message = "A quote opened in this row is not closed; the row was left out and reading went on in line {next_line}."
		yield Skipped.because(first.number, RowError(message, next_line=last + 1), last)
		if other:
			yield other

	def _beginning(self, line: Line) -> tuple[bool, bool]:
		"""Whether a record may begin in a line, and whether the line may be one by itself."""
		fields, state = split_record(line.text, self.delimiter)
		is_whole = not state.is_open and len(fields) == self.width
		may_begin = (state.is_open or is_whole) and self.looks_like_start(fields, state.is_open)
		return may_begin, may_begin and is_whole


class QuoteState(NamedTuple):
	"""How a line ends: inside a quoted field or not; and whether every quote so far stood where CSV allows one."""

	is_open: bool
	is_in_order: bool


_OPENING, _QUOTES = re.compile(' *"'), re.compile('""|"( *)')


def split_record(text: str, delimiter: str, is_open: bool = False) -> tuple[list[str], QuoteState]:
	"""The fields of one line; with `is_open` the line begins inside a quoted field. A last open field is included.

	A quote inside a quoted field that is neither doubled nor before a delimiter is kept as a letter, and noted.

	>>> split_record('1,"a ""b"", c",d', ",")[0]
	['1', 'a "b", c', 'd']
	>>> split_record('1,"he said "hi" to us",d', ",")
	(['1', 'he said "hi" to us', 'd'], QuoteState(is_open=False, is_in_order=False))
	"""
	fields: list[str] = []
	here, is_in_order = 0, True
	while True:
		opening = None if is_open else _OPENING.match(text, here)
		if is_open or opening:
			begin = opening.end() if opening else here
			value, here, is_closed, is_tidy = _quoted_field(text, begin, delimiter)
			is_open, is_in_order = False, is_in_order and is_tidy
			fields.append(value)
			if not is_closed:
				return fields, QuoteState(True, is_in_order)
			here = text.find(delimiter, here)
		else:
			end = text.find(delimiter, here)
			fields.append(text[here:] if end < 0 else text[here:end])
			here = end
		if here < 0:
			return fields, QuoteState(False, is_in_order)
		here += 1


def _quoted_field(text: str, here: int, delimiter: str) -> tuple[str, int, bool, bool]:
	"""(value, position after it, whether it was closed, whether its quotes were in order) from inside a field."""
	parts: list[str] = []
	is_tidy = True
	for match in _QUOTES.finditer(text, here):
		parts.append(text[here : match.start()])
		is_doubled = match[1] is None
		here = match.start() + (2 if is_doubled else 1)
		if not is_doubled and (match.end() == len(text) or text.startswith(delimiter, match.end())):
			return "".join(parts), here, True, is_tidy
		parts.append('"')
		is_tidy = is_tidy and is_doubled
	parts.append(text[here:])
	return "".join(parts), len(text), False, is_tidy
