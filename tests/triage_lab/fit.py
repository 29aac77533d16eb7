"""`make triage-fit`: fit the shipped model on the corpus and write `data/triage/model.bin`.

Calibration and every threshold come from predictions on authors that the weights had not seen (one author left out at a
time); the weights shipped are then fitted on all authors. The held part is not read here.
"""

from __future__ import annotations

import hashlib
import sys
import time
from typing import Any

import numpy as np

from codigo_binario_support.domain.model import MODEL_PATH, TABLE_BLOCKS, UNCLEAR, key_of, pack
from codigo_binario_support.domain.policy import SEVERITIES

from .corpus import CORPUS, read
from .learn import CLASSES, Settings, Weights, extract, matrix_of, softmax, train

_SHOWN_WORDS = 12


def out_of_author(blocks: list[dict], rows: list[dict[str, Any]], settings: Settings):
	"""Log-odds of every record by a model that saw no record of its author."""
	authors = np.array([row["w"] for row in rows])
	clause = np.zeros((len(rows), len(CLASSES)))
	severity = np.zeros((len(rows), len(SEVERITIES)))
	for author in sorted(set(authors)):
		seen, unseen = np.where(authors != author)[0], np.where(authors == author)[0]
		weights = train([blocks[i] for i in seen], [rows[i] for i in seen], settings)
		matrix = matrix_of([blocks[i] for i in unseen], weights.vocabulary, settings)
		clause[unseen], severity[unseen] = weights.logits(matrix), weights.severity_logits(matrix)
	return clause, severity


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


def calibration_of(clause: np.ndarray, severity: np.ndarray, rows: list[dict[str, Any]]) -> dict[str, Any]:
	labels = np.array([CLASSES.index(row["c"] or UNCLEAR) for row in rows])
	temperature = best_temperature(clause, labels)
	chances = softmax(clause, temperature)
	named = [CLASSES[i] for i in chances.argmax(axis=1)]
	right = np.array(
		[n == (row["c"] or UNCLEAR) or n == row.get("c2") for n, row in zip(named, rows, strict=True)]
	)
	return {
		"temperature": temperature,
		"severity_temperature": best_temperature(
			severity, np.array([SEVERITIES.index(row["sev"]) for row in rows])
		),
		"reliability": reliability(chances.max(axis=1), right),
		"second_from": 0.05,
		"second_alone": 0.35,
		"second_sentence": 0.6,
	}


def to_bytes(
	weights: Weights, blocks: list[dict], calibration: dict[str, Any], note: dict[str, Any]
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
		"calibration": calibration,
		**note,
	}
	return pack(head, keys, b"".join(entries[key] for key in keys), examples)


def main() -> int:
	started = time.monotonic()
	rows = read()
	blocks = extract(rows)
	settings = Settings()
	clause, severity = out_of_author(blocks, rows, settings)
	calibration = calibration_of(clause, severity, rows)
	weights = train(blocks, rows, settings)
	note = {"records": len(rows), "corpus_sha256": hashlib.sha256(CORPUS.read_bytes()).hexdigest()}
	data = to_bytes(weights, blocks, calibration, note)
	MODEL_PATH.write_bytes(data)
	print(
		f"{len(rows)} records, {len(weights.vocabulary)} features, {len(data) / 1e6:.2f} MB,"
		f" {time.monotonic() - started:.0f} s; calibration {calibration}"
	)
	return 0


if __name__ == "__main__":
	sys.exit(main())
