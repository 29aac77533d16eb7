"""The members of a tar archive, and where each may come to lie.

Read by this file alone, the same way on every Python: what the standard library refuses while it unpacks depends on its
patch release. Functions take a binary stream, raise `Damaged` with a problem of `domain.backups`, and keep nothing of the
content.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from .sets import TRUNCATED, UNREADABLE, Damaged

CHUNK = 1 << 20
_BLOCK = 512
_ZEROS = bytes(_BLOCK)

FILE, FOLDER, LINK, HARD_LINK = "file", "folder", "link", "hard link"
#: By the type in a member's head; old archives know files and links only.
_KINDS = {b"0": FILE, b"\0": FILE, b"7": FILE, b"5": FOLDER, b"2": LINK, b"1": HARD_LINK}
_DEVICES = {b"3": "character device", b"4": "block device", b"6": "fifo"}
#: Heads that speak of the member that follows, and of all of them.
_AHEAD, _LONG_NAME, _LONG_TARGET, _GLOBAL, _LABEL = b"x", b"L", b"K", b"g", b"V"
_SPARSE = b"GNU.sparse."

#: What stands before a file's own path in Frappe's archives: `./erp.mx/private/files/`.
_ABOVE = re.compile(r"(?:.*?/)?(?:public|private)/files(?:/|\Z)", re.S)
#: What a file system takes as one name, and more than uploads ever have below their folder.
_NAME_BYTES, _PATH_BYTES, _DEEPEST = 255, 3_000, 200
#: No system follows more links on one way.
_MOST_LINKS = 40


class Source(Protocol):
	"""Anything that is read from its beginning to its end."""

	def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Member:
	"""A member as its head says. Bytes of a name that are no UTF-8 are surrogates; `target` is where a link points to.

	`mode` are the bits of its rights, `modified` seconds since 1970.
	"""

	path: str
	kind: str
	size: int = 0
	target: str = ""
	mode: int = 0o644
	modified: int = 0


class Content:
	"""What is in a member: chunk by chunk, and once."""

	def __init__(self, source: Source, size: int) -> None:
		self._source = source
		self._left = size

	def __iter__(self) -> Iterator[bytes]:
		while self._left:
			part = self._source.read(min(self._left, CHUNK))
			if not part:
				raise Damaged(TRUNCATED, f"ends {self._left} bytes before the end of a member")
			self._left -= len(part)
			yield part

	def pass_over(self) -> None:
		for _part in self:
			pass


def members(source: Source) -> Iterator[tuple[Member, Content]]:
	"""Every member up to the end mark, with its content; what nobody reads of it is passed over."""
	count, zeros = 0, 0
	ahead: dict[bytes, bytes] = {}
	while zeros < 2:
		block = _exactly(source, _BLOCK, "a member's head")
		if block == _ZEROS:
			zeros += 1
			continue
		if zeros:
			raise Damaged(UNREADABLE, f"one block of zeros after {count} members")
		size, kind = _head(block, count)
		if kind in (_AHEAD, _LONG_NAME, _LONG_TARGET, _GLOBAL, _LABEL):
			ahead |= _of_the_next(source, size, kind, count)
			continue
		member = _member(block, kind, size, ahead, count)
		# Links, folders and devices have no content, whatever size they name.
		has_content = member.kind == FILE or kind not in (*_KINDS, *_DEVICES)
		content = Content(source, member.size if has_content else 0)
		count, ahead = count + 1, {}
		yield member, content
		content.pass_over()
		Content(source, -member.size % _BLOCK if has_content else 0).pass_over()
	while chunk := source.read(CHUNK):
		if chunk.strip(b"\0"):
			raise Damaged(UNREADABLE, f"something stands behind the end mark after {count} members")


@dataclass(slots=True)
class Layout:
	"""Where the members of an archive lie below one empty folder, taken in their order.

	Nothing lies outside of it, or is reached through a link: not even through one that the archive brought itself.
	"""

	links: dict[str, str] = field(default_factory=dict)
	_kinds: dict[str, str] = field(default_factory=dict)

	def place(self, member: Member) -> Member:
		"""The member with its path below the folder, empty for the folder itself. Raises `Damaged` for what may not be there."""
		if member.kind not in _KINDS.values():
			found = f"{member.path} is a {member.kind}: only files, folders and links are taken"
			raise Damaged(UNREADABLE, found)
		placed = replace(member, path=_below(member.path))
		if not placed.path:
			if placed.kind != FOLDER:
				found = f"{member.path} is a {member.kind} where the folder of the files should be"
				raise Damaged(UNREADABLE, found)
			return placed
		self._make_way(placed)
		if placed.kind == HARD_LINK:
			placed = self._joined(placed)
		if placed.kind == LINK:
			self.links[placed.path] = placed.target
		else:
			self.links.pop(placed.path, None)
		self._kinds[placed.path] = placed.kind
		return placed

	def check_links(self) -> None:
		"""At the end: raises `Damaged` for a link that leads out of the folder, straight or by way of others."""
		for path, target in self.links.items():
			if not target or "\0" in target or len(raw_bytes(target)) > _PATH_BYTES or self._leads_out(path):
				raise Damaged(UNREADABLE, f"{path} points outside of the folder: {target[:_NAME_BYTES]}")

	def _make_way(self, placed: Member) -> None:
		above = placed.path
		while "/" in above:
			above = above.rpartition("/")[0]
			there = self._kinds.get(above)
			if there == FOLDER:
				break
			if there:
				raise Damaged(UNREADABLE, f"{placed.path} lies below {above}, which is a {there}")
			self._kinds[above] = FOLDER
		there = self._kinds.get(placed.path, placed.kind)
		# A member may come twice, and the later one counts; a folder cannot become anything else.
		if there != placed.kind and FOLDER in (there, placed.kind):
			raise Damaged(UNREADABLE, f"{placed.path} is a {there} and a {placed.kind}")

	def _joined(self, placed: Member) -> Member:
		"""A hard link as what it is another name of, which must have come before."""
		target = _below(placed.target)
		there = self._kinds.get(target)
		if there not in (FILE, HARD_LINK, LINK) or target == placed.path:
			raise Damaged(UNREADABLE, f"{placed.path} is another name of {placed.target}, which is not there")
		if there == LINK:
			return replace(placed, kind=LINK, target=self.links[target])
		return replace(placed, target=target)

	def _leads_out(self, path: str) -> bool:
		here: list[str] = []
		ahead, followed = path.split("/")[::-1], -1
		while ahead:
			part = ahead.pop()
			if part == "..":
				if not here:
					return True
				here.pop()
			elif part not in ("", "."):
				onward = self.links.get("/".join((*here, part)))
				if onward is None:
					here.append(part)
					if len(here) > _DEEPEST:
						return True
					continue
				followed += 1
				if followed > _MOST_LINKS:
					return False
				if onward.startswith("/"):
					return True
				ahead += onward.split("/")[::-1]
		return False


def _below(path: str) -> str:
	"""The path below the folder of the uploads. Raises `Damaged` for one that no folder takes, or that leads out of it."""
	if path.startswith("/") or "\0" in path:
		raise Damaged(UNREADABLE, f"{path[:_NAME_BYTES]!r} is no path below a folder")
	above = _ABOVE.match(path)
	parts = [part for part in path[above.end() if above else 0 :].split("/") if part not in ("", ".")]
	if ".." in parts:
		raise Damaged(UNREADABLE, f"{path[:_NAME_BYTES]} points outside of the folder")
	if len(parts) > _DEEPEST:
		raise Damaged(UNREADABLE, f"{path[:_NAME_BYTES]}… lies {len(parts)} folders deep")
	below = "/".join(parts)
	if len(raw_bytes(below)) > _PATH_BYTES or any(len(raw_bytes(part)) > _NAME_BYTES for part in parts):
		raise Damaged(UNREADABLE, f"{path[:_NAME_BYTES]}… is longer than a name may be")
	return below


def _of_the_next(source: Source, size: int, kind: bytes, count: int) -> dict[bytes, bytes]:
	"""What a head says of the member that follows: `path`, `linkpath`, `size`, as POSIX calls them."""
	if size > CHUNK:
		raise Damaged(UNREADABLE, f"a name of {size} bytes after {count} members")
	content = _exactly(source, size, "a member's attributes")
	Content(source, -size % _BLOCK).pass_over()
	if kind == _AHEAD:
		return _attributes(content, count)
	name = {_LONG_NAME: b"path", _LONG_TARGET: b"linkpath"}.get(kind)
	return {name: content.split(b"\0")[0]} if name else {}


def _attributes(content: bytes, count: int) -> dict[bytes, bytes]:
	"""Records of `length key=value` and a line feed; the length is that of the whole record."""
	found, at = {}, 0
	while at < len(content) and content[at]:
		digits = content[at : content.find(b" ", at, at + 8)]
		length = int(digits) if digits.isdigit() else 0
		record = content[at + len(digits) + 1 : at + length]
		key, sign, value = record[:-1].partition(b"=")
		if not sign or record[-1:] != b"\n" or at + length > len(content):
			raise Damaged(UNREADABLE, f"a member's attributes are damaged after {count} members")
		found[key] = value
		at += length
	return found


def _member(block: bytes, kind: bytes, size: int, ahead: dict[bytes, bytes], count: int) -> Member:
	if any(key.startswith(_SPARSE) for key in ahead):
		raise Damaged(UNREADABLE, f"a file with holes after {count} members: only plain ones are read")
	said = ahead.get(b"size", b"%d" % size)
	if not said.isdigit() or len(said) > 20:
		raise Damaged(UNREADABLE, f"a member's size is damaged after {count} members")
	path = ahead.get(b"path") or _name(block)
	target = ahead.get(b"linkpath") or block[157:257].split(b"\0")[0]
	spoken = _KINDS.get(kind) or _DEVICES.get(kind) or f"member of the type {kind!r}"
	if kind == b"\0" and path.endswith(b"/"):
		spoken = FOLDER
	mode, modified = _octal(block[100:108]), _octal(block[136:148])
	return Member(_text(path), spoken, int(said), _text(target), mode, modified)


def _head(block: bytes, count: int) -> tuple[int, bytes]:
	"""(bytes of content, type) of a member, once the head's own checksum fits."""
	try:
		said = int(block[148:156].strip(b" \0") or b"0", 8)
		raw = block[124:136]
		is_binary = raw[0] & 0x80
		size = int.from_bytes(raw[1:], "big") if is_binary else int(raw.strip(b" \0") or b"0", 8)
	except ValueError:
		raise Damaged(UNREADABLE, f"no member's head after {count} members") from None
	if size < 0 or said != sum(block[:148]) + 8 * 0x20 + sum(block[156:]):
		raise Damaged(UNREADABLE, f"a member's head is damaged after {count} members")
	return size, block[156:157]


def _octal(raw: bytes) -> int:
	"""A number that nothing hangs on: 0 for what is none."""
	digits = raw.strip(b" \0")
	return int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else 0


def _name(block: bytes) -> bytes:
	"""The path in a member's head. Only POSIX heads have a prefix where GNU's have times."""
	name, prefix = block[:100].split(b"\0")[0], block[345:500].split(b"\0")[0]
	return prefix + b"/" + name if prefix and block[257:263] == b"ustar\0" else name


def _exactly(source: Source, size: int, what: str) -> bytes:
	parts, wanted = [], size
	while wanted:
		part = source.read(wanted)
		if not part:
			raise Damaged(TRUNCATED, f"ends inside {what}" if wanted < size else f"ends before {what}")
		parts.append(part)
		wanted -= len(part)
	return b"".join(parts)


def raw_bytes(text: str) -> bytes:
	"""A path as an archive and a disk have it."""
	return text.encode("utf-8", "surrogateescape")


def _text(raw: bytes) -> str:
	return raw.decode("utf-8", "surrogateescape")
