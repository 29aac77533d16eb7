"""`make triage-fit`: fit the shipped model on the corpus and write `data/triage/model.bin`.

Calibration and every threshold come from predictions on authors that the weights had not seen (one author left out at a
time); the weights shipped are then fitted on all authors. The held part is not read here.
"""

from __future__ import annotations

import hashlib
import math
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from codigo_binario_support.domain.features import features, signal_index
from codigo_binario_support.domain.intents import parts_of, rival_of, second_evidence
from codigo_binario_support.domain.learning import softmax as chances_of
from codigo_binario_support.domain.model import MODEL_PATH, TABLE_BLOCKS, UNCLEAR, key_of, pack
from codigo_binario_support.domain.policy import CLAUSE_SIDES, SEVERITIES
from codigo_binario_support.domain.text import Cleaned, clean

from .corpus import CORPUS, read
from .learn import CLASSES, Settings, Weights, extract, matrix_of, policy_signals, softmax, train

_SHOWN_WORDS = 16
#: Words in more than one record of so many do not tell what it is about.
_TELLING = math.log(12) + 1


@dataclass(frozen=True)
class OutOfAuthor:
	"""Log-odds of every record, and of its parts, by a model that saw no record of its author."""

	clause: np.ndarray
	severity: np.ndarray
	parts: np.ndarray
	owners: np.ndarray
	weights: dict[str, Weights]

	def calibration(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
		return calibration_of(self.clause, self.severity, self.parts, self.owners, rows)


def out_of_author(blocks: list[dict], rows: list[dict[str, Any]], settings: Settings) -> OutOfAuthor:
	authors = np.array([row["w"] for row in rows])
	signals = signal_index(policy_signals())
	clause = np.zeros((len(rows), len(CLASSES)))
	severity = np.zeros((len(rows), len(SEVERITIES)))
	pieces, owners, fitted = [], [], {}
	for author in sorted(set(authors)):
		seen, unseen = np.where(authors != author)[0], np.where(authors == author)[0]
		weights = train([blocks[i] for i in seen], [rows[i] for i in seen], settings)
		matrix = matrix_of([blocks[i] for i in unseen], weights.vocabulary, settings)
		clause[unseen], severity[unseen] = weights.logits(matrix), weights.severity_logits(matrix)
		texts = [(i, part) for i in unseen for part in parts_of(clean(rows[i]["s"], rows[i]["b"]))]
		part_blocks = [features(Cleaned("", part), signals, is_part=True) for _, part in texts]
		pieces.append(weights.logits(matrix_of(part_blocks, weights.vocabulary, settings)))
		owners += [i for i, _ in texts]
		fitted[str(author)] = weights
	return OutOfAuthor(clause, severity, np.vstack(pieces), np.array(owners), fitted)


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
	clause: np.ndarray, parts: list[list[dict[str, float]]], rows: list[dict[str, Any]], temperature: float
) -> dict[str, Any]:
	"""The logistic model that tells a second wish from a rival (`domain.intents`)."""
	evidence, labels = [], []
	for odds, by_part, row in zip(clause, parts, rows, strict=True):
		if not row["c"]:
			continue
		chances = chances_of(dict(zip(CLASSES, odds, strict=True)), temperature)
		best = max(CLAUSE_SIDES, key=lambda code: chances[code])
		rival = rival_of(chances, by_part, best)
		text = clean(row["s"], row["b"])
		evidence.append(second_evidence(text, chances, by_part, best, rival))
		labels.append(bool(row.get("c2")) and {best, rival} == {row["c"], row["c2"]})
	model = LogisticRegression(C=1.0, max_iter=1000).fit(evidence, labels)
	return {
		"weights": [round(float(v), 4) for v in model.coef_[0]],
		"intercept": round(float(model.intercept_[0]), 4),
	}


def calibration_of(
	clause: np.ndarray,
	severity: np.ndarray,
	parts: np.ndarray,
	owners: np.ndarray,
	rows: list[dict[str, Any]],
) -> dict[str, Any]:
	"""Temperature, reliability, severity and second intent from out-of-author log-odds.

	`parts` are the log-odds of parts of texts and `owners` the record each belongs to.
	"""
	labels = np.array([CLASSES.index(row["c"] or UNCLEAR) for row in rows])
	temperature = best_temperature(clause, labels)
	chances = softmax(clause, temperature)
	named = [CLASSES[i] for i in chances.argmax(axis=1)]
	right = np.array(
		[n == (row["c"] or UNCLEAR) or n == row.get("c2") for n, row in zip(named, rows, strict=True)]
	)
	by_part: list[list[dict[str, float]]] = [[] for _ in rows]
	for owner, row in zip(owners, softmax(parts, temperature), strict=True):
		by_part[owner].append(dict(zip(CLASSES, row, strict=True)))
	return {
		"temperature": temperature,
		"reliability": reliability(chances.max(axis=1), right),
		"severity": mixed_severity(chances, severity, rows),
		"second": second_intent(clause, by_part, rows, temperature),
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
	for (kind, name), (column, _) in weights.vocabulary.items():
		if kind == "form":
			form[name] = [round(float(v), 4) for v in matrix[:, column] * weights.settings.scales["form"]]
	keys = sorted(entries)
	at = {key: row for row, key in enumerate(keys)}
	examples = []
	for one in blocks:
		words = [
			name for name in one["word"] if " " not in name and name != "?" and key_of("word", name) in at
		]
		words.sort(key=lambda name: (-weights.vocabulary["word", name][1], name))
		examples.append(sorted(at[key_of("word", name)] for name in words[:_SHOWN_WORDS]))
	head = {
		"classes": list(CLASSES),
		"severities": list(SEVERITIES),
		"intercept": [round(float(v), 4) for v in np.concatenate([weights.clause[1], weights.severity[1]])],
		"steps": steps,
		"rarity_step": round(rarest / 255, 6),
		"form": form,
		"example_classes": "".join(chr(ord("A") + CLASSES.index(row["c"] or UNCLEAR)) for row in rows),
		"calibration": calibration,
		**note,
	}
	return pack(head, keys, b"".join(entries[key] for key in keys), examples)


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
