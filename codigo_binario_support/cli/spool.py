"""Samples on disk until the site has them: confirmed only when they would survive a crash, at any moment.

One SQLite file, held by one process. A sample and what the next one hangs on are written in one transaction. EXTRA is
FULL, and also syncs the folder once the journal is gone: without it a loss of power could bring a journal back.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from ..domain.availability.samples import Sample, SampleError, from_mapping, to_mapping
from .files import NotFound, SourceError

#: About five weeks of minutes; beyond that the oldest tenth is given up, and counted.
MOST_SAMPLES = 50_000
FILE = "samples.sqlite3"
_OPENING = """
pragma synchronous = extra;
pragma locking_mode = exclusive;
begin exclusive;
create table if not exists samples (begins integer primary key, sample text not null);
create table if not exists state (
	one integer primary key check (one = 1), lost integer not null, last_begins integer not null, last_link text not null
);
insert or ignore into state values (1, 0, 0, '');
commit;
"""


class Spool:
	"""The samples of one probe that wait for the site. Writing raises `sqlite3.Error` and leaves all as it was.

	`lost`: how many were ever given up. `last_begins`, `last_link`: of the newest sample, delivered or not.
	"""

	def __init__(self, db: sqlite3.Connection, path: Path, probe: str) -> None:
		self._db = db
		self.path = path
		self._probe = probe
		state = db.execute("select lost, last_begins, last_link from state").fetchone()
		self.lost, self.last_begins, self.last_link = state

	@classmethod
	@contextmanager
	def open(cls, folder: Path, probe: str) -> "Iterator[Spool]":
		"""Raises `NotFound` when the folder cannot be used, or another process uses it; `SourceError` when what is in
		it cannot be read."""
		path = folder / FILE
		try:
			folder.mkdir(parents=True, exist_ok=True, mode=0o700)
			connection = sqlite3.connect(path, timeout=0)
		except (OSError, sqlite3.Error) as error:
			raise _unwritable(folder, error) from error
		with closing(connection) as db:
			try:
				db.executescript(_OPENING)
				spool = cls(db, path, probe)
				spool._drain(folder)
			except sqlite3.OperationalError as error:
				raise _taken(folder) if "locked" in str(error) else _unwritable(folder, error) from error
			except sqlite3.DatabaseError as error:
				raise _damaged(path) from error
			yield spool

	@contextmanager
	def _writing(self) -> Iterator[sqlite3.Connection]:
		try:
			with self._db:
				yield self._db
		except sqlite3.Error:
			with suppress(sqlite3.Error):
				self._db.rollback()
			raise

	def add(self, sample: Sample) -> int:
		"""Keep a sample; returns how many had to be given up for it."""
		return self._store([sample], self.lost, sample.begins, sample.link)

	def _store(self, samples: list[Sample], lost: int, last_begins: int, last_link: str) -> int:
		with self._writing() as db:
			given_up = self._give_up()
			for sample in samples:
				text = json.dumps(to_mapping(sample), ensure_ascii=False, separators=(",", ":"))
				db.execute("insert into samples values (?, ?)", (sample.begins, text))
			state = lost + given_up, last_begins, last_link
			db.execute("update state set lost = ?, last_begins = ?, last_link = ?", state)
		self.lost, self.last_begins, self.last_link = state
		return given_up

	def lose(self) -> None:
		"""Count a sample that could not be written; on disk too, if that can be written now."""
		self.lost += 1
		with suppress(sqlite3.Error), self._writing() as db:
			db.execute("update state set lost = ?", (self.lost,))

	def waiting(self, most: int) -> tuple[list[dict[str, Any]], int, bool]:
		"""The oldest samples that are not delivered yet, when the last of them begins, and whether there are more."""
		query = "select begins, sample from samples order by begins limit ?"
		rows = self._db.execute(query, (most + 1,)).fetchall()
		shown = rows[:most]
		return [json.loads(text) for _begins, text in shown], shown[-1][0] if shown else 0, len(rows) > most

	def delivered(self, until: int) -> None:
		"""The site has every sample up to the one that begins then."""
		with self._writing() as db:
			db.execute("delete from samples where begins <= ?", (until,))

	def _give_up(self) -> int:
		(count,) = self._db.execute("select count(*) from samples").fetchone()
		if count < MOST_SAMPLES:
			return 0
		oldest = "select begins from samples order by begins limit ?"
		gone = self._db.execute(f"delete from samples where begins in ({oldest})", (max(count // 10, 1),))
		return gone.rowcount

	def _drain(self, folder: Path) -> None:
		"""Take over `samples.jsonl` and `state.json`, once: their samples in one transaction, and only then they go."""
		lines, state, lock = (folder / name for name in ("samples.jsonl", "state.json", "lock"))
		if not lines.exists() and not state.exists():
			return
		with lock.open("a") as held:
			try:
				fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
			except OSError:
				raise _taken(folder) from None
			self._take_over(lines, *_old_state(state))
			for path in (lines, state, lock):
				path.unlink(missing_ok=True)

	def _take_over(self, path: Path, delivered: int, lost: int, last_begins: int, last_link: str) -> None:
		content = path.read_bytes() if path.exists() else b""
		# A last line without an end was never confirmed.
		content = content[: content.rfind(b"\n") + 1]
		undelivered = content[delivered if delivered <= len(content) else 0 :]
		try:
			samples = [from_mapping(json.loads(line), self._probe) for line in undelivered.splitlines()]
			if content:
				last = from_mapping(json.loads(content.splitlines()[-1]), self._probe)
				last_begins, last_link = last.begins, last.link
		except (ValueError, SampleError) as error:
			raise _damaged(path) from error
		# Taken over already, by a process that was killed before it could remove the files.
		if last_begins <= self.last_begins and (self.last_begins or self.lost):
			return
		self._store(samples, self.lost + lost, last_begins, last_link)


def _taken(folder: Path) -> NotFound:
	message = "Another probe uses {path}: stop it, or give this one a folder of its own with --spool."
	return NotFound(message, path=folder)


def _unwritable(folder: Path, error: Exception) -> NotFound:
	reason = getattr(error, "strerror", None) or str(error)
	return NotFound("{path} cannot be written: {reason}.", path=folder, reason=reason)


def _damaged(path: Path) -> SourceError:
	return SourceError("{path} is damaged: move it away and start again. What it held is lost.", path=path)


def _old_state(path: Path) -> tuple[int, int, int, str]:
	"""(delivered, lost, last_begins, last_link); nothing where the file cannot be read."""
	try:
		content = json.loads(path.read_text(encoding="utf-8"))
	except (OSError, ValueError):
		content = None
	state = content if isinstance(content, dict) else {}
	values = [state.get(name) for name in ("delivered", "lost", "last_begins")]
	delivered, lost, last = (value if isinstance(value, int) and value > 0 else 0 for value in values)
	return delivered, lost, last, str(state.get("last_link") or "")
