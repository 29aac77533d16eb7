"""`replay`: a file of requests through the policy; a table, a summary, and on demand a report and JSON."""

import math
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click

from ..adapters.site.now import utc_now
from ..domain.policy.policy import Policy
from . import instants
from .columns import ALIASES, Requests
from .language import Language
from .lines import Lines, RowError, Skipped, condensed
from .output import json_text, report_mended, report_skipped, skipped_text, written
from .replay import Outcome, Replay, as_data, replayed
from .report import page
from .shell import FAILED, OK
from .source import STDIN, opened, policy_data
from .table import Table, summary
from .tally import Tally

_PROGRESS_BYTES = 1 << 20


def help_text(lang: Language) -> list[str]:
	"""The paragraphs of `replay --help`."""
	columns = "\n".join(f"  {column}: {names}" for column, names in ALIASES.items())
	return [
		lang.t("Replay requests with their history through triage, clock and offer."),
		lang.t(
			"FILE is CSV with id, subject, body, created_at and events (- reads standard input), or the CSV export of "
			"ERPNext's Issue or Frappe Helpdesk's HD Ticket as it comes. Events are written "
			"`2026-03-02 10:30 first_reply; 2026-03-02 11:00 hold: waiting for a file; ...` with first_reply, hold, resume, "
			"resolve, reopen, close; or in the columns first_reply_at, resolved_at, closed_at. An instant without an offset is "
			"in the policy's zone."
		),
		lang.t(
			"A row that cannot be used is reported with its line number and the reason, and the rest goes on; the exit code "
			"is then 1."
		),
		f"\b\n{lang.t('Columns, and the names they are known by:')}\n{columns}",
	]


def run(
	lang: Language,
	path: str,
	policy_path: str | None,
	report: str | None,
	json_path: str | None,
	hourly_rate: float | None,
	observe_at: str | None,
	rows: int,
	is_month_first: bool,
) -> int:
	_refuse_overwriting(lang, path, report, json_path)
	if hourly_rate is not None and not math.isfinite(hourly_rate):
		raise click.BadParameter(lang.t("{value} is not an amount from 0 upwards.").format(value=hourly_rate))
	data = policy_data(policy_path)
	replay = Replay(data, _instant(lang, observe_at, Policy(data).support_window.zone), hourly_rate)
	tally = Tally(replay.support_window.zone)
	shown = Shown(Table(lang, replay, shutil.get_terminal_size((120, 24)).columns), rows)
	with ExitStack() as files:
		results = files.enter_context(Results.to(lang, replay, json_path)) if json_path else None
		html = files.enter_context(written(report)) if report else None
		stream, size = files.enter_context(opened(path))
		lines = Lines(stream)
		requests = Requests(lines, tally.zone, is_month_first=is_month_first)
		for result in condensed(replayed(replay, _with_progress(lang, requests, lines, size))):
			if isinstance(result, Skipped):
				tally.skip(result)
				report_skipped(lang, result)
			else:
				tally.add(result)
				shown.add(result)
			if results:
				results.write(result)
		tally.child_rows = requests.child_rows
		if results:
			results.finish(tally)
		if html:
			html.write(page(lang, replay, tally, Path(path).name))
	report_mended(lang, lines)
	is_piped = json_path == STDIN
	for line in [*([] if is_piped else shown.lines(lang)), *summary(lang, replay, tally)]:
		click.echo(line, err=is_piped)
	return FAILED if tally.skipped_count else OK


def _refuse_overwriting(lang: Language, path: str, *outputs: str | None) -> None:
	for output in outputs:
		if output and output != STDIN and path != STDIN and os.path.exists(output) and os.path.exists(path):
			if os.path.samefile(output, path):
				raise click.UsageError(
					lang.t("{path} is the file that is read: write to another one.").format(path=output)
				)


def _instant(lang: Language, value: str | None, zone: ZoneInfo) -> datetime:
	if value is None:
		return utc_now()
	try:
		return instants.parse(value, zone)
	except RowError as error:
		raise click.UsageError(f"--observe-at: {lang.error(error)}") from error


def _with_progress(lang: Language, requests: Iterable[Any], lines: Lines, size: int) -> Iterator[Any]:
	"""The requests, with a bar on a terminal while a long file is read."""
	if size < _PROGRESS_BYTES or not sys.stderr.isatty():
		yield from requests
		return
	with click.progressbar(length=size, label=lang.t("Reading the file"), file=sys.stderr) as bar:
		done = 0
		for request in requests:
			if lines.bytes_read != done:
				bar.update(lines.bytes_read - done)
				done = lines.bytes_read
			yield request


@dataclass
class Shown:
	"""The first rows of the table. They wait for the end, so that a progress bar does not run through them."""

	table: Table
	limit: int

	def __post_init__(self) -> None:
		self.rows: list[str] = []
		self.left_out = 0

	def add(self, outcome: Outcome) -> None:
		if len(self.rows) < self.limit:
			self.rows.append(self.table.row(outcome))
		else:
			self.left_out += 1

	def lines(self, lang: Language) -> list[str]:
		lines = [*self.table.head(), *self.rows] if self.rows else []
		if self.left_out and self.rows:
			message = lang.t("… and {count} more; --rows shows more of them, --json writes all.")
			lines.append(message.format(count=lang.number(self.left_out)))
		return [*lines, ""] if lines else []


class Results:
	"""`--json`: one valid JSON document with a result on each line, written as they come; or JSON Lines."""

	def __init__(self, lang: Language, replay: Replay, stream: TextIO, is_lines: bool) -> None:
		self.lang = lang
		self.replay = replay
		self.stream = stream
		self.is_lines = is_lines
		self.count = 0
		if not is_lines:
			stream.write('{"results": [')

	@classmethod
	@contextmanager
	def to(cls, lang: Language, replay: Replay, path: str) -> "Iterator[Results]":
		"""Results in a file, or on standard output (`-`, always JSON Lines)."""
		if path == STDIN:
			yield cls(lang, replay, sys.stdout, is_lines=True)
			return
		with written(path) as stream:
			yield cls(lang, replay, stream, path.lower().endswith((".jsonl", ".ndjson")))

	def write(self, result: Outcome | Skipped) -> None:
		if isinstance(result, Skipped):
			data: dict[str, Any] = {
				"line": result.line,
				"last_line": result.last_line,
				"error": skipped_text(self.lang, result),
			}
		else:
			data = as_data(result, self.replay)
		text = json_text(data)
		self.stream.write(text + "\n" if self.is_lines else ("," if self.count else "") + "\n" + text)
		self.count += 1

	def finish(self, tally: Tally) -> None:
		if not self.is_lines:
			self.stream.write(f'\n], "summary": {json_text(tally.as_data())}}}\n')
