"""Other ways to choose a clause, measured the same way: every author judged by what was fitted on the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.naive_bayes import ComplementNB
from sklearn.preprocessing import normalize

from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES
from codigo_binario_support.domain.triage.linear_model import UNCLEAR

from .learn import CLASSES, Settings, matrix_of, policy_signals, train, vocabulary_of

Predict = Callable[[list[int], list[int]], np.ndarray]


def _labels(rows: list[dict[str, Any]]) -> np.ndarray:
	return np.array([CLASSES.index(row["c"] or UNCLEAR) for row in rows])


def _only(blocks: list[dict], *kept: str) -> list[dict]:
	return [{name: (block if name in kept else {}) for name, block in one.items()} for one in blocks]


def linear(blocks: list[dict], rows: list[dict[str, Any]], *kept: str) -> Predict:
	chosen = _only(blocks, *kept) if kept else blocks
	settings = Settings()

	def predict(seen: list[int], unseen: list[int]) -> np.ndarray:
		weights = train([chosen[i] for i in seen], [rows[i] for i in seen], settings)
		return weights.logits(matrix_of([chosen[i] for i in unseen], weights.vocabulary, settings)).argmax(
			axis=1
		)

	return predict


def naive_bayes(blocks: list[dict], rows: list[dict[str, Any]]) -> Predict:
	chosen, labels, settings = _only(blocks, "word", "letter"), _labels(rows), Settings()

	def predict(seen: list[int], unseen: list[int]) -> np.ndarray:
		vocabulary = vocabulary_of([chosen[i] for i in seen], settings)
		model = ComplementNB(alpha=0.3).fit(
			matrix_of([chosen[i] for i in seen], vocabulary, settings), labels[seen]
		)
		return model.predict(matrix_of([chosen[i] for i in unseen], vocabulary, settings))

	return predict


def nearest(blocks: list[dict], rows: list[dict[str, Any]], neighbours: int = 7) -> Predict:
	chosen, labels, settings = _only(blocks, "word", "letter"), _labels(rows), Settings()

	def predict(seen: list[int], unseen: list[int]) -> np.ndarray:
		vocabulary = vocabulary_of([chosen[i] for i in seen], settings)
		known = normalize(matrix_of([chosen[i] for i in seen], vocabulary, settings))
		asked = normalize(matrix_of([chosen[i] for i in unseen], vocabulary, settings))
		named = []
		for row in sp.csr_matrix(asked @ known.T).toarray():
			top = np.argsort(-row)[:neighbours]
			named.append(np.bincount(labels[seen][top], weights=row[top], minlength=len(CLASSES)).argmax())
		return np.array(named)

	return predict


def rules(blocks: list[dict], rows: list[dict[str, Any]]) -> Predict:
	"""The policy's signals alone, as the first version had them: the clause with most signals."""
	codes = list(policy_signals())

	def predict(seen: list[int], unseen: list[int]) -> np.ndarray:
		named = []
		for i in unseen:
			found = [code for code in codes if f"signal:{code}" in blocks[i]["form"]]
			named.append(CLASSES.index(found[0]) if found else CLASSES.index(UNCLEAR))
		return np.array(named)

	return predict


def table(blocks: list[dict], rows: list[dict[str, Any]]) -> list[tuple[str, float, float, float]]:
	"""(what, share of right clauses, share of right sides, seconds), by author left out."""
	ways = {
		"linear, all blocks (shipped)": linear(blocks, rows),
		"linear, without forms": linear(blocks, rows, "word", "letter", "subject"),
		"linear, without letters": linear(blocks, rows, "word", "subject", "form"),
		"linear, words only": linear(blocks, rows, "word"),
		"naive Bayes (complement)": naive_bayes(blocks, rows),
		"nearest 7 examples": nearest(blocks, rows),
		"signals of the policy only": rules(blocks, rows),
	}
	return [(name, *judged(predict, rows)) for name, predict in ways.items()]


def judged(predict: Predict, rows: list[dict[str, Any]]) -> tuple[float, float, float]:
	authors = np.array([row["w"] for row in rows])
	right, sided, named = 0, 0, 0
	started = time.monotonic()
	for author in sorted(set(authors)):
		seen, unseen = np.where(authors != author)[0].tolist(), np.where(authors == author)[0].tolist()
		for i, label in zip(unseen, predict(seen, unseen), strict=True):
			row, code = rows[i], CLASSES[label]
			if not row["c"]:
				continue
			named += 1
			right += code in (row["c"], row.get("c2"))
			sided += CLAUSE_SIDES.get(code) in {CLAUSE_SIDES.get(c) for c in (row["c"], row.get("c2")) if c}
	return right / named, sided / named, time.monotonic() - started


def learning_curve(
	blocks: list[dict], rows: list[dict[str, Any]], sizes: tuple[int, ...] = (250, 500, 1000, 2000)
) -> list[tuple[int, float, float]]:
	"""(records fitted on, share of right clauses, of right sides) on authors left out; the last point has them all."""
	points = []
	whole = linear(blocks, rows)
	for size in (*sizes, len(rows)):

		def predict(seen: list[int], unseen: list[int], size: int = size) -> np.ndarray:
			chosen = np.random.default_rng(7).permutation(seen)[:size].tolist()
			return whole(chosen, unseen)

		right, sided, _ = judged(predict, rows)
		authors = len({row["w"] for row in rows})
		points.append((min(size, round(len(rows) * (authors - 1) / authors)), right, sided))
	return points
