"""What a site teaches: corrections that a person made and another released, as small pulls on later verdicts.

The shipped model never changes. Every correction keeps its own pull, felt by requests that share its rarer words and
forms, so a verdict can name what moved it, and one that is taken back leaves no trace. Pulls are found by coordinate ascent
on the log-likelihood with a quadratic price (kernel logistic regression, Zhu and Hastie 2005), in any order the same.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ..errors import SupportError
from .cleaning import clean
from .features import Signals, features
from .linear_model import UNCLEAR, Model

#: Of an example: who corrects proposes it, somebody else releases it.
STATES = PROPOSED, RELEASED, TAKEN_BACK = "Proposed", "Released", "Taken back"

FORMAT = "site-learning/1"
MAX_ITER, _STEP, L2, MAX_SHIFT = 60, 1.5, 0.02, 3.0


class LearningError(SupportError):
	"""A snapshot of corrections that cannot be read."""


class Correction(NamedTuple):
	"""One request of the site with the clause a person gave it; `clause` None: no clause fits."""

	name: str
	subject: str
	body: str
	clause: str | None


@dataclass(frozen=True, eq=False)
class SiteLearning:
	"""Fitted corrections. `pulls[name]` by class, `words[name]` the features and their weight."""

	corrections: tuple[Correction, ...]
	words: Mapping[str, Mapping[str, float]] = field(repr=False)
	pulls: Mapping[str, Mapping[str, float]] = field(repr=False)

	def adjustments(self, model: Model, blocks: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
		"""What to add to each class's log-odds for this request."""
		added: dict[str, float] = {}
		for name, likeness in self.likeness(model, blocks).items():
			for clause, pull in self.pulls[name].items():
				added[clause] = added.get(clause, 0.0) + MAX_SHIFT * likeness * pull
		return added

	def likeness(self, model: Model, blocks: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
		"""Corrections that share words with the request: cosine, 0 to 1; the way to find a bad one."""
		found: dict[str, float] = {}
		for word, weight in _vector(model, blocks).items():
			for name, other in self._postings.get(word, ()):
				found[name] = found.get(name, 0.0) + weight * other
		return found

	def to_data(self) -> dict[str, Any]:
		"""A plain mapping, to be kept with the policy's version."""
		rows = [list(one) for one in self.corrections]
		return {"format": FORMAT, "corrections": rows, "pulls": dict(self.pulls), "words": dict(self.words)}

	@cached_property
	def _postings(self) -> dict[str, list[tuple[str, float]]]:
		postings: dict[str, list[tuple[str, float]]] = {}
		for name, vector in self.words.items():
			for word, weight in vector.items():
				postings.setdefault(word, []).append((name, weight))
		return postings


def site_learning(data: Mapping[str, Any]) -> SiteLearning:
	"""Read what `to_data` wrote."""
	if data.get("format") != FORMAT:
		message = "These corrections have the format {found}; only {known} can be read: fit them again."
		raise LearningError(message, found=data.get("format"), known=FORMAT)
	return SiteLearning(tuple(Correction(*row) for row in data["corrections"]), data["words"], data["pulls"])


def fit(model: Model, signals: Signals, corrections: Iterable[Correction]) -> SiteLearning:
	"""Learn from released corrections. `signals` is `features.signal_index` of the policy in force."""
	ordered = tuple(sorted(corrections, key=lambda correction: correction.name))
	blocks = [features(clean(one.subject, one.body), signals, model.phrases) for one in ordered]
	vectors = [_vector(model, one) for one in blocks]
	temperature = model.head["calibration"]["temperature"]
	bases = [dict(model.score(one).clauses) for one in blocks]
	likeness = [[sum(a[name] * b[name] for name in a if name in b) for b in vectors] for a in vectors]
	pulls: list[dict[str, float]] = [dict.fromkeys(model.classes, 0.0) for _ in ordered]
	for _ in range(MAX_ITER):
		for i, one in enumerate(ordered):
			odds = dict(bases[i])
			for j, share in enumerate(likeness[i]):
				if share:
					for clause, pull in pulls[j].items():
						odds[clause] += MAX_SHIFT * share * pull
			chances = softmax(odds, temperature)
			for clause in model.classes:
				wanted = 1.0 if clause == (one.clause or UNCLEAR) else 0.0
				pulls[i][clause] += _STEP * (wanted - chances[clause] - L2 * pulls[i][clause])
	rounded = [{clause: round(pull, 5) for clause, pull in sorted(one.items())} for one in pulls]
	named = list(zip(ordered, vectors, rounded, strict=True))
	words = {one.name: vector for one, vector, _pulls in named}
	return SiteLearning(ordered, words, {one.name: pull for one, _vector, pull in named})


def softmax(odds: Mapping[str, float], temperature: float = 1.0) -> dict[str, float]:
	"""Probabilities of log-odds."""
	top = max(odds.values())
	raised = {name: math.exp((value - top) / temperature) for name, value in odds.items()}
	total = sum(raised.values())
	return {name: value / total for name, value in raised.items()}


def _vector(model: Model, blocks: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
	"""Stems, pairs and forms by rarity, with length one."""
	found = {f"word:{name}": model.rarity("word", name) ** 2 for name in blocks["word"]}
	found.update({f"form:{name}": 6.0 for name, surface in blocks["form"].items() if surface})
	length = math.sqrt(sum(weight * weight for weight in found.values())) or 1.0
	return {name: round(weight / length, 5) for name, weight in sorted(found.items())}
