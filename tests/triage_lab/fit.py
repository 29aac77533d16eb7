"""`make triage-fit`: fit the shipped model on the corpus and write `data/triage/model.bin`.

Calibration and every threshold come from predictions on authors that the weights had not seen (one author left out at a
time); the weights shipped are then fitted on all authors. The held part is not read here.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import sys
import time
import zlib
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES, SEVERITIES
from codigo_binario_support.domain.triage.cleaning import clean
from codigo_binario_support.domain.triage.corrections import softmax as chances_of
from codigo_binario_support.domain.triage.features import Token, tokens
from codigo_binario_support.domain.triage.linear_model import (
	KINDS,
	MAGIC,
	RANGE_SHIFT,
	TABLE_BLOCKS,
	UNCLEAR,
	Examples,
	unpack,
)
from codigo_binario_support.domain.triage.second_intent import odds_of, parts_of, runner_up, second_evidence
from codigo_binario_support.shipped import MODEL_PATH

from .corpus import CORPUS, read
from .learn import CLASSES, Settings, Weights, extract, matrix_of, softmax, train

_SHOWN_WORDS = 16
#: Words in more than one record of so many do not tell what it is about.
_TELLING = math.log(12) + 1


@dataclass(frozen=True)
class OutOfAuthor:
	"""Log-odds of every record, and of its pieces (`intents.odds_of`), by a model that saw no record of its author."""

	clause: np.ndarray
	severity: np.ndarray
	pieces: list[list[dict[str, float]]]
	weights: dict[str, Weights]

	def calibration(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
		return calibration_of(self.clause, self.severity, self.pieces, rows)


def out_of_author(blocks: list[dict], rows: list[dict[str, Any]], settings: Settings) -> OutOfAuthor:
	authors = np.array([row["w"] for row in rows])
	clause = np.zeros((len(rows), len(CLASSES)))
	severity = np.zeros((len(rows), len(SEVERITIES)))
	pieces: list[list[dict[str, float]]] = [[] for _ in rows]
	fitted = {}
	for author in sorted(set(authors)):
		seen, unseen = np.where(authors != author)[0], np.where(authors == author)[0]
		weights = train([blocks[i] for i in seen], [rows[i] for i in seen], settings)
		matrix = matrix_of([blocks[i] for i in unseen], weights.vocabulary, settings)
		clause[unseen], severity[unseen] = weights.logits(matrix), weights.severity_logits(matrix)
		model = unpack(to_bytes(weights, [], [], {}, {}))
		for i in unseen:
			pieces[i] = odds_of(model, parts_of(body_of(rows[i])), {})
		fitted[str(author)] = weights
	return OutOfAuthor(clause, severity, pieces, fitted)


def body_of(row: dict[str, Any]) -> list[Token]:
	return tokens(clean(row["s"], row["b"]).body)


def best_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
	"""The temperature with the least log-loss."""
	grid = np.geomspace(0.2, 3, 60)
	losses = [-np.mean(np.log(softmax(logits, t)[np.arange(len(labels)), labels] + 1e-12)) for t in grid]
	return round(float(grid[int(np.argmin(losses))]), 4)


def reliability(chances: np.ndarray, right: np.ndarray, bins: int = 8) -> list[list[float]]:
	"""Points (stated, measured) that only rise, from equal-sized bins (pool adjacent violators)."""
	order = np.argsort(chances)
	pools = [
		[float(chances[part].mean()), float(right[part].mean()), len(part)]
		for part in np.array_split(order, bins)
	]
	i = 0
	while i < len(pools) - 1:
		if pools[i][1] > pools[i + 1][1]:
			a, b = pools[i], pools.pop(i + 1)
			size = a[2] + b[2]
			pools[i] = [(a[0] * a[2] + b[0] * b[2]) / size, (a[1] * a[2] + b[1] * b[2]) / size, size]
			i = max(0, i - 1)
		else:
			i += 1
	points = [[0.0, 0.0]] + [[round(x, 4), round(min(y, 0.995), 4)] for x, y, _ in pools]
	return [*points, [1.0, max(points[-1][1], 0.995)]]


def mixed_severity(
	clause_chances: np.ndarray, severity: np.ndarray, rows: list[dict[str, Any]]
) -> dict[str, Any]:
	"""A severity also follows from the clause: weights of the severity's log-odds and of the clause chances."""
	labels = np.array([SEVERITIES.index(row["sev"]) for row in rows])
	# What fits no clause has no severity that two authors agree on: it weighs little here.
	weight = np.array([1.0 if row["c"] else 0.2 for row in rows])
	model = LogisticRegression(C=1.0, max_iter=1000).fit(
		np.hstack([severity, clause_chances]), labels, sample_weight=weight
	)
	return {
		"weights": [[round(float(v), 4) for v in row] for row in model.coef_],
		"intercept": [round(float(v), 4) for v in model.intercept_],
	}


def second_intent(
	clause: np.ndarray, pieces: list[list[dict[str, float]]], rows: list[dict[str, Any]], temperature: float
) -> dict[str, Any]:
	"""The logistic model that tells a second wish from a rival (`domain.triage.second_intent`)."""
	evidence, labels = [], []
	for odds, by_piece, row in zip(clause, pieces, rows, strict=True):
		if not row["c"]:
			continue
		chances = chances_of(dict(zip(CLASSES, odds, strict=True)), temperature)
		best = max(CLAUSE_SIDES, key=lambda code: chances[code])
		rival = runner_up(chances, by_piece, best)
		body = body_of(row)
		evidence.append(second_evidence(body, parts_of(body), chances, by_piece, best, rival))
		labels.append(bool(row.get("c2")) and {best, rival} == {row["c"], row["c2"]})
	model = LogisticRegression(C=1.0, max_iter=1000).fit(evidence, labels)
	return {
		"weights": [round(float(v), 4) for v in model.coef_[0]],
		"intercept": round(float(model.intercept_[0]), 4),
	}


def calibration_of(
	clause: np.ndarray, severity: np.ndarray, pieces: list[list[dict[str, float]]], rows: list[dict[str, Any]]
) -> dict[str, Any]:
	"""Temperature, reliability, severity and second intent from out-of-author log-odds."""
	labels = np.array([CLASSES.index(row["c"] or UNCLEAR) for row in rows])
	temperature = best_temperature(clause, labels)
	chances = softmax(clause, temperature)
	named = [CLASSES[i] for i in chances.argmax(axis=1)]
	right = np.array(
		[n == (row["c"] or UNCLEAR) or n == row.get("c2") for n, row in zip(named, rows, strict=True)]
	)
	by_piece = [[chances_of(odds, temperature) for odds in one] for one in pieces]
	return {
		"temperature": temperature,
		"reliability": reliability(chances.max(axis=1), right),
		"severity": mixed_severity(chances, severity, rows),
		"second": second_intent(clause, by_piece, rows, temperature),
	}


def to_bytes(
	weights: Weights,
	blocks: list[dict],
	rows: list[dict[str, Any]],
	calibration: dict[str, Any],
	note: dict[str, Any],
) -> bytes:
	"""Quantise to a byte a weight and pack."""
	matrix = np.vstack([weights.clause[0], weights.severity[0]])
	rarest = max(rarity for _, rarity in weights.vocabulary.values())
	steps, entries, form = {}, {}, {}
	for block in TABLE_BLOCKS:
		names = [(name, *hit) for (kind, name), hit in weights.vocabulary.items() if kind == block]
		scale = weights.settings.scales[block]
		values = np.array([matrix[:, column] * rarity * scale for _, column, rarity in names])
		step = float(np.quantile(np.abs(values), 0.9999)) / 127 or 1.0
		steps[block] = step
		whole = np.clip(np.rint(values / step), -127, 127).astype(int) + 128
		for (name, _, rarity), row in zip(names, whole, strict=True):
			if (abs(row - 128) > 1).any():
				entries[key_of(block, name)] = bytes([*row, round(255 * rarity / rarest)])
	for (kind, name), (column, weight) in weights.vocabulary.items():
		if kind == "form":
			form[name] = [
				round(float(v), 4) for v in matrix[:, column] * weight * weights.settings.scales["form"]
			]
	keys = sorted(entries)
	examples, class_starts = examples_of(weights, blocks, rows, keys, entries)
	head = {
		"classes": list(CLASSES),
		"severities": list(SEVERITIES),
		"intercept": [round(float(v), 4) for v in np.concatenate([weights.clause[1], weights.severity[1]])],
		"steps": steps,
		"rarity_step": round(rarest / 255, 6),
		"form": form,
		"example_classes": class_starts,
		"calibration": calibration,
		**note,
	}
	table = b"".join(entries[key] for key in keys)
	return pack(head, keys, table, common_words(blocks), examples)


def key_of(block: str, name: str) -> int:
	"""The stable number of a feature.

	>>> key_of("word", "respald")
	856966087
	"""
	return zlib.crc32(f"{block}:{name}".encode())


def pack(
	head: Mapping[str, Any], keys: Iterable[int], table: bytes, common: Iterable[str], examples: Examples
) -> bytes:
	"""The bytes of a model file. `keys` ascend and go with the rows of the table; `common` words are spelled in it."""
	keys = array("I", keys)
	starts = range(2 ** (32 - RANGE_SHIFT) + 1)
	ranges = array("I", [bisect_left(keys, start << RANGE_SHIFT) for start in starts])
	model = unpack(_bytes_of(head, [keys, ranges, table, *[()] * 8]))
	by_word = {key_of("letter", word): model.char_ngrams(word) for word in common}
	spelled = {key: [*sums, count] for key, (sums, count) in sorted(by_word.items()) if sums}
	numbers = (number for row in spelled.values() for number in row)
	return _bytes_of(head, [keys, ranges, table, spelled, numbers, *examples])


def _bytes_of(head: Mapping[str, Any], columns: list[Iterable[Any]]) -> bytes:
	"""A head and the arrays that follow it, in the file's order of bytes."""
	parts = [array(kind, values) for kind, values in zip(KINDS, columns, strict=True)]
	for part in parts:
		if sys.byteorder == "big":
			part.byteswap()
	sized = {**head, "sizes": [len(part) for part in parts]}
	text = json.dumps(sized, ensure_ascii=False, sort_keys=True).encode()
	return b"".join([MAGIC, struct.pack("<I", len(text)), text, *[part.tobytes() for part in parts]])


def common_words(blocks: list[dict]) -> list[str]:
	"""Words of two records and more."""
	counts = Counter(word for one in blocks for word in one["letter"])
	return [word for word, count in counts.items() if count > 1]


def examples_of(
	weights: Weights,
	blocks: list[dict],
	rows: list[dict[str, Any]],
	keys: list[int],
	entries: dict[int, bytes],
) -> tuple[Examples, list[int]]:
	"""The corpus by its telling words, numbered by class; and the number where each class begins."""
	at = {key: row for row, key in enumerate(keys)}
	labels = [CLASSES.index(row["c"] or UNCLEAR) for row in rows]
	order = sorted(range(len(rows)), key=lambda line: (labels[line], line))
	listed: dict[int, list[int]] = {}
	lengths = []
	for number, line in enumerate(order):
		words = [name for name in blocks[line]["word"] if " " not in name and key_of("word", name) in at]
		words = [name for name in words if weights.vocabulary["word", name][1] > _TELLING]
		words.sort(key=lambda name: (-weights.vocabulary["word", name][1], name))
		length = 1.0
		for name in words[:_SHOWN_WORDS]:
			listed.setdefault(at[key_of("word", name)], []).append(number)
			length += entries[key_of("word", name)][-1] ** 2
		lengths.append(1 / math.sqrt(length))
	words = sorted(listed)
	ends = np.cumsum([len(listed[word]) for word in words]).tolist()
	starts = [0]
	for line in CORPUS.read_bytes().splitlines(keepends=True):
		starts.append(starts[-1] + len(line))
	sizes = [labels.count(label) for label in range(len(CLASSES))]
	return (
		Examples(
			words, ends, [n for word in words for n in listed[word]], lengths, order, starts[: len(rows) + 1]
		),
		[0, *np.cumsum(sizes).tolist()],
	)


def main() -> int:
	started = time.monotonic()
	rows = read()
	blocks = extract(rows)
	settings = Settings()
	calibration = out_of_author(blocks, rows, settings).calibration(rows)
	weights = train(blocks, rows, settings)
	note = {"records": len(rows), "corpus_sha256": hashlib.sha256(CORPUS.read_bytes()).hexdigest()}
	data = to_bytes(weights, blocks, rows, calibration, note)
	MODEL_PATH.write_bytes(data)
	print(
		f"{len(rows)} records, {len(weights.vocabulary)} features, {len(data) / 1e6:.2f} MB,"
		f" {time.monotonic() - started:.0f} s; calibration {calibration}"
	)
	return 0


if __name__ == "__main__":
	sys.exit(main())
