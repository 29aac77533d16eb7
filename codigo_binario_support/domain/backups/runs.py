"""Making a backup set: when one is due, how much disk it needs, and the names of what may go wrong."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..errors import SupportError
from .sets import DATABASE

#: Who asked for a run. A set that nobody here made was made elsewhere: bench's cron, a person, an off-site job.
ORIGINS = SCHEDULER, DESK, COMMAND, ELSEWHERE = "Scheduler", "Desk", "Command", "Elsewhere"

MADE, FAILED = "Made", "Failed"
#: Each with its colour in lists.
STATES = {MADE: "green", FAILED: "red"}

TOO_LITTLE_DISK, NO_PROGRAM, DUMP_FAILED = "Too little disk", "Program is missing", "Dump failed"
ARCHIVE_FAILED, ENCRYPTION_FAILED, NOT_VERIFIED = "Archives failed", "Encryption failed", "Set is not good"
KILLED, UNFORESEEN = "Run was killed", "Unforeseen error"
#: What an operator does about each.
RUN_PROBLEMS = {
	TOO_LITTLE_DISK: "There is too little room on the disk of the backups. Free some, or keep fewer sets in Support Promise Settings; nothing that was there was touched.",
	NO_PROGRAM: "A program that backups need is not installed on this machine: mariadb-dump, gzip, tar, or gpg for encrypted backups. Install it.",
	DUMP_FAILED: "The database could not be dumped. See the message of the run, check the database server and its password, and try again.",
	ARCHIVE_FAILED: "The files could not be archived. See the message of the run, check the disk and the rights on the files, and try again.",
	ENCRYPTION_FAILED: "The set could not be encrypted, so none was kept in plain. Check gpg and the site's backup_encryption_key, and try again.",
	NOT_VERIFIED: "The set was made and is not good. The message says what is wrong; the sets before it are untouched.",
	KILLED: "An earlier run ended without a word: killed, or the machine went down. What it left behind was cleared.",
	UNFORESEEN: "The run ended in an error that nobody foresaw. See the Error Log that its message names; it is tried again in an hour.",
}

#: The site itself must go on writing while and after a set is made.
RESERVE_BYTES = 64 << 20
#: A dump shrinks in gzip to a fifth or less; without an earlier set nobody knows, so half is assumed.
_DUMP_SHARE = 0.5
_GROWTH = 1.2


class MakingError(SupportError):
	"""A run that made no set; `problem` is one of `RUN_PROBLEMS`, the text says what was found."""

	def __init__(self, problem: str, found: str = "") -> None:
		self.problem = problem
		super().__init__("{problem}: {found}", problem=problem, found=found)

	def __reduce__(self) -> "tuple[type[MakingError], tuple[str, str]]":
		return type(self), (self.problem, self.values["found"])


def is_due(now: datetime, newest: datetime | None, every_seconds: int) -> bool:
	"""A new set is due when the newest verified one is this old, or there is none."""
	return newest is None or (now - newest).total_seconds() >= every_seconds


def needed_bytes(
	last_bytes: Mapping[str, int], database_bytes: int, archived_bytes: Iterable[int], is_encrypted: bool
) -> int:
	"""Room for a set: the dump by the last one's size, else by the database's; an archive by what lies there now.

	gpg writes a second copy beside the first, so the largest file counts twice when the set is encrypted.
	"""
	dump = last_bytes.get(DATABASE, 0) * _GROWTH or max(database_bytes * _DUMP_SHARE, 1 << 20)
	parts = (int(dump), *(int(size * 1.02) + (1 << 20) for size in archived_bytes))
	return sum(parts) + (max(parts) if is_encrypted else 0) + RESERVE_BYTES
