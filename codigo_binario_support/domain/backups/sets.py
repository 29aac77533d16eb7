"""Backups as the policy means them: «un respaldo cada 24 horas de la totalidad de la plataforma (base de datos y archivos)».

A *set* is the files of one run: database, public files, private files, site configuration. It is complete when all
are there and whole. The promise is kept while a verified complete set is younger than the target on the wall clock;
no backup seen is not kept. Instants are aware, ages are seconds.

What can be wrong with a set, each with its advice to operators, is `PROBLEMS`: forms and lists follow it. What can stop a run
is `domain.backups.runs.RUN_PROBLEMS`, a copy `domain.backups.offsite.COPY_PROBLEMS`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise, zip_longest
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..time.windows import DAY_SECONDS
from ..verdicts import KEPT, NOT_PROVEN

#: What the whole platform is.
KINDS = DATABASE, PUBLIC, PRIVATE, CONFIG = "Database", "Public files", "Private files", "Site configuration"

EMPTY, TRUNCATED, PARTIAL, MISSING = "Empty", "Truncated", "Partial", "Missing"
FALSE_ENCRYPTION, UNREADABLE = "False encryption", "Unreadable"
#: Whole by itself, and not what the site holds: found by `domain.backups.verification`.
MISSING_TABLES, EMPTY_TABLES, MISSING_FILES = "Missing tables", "Empty tables", "Missing files"
OLD_CONTENT, NOT_ENCRYPTED = "Old content", "Not encrypted"
#: Neither good nor bad is known: no key here opens it, or it is far smaller than those before and nothing says why.
NOT_DECRYPTED, SHRUNKEN = "Not decrypted", "Shrunken"
#: What an operator does about each. Worst first: the set is named after its worst file.
PROBLEMS = {
	FALSE_ENCRYPTION: "The files are named as encrypted and anybody can read them: gpg failed. Delete the copies that left this machine, mend gpg, and make a new backup.",
	EMPTY: "A file holds nothing: the disk was full or the program ended at once. Check the disk and the run's message, and make a new backup.",
	TRUNCATED: "A file ends early: the run was killed, the disk filled up or the copy broke off. Make a new backup.",
	UNREADABLE: "A file is damaged or is something else than its name says. Check the disk, and make a new backup.",
	MISSING: "A part of the platform is not in the set. Back up with files: bench support backup makes all four.",
	PARTIAL: "Tables were left out on purpose. Remove the entry backup from the site's configuration, or make a new backup with bench support backup.",
	MISSING_TABLES: "Tables of the site are not in the dump. See which ones in the row of the database, and make a new backup.",
	EMPTY_TABLES: "Tables without which the site does not work have no rows in the dump. Check that the right database was dumped, and make a new backup.",
	MISSING_FILES: "Files that the site has are not in the archive, or are shorter there. See which ones in the row of the archive, and make a new backup.",
	OLD_CONTENT: "The newest row of the dump is too old, or lies in the future. Check that the right database was dumped and that the clock is right, and make a new backup.",
	NOT_ENCRYPTED: "The site asks for encrypted backups and this one is plain. Check gpg and the key, and make a new backup.",
	NOT_DECRYPTED: "The set is encrypted and the key of this site does not open it, so nothing is known. Put the right backup_encryption_key into the site's configuration and observe again.",
	SHRUNKEN: "The set is less than half as large as those before it, and nothing vouches for it. Compare with the site, and make a new backup with bench support backup.",
}
_UNPROVEN = frozenset((NOT_DECRYPTED, SHRUNKEN))

VERIFIED, FAILED = "Verified", "Failed"
#: Verdicts and states of days, each with its colour in lists.
VERDICTS = {VERIFIED: "green", FAILED: "red", NOT_PROVEN: "orange"}

ENCRYPTIONS = PLAIN, ENCRYPTED, MIXED = "Plain", "Encrypted", "Mixed"

#: Late: a set was taken that day, and for a part of the day the newest one was older than promised.
LATE, NOT_KEPT = "Late", "Not kept"
DAY_STATES = {KEPT: "green", LATE: "orange", NOT_KEPT: "red"}

_STAMP = "%Y%m%d_%H%M%S"
_NAME = re.compile(
	r"(\d{8}_\d{6})-(.+?)((?:-partial)?-database(?:-enc)?\.sql\.gz"
	r"|-(?:private-)?files(?:-enc)?\.(?:tar|tgz|tar\.gz)|-site_config_backup(?:-enc)?\.json)"
)
#: What stands in such a name for each kind; the first that is there counts.
_PARTS = {"-database": DATABASE, "-private-files": PRIVATE, "-files": PUBLIC, "-site_config": CONFIG}


class Damaged(ValueError):
	"""A file that is not what it should be; `problem` names it, the text says what was found (for operators)."""

	def __init__(self, problem: str, found: str) -> None:
		self.problem = problem
		super().__init__(found)


@dataclass(frozen=True, slots=True)
class BackupName:
	"""What Frappe's name of a backup file says: `taken_at` is naive, the wall clock of the site."""

	name: str
	taken_at: datetime
	site: str
	kind: str
	says_encrypted: bool = False
	says_partial: bool = False

	@property
	def set_key(self) -> str:
		return f"{self.taken_at.strftime(_STAMP)}-{self.site}"


@dataclass(frozen=True, kw_only=True)
class Contents:
	"""What a stream held: `entries` are tables of a dump or members of an archive.

	`filled` are the tables with rows, `newest` the newest instant in the busy ones (site time, to the second), `members`
	the bytes of each file of an archive by its path below the site's folder.
	"""

	entries: int = 0
	frappe_version: str = ""
	tool: str = ""
	tables: frozenset[str] = frozenset()
	filled: frozenset[str] = frozenset()
	newest: str = ""
	members: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class FileReading(Contents):
	"""One file of a set as it was read. `problem` is empty for a file that is whole."""

	kind: str
	name: str = ""
	size_bytes: int = 0
	sha256: str = ""
	nature: str = ""
	is_encrypted: bool = False
	problem: str = ""
	found: str = ""


class SetReading(NamedTuple):
	"""A set as it was read: always a row for each of `KINDS`, a missing file included."""

	files: tuple[FileReading, ...]

	@property
	def problem(self) -> str:
		"""The worst problem of the set; empty when there is none."""
		present = {row.problem for row in self.files}
		return next((problem for problem in PROBLEMS if problem in present), "")

	@property
	def verdict(self) -> str:
		if not self.problem:
			return VERIFIED
		return NOT_PROVEN if self.problem in _UNPROVEN else FAILED

	@property
	def is_complete(self) -> bool:
		"""The whole platform is there: nothing missing, nothing left out. Whether it is whole is the verdict's."""
		return not any(row.problem in (MISSING, PARTIAL) for row in self.files)

	@property
	def encryption(self) -> str:
		"""Of the customer's data; Frappe never encrypts the copy of the configuration, whatever its name says."""
		states = {row.is_encrypted for row in self.files if row.kind != CONFIG and row.problem != MISSING}
		if len(states) > 1:
			return MIXED
		return ENCRYPTED if True in states else PLAIN

	@property
	def size_bytes(self) -> int:
		return sum(row.size_bytes for row in self.files)


class Age(NamedTuple):
	"""The promise at one instant: the newest verified complete set, and its age. None: nothing was seen."""

	taken_at: datetime | None
	seconds: int | None
	target_seconds: int

	@property
	def is_kept(self) -> bool:
		"""Younger than the target; exactly the target is not younger."""
		return self.seconds is not None and self.seconds < self.target_seconds


class Gap(NamedTuple):
	"""Two verified sets, one after the other, with more than the target between them.

	`until` is None when there was no second one by the end of the span, and `seconds` are counted up to that end.
	"""

	since: datetime
	until: datetime | None
	seconds: int


class DayVerdict(NamedTuple):
	"""A day on which nothing was taken is a row that says so. `gap` is the longest that touches the day."""

	day: date
	sets: int
	gap: Gap | None = None

	@property
	def state(self) -> str:
		if not self.sets:
			return NOT_KEPT
		return LATE if self.gap else KEPT


def parse_name(name: str) -> BackupName | None:
	"""What a file's name says, or None when it is no backup of Frappe's.

	>>> parse_name("20261123_101530-erp_mx-private-files-enc.tgz").kind
	'Private files'
	"""
	match = _NAME.fullmatch(name)
	if not match:
		return None
	stamp, site, rest = match.groups()
	try:
		taken_at = datetime.strptime(stamp, _STAMP)  # noqa: DTZ007 - the site knows its zone
	except ValueError:
		return None
	kind = next(kind for part, kind in _PARTS.items() if part in rest)
	return BackupName(name, taken_at, site, kind, "-enc." in rest, rest.startswith("-partial"))


def sets_of(names: Iterable[str]) -> dict[str, list[BackupName]]:
	"""The files of a folder by set, oldest set first; files that are no backups are left out."""
	found: dict[str, list[BackupName]] = {}
	for parsed in filter(None, map(parse_name, sorted(names))):
		found.setdefault(parsed.set_key, []).append(parsed)
	return found


def whole(readings: Iterable[FileReading]) -> SetReading:
	"""The readings of a set's files, with a row for each kind that is missing, in the order of `KINDS`."""
	rows = list(readings)
	rows += [FileReading(kind, problem=MISSING) for kind in KINDS if kind not in {row.kind for row in rows}]
	return SetReading(tuple(sorted(rows, key=lambda row: (KINDS.index(row.kind), row.name))))


def age(now: datetime, verified: Iterable[datetime], target_seconds: int = DAY_SECONDS) -> Age:
	"""The promise now, given when the verified complete sets were taken. A set of the future proves nothing."""
	newest = max((at for at in verified if at <= now), default=None)
	seconds = None if newest is None else int((now - newest).total_seconds())
	return Age(newest, seconds, target_seconds)


def days(
	first: date, last: date, verified: Sequence[datetime], zone: ZoneInfo, target_seconds: int = DAY_SECONDS
) -> list[DayVerdict]:
	"""One verdict for each local day that is over, both ends included: by the sets of the day, and by the hours between sets."""
	dates = [first + timedelta(days=i) for i in range((last - first).days + 2)]
	midnights = [datetime.combine(day, time.min, zone).astimezone(timezone.utc) for day in dates]
	rows = []
	for day, (start, end) in zip(dates, pairwise(midnights), strict=False):
		taken = sum(start <= at < end for at in verified)
		rows.append(DayVerdict(day, taken, longest_gap(start, end, verified, target_seconds)))
	return rows


def is_known(row: DayVerdict, since: date) -> bool:
	"""Whether a day can be spoken of. Of the one on which watching began only a set is known: nobody saw the hours before."""
	return row.day > since or (row.day == since and bool(row.sets))


def longest_gap(
	start: datetime, end: datetime, verified: Iterable[datetime], target_seconds: int = DAY_SECONDS
) -> Gap | None:
	"""The longest time within a span during which the newest set was too old. Before the first set nothing is measured."""
	taken = sorted(at for at in verified if at < end)
	target = timedelta(seconds=target_seconds)
	found = []
	for since, until in zip_longest(taken, taken[1:]):
		ends = until or end
		if ends - since > target and ends > start:
			found.append(Gap(since, until, int((ends - since).total_seconds())))
	return max(found, key=lambda gap: gap.seconds, default=None)
