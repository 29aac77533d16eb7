"""Databases that may be made and dropped, and dumps that may be loaded into them.

A restore never touches a database that a site lives in: it makes a new one, under a name that says whose it is, and
only such names are ever created, loaded or dropped. A dump that names a database of its own is refused.
"""

import hashlib
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator

from ..errors import SupportError

#: What a database was made for: a drill's goes again, a restore's becomes the site's.
DRILL, RESTORE = "drill", "restore"
_PURPOSES = {"d": DRILL, "r": RESTORE}
_OURS = re.compile(r"cbs([dr])_([0-9a-f]{8})_[1-9]\d{0,9}_[0-9a-f]{4}")

#: The last line of a dump that ended by itself.
_TRAILER = b"-- Dump completed"
_DATA, _MORE_DATA = b"INSERT INTO `", b"("
_NAME_LIMIT = 200

_TABLE = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?`((?:[^`]|``)+)`")
#: A client of another version reads this line as an error; what it switches on is always on here.
_SANDBOX = re.compile(rb"/\*M?!999999\\- ")


def _starting(statement: bytes) -> re.Pattern[bytes]:
	return re.compile(rb"\s*(?:/\*M?!\d*\s*)?" + statement, re.I)


_USES = _starting(rb"USE\s+`?([^`;\s]+)")
_MAKES = _starting(
	rb"(?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+)?(?:/\*M?!\d+[^*]*\*/\s*)?(?:DATABASE|SCHEMA)\b([^;\n]{0,100})"
)
_QUALIFIED = _starting(
	rb"(?:INSERT\s+(?:IGNORE\s+)?INTO|REPLACE\s+INTO|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW)|DROP\s+(?:TABLE|VIEW)"
	rb"|ALTER\s+TABLE|LOCK\s+TABLES?|TRUNCATE(?:\s+TABLE)?|DELETE\s+FROM|UPDATE|RENAME\s+TABLE)\s+"
	rb"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:`((?:[^`]|``)+)`|(\w+))\s*\.\s*[`\w]"
)
_DEFINER = re.compile(
	rb"/\*!\d+ DEFINER=[^*]*\*/|(?<=CREATE )DEFINER\s*=\s*(?:`[^`]*`|'[^']*'|\S+?)@(?:`[^`]*`|'[^']*'|\S+)\s"
)


class Refused(SupportError):
	"""A database, or a dump, that is not to be touched."""


def site_mark(site: str) -> str:
	"""Eight hexadecimal digits for a site, as `7396be84`."""
	return hashlib.sha256(site.encode()).hexdigest()[:8]


def make_name(purpose: str, site: str, pid: int, mark: str) -> str:
	"""A new database's name; `mark` is four random hexadecimal digits. At most 32 characters, as for MySQL's users.

	>>> make_name(DRILL, "erp.mx", 4711, "beef")
	'cbsd_7396be84_4711_beef'
	"""
	return f"cbs{purpose[0]}_{site_mark(site)}_{pid}_{mark}"


def parse_name(name: str) -> tuple[str, str] | None:
	"""(purpose, mark of the site) as a name says, or None when it is none of ours."""
	match = _OURS.fullmatch(name)
	return (_PURPOSES[match[1]], match[2]) if match else None


def require_scratch(name: str, live: Collection[str], site: str) -> None:
	"""Raises `Refused` but for a name that this site's restores made and that no site lives in.

	`live` has the database names of every site of the bench. Names are compared without case: so do some servers.
	"""
	_, mark = parse_name(name) or ("", "")
	_require(name, live, mark == site_mark(site))


def require_kept(name: str, live: Collection[str], kept: Collection[str]) -> None:
	"""Raises `Refused` but for a name that a restore of this site put aside (one of `kept`) and that no site lives in."""
	_require(name, live, name in kept and "`" not in name)


def _require(name: str, live: Collection[str], is_ours: bool) -> None:
	if name.casefold() in {other.casefold() for other in live}:
		raise Refused("{name} is the database of a site: it is not touched.", name=name)
	if not is_ours:
		template = "{name} is not a database that a restore of this site made: it is not touched."
		raise Refused(template, name=name)


class Dump:
	"""The lines of a dump on their way into a new database, read once.

	Who a view or trigger belongs to is left out: it becomes who loads it. `tables` grows as they pass. Raises `Refused`
	for a line that leads into another database.
	"""

	def __init__(self, lines: Iterable[bytes]) -> None:
		self._lines = lines
		self._last: deque[bytes] = deque(maxlen=5)
		self.tables: list[str] = []

	def __iter__(self) -> Iterator[bytes]:
		for line in self._lines:
			if line.startswith(_MORE_DATA):
				yield line
			elif line.startswith(_DATA):
				_refuse_other(line[:_NAME_LIMIT], _QUALIFIED)
				yield line
			elif not _SANDBOX.match(line):
				yield self._statement(line)

	@property
	def is_whole(self) -> bool:
		"""The dumper's own last line was among the last ones."""
		return any(_TRAILER in line for line in self._last)

	def _statement(self, line: bytes) -> bytes:
		self._last.append(line[:_NAME_LIMIT])
		_refuse_other(line, _USES, _MAKES, _QUALIFIED)
		if b"DEFINER" in line:
			line = _DEFINER.sub(b"", line)
		if match := _TABLE.match(line):
			self.tables.append(_text(match[1].replace(b"``", b"`")))
		return line


def _refuse_other(line: bytes, *patterns: re.Pattern[bytes]) -> None:
	said = "The dump names a database of its own ({name}): it is not loaded. Make one of a single database."
	for pattern in patterns:
		if match := pattern.match(line):
			name = _text(next(filter(None, match.groups()), b"")).strip(" `;")
			raise Refused(said, name=name[:64])


def _text(name: bytes) -> str:
	return name.decode("utf-8", "replace")
