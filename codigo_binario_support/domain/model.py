"""The learned part of triage: a linear model over hashed feature names, read from one small file.

Pure Python at run time. A row of the table is one feature's weights, a byte each (biased by 128) for the clauses and
then the severities, so a request costs one `zip` and one `sum` per column; its last byte says how rare the feature is. `tests/triage_lab` fits and writes the file.

Layout: magic `CBT1`, length of the head (u32), the head (JSON), then zlib data: sorted CRC-32 keys (u32 each) of
`block:name`, the table, and for the nearest example the telling words of each (u16 counts, u32 row numbers).
"""

from __future__ import annotations

import json
import math
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from .errors import SupportError

MAGIC = b"CBT1"
MODEL_PATH = Path(__file__).resolve().parent.parent / "data" / "triage" / "model.bin"
CORPUS_PATH = MODEL_PATH.with_name("corpus.jsonl")
#: The class of what no clause fits.
UNCLEAR = "unclear"
#: Blocks with a table row per feature; `form` has few features and keeps its weights exactly, in the head.
TABLE_BLOCKS = ("word", "letter", "subject")


#: Features whose rows are remembered, by block.
_MOST_KNOWN = 20000

#: By block: the words that show each row found and the row, and what one step of the table is worth.
Found = dict[str, tuple[list[tuple[str, bytes]], float]]


class ModelError(SupportError):
	"""A model file that cannot be read."""


def key_of(block: str, name: str) -> int:
	"""The stable number of a feature.

	>>> key_of("word", "respald")
	856966087
	"""
	return zlib.crc32(f"{block}:{name}".encode())


@dataclass(frozen=True, slots=True)
class Scores:
	"""Log-odds before calibration, by class, and the same for severities."""

	clauses: Mapping[str, float]
	severities: Mapping[str, float]


@dataclass(frozen=True)
class Model:
	classes: tuple[str, ...]
	severities: tuple[str, ...]
	head: Mapping[str, Any]
	keys: array = field(repr=False)
	table: bytes = field(repr=False)
	examples: tuple[array, array] = field(default_factory=lambda: (array("H"), array("I")), repr=False)

	@cached_property
	def width(self) -> int:
		return len(self.classes) + len(self.severities) + 1

	def row_of(self, block: str, name: str) -> int | None:
		"""The row of a feature: a search in the sorted keys, which cost nothing to load."""
		key = key_of(block, name)
		row = bisect_left(self.keys, key)
		return row if row < len(self.keys) and self.keys[row] == key else None

	def rarity(self, block: str, name: str) -> float:
		"""Inverse document frequency of a feature in the corpus; a feature the corpus lacks is as rare as they come."""
		row = self.row_of(block, name)
		return (255 if row is None else self.table[row * self.width + self.width - 1]) * self.head[
			"rarity_step"
		]

	def lookup(self, blocks: Mapping[str, Mapping[str, str]]) -> Found:
		"""The rows of a request's features, with the words that show them; looked up once, weighed more than once."""
		found: Found = {}
		for block in TABLE_BLOCKS:
			known = self._known[block]
			if len(known) > _MOST_KNOWN:
				known.clear()
			hits = []
			for name, surface in blocks[block].items():
				try:
					row = known[name]
				except KeyError:
					row = known[name] = self._row(block, name)
				if row is not None:
					hits.append((surface, row))
			found[block] = (hits, self.head["steps"][block] / math.sqrt(len(blocks[block]) + 2))
		return found

	def _row(self, block: str, name: str) -> bytes | None:
		row = self.row_of(block, name)
		return None if row is None else self.table[row * self.width : (row + 1) * self.width]

	@cached_property
	def _known(self) -> dict[str, dict[str, bytes | None]]:
		"""Rows looked up before: words come back, and a hash costs more than a dict."""
		return {block: {} for block in TABLE_BLOCKS}

	def scores(self, blocks: Mapping[str, Mapping[str, str]], found: Found | None = None) -> Scores:
		totals = list(self.head["intercept"])
		for hits, scale in (found or self.lookup(blocks)).values():
			if hits:
				bias = 128 * len(hits)
				columns = zip(*[row for _, row in hits], strict=True)
				totals = [
					total + scale * (sum(column) - bias)
					for total, column in zip(totals, columns, strict=False)
				]
		form = self.head["form"]
		for name in blocks["form"]:
			weights = form.get(name)
			if weights:
				totals = [total + weight for total, weight in zip(totals, weights, strict=True)]
		count = len(self.classes)
		return Scores(
			dict(zip(self.classes, totals[:count], strict=True)),
			dict(zip(self.severities, totals[count:], strict=True)),
		)

	def evidence(
		self, blocks: Mapping[str, Mapping[str, str]], found: Found, clause: str, against: Iterable[str]
	) -> dict[str, float]:
		"""How much each of the customer's own words spoke for `clause` rather than the mean of its rivals."""
		column = self.classes.index(clause)
		rivals = [self.classes.index(name) for name in against if name != clause] or [column]
		first, last, count = rivals[0], rivals[-1], len(rivals)
		middle = rivals[len(rivals) // 2]
		spoken: dict[str, float] = {}
		for hits, scale in found.values():
			for surface, row in hits:
				weight = scale * (row[column] - (row[first] + row[middle] + row[last]) / 3)
				spoken[surface] = spoken.get(surface, 0.0) + weight
		for name, surface in blocks["form"].items():
			weights = self.head["form"].get(name)
			if weights and surface:
				weight = weights[column] - sum(weights[rival] for rival in rivals) / count
				spoken[surface] = spoken.get(surface, 0.0) + weight
		return spoken

	def nearest(self, blocks: Mapping[str, Mapping[str, str]], clause: str) -> tuple[int, float] | None:
		"""The number of the example of a class that shares the rarest words, and their cosine (0 to 1)."""
		found: dict[int, float] = {}
		postings, lengths = self._postings
		listed_for = postings.get(clause, {})
		asked = 1.0
		for name in blocks["word"]:
			row = None if " " in name else self.row_of("word", name)
			if row is None:
				continue
			rarity = self.table[row * self.width + self.width - 1] ** 2
			asked += rarity
			for example in listed_for.get(row, ()):
				found[example] = found.get(example, 0.0) + rarity
		best, most = -1, 0.0
		for example, shared in found.items():
			likeness = shared * lengths[example]
			if likeness > most or (likeness == most and example < best):
				best, most = example, likeness
		return (best, round(min(1.0, most / math.sqrt(asked)), 4)) if found else None

	@cached_property
	def _postings(self) -> tuple[dict[str, dict[int, list[int]]], list[float]]:
		"""The examples of each class that have a word, and the inverse length of each example."""
		postings: dict[str, dict[int, list[int]]] = {name: {} for name in self.classes}
		lengths = []
		at = 0
		for example, (count, label) in enumerate(
			zip(self.examples[0], self.head["example_classes"], strict=True)
		):
			listed = postings[self.classes[ord(label) - ord("A")]]
			length = 1.0
			for row in self.examples[1][at : at + count]:
				listed.setdefault(row, []).append(example)
				length += self.table[row * self.width + self.width - 1] ** 2
			lengths.append(1 / math.sqrt(length))
			at += count
		return postings, lengths


def pack(
	head: Mapping[str, Any], keys: Iterable[int], table: bytes, examples: Iterable[Iterable[int]] = ()
) -> bytes:
	"""The bytes of a model file. `keys` ascend and go with the rows of the table."""
	listed = [list(rows) for rows in examples]
	parts = [
		array("I", keys),
		table,
		array("H", [len(rows) for rows in listed]),
		array("I", [r for rows in listed for r in rows]),
	]
	payload = b"".join(_little(part) if isinstance(part, array) else part for part in parts)
	text = json.dumps(
		{**head, "rows": len(parts[0]), "examples": len(listed), "links": len(parts[3])},
		ensure_ascii=False,
		sort_keys=True,
	).encode()
	return MAGIC + struct.pack("<I", len(text)) + text + zlib.compress(payload, 9)


def unpack(data: bytes) -> Model:
	if data[:4] != MAGIC:
		raise ModelError("This is not a triage model: fit one with `make triage-fit`, or reinstall the app.")
	(length,) = struct.unpack_from("<I", data, 4)
	head = json.loads(data[8 : 8 + length])
	payload = zlib.decompress(data[8 + length :])
	rows, width = head["rows"], len(head["classes"]) + len(head["severities"]) + 1
	at, keys = 4 * rows, _read("I", payload[: 4 * rows])
	table = payload[at : at + rows * width]
	at += rows * width
	counts = _read("H", payload[at : at + 2 * head["examples"]])
	at += 2 * head["examples"]
	links = _read("I", payload[at : at + 4 * head["links"]])
	return Model(
		tuple(head["classes"]),
		tuple(head["severities"]),
		head,
		keys,
		table,
		(counts, links),
	)


@lru_cache(maxsize=1)
def shipped() -> Model:
	"""The model of the package, read once in a process."""
	try:
		return unpack(MODEL_PATH.read_bytes())
	except FileNotFoundError as error:
		raise ModelError(
			"The triage model {path} is missing: reinstall the app, or run `make triage-fit`.",
			path=str(MODEL_PATH),
		) from error


@lru_cache(maxsize=1)
def _corpus_lines() -> list[bytes]:
	try:
		return CORPUS_PATH.read_bytes().splitlines()
	except FileNotFoundError:
		return []


def example(number: int) -> dict[str, Any] | None:
	"""The record of the shipped corpus that `Model.nearest` names; None when the corpus was left out."""
	lines = _corpus_lines()
	return json.loads(lines[number]) if number < len(lines) else None


def _little(values: array) -> bytes:
	if sys.byteorder == "big":
		values = array(values.typecode, values)
		values.byteswap()
	return values.tobytes()


def _read(kind: str, data: bytes) -> array:
	values = array(kind)
	values.frombytes(data)
	if sys.byteorder == "big":
		values.byteswap()
	return values
