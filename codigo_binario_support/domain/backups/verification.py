"""A backup set that is whole by itself, against what the site held: tables, rows, files, age, size, encryption.

Clause: «la totalidad de la plataforma (base de datos y archivos)».

A set with a manifest is compared with that; one made by others with the site as it is now, leaving out what came after it.
The problems it finds, and their order, are a table of `domain.backups.sets`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import median_high

from . import sets
from .archives import BUSY_TABLES
from .inventory import KEY_TABLES, Inventory
from .sets import CONFIG, DATABASE, ENCRYPTED, PRIVATE, PUBLIC, FileReading, SetReading

#: Below this part of the usual size nobody believes a set without asking.
SHRUNKEN_BELOW = 0.5
_SHOWN = 3
_FOLDERS = {PUBLIC: "public/files/", PRIVATE: "private/files/"}
_FOUND_LENGTH = 140


@dataclass(frozen=True, slots=True)
class Expected:
	"""What a set must hold. Instants are text in site time, to the second, so that text order is time order.

	`files` has the bytes of each upload by its path below the site's folder, or None where the size is not known.
	`usual_bytes` is the size by kind of the sets before it; a set with a manifest needs none, it is vouched for.
	"""

	tables: frozenset[str] = frozenset()
	filled: frozenset[str] = frozenset()
	newest: str = ""
	latest: str = ""
	files: Mapping[str, int | None] = field(default_factory=dict)
	usual_bytes: Mapping[str, int] = field(default_factory=dict)
	must_be_encrypted: bool = False


def of_manifest(inventory: Inventory, latest: str = "", must_be_encrypted: bool = False) -> Expected:
	"""What the manifest says that the set must hold: what was there before and after."""
	looks = inventory.tables
	newest = max((looks[name].before.newest for name in BUSY_TABLES & looks.keys()), default="")
	filled = {name for name, table in looks.items() if table.before.rows and table.is_exact}
	return Expected(
		tables=frozenset(looks),
		filled=frozenset(filled | (set(KEY_TABLES) & looks.keys())),
		newest=newest[:19],
		latest=latest,
		files={path: row.size_bytes for path, row in inventory.files.items() if row.is_exact},
		must_be_encrypted=must_be_encrypted,
	)


def assess_set(found: SetReading, expected: Expected) -> SetReading:
	"""The same reading with a problem for each file that is whole and still not what it must be."""
	is_plain = expected.must_be_encrypted and found.encryption != ENCRYPTED
	return SetReading(tuple(_assess_file(row, expected, is_plain) for row in found.files))


def usual_bytes(earlier: Iterable[Mapping[str, int]]) -> dict[str, int]:
	"""The median size by kind of the verified sets before, newest first; fewer than three are no trend."""
	rows = list(earlier)[:7]
	if len(rows) < 3:
		return {}
	kinds = {kind for row in rows for kind in row}
	return {kind: median_high(row[kind] for row in rows if kind in row) for kind in kinds}


def _assess_file(row: FileReading, expected: Expected, is_plain: bool) -> FileReading:
	if row.problem or row.kind == CONFIG:
		return row
	problem, found = next(_problems(row, expected, is_plain), ("", ""))
	return replace(row, problem=problem, found=found[:_FOUND_LENGTH]) if problem else row


def _problems(row: FileReading, expected: Expected, is_plain: bool) -> Iterator[tuple[str, str]]:
	yield from _database(row, expected) if row.kind == DATABASE else _archive(row, expected)
	if is_plain and not row.is_encrypted:
		yield sets.NOT_ENCRYPTED, f"plain {row.nature}"
	usual = expected.usual_bytes.get(row.kind, 0)
	if row.size_bytes < usual * SHRUNKEN_BELOW:
		yield sets.SHRUNKEN, f"{row.size_bytes} bytes, usually {usual}"


def _database(row: FileReading, expected: Expected) -> Iterator[tuple[str, str]]:
	if missing := expected.tables - row.tables:
		yield sets.MISSING_TABLES, _listed(missing)
	if empty := expected.filled - row.filled:
		yield sets.EMPTY_TABLES, _listed(empty)
	if row.newest < expected.newest:
		found = f"newest row of {row.newest or 'no date'}, expected {expected.newest} or later"
		yield sets.OLD_CONTENT, found
	if expected.latest and row.newest > expected.latest:
		yield sets.OLD_CONTENT, f"newest row of {row.newest}, later than the backup"


def _archive(row: FileReading, expected: Expected) -> Iterator[tuple[str, str]]:
	wanted = {path: size for path, size in expected.files.items() if path.startswith(_FOLDERS[row.kind])}
	if missing := wanted.keys() - row.members.keys():
		yield sets.MISSING_FILES, _listed(missing)
	if other := [path for path, size in wanted.items() if size not in (None, row.members.get(path))]:
		yield sets.MISSING_FILES, f"other size: {_listed(other)}"


def _listed(names: Iterable[str]) -> str:
	"""How many, and the first of them."""
	rows = sorted(names)
	text = f"{len(rows)}: {', '.join(rows[:_SHOWN])}{', …' if len(rows) > _SHOWN else ''}"
	return text.encode("utf-8", "replace").decode()
