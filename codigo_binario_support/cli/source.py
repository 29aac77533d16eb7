"""Files that the commands are given: opened, measured, refused with a reason."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from .. import shipped
from ..domain.errors import SupportError
from ..domain.policy.policy import Policy

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
