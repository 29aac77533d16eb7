"""Fitting: from labelled requests to the weights of a linear model. Needs numpy, scipy and scikit-learn."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from codigo_binario_support import shipped
from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES, SEVERITIES
from codigo_binario_support.domain.triage.cleaning import clean
from codigo_binario_support.domain.triage.features import BLOCKS, features, grams, signal_index
from codigo_binario_support.domain.triage.linear_model import UNCLEAR

from .corpus import POLICY

CLASSES = (*CLAUSE_SIDES, UNCLEAR)


@dataclass(frozen=True)
class Settings:
	"""What was tuned, by leaving one author out at a time; never on the held part."""

	min_df: int = 2
	scales: dict[str, float] = field(
		default_factory=lambda: {"word": 1.8, "letter": 1.0, "subject": 0.3, "form": 0.4}
	)
	c_clause: float = 0.35
	c_severity: float = 0.6
	second_share: float = 0.35


@dataclass(frozen=True)
class Weights:
	vocabulary: dict[tuple[str, str], tuple[int, float]]
	settings: Settings
	clause: tuple[np.ndarray, np.ndarray]
	severity: tuple[np.ndarray, np.ndarray]

	def logits(self, matrix: sp.csr_matrix) -> np.ndarray:
		return matrix @ self.clause[0].T + self.clause[1]

	def severity_logits(self, matrix: sp.csr_matrix) -> np.ndarray:
		return matrix @ self.severity[0].T + self.severity[1]


def policy_signals() -> dict[str, list[str]]:
	policy = json.loads(POLICY.read_text(encoding="utf-8"))
	return {row["code"]: row.get("signals") or [] for row in policy["clauses"]}


def extract(rows: list[dict[str, Any]]) -> list[dict[str, dict[str, str]]]:
	signals, phrases = signal_index(policy_signals()), shipped.phrases()
	return [features(clean(row["s"], row["b"]), signals, phrases) for row in rows]


def counted(block: str, names: dict[str, str]) -> dict[str, int]:
	"""The features of a block and how often each counts: words are spelled here as the model spells them."""
	if block != "letter":
		return dict.fromkeys(names, 1)
	found: dict[str, int] = {}
	for word in names:
		for gram in grams(word):
			found[gram] = found.get(gram, 0) + 1
	return found


def vocabulary_of(blocks: list[dict], settings: Settings) -> dict[tuple[str, str], tuple[int, float]]:
	"""Feature -> (column, inverse document frequency)."""
	counts: dict[tuple[str, str], int] = {}
	for one in blocks:
		for block in BLOCKS:
			for name in counted(block, one[block]):
				counts[block, name] = counts.get((block, name), 0) + 1
	kept = sorted(key for key, count in counts.items() if key[0] == "form" or count >= settings.min_df)
	total = len(blocks)
	return {
		key: (
			column,
			form_weight(key[1]) if key[0] == "form" else math.log((total + 1) / (counts[key] + 1)) + 1,
		)
		for column, key in enumerate(kept)
	}


def form_weight(name: str) -> float:
	"""What a machine printed says more than how somebody asks: whose code failed, a gateway's number."""
	return _TRACE_WEIGHT if name.startswith("trace:") else 1.0


_TRACE_WEIGHT = 3.0


def matrix_of(blocks: list[dict], vocabulary: dict, settings: Settings) -> sp.csr_matrix:
	indices, data, pointers = [], [], [0]
	for one in blocks:
		for block in BLOCKS:
			scale = settings.scales[block]
			if not scale:
				continue
			found = counted(block, one[block])
			if block != "form":
				scale /= math.sqrt(sum(found.values()) + 2)
			for name, count in found.items():
				hit = vocabulary.get((block, name))
				if hit:
					indices.append(hit[0])
					data.append(scale * hit[1] * count)
		pointers.append(len(indices))
	return sp.csr_matrix((data, indices, pointers), shape=(len(blocks), len(vocabulary)), dtype=np.float64)


def train(blocks: list[dict], rows: list[dict[str, Any]], settings: Settings | None = None) -> Weights:
	settings = settings or Settings()
	vocabulary = vocabulary_of(blocks, settings)
	matrix = matrix_of(blocks, vocabulary, settings)
	first = np.array([CLASSES.index(row["c"] or UNCLEAR) for row in rows])
	weight = np.array([row.get("weight", 1.0) for row in rows])
	two = [i for i, row in enumerate(rows) if row.get("c2")]
	stacked = sp.vstack([matrix, matrix[two]]) if two else matrix
	labels = np.concatenate([first, [CLASSES.index(rows[i]["c2"]) for i in two]]).astype(int)
	share = weight.copy()
	share[two] *= 1 - settings.second_share
	share = np.concatenate([share, weight[two] * settings.second_share])
	clause = _fit(stacked, labels, share, settings.c_clause, len(CLASSES))
	severity = _fit(
		matrix,
		np.array([SEVERITIES.index(row["sev"]) for row in rows]),
		weight,
		settings.c_severity,
		len(SEVERITIES),
	)
	return Weights(vocabulary, settings, clause, severity)


def _fit(matrix, labels, weight, c: float, classes: int) -> tuple[np.ndarray, np.ndarray]:
	model = LogisticRegression(C=c, max_iter=300, tol=1e-3).fit(matrix, labels, sample_weight=weight)
	coefficients = np.zeros((classes, matrix.shape[1]))
	intercept = np.full(classes, -20.0)
	coefficients[model.classes_] = model.coef_
	intercept[model.classes_] = model.intercept_
	return coefficients, intercept


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
	scaled = logits / temperature
	scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
	return scaled / scaled.sum(axis=1, keepdims=True)
