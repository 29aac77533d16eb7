"""Evidence that was written after a backup was taken, carried from the old database into the restored one.

Rows are copied as they are, so every seal still fits. A chain is continued only where the restored one is its beginning:
then what follows is the same chain, and verifies to its end. Requests are taken over when what was restored of them is
the beginning of what is there now. Whatever cannot be carried is named; all of it is in the export in any case.
"""

import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from frappe.utils import create_batch

from ...domain.restores.drills import NO_TABLE, OTHER_CHAIN, OTHER_COLUMNS
from ..availability.samples import PROBE, SAMPLE
from ..evidence.chains import CHAINS, counter
from ..site.instants import utc_now
from .databases import Server

REQUEST = "Support Request"
_OF_REQUEST = ("Support Scope Decision", "Support Clock Event")
#: Documents that carried ones point to, and the condition on the old table. Missing rows are added by name.
_BESIDE = {
	"Support Terms": "1 = 1",
	"Support Example": "1 = 1",
	# Sealed days speak for their samples: without them the days would look as if somebody had removed some.
	PROBE: "1 = 1",
	SAMPLE: "1 = 1",
	"Communication": f"reference_doctype = '{REQUEST}'",
	"Comment": f"reference_doctype = '{REQUEST}'",
	"File": f"attached_to_doctype = '{REQUEST}'",
}
#: How far a probe is. Deliveries are numbered: a number that is given twice would put a new sample into a sealed day.
_COUNTED = "deliveries samples duplicates refused flagged lost last_ends unfollowed_from".split()
_COUNTED += ["late_days", "last_delivery_at"]
_AT_ONCE = 500


class Part(NamedTuple):
	"""What of one doctype was written since: names to add, names to put in the place of what was restored."""

	doctype: str
	added: Sequence[str] = ()
	replaced: Sequence[str] = ()
	problem: str = ""
	conflicts: Sequence[str] = ()

	@property
	def names(self) -> list[str]:
		return [*self.added, *self.replaced]


@dataclass
class Delta:
	"""Everything that was written since, by doctype. `conflicts` are requests that went two ways: they are left as they were restored."""

	parts: list[Part] = field(default_factory=list)
	conflicts: list[str] = field(default_factory=list)

	def carried(self, doctype: str) -> Sequence[str]:
		"""Names of a doctype that can be carried."""
		return next((part.names for part in self.parts if part.doctype == doctype and not part.problem), [])


class Transfer:
	"""From the database `old` into `new`, on one server. Only `copy` writes, and only into `new`."""

	def __init__(self, server: Server, old: str, new: str) -> None:
		self._server, self._old, self._new = server, old, new

	def delta(self) -> Delta:
		"""What the old database has and the new one lacks."""
		found = Delta()
		for doctype in (*CHAINS, REQUEST, *_BESIDE):
			if self._columns(self._old, doctype):
				part = self._part(doctype)
				found.conflicts += part.conflicts
				if part.names:
					found.parts.append(part._replace(problem=part.problem or self._problem(part)))
		return found

	def copy(self, found: Delta) -> None:
		"""Copy every part that can be carried, with its child rows and its numbers, or nothing at all."""
		with self._server.transaction():
			for part in found.parts:
				if not part.problem:
					self._copy_rows(part)
			self._copy_series(found)
			self._copy_probes()

	def export(self, found: Delta, path: Path) -> None:
		"""Write every row of a delta into an archive, a JSON line for each, by table."""
		path.parent.mkdir(parents=True, exist_ok=True)
		path.touch(mode=0o600)
		with tarfile.open(path, "w:gz") as archive:
			for part in found.parts:
				for doctype, condition in self._tables(part.doctype):
					columns = self._columns(self._old, doctype)
					rows = self._each(f"select * from {self._from(doctype)} where {condition}", part.names)
					title = doctype if doctype == part.doctype else f"{part.doctype} - {doctype}"
					_add(archive, title, [dict(zip(columns, row, strict=True)) for row in rows])
			_add(archive, "conflicts", found.conflicts)

	def dangling(self, found: Delta) -> list[str]:
		"""`CBS-2026-00042: Quotation SAL-QTN-2026-00007`: what carried requests point to and the new database lacks."""
		links = f"select fieldname, options from {self._from('DocField')} where parent = %s and fieldtype = 'Link'"
		present = self._columns(self._new, REQUEST)
		lacking = {
			f"{name}: {target} {value}"
			for fieldname, target in self._server.rows(links, (REQUEST,))
			if fieldname in present and self._columns(self._new, target)
			for name, value in self._each(
				f"""select request.name, request.`{fieldname}` from {self._into(REQUEST)} request
				left join {self._into(target)} there on there.name = request.`{fieldname}`
				where request.name in :names and request.`{fieldname}` != '' and there.name is null""",
				found.carried(REQUEST),
			)
		}
		return sorted(lacking)

	def attached(self, found: Delta) -> list[str]:
		"""Paths below the site's folder of the files that carried File rows name."""
		urls = f"select file_url from {self._from('File')} where name in :names"
		return [
			url.lstrip("/") if url.startswith("/private/") else f"public{url}"
			for (url,) in self._each(urls, found.carried("File"))
			if url and url.startswith(("/files/", "/private/files/")) and ".." not in url
		]

	def _part(self, doctype: str) -> Part:
		is_known = bool(self._columns(self._new, doctype))
		if doctype in _BESIDE:
			return Part(doctype, self._missing(doctype, _BESIDE[doctype]) if is_known else ())
		if not is_known:
			names = f"select name from {self._from(doctype)} order by creation"
			return Part(doctype, self._server.column(names))
		return self._requests() if doctype == REQUEST else self._chain(doctype)

	def _chain(self, doctype: str) -> Part:
		old, new = self._from(doctype), self._into(doctype)
		ends = f"select sequence, entry_hash from {new} where sequence > 0 order by sequence desc limit 1"
		sequence, seal = next(iter(self._server.rows(ends)), (0, None))
		there = self._server.column(f"select entry_hash from {old} where sequence = %s", (sequence,))
		# What is not sealed yet (an open incident) has no place in the chain: it is added, or brought to where it is now.
		later = f"""select name from {old} where sequence > %s or ifnull(sequence, 0) = 0
			and name not in (select name from {new} where sequence > 0)
			order by ifnull(sequence, 0) = 0, sequence, creation"""
		since = self._server.column(later, (sequence,))
		present = {name for (name,) in self._each(f"select name from {new} where name in :names", since)}
		added = [name for name in since if name not in present]
		replaced = [name for name in since if name in present]
		return Part(doctype, added, replaced, OTHER_CHAIN if sequence and there[:1] != [seal] else "")

	def _requests(self) -> Part:
		other = f"""select old.name from {self._from(REQUEST)} old join {self._into(REQUEST)} new on new.name = old.name
			where ifnull(old.seal, '') != ifnull(new.seal, '') order by old.creation"""
		changed = self._server.column(other)
		conflicts = [name for name in changed if not self._continues(name)]
		replaced = [name for name in changed if name not in conflicts]
		return Part(REQUEST, self._missing(REQUEST), replaced, conflicts=conflicts)

	def _continues(self, request: str) -> bool:
		"""Whether what was restored of a request is the beginning of what is there now."""
		hashes = "select entry_hash from {} where parent = %s and parenttype = %s order by parentfield, idx"
		for child in _OF_REQUEST:
			now = self._server.column(hashes.format(self._from(child)), (request, REQUEST))
			restored = self._server.column(hashes.format(self._into(child)), (request, REQUEST))
			if now[: len(restored)] != restored:
				return False
		return True

	def _missing(self, doctype: str, condition: str = "1 = 1") -> list[str]:
		missing = f"""select old.name from (select name, creation from {self._from(doctype)} where {condition}) old
			left join {self._into(doctype)} new on new.name = old.name
			where new.name is null order by old.creation"""
		return self._server.column(missing)

	def _problem(self, part: Part) -> str:
		"""What keeps a part from being carried: a table or a filled column that the restored version lacks."""
		for doctype, condition in self._tables(part.doctype):
			there = self._columns(self._new, doctype)
			if not there:
				return NO_TABLE
			for name in set(self._columns(self._old, doctype)) - set(there):
				filled = f"{condition} and ifnull(`{name}`, '') not in ('', '0', '0.000000000')"
				if self._each(f"select 1 from {self._from(doctype)} where {filled}", part.names):
					return OTHER_COLUMNS
		return ""

	def _copy_rows(self, part: Part) -> None:
		for doctype, condition in self._tables(part.doctype):
			old, new = self._from(doctype), self._into(doctype)
			there = self._columns(self._new, doctype)
			columns = ", ".join(f"`{name}`" for name in self._columns(self._old, doctype) if name in there)
			rows = f"select {columns} from {old} where {condition}"
			self._each(f"delete from {new} where {condition}", part.replaced)
			self._each(f"insert into {new} ({columns}) {rows}", part.names)

	def _copy_series(self, found: Delta) -> None:
		"""Numbers that were given out are not given out again: carried documents have them.

		The counter of a chain that is not carried stays where the restored chain ends.
		"""
		left_out = [counter(part.doctype) for part in found.parts if part.problem]
		numbers = f"""insert into `{self._new}`.`tabSeries` (name, current)
			select name, current from `{self._old}`.`tabSeries` as given
			where given.name like %s{" and given.name != %s" * len(left_out)}
			on duplicate key update current = greatest(`{self._new}`.`tabSeries`.current, given.current)"""
		self._server.rows(numbers, ("CBS-%", *left_out))

	def _copy_probes(self) -> None:
		"""Probes go on counting where they were: their samples are carried."""
		there = set(self._columns(self._old, PROBE)) & set(self._columns(self._new, PROBE))
		if "deliveries" in there:
			values = ", ".join(f"here.`{name}` = given.`{name}`" for name in _COUNTED if name in there)
			counts = f"""update {self._into(PROBE)} here join {self._from(PROBE)} given on given.name = here.name
				set {values} where given.deliveries > here.deliveries"""
			self._server.rows(counts)

	def _tables(self, doctype: str) -> list[tuple[str, str]]:
		"""(doctype, condition on its rows) of documents and of their child rows, as the old database describes them."""
		children = f"""select distinct options from {self._from("DocField")}
			where parent = %s and fieldtype in ('Table', 'Table MultiSelect') order by options"""
		known = [name for name in self._server.column(children, (doctype,)) if self._columns(self._old, name)]
		rows = f"parent in :names and parenttype = '{doctype}'"
		return [(doctype, "name in :names"), *((child, rows) for child in known)]

	def _columns(self, database: str, doctype: str) -> list[str]:
		"""In their order; empty where there is no such table."""
		columns = """select column_name from information_schema.columns
			where table_schema = %s and table_name = %s order by ordinal_position"""
		return self._server.column(columns, (database, f"tab{doctype}"))

	def _from(self, doctype: str) -> str:
		return f"`{self._old}`.`tab{doctype}`"

	def _into(self, doctype: str) -> str:
		return f"`{self._new}`.`tab{doctype}`"

	def _each(self, statement: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
		"""The rows of a statement that is run for some of the names at a time; they stand where it says `:names`."""
		found: list[tuple[Any, ...]] = []
		for part in create_batch(names, _AT_ONCE):
			places = ", ".join(["%s"] * len(part))
			found += self._server.rows(statement.replace(":names", f"({places})"), part)
		return found


def _add(archive: tarfile.TarFile, name: str, rows: Sequence[Any]) -> None:
	lines = [json.dumps(row, default=str, ensure_ascii=False) for row in rows]
	content = "".join(f"{line}\n" for line in lines).encode()
	info = tarfile.TarInfo(f"{name.lower().replace(' ', '_')}.jsonl")
	info.size = len(content)
	info.mtime = int(utc_now().timestamp())
	archive.addfile(info, io.BytesIO(content))
