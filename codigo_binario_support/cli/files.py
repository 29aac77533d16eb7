"""Files that the commands are given and write: opened, measured, whole or not at all, refused with a reason."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, TextIO, cast

import click

from .. import shipped
from ..domain.errors import SupportError
from ..domain.policy.policy import Policy
from .language import Language
from .lines import Lines

STDIN = "-"


class SourceError(SupportError):
	"""A file that cannot be opened or is not what the command reads."""


class NotFound(SourceError):
	"""A wrong call: the file is not there, or may not be opened."""


@contextmanager
def opened(path: str) -> Iterator[tuple[BinaryIO, int]]:
	"""The bytes of a file (`-` is standard input) and its size, 0 when unknown. Raises `NotFound`."""
	if path == STDIN:
		yield sys.stdin.buffer, 0
		return
	try:
		stream = Path(path).open("rb")
	except OSError as error:
		raise unreadable(path, error) from error
	with stream:
		yield stream, Path(path).stat().st_size


def unreadable(path: str, error: OSError) -> NotFound:
	if isinstance(error, FileNotFoundError):
		return NotFound("There is no file {path}: check the name.", path=path)
	if isinstance(error, IsADirectoryError):
		return NotFound("{path} is a folder: give a file.", path=path)
	if isinstance(error, PermissionError):
		return NotFound("{path} may not be opened: check its permissions.", path=path)
	return NotFound("{path} cannot be opened: {reason}.", path=path, reason=error.strerror or error)


def read_json(path: str) -> Any:
	"""The content of a JSON file. Raises `SourceError` naming the line of a mistake."""
	try:
		with opened(path) as (stream, _size):
			return json.loads(stream.read().decode("utf-8-sig"))
	except UnicodeDecodeError as error:
		raise SourceError("{path} is not UTF-8 text: save it as UTF-8.", path=path) from error
	except json.JSONDecodeError as error:
		where = {"path": path, "line": error.lineno, "column": error.colno}
		raise SourceError("{path} is not JSON: look at line {line}, column {column}.", **where) from error
	except RecursionError as error:
		raise SourceError("{path} is nested too deep.", path=path) from error
	except OSError as error:
		raise unreadable(path, error) from error


def policy_data(path: str | None) -> Any:
	"""The mapping of a policy file, the shipped one without a path."""
	return shipped.policy_data() if path is None else read_json(path)


def load_policy(path: str | None) -> Policy:
	"""Raises `PolicyError` with every mistake, or `SourceError`."""
	return Policy(policy_data(path))


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


def report_mended(lang: Language, lines: Lines) -> None:
	"""What was read although it was not right."""
	mended = (
		(lines.lines_as_cp1252, lang.t("Note: {count} lines are not UTF-8; they were read as Windows-1252.")),
		(lines.lines_with_nul, lang.t("Note: NUL bytes were removed from {count} lines.")),
	)
	for count, message in mended:
		if count:
			click.echo(message.format(count=lang.number(count)), err=True)
