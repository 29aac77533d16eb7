"""Evidence that was written after a backup was taken, carried from the old database into the restored one.

Rows are copied as they are, so every seal still fits. A chain is continued only where the restored one is its beginning:
then what follows is the same chain, and verifies to its end. Requests are taken over when what was restored of them is
the beginning of what is there now. Whatever cannot be carried is named; all of it is in the export in any case.
"""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...domain.restores.drills import NO_TABLE, OTHER_CHAIN, OTHER_COLUMNS
from ..availability.samples import PROBE, SAMPLE
from ..evidence.chains import CHAINS, counter
from ..site.now import utc_now
from .databases import Server

REQUEST = "Support Request"
#: Documents that carried ones point to: (doctype, condition on the old table). Missing rows are added by name.
_BESIDE = (
	("Support Terms", "1 = 1"),
	("Support Example", "1 = 1"),
	# Sealed days speak for their samples: without them the days would look as if somebody had removed some.
	(PROBE, "1 = 1"),
	(SAMPLE, "1 = 1"),
	("Communication", f"reference_doctype = '{REQUEST}'"),
	("Comment", f"reference_doctype = '{REQUEST}'"),
	("File", f"attached_to_doctype = '{REQUEST}'"),
)
_SERIES = "CBS-%"
#: How far a probe is. Deliveries are numbered: a number that is given twice would put a new sample into a sealed day.
_COUNTED = (
	"deliveries",
	"samples",
	"duplicates",
	"refused",
	"flagged",
	"lost",
	"last_ends",
	"unfollowed_from",
	"late_days",
	"last_delivery_at",
)
_AT_ONCE = 500


@dataclass(frozen=True)
class Part:
	"""What of one doctype was written since: names to add, names to put in the place of what was restored."""

	doctype: str
	added: tuple[str, ...] = ()
	replaced: tuple[str, ...] = ()
	problem: str = ""

	@property
	def names(self) -> tuple[str, ...]:
		return (*self.added, *self.replaced)


@dataclass
class Delta:
	"""Everything that was written since, by doctype. `conflicts` are requests that went two ways."""

	parts: list[Part] = field(default_factory=list)
	conflicts: list[str] = field(default_factory=list)

	@property
	def count(self) -> int:
		return sum(len(part.names) for part in self.parts)


def delta(server: Server, old: str, new: str) -> Delta:
	"""What the old database has and the new one lacks. Reads only."""
	found = Delta()
	for doctype in CHAINS:
		found.parts.append(_chain(server, old, new, doctype))
	request, conflicts = _requests(server, old, new)
	found.parts.append(request)
	found.conflicts += conflicts
	for doctype, condition in _BESIDE:
		found.parts.append(_missing(server, old, new, doctype, condition))
	found.parts = [part for part in found.parts if part.names]
	return found


def copy_rows(server: Server, old: str, new: str, part: Part) -> None:
	"""Copy one part with its child rows. Inside of a transaction it is all or nothing."""
	children = _children(server, old, part.doctype)
	for names in _in_parts(part.replaced):
		_delete(server, new, part.doctype, children, names)
	for names in _in_parts(part.names):
		_copy(server, old, new, part.doctype, "name", names)
		for child in children:
			_copy(server, old, new, child, "parent", names, f"parenttype = '{part.doctype}'")


def copy_series(server: Server, old: str, new: str, found: Delta) -> None:
	"""Numbers that were given out are not given out again: carried documents have them.

	The counter of a chain that is not carried stays where the restored chain ends.
	"""
	left_out = [counter(part.doctype) for part in found.parts if part.problem]
	places = "".join(" and given.name != %s" for _name in left_out)
	server.rows(
		f"""insert into `{new}`.`tabSeries` (name, current)
		select name, current from `{old}`.`tabSeries` as given where given.name like %s{places}
		on duplicate key update current = greatest(`{new}`.`tabSeries`.current, given.current)""",
		(_SERIES, *left_out),
	)


def copy_probes(server: Server, old: str, new: str) -> None:
	"""Probes go on counting where they were: their samples are carried."""
	if not (_has_table(server, old, PROBE) and _has_table(server, new, PROBE)):
		return
	there = set(_columns(server, old, PROBE)) & set(_columns(server, new, PROBE))
	if "deliveries" not in there:
		return
	values = ", ".join(f"here.`{name}` = given.`{name}`" for name in _COUNTED if name in there)
	server.rows(
		f"""update `{new}`.`tab{PROBE}` here join `{old}`.`tab{PROBE}` given on given.name = here.name
		set {values} where given.deliveries > here.deliveries"""
	)


def export(server: Server, old: str, found: Delta, path: Path) -> None:
	"""Write every row of a delta into an archive, a JSON line for each, by table."""
	path.parent.mkdir(parents=True, exist_ok=True)
	path.touch(mode=0o600)
	with tarfile.open(path, "w:gz") as archive:
		for part in found.parts:
			children = _children(server, old, part.doctype)
			_add(archive, part.doctype, _lines(server, old, part.doctype, "name", part.names))
			for child in children:
				_add(archive, f"{part.doctype} - {child}", _lines(server, old, child, "parent", part.names))
		_add(archive, "conflicts", [json.dumps(name) for name in found.conflicts])


def dangling(server: Server, old: str, new: str, found: Delta) -> list[str]:
	"""`CBS-2026-00042: Quotation SAL-QTN-2026-00007`: what carried requests point to and the new database lacks."""
	names = next((part.names for part in found.parts if part.doctype == REQUEST and not part.problem), ())
	fields = server.rows(
		f"""select fieldname, options from `{old}`.`tabDocField`
		where parent = %s and fieldtype = 'Link' and fieldname in (
			select column_name from information_schema.columns where table_schema = %s and table_name = %s
		) order by idx""",
		(REQUEST, new, f"tab{REQUEST}"),
	)
	lacking = [
		f"{name}: {target} {value}"
		for fieldname, target in fields
		if _has_table(server, new, target)
		for part in _in_parts(names)
		for name, value in server.rows(
			f"""select request.name, request.`{fieldname}` from `{new}`.`tab{REQUEST}` request
			left join `{new}`.`tab{target}` there on there.name = request.`{fieldname}`
			where request.name in ({", ".join(["%s"] * len(part))}) and request.`{fieldname}` != ''
			and there.name is null order by request.name""",
			part,
		)
	]
	return sorted(set(lacking))


def attached(server: Server, old: str, found: Delta) -> list[str]:
	"""Paths below the site's folder of the files that carried File rows name."""
	names = next((part.names for part in found.parts if part.doctype == "File" and not part.problem), ())
	urls = [
		row[0] for part in _in_parts(names) for row in _select(server, old, "File", "name", part, "file_url")
	]
	return [
		url.lstrip("/") if url.startswith("/private/") else f"public{url}"
		for url in urls
		if url and url.startswith(("/files/", "/private/files/")) and ".." not in url
	]


def _chain(server: Server, old: str, new: str, doctype: str) -> Part:
	if not _has_table(server, old, doctype):
		return Part(doctype)
	if not _has_table(server, new, doctype):
		return _verdict_of(server, old, new, Part(doctype, tuple(_names(server, old, doctype, "1 = 1"))))
	table = f"tab{doctype}"
	last = server.rows(
		f"select sequence, entry_hash from `{new}`.`{table}` where sequence > 0 order by sequence desc limit 1"
	)
	sequence, seal = last[0] if last else (0, None)
	there = server.rows(f"select entry_hash from `{old}`.`{table}` where sequence = %s", (sequence,))
	added = _names(server, old, doctype, "sequence > %s", (sequence,))
	# What is not sealed yet (an open incident) has no place in the chain: it is added, or brought to where it is now.
	added += [
		name
		for name in _names(server, old, doctype, "ifnull(sequence, 0) = 0")
		if not server.rows(f"select 1 from `{new}`.`{table}` where name = %s and sequence > 0", (name,))
	]
	present = {
		row[0] for part in _in_parts(added) for row in _select(server, new, doctype, "name", part, "name")
	}
	changed = [name for name in added if name in present]
	part = Part(doctype, tuple(name for name in added if name not in present), tuple(changed))
	if sequence and (not there or there[0][0] != seal):
		return Part(doctype, part.added, part.replaced, OTHER_CHAIN)
	return _verdict_of(server, old, new, part)


def _requests(server: Server, old: str, new: str) -> tuple[Part, list[str]]:
	if not _has_table(server, old, REQUEST):
		return Part(REQUEST), []
	if not _has_table(server, new, REQUEST):
		return _verdict_of(server, old, new, Part(REQUEST, tuple(_names(server, old, REQUEST, "1 = 1")))), []
	added = server.rows(
		f"""select old.name from `{old}`.`tab{REQUEST}` old left join `{new}`.`tab{REQUEST}` new on new.name = old.name
		where new.name is null order by old.creation"""
	)
	changed = server.rows(
		f"""select old.name from `{old}`.`tab{REQUEST}` old join `{new}`.`tab{REQUEST}` new on new.name = old.name
		where ifnull(old.seal, '') != ifnull(new.seal, '') order by old.creation"""
	)
	replaced: list[str] = []
	conflicts: list[str] = []
	for (name,) in changed:
		continues = all(
			_is_beginning(_seals(server, new, child, name), _seals(server, old, child, name))
			for child in ("Support Scope Decision", "Support Clock Event")
		)
		(replaced if continues else conflicts).append(name)
	part = Part(REQUEST, tuple(name for (name,) in added), tuple(replaced))
	return _verdict_of(server, old, new, part), conflicts


def _missing(server: Server, old: str, new: str, doctype: str, condition: str) -> Part:
	if not (_has_table(server, old, doctype) and _has_table(server, new, doctype)):
		return Part(doctype)
	rows = server.rows(
		f"""select old.name from (select name, creation from `{old}`.`tab{doctype}` where {condition}) old
		left join `{new}`.`tab{doctype}` new on new.name = old.name where new.name is null order by old.creation"""
	)
	return _verdict_of(server, old, new, Part(doctype, tuple(name for (name,) in rows)))


def _verdict_of(server: Server, old: str, new: str, part: Part) -> Part:
	"""The part, with what keeps it from being carried: a table or a filled column that the restored version lacks."""
	if not part.names:
		return part
	for doctype in (part.doctype, *_children(server, old, part.doctype)):
		if not _has_table(server, new, doctype):
			return Part(part.doctype, part.added, part.replaced, NO_TABLE)
		lacking = sorted(set(_columns(server, old, doctype)) - set(_columns(server, new, doctype)))
		column = "name" if doctype == part.doctype else "parent"
		for name in lacking:
			filled = f"ifnull(`{name}`, '') not in ('', '0', '0.000000000')"
			if any(
				_select(server, old, doctype, column, names, "1", filled) for names in _in_parts(part.names)
			):
				return Part(part.doctype, part.added, part.replaced, OTHER_COLUMNS)
	return part


def _copy(
	server: Server,
	old: str,
	new: str,
	doctype: str,
	column: str,
	names: Sequence[str],
	condition: str = "1 = 1",
) -> None:
	there = set(_columns(server, new, doctype))
	columns = ", ".join(f"`{name}`" for name in _columns(server, old, doctype) if name in there)
	places = ", ".join(["%s"] * len(names))
	server.rows(
		f"""insert into `{new}`.`tab{doctype}` ({columns})
		select {columns} from `{old}`.`tab{doctype}` where `{column}` in ({places}) and {condition}""",
		names,
	)


def _delete(server: Server, new: str, doctype: str, children: Sequence[str], names: Sequence[str]) -> None:
	places = ", ".join(["%s"] * len(names))
	server.rows(f"delete from `{new}`.`tab{doctype}` where name in ({places})", names)
	for child in children:
		if _has_table(server, new, child):
			server.rows(
				f"delete from `{new}`.`tab{child}` where parent in ({places}) and parenttype = '{doctype}'",
				names,
			)


def _select(
	server: Server,
	database: str,
	doctype: str,
	column: str,
	names: Sequence[str],
	what: str,
	condition: str = "1 = 1",
) -> list[tuple[Any, ...]]:
	places = ", ".join(["%s"] * len(names))
	return server.rows(
		f"select {what} from `{database}`.`tab{doctype}` where `{column}` in ({places}) and {condition}",
		names,
	)


def _names(
	server: Server, database: str, doctype: str, condition: str, values: Sequence[Any] = ()
) -> list[str]:
	order = "sequence, creation" if "sequence" in _columns(server, database, doctype) else "creation"
	return [
		name
		for (name,) in server.rows(
			f"select name from `{database}`.`tab{doctype}` where {condition} order by {order}", values
		)
	]


def _seals(server: Server, database: str, child: str, parent: str) -> list[str]:
	return [
		seal
		for (seal,) in server.rows(
			f"select entry_hash from `{database}`.`tab{child}` where parent = %s and parenttype = %s"
			" order by parentfield, idx",
			(parent, REQUEST),
		)
	]


def _is_beginning(start: Sequence[str], whole: Sequence[str]) -> bool:
	return list(whole[: len(start)]) == list(start)


def _children(server: Server, database: str, doctype: str) -> list[str]:
	"""Child doctypes, as the old database itself describes them."""
	rows = server.rows(
		f"""select distinct options from `{database}`.`tabDocField`
		where parent = %s and fieldtype in ('Table', 'Table MultiSelect') order by options""",
		(doctype,),
	)
	return [child for (child,) in rows if _has_table(server, database, child)]


def _has_table(server: Server, database: str, doctype: str) -> bool:
	return bool(
		server.rows(
			"select 1 from information_schema.tables where table_schema = %s and table_name = %s",
			(database, f"tab{doctype}"),
		)
	)


def _columns(server: Server, database: str, doctype: str) -> list[str]:
	return [
		name
		for (name,) in server.rows(
			"""select column_name from information_schema.columns
			where table_schema = %s and table_name = %s order by ordinal_position""",
			(database, f"tab{doctype}"),
		)
	]


def _in_parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
	for start in range(0, len(names), _AT_ONCE):
		yield names[start : start + _AT_ONCE]


def _lines(server: Server, old: str, doctype: str, column: str, names: Sequence[str]) -> list[str]:
	columns = _columns(server, old, doctype)
	return [
		json.dumps(dict(zip(columns, row, strict=True)), default=str, ensure_ascii=False)
		for part in _in_parts(names)
		for row in _select(server, old, doctype, column, part, "*")
	]


def _add(archive: tarfile.TarFile, name: str, lines: list[str]) -> None:
	content = "".join(f"{line}\n" for line in lines).encode()
	info = tarfile.TarInfo(f"{name.lower().replace(' ', '_')}.jsonl")
	info.size = len(content)
	info.mtime = int(utc_now().timestamp())
	archive.addfile(info, io.BytesIO(content))
