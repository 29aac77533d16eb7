"""`replay`: a file of requests through the policy; a table, a summary, and on demand a report and JSON."""

import math
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime, timezone
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from ..domain.policy.policy import Policy
from . import instants
from .columns import ALIASES, Requests
from .files import STDIN, json_text, opened, policy_data, report_mended, written
from .language import Language
from .lines import Lines, RowError, Skipped, condensed
from .replay import Outcome, Replay, Tally, as_data, replayed
from .report import page
from .shell import FAILED, OK
from .table import Table, summary

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
	table = Table(lang, replay, shutil.get_terminal_size((120, 24)).columns)
	shown: list[str] = []
	with ExitStack() as files:
		write = files.enter_context(_results(lang, replay, tally, json_path)) if json_path else None
		html = files.enter_context(written(report)) if report else None
		stream, size = files.enter_context(opened(path))
		lines = Lines(stream)
		requests = Requests(lines, tally.zone, is_month_first=is_month_first)
		for result in condensed(replayed(replay, _with_progress(lang, requests, lines, size))):
			if isinstance(result, Skipped):
				tally.skip(result)
				click.echo(lang.skipped(result), err=True)
			else:
				tally.add(result)
				if len(shown) < rows:
					# They wait for the end, so that a progress bar does not run through them.
					shown.append(table.row(result))
			if write:
				write(result)
		tally.child_rows = requests.child_rows
		if html:
			html.write(page(lang, replay, tally, Path(path).name))
	report_mended(lang, lines)
	is_piped = json_path == STDIN
	if shown and not is_piped:
		left_out = tally.requests - len(shown)
		message = lang.t("… and {count} more; --rows shows more of them, --json writes all.")
		more = [message.format(count=lang.number(left_out))] if left_out else []
		click.echo("\n".join([*table.head(), *shown, *more, ""]))
	click.echo("\n".join(summary(lang, replay, tally)), err=is_piped)
	return FAILED if tally.skipped_count else OK


def _refuse_overwriting(lang: Language, path: str, *outputs: str | None) -> None:
	for output in outputs:
		if not output or STDIN in (output, path) or not os.path.exists(output) or not os.path.exists(path):
			continue
		if os.path.samefile(output, path):
			message = lang.t("{path} is the file that is read: write to another one.")
			raise click.UsageError(message.format(path=output))


def _instant(lang: Language, value: str | None, zone: ZoneInfo) -> datetime:
	if value is None:
		return datetime.now(timezone.utc)
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


@contextmanager
def _results(
	lang: Language, replay: Replay, tally: Tally, path: str
) -> Iterator[Callable[[Outcome | Skipped], None]]:
	"""What writes a result to `--json`: one valid JSON document with a result on each line, written as they come, and the
	totals at its end; or JSON Lines, as always on standard output (`-`).
	"""
	is_lines = path == STDIN or path.lower().endswith((".jsonl", ".ndjson"))
	with nullcontext(sys.stdout) if path == STDIN else written(path) as stream:
		before = repeat("") if is_lines else chain(["\n"], repeat(",\n"))
		after = "\n" if is_lines else ""

		def write(result: Outcome | Skipped) -> None:
			if isinstance(result, Skipped):
				where = {"line": result.line, "last_line": result.last_line}
				data = {**where, "error": lang.skipped(result)}
			else:
				data = as_data(result, replay)
			stream.write(f"{next(before)}{json_text(data)}{after}")

		if is_lines:
			yield write
			return
		stream.write('{"results": [')
		yield write
		stream.write(f'\n], "summary": {json_text(tally.as_data())}}}\n')
