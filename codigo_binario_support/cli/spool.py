"""Samples on disk until the site has them: written before anything else happens, safe against a crash at any moment.

`samples.jsonl` has one sample a line, in order. `state.json` says how many bytes of it are delivered, the last sample
that is not in the file any more, and how many samples were ever lost because the spool was full.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..domain.availability.samples import Sample, SampleError, from_mapping, to_mapping
from .source import NotFound, SourceError

#: About five weeks of minutes; beyond that the oldest tenth is given up, and counted.
MOST_SAMPLES = 50_000


class Spool:
	"""The samples of one probe. Only one process may have it open."""

	def __init__(self, folder: Path, probe: str) -> None:
		self.probe = probe
		self._file, self._state_file = folder / "samples.jsonl", folder / "state.json"
		self._folder = folder
		self._delivered = 0
		self.lost = 0
		self.last_begins = 0
		self.last_link = ""
		self._count = 0

	@classmethod
	@contextmanager
	def open(cls, folder: Path, probe: str) -> Iterator[Spool]:
		"""Raises `NotFound` when the folder cannot be used, or another process uses it."""
		try:
			folder.mkdir(parents=True, exist_ok=True, mode=0o700)
			lock = (folder / "lock").open("w")
		except OSError as error:
			raise NotFound(
				"{path} cannot be written: {reason}.", path=folder, reason=error.strerror
			) from error
		with lock:
			try:
				fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
			except OSError:
				raise NotFound(
					"Another probe uses {path}: stop it, or give this one a folder of its own with --spool.",
					path=folder,
				) from None
			spool = cls(folder, probe)
			spool._read()
			yield spool

	def _read(self) -> None:
		state = _json(self._state_file)
		self._delivered, self.lost = _whole(state, "delivered"), _whole(state, "lost")
		self.last_begins, self.last_link = _whole(state, "last_begins"), str(state.get("last_link") or "")
		content = self._file.read_bytes() if self._file.exists() else b""
		whole = content.rfind(b"\n") + 1
		if whole < len(content):
			# The last write did not end: that sample was never there.
			os.truncate(self._file, whole)
		if self._delivered > whole:
			self._delivered = 0
		lines = content[:whole].splitlines()
		self._count = len(lines)
		if lines:
			last = self._parsed(lines[-1])
			self.last_begins, self.last_link = last.begins, last.link

	def _parsed(self, line: bytes) -> Sample:
		try:
			return from_mapping(json.loads(line), self.probe)
		except (ValueError, SampleError) as error:
			raise SourceError(
				"{path} is damaged: move it away and start again. What it held is lost.", path=self._file
			) from error

	def add(self, sample: Sample) -> int:
		"""Keep a sample; returns how many had to be given up for it. Raises `OSError` when nothing can be written."""
		given_up = self._give_up() if self._count >= MOST_SAMPLES else 0
		line = json.dumps(to_mapping(sample), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
		is_new = not self._file.exists()
		with self._file.open("ab") as file:
			size = file.tell()
			try:
				file.write(line)
				file.flush()
				os.fsync(file.fileno())
			except OSError:
				with suppress(OSError):
					file.truncate(size)
				raise
		if is_new:
			self._sync_folder()
		self.last_begins, self.last_link = sample.begins, sample.link
		self._count += 1
		return given_up

	def lose(self) -> None:
		"""Count a sample that could not be written."""
		self.lost += 1
		with suppress(OSError):
			self._save()

	def waiting(self, most: int) -> tuple[list[dict[str, Any]], int, bool]:
		"""The oldest samples that are not delivered yet, where they end in the file, and whether there are more."""
		if not self._file.exists():
			return [], 0, False
		found: list[dict[str, Any]] = []
		with self._file.open("rb") as file:
			file.seek(self._delivered)
			while len(found) < most and (line := file.readline()):
				self._parsed(line)
				found.append(json.loads(line))
			return found, file.tell(), bool(file.readline())

	def delivered(self, until: int) -> None:
		"""The site has everything up to here. Once it has all, the file is emptied."""
		is_all = until >= self._file.stat().st_size
		self._delivered = 0 if is_all else until
		self._save()
		# A crash between the two delivers once more what the site has already: it counts duplicates.
		if is_all:
			os.truncate(self._file, 0)
			self._count = 0

	def _give_up(self) -> int:
		lines = self._file.read_bytes().splitlines(keepends=True)
		count = max(len(lines) // 10, 1)
		dropped = sum(map(len, lines[:count]))
		undelivered = sum(1 for end in _ends(lines[:count]) if end > self._delivered)
		_replace(self._file, b"".join(lines[count:]))
		self._delivered = max(self._delivered - dropped, 0)
		self.lost += undelivered
		self._count -= count
		self._save()
		return undelivered

	def _save(self) -> None:
		state = {
			"delivered": self._delivered,
			"lost": self.lost,
			"last_begins": self.last_begins,
			"last_link": self.last_link,
		}
		_replace(self._state_file, json.dumps(state).encode())
		self._sync_folder()

	def _sync_folder(self) -> None:
		"""A new name in a folder survives a crash only once the folder is written too."""
		descriptor = os.open(self._folder, os.O_RDONLY)
		try:
			os.fsync(descriptor)
		finally:
			os.close(descriptor)


def _ends(lines: list[bytes]) -> Iterator[int]:
	end = 0
	for line in lines:
		end += len(line)
		yield end


def _replace(path: Path, content: bytes) -> None:
	draft = path.with_suffix(".draft")
	with draft.open("wb") as file:
		file.write(content)
		file.flush()
		os.fsync(file.fileno())
	os.replace(draft, path)


def _json(path: Path) -> dict[str, Any]:
	try:
		content = json.loads(path.read_text(encoding="utf-8"))
	except (OSError, ValueError):
		return {}
	return content if isinstance(content, dict) else {}


def _whole(state: dict[str, Any], name: str) -> int:
	value = state.get(name)
	return value if isinstance(value, int) and value > 0 else 0
