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
	as_text: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
	if target.exists() and not target.is_file():
		# A pipe or a device cannot be replaced; a folder is refused by `open`.
		with _refused(path), target.open("w", **as_text) as stream:
			yield stream
		return
	with _refused(path):
		draft = NamedTemporaryFile("w", dir=target.parent, prefix=f".{target.name}.", delete=False, **as_text)
	try:
		with draft:
			yield cast(TextIO, draft)
		# Temporary files are private; what a user asked for has the rights of any other file.
		mask = os.umask(0)
		os.umask(mask)
		os.chmod(draft.name, 0o666 & ~mask)
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
	mended = (
		(lines.lines_as_cp1252, lang.t("Note: {count} lines are not UTF-8; they were read as Windows-1252.")),
		(lines.lines_with_nul, lang.t("Note: NUL bytes were removed from {count} lines.")),
	)
	for count, message in mended:
		if count:
			click.echo(message.format(count=lang.number(count)), err=True)
