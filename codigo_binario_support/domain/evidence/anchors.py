"""What an outside anchor remembers of the evidence, so that not even who can recompute every hash can forge it unseen.

An anchor holds the head of every chain and, for each request that changed since the anchor before, a *mark*: how many
events and decisions it had, and one hash of the last of each. A row's hash covers all rows before it, so a mark holds a
request's whole history up to then, and a later history must start with it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import SupportError

#: Hexadecimal digits kept of a mark's hash: 64 bits, and the anchor's own digest covers the text of all marks.
_DIGITS = 16


class AnchorError(SupportError):
	"""An anchor that cannot be read."""


@dataclass(frozen=True, slots=True)
class ChainHead:
	"""The end of a chain: how many records it had, and the hash of the last one (empty: none yet)."""

	chain: str
	records: int
	entry_hash: str


@dataclass(frozen=True, slots=True)
class AnchoredHead:
	"""A request as it was: the number of its events and decisions, and a hash over the last of each."""

	request: str
	events: int
	decisions: int
	digest: str

	@classmethod
	def of(cls, request: str, events: Sequence[str], decisions: Sequence[str]) -> "AnchoredHead":
		"""From the hashes of the rows, in the order they were written."""
		return cls(request, len(events), len(decisions), _digest(events, decisions))

	@property
	def line(self) -> str:
		return f"{self.request} {self.events} {self.decisions} {self.digest}"

	def holds(self, events: Sequence[str], decisions: Sequence[str]) -> bool:
		"""Whether a history, given by its rows' hashes, begins with the one that was marked.

		>>> before = AnchoredHead.of("CBS-1", ["a", "b"], ["x"])
		>>> (
		...     before.holds(["a", "b", "c"], ["x", "y"]),
		...     before.holds(["a", "B", "c"], ["x", "y"]),
		...     before.holds(["a"], ["x"]),
		... )
		(True, False, False)
		"""
		if len(events) < self.events or len(decisions) < self.decisions:
			return False
		return _digest(events[: self.events], decisions[: self.decisions]) == self.digest


@dataclass(frozen=True, slots=True)
class Kept:
	"""What somebody keeps of an anchor outside the site."""

	digest: str
	heads: tuple[ChainHead, ...]


def file_of(text: str) -> Kept:
	"""An anchor from its JSON file. Raises `AnchorError`."""
	try:
		data = json.loads(text)
		heads = [
			ChainHead(str(row["chain"]), int(row["records"]), str(row["head"])) for row in data["chains"]
		]
		return Kept(str(data["digest"]), tuple(heads))
	except (ValueError, KeyError, TypeError):
		raise AnchorError(
			"This is not a file of an anchor: make one with bench support anchor --file."
		) from None


def text_of(marks: Iterable[AnchoredHead]) -> str:
	"""One line a request."""
	return "\n".join(mark.line for mark in marks)


def marks_of(text: str) -> list[AnchoredHead]:
	"""The marks of an anchor's text. Raises `AnchorError`."""
	found = []
	for line in text.splitlines():
		try:
			request, events, decisions, digest = line.rsplit(" ", 3)
			found.append(AnchoredHead(request, int(events), int(decisions), digest))
		except ValueError:
			raise AnchorError("The line {line} of an anchor cannot be read.", line=line[:80]) from None
	return found


def _digest(events: Sequence[str], decisions: Sequence[str]) -> str:
	text = f"{events[-1] if events else ''}\n{decisions[-1] if decisions else ''}"
	return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
