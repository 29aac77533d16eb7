"""The learned part of triage: a linear model over hashed feature names, mapped from one small file.

Pure Python at run time. A row of the table is one feature's weights, a byte each (biased by 128) for the clauses and
then the severities; its last byte says how rare the feature is. `tests/triage_lab` fits and writes the file.

Layout: magic `CBT2`, length of the head (u32), the head (JSON), then, little endian and not compressed, so that loading
is one read: sorted CRC-32 keys of `block:name`, where each of 4096 equal ranges of keys begins, the table, common words with
the summed weights of their letters, and what the nearest example needs (see `Examples`).
"""

import json
import math
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from operator import add
from typing import Any, NamedTuple

from ..errors import SupportError
from .features import grams
from .phrasing import NO_PHRASES, Phrases

MAGIC = b"CBT2"
#: The class of what no clause fits.
UNCLEAR = "unclear"
#: Blocks with a table row per feature; `form` has few features and keeps its weights exactly, in the head.
TABLE_BLOCKS = ("word", "letter", "subject")
_PREFIX = {block: zlib.crc32(f"{block}:".encode()) for block in TABLE_BLOCKS}
#: A key's range is its upper 12 bits.
RANGE_SHIFT = 20
#: Words whose spelling is remembered: words come back, and a long one has thirty sequences.
_MOST_KNOWN = 4096
#: Words of a request by which the nearest example is looked for, the rarest ones.
_SHARED_WORDS = 6

#: The arrays of a file: keys, ranges, table, common words and their sums, and the examples.
KINDS = ("I", "I", "B", "I", "h", "I", "I", "H", "f", "H", "I")

Blocks = Mapping[str, Mapping[str, str]]


class ModelError(SupportError):
	"""A model file that cannot be read."""


class Scores(NamedTuple):
	"""Log-odds before calibration, by class and by severity, and what they are made of.

	`hits` are the customer's words with their weights by column and the scale of their block; `rows` the table rows of
	the words.
	"""

	clauses: dict[str, float]
	severities: dict[str, float]
	hits: list[tuple[str, Sequence[float], float]]
	rows: dict[str, int | None]


#: What a part of a text adds before scaling: the summed weights of its words and of their letters, a column for each class,
#: and last how many words and how many letters there are.
Share = list[int]


def together(one: Share, other: Share) -> Share:
	return list(map(add, one, other))


class Examples(NamedTuple):
	"""The corpus by its telling words: numbers ascend by class, so that one class of a word's examples is a slice.

	`words` are table rows; the examples of word i are `links[ends[i - 1]:ends[i]]`. By example: `lengths` inverse lengths,
	`lines` line numbers in the corpus file, `starts` the bytes where those lines begin.
	"""

	words: Sequence[int]
	ends: Sequence[int]
	links: Sequence[int]
	lengths: Sequence[float]
	lines: Sequence[int]
	starts: Sequence[int]


@dataclass(frozen=True, eq=False)
class Model:
	classes: tuple[str, ...]
	severities: tuple[str, ...]
	head: Mapping[str, Any]
	keys: Sequence[int] = field(repr=False)
	ranges: Sequence[int] = field(repr=False)
	table: bytes = field(repr=False)
	width: int
	spelled: tuple[Sequence[int], Sequence[int]] = field(repr=False)
	examples: Examples = field(repr=False)
	phrases: Phrases = field(repr=False)
	_read_corpus: Callable[[], bytes] = field(repr=False)

	def rarity(self, block: str, name: str) -> float:
		"""Inverse document frequency of a feature in the corpus; a feature the corpus lacks is as rare as they come."""
		step: float = self.head["rarity_step"]
		return self._rarity(next(self._rows(block, (name,)))) * step

	def _rarity(self, row: int | None) -> int:
		return 255 if row is None else self.table[(row + 1) * self.width - 1]

	def _rows(self, block: str, names: Iterable[str]) -> Iterator[int | None]:
		"""The rows of features; the innermost loop of a request, some two hundred turns."""
		keys, ranges, prefix, crc32 = self.keys, self.ranges, _PREFIX[block], zlib.crc32
		for name in names:
			key = crc32(name.encode(), prefix)
			start = key >> RANGE_SHIFT
			end = ranges[start + 1]
			row = bisect_left(keys, key, ranges[start], end)
			yield row if row < end and keys[row] == key else None

	def _weights(self, rows: Iterable[int | None]) -> list[bytes]:
		"""The weights of the rows found, each biased by 128; the rarity stays behind."""
		table, width = self.table, self.width
		return [table[row * width : (row + 1) * width - 1] for row in rows if row is not None]

	@cached_property
	def _spelling(self) -> Callable[[str], tuple[Sequence[int], int]]:
		"""The summed weights of a word's character sequences, and how many sequences it has."""
		return lru_cache(_MOST_KNOWN)(self._spelled)

	def char_ngrams(self, word: str) -> tuple[Sequence[int], int]:
		parts = grams(word)
		vectors = self._weights(self._rows("letter", parts))
		bias = 128 * len(vectors)
		return [sum(column) - bias for column in zip(*vectors, strict=True)], len(parts)

	def _spelled(self, word: str) -> tuple[Sequence[int], int]:
		keys, sums = self.spelled
		key = zlib.crc32(word.encode(), _PREFIX["letter"])
		at = bisect_left(keys, key)
		if at == len(keys) or keys[at] != key:
			return self.char_ngrams(word)
		# The file has spelled a common word already.
		end = (at + 1) * self.width
		return sums[end - self.width : end - 1], sums[end - 1]

	def score(self, blocks: Blocks) -> Scores:
		steps, form = self.head["steps"], self.head["form"]
		totals = self.head["intercept"]
		hits: list[tuple[str, Sequence[float], float]] = []
		rows: dict[str, int | None] = {}
		for block in ("word", "subject"):
			if not blocks[block]:
				continue
			found = dict(zip(blocks[block], self._rows(block, blocks[block]), strict=True))
			vectors = self._weights(found.values())
			scale = steps[block] / math.sqrt(len(found) + 2)
			totals = _added(totals, vectors, scale, 128 * len(vectors))
			shown = [blocks[block][name] for name, row in found.items() if row is not None]
			hits += [(surface, vector, scale) for surface, vector in zip(shown, vectors, strict=True)]
			if block == "word":
				rows = found
		spelled = [(surface, *self._spelling(word)) for word, surface in blocks["letter"].items()]
		scale = steps["letter"] / math.sqrt(sum([count for _, _, count in spelled]) + 2)
		shares = [(surface, weights, scale) for surface, weights, _ in spelled if weights]
		totals = _added(totals, [weights for _, weights, _ in shares], scale)
		forms = [(surface, form[name], 1.0) for name, surface in blocks["form"].items() if name in form]
		totals = _added(totals, [weights for _, weights, _ in forms])
		clauses = dict(zip(self.classes, totals, strict=False))
		severities = dict(zip(self.severities, totals[len(clauses) :], strict=True))
		return Scores(clauses, severities, [*hits, *shares, *(hit for hit in forms if hit[0])], rows)

	def share(self, part: Blocks, known: Mapping[str, int | None]) -> Share:
		"""What a part adds. `known` are the rows of the whole text's words: only what a joint cuts is looked up."""
		names = part["word"]
		rows = [known[name] for name in names if name in known]
		rows += self._rows("word", [name for name in names if name not in known])
		vectors = self._weights(rows)
		spelled = [self._spelling(word) for word in part["letter"]]
		width = len(self.classes)
		words = _summed(vectors, width, 128 * len(vectors))
		letters = _summed([weights for weights, _ in spelled if weights], width)
		return [*words, *letters, len(names), sum([count for _, count in spelled])]

	def odds(self, share: Share) -> dict[str, float]:
		"""The log-odds of a part by class, as if it were the whole text."""
		width, (word_count, letter_count) = len(self.classes), share[-2:]
		word = self.head["steps"]["word"] / math.sqrt(word_count + 2)
		letter = self.head["steps"]["letter"] / math.sqrt(letter_count + 2)
		columns = zip(self.classes, self.head["intercept"], share, share[width:], strict=False)
		return {name: start + word * words + letter * letters for name, start, words, letters in columns}

	def evidence(self, weighed: Scores, clause: str, against: Iterable[str]) -> dict[str, float]:
		"""How much each of the customer's own words spoke for `clause` rather than the mean of three rivals."""
		column = self.classes.index(clause)
		first, second, third = (self.classes.index(name) for name in against)
		spoken: dict[str, float] = {}
		for surface, row, scale in weighed.hits:
			weight = scale * (row[column] - (row[first] + row[second] + row[third]) / 3)
			spoken[surface] = spoken.get(surface, 0.0) + weight
		return spoken

	def nearest(self, weighed: Scores, clause: str) -> tuple[int, float] | None:
		"""The line of the example of a class that shares the rarest words, and their cosine (0 to 1)."""
		listed, label = self.examples, self.classes.index(clause)
		low, high = self.head["example_classes"][label : label + 2]
		known = [row for name, row in weighed.rows.items() if row is not None and " " not in name]
		rarities = {row: self._rarity(row) ** 2 for row in known}
		shared: dict[int, float] = {}
		for row in sorted(known, key=lambda row: (-rarities[row], row))[:_SHARED_WORDS]:
			word = bisect_left(listed.words, row)
			if word < len(listed.words) and listed.words[word] == row:
				start, end = listed.ends[word - 1] if word else 0, listed.ends[word]
				start = bisect_left(listed.links, low, start, end)
				end = bisect_left(listed.links, high, start, end)
				for example in listed.links[start:end]:
					shared[example] = shared.get(example, 0.0) + rarities[row]
		if not shared:
			return None
		likeness = {example: common * listed.lengths[example] for example, common in shared.items()}
		best = max(likeness, key=lambda example: (likeness[example], -example))
		asked = math.sqrt(1.0 + sum(rarities.values()))
		return listed.lines[best], round(min(1.0, likeness[best] / asked), 4)

	def example(self, line: int) -> dict[str, Any] | None:
		"""The record of the shipped corpus on a line; None when the corpus was left out or is another."""
		start, end = self.examples.starts[line : line + 2]
		try:
			found: dict[str, Any] = json.loads(self._read_corpus()[start:end])
		except ValueError:
			return None
		return found


def _added(
	totals: Sequence[float], vectors: Sequence[Sequence[float]], scale: float = 1.0, bias: int = 0
) -> Sequence[float]:
	"""Totals and the scaled sum of vectors, column by column."""
	if not vectors:
		return totals
	columns = zip(*vectors, strict=True)
	return [total + scale * (sum(column) - bias) for total, column in zip(totals, columns, strict=True)]


def _summed(vectors: Sequence[Sequence[int]], width: int, bias: int = 0) -> list[int]:
	"""The sum of vectors, column by column, without the bias."""
	return [sum(column) - bias for column in islice(zip(*vectors, strict=True), width)] or [0] * width


def unpack(data: bytes, phrases: Phrases = NO_PHRASES, corpus: Callable[[], bytes] = bytes) -> Model:
	"""The model of a file's bytes, with the phrases that its forms are read by.

	`corpus` gives the bytes of the examples, asked for once one is quoted. Raises `ModelError`.
	"""
	if data[:4] != MAGIC:
		raise ModelError("This is not a triage model: fit one with `make triage-fit`, or reinstall the app.")
	(length,) = struct.unpack_from("<I", data, 4)
	at = 8 + length
	head = json.loads(data[8:at])
	parts: list[Any] = []
	for kind, size in zip(KINDS, head["sizes"], strict=True):
		values = array(kind)
		end = at + size * values.itemsize
		if kind == "B":
			parts.append(data[at:end])
		else:
			values.frombytes(data[at:end])
			if sys.byteorder == "big":
				values.byteswap()
			parts.append(values)
		at = end
	keys, ranges, table, common, sums, *examples = parts
	classes, severities = tuple(head["classes"]), tuple(head["severities"])
	width, spelled, found = len(classes) + len(severities) + 1, (common, sums), Examples(*examples)
	return Model(classes, severities, head, keys, ranges, table, width, spelled, found, phrases, corpus)
