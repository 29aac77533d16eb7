"""Files that the commands write, and how messages about rows are worded."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TextIO, cast

import click

from .language import Language
from .lines import Lines, Skipped
from .source import NotFound


@contextmanager
def written(path: str) -> Iterator[TextIO]:
	"""A text file that appears whole or not at all. Raises `NotFound` before any work is done."""
	target = Path(path)
	if target.exists() and not target.is_file():
		# A pipe or a device cannot be replaced; a folder is refused by `open`.
		with _refused(path), target.open("w", encoding="utf-8", errors="backslashreplace") as stream:
			yield stream
		return
	with _refused(path):
		draft = NamedTemporaryFile(
			"w",
			encoding="utf-8",
			errors="backslashreplace",
			dir=target.parent,
			prefix=f".{target.name}.",
			delete=False,
		)
	try:
		with draft:
			yield cast(TextIO, draft)
		_share(draft.name)
		os.replace(draft.name, target)
	except BaseException:
		Path(draft.name).unlink(missing_ok=True)
		raise


@contextmanager
def _refused(path: str) -> Iterator[None]:
	try:
		yield
	except OSError as error:
		raise NotFound("{path} cannot be written: {reason}.", path=path, reason=error.strerror) from error


def _share(path: str) -> None:
	# Temporary files are private; what a user asked for has the rights of any other file.
	mask = os.umask(0)
	os.umask(mask)
	os.chmod(path, 0o666 & ~mask)


def json_text(value: Any) -> str:
	"""One line of JSON, in letters where the output can show them."""
	is_wide = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
	return json.dumps(value, ensure_ascii=not is_wide)


def skipped_text(lang: Language, row: Skipped) -> str:
	"""`line 7: the reason` or `lines 7-9: the reason`."""
	where = lang.t("line {line}") if row.line == row.last_line else lang.t("lines {line}-{last_line}")
	return f"{where.format(line=row.line, last_line=row.last_line)}: {lang.error(row)}"


def report_skipped(lang: Language, row: Skipped) -> None:
	click.echo(skipped_text(lang, row), err=True)


def report_mended(lang: Language, lines: Lines) -> None:
	"""What was read although it was not right."""
	if lines.lines_as_cp1252:
		message = lang.t("Note: {count} lines are not UTF-8; they were read as Windows-1252.")
		click.echo(message.format(count=lang.number(lines.lines_as_cp1252)), err=True)
	if lines.lines_with_nul:
		message = lang.t("Note: NUL bytes were removed from {count} lines.")
		click.echo(message.format(count=lang.number(lines.lines_with_nul)), err=True)
