"""Two intents in one request: a second clause with a sentence of its own.

A request about one thing can resemble two clauses as a whole; one with two intents resembles each in another place. So
the parts of the text are weighed one by one, and a small logistic model (fitted on authors it had not seen) says whether
the runner-up is a second wish or only a rival.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from .features import features
from .learning import softmax
from .model import Model
from .policy import CLAUSE_SIDES
from .text import Cleaned, fold

#: Most parts that are weighed; a long story has its wishes in the first ones or the last.
_MOST_PARTS = 7
_JOINT = re.compile(
	r"(?<=[.?!;:])\s+|\n+|,?\s+(?=(?:y\s+)?(?:además|ademas|también|tambien|de paso|aparte|por otro lado|otra cosa|asimismo"
	r"|y una duda|y otra|y si se puede|ya de una vez|de una vez|also|and also|plus|second|segundo)\b)"
	r"|,\s+(?=y\s)|\s+(?=y\s+(?:que|si|de|cuanto|cuánto|cuando|cuándo|como|cómo|donde|dónde|quiero|queremos|necesito|mandenme|mándenme|pasenme|pásenme|diganme|díganme)\b)"
	r"|,\s+(?=and\s)",
	re.IGNORECASE,
)
_LINK = re.compile(
	r"\b(?:ademas|tambien|de paso|aparte|por otro lado|otra cosa|asimismo|adicionalmente|igualmente|una duda|dos cosas|ya de una vez"
	r"|primero|segundo|also|besides|another thing|two things|second(?:ly)?|first|meanwhile|mientras tanto|plus|y luego|despues)\b"
)
_COUNTED = re.compile(r"(?:^|\s)(?:1[.)]|a\)|2[.)]|b\)|i\))")


def parts_of(text: Cleaned) -> list[str]:
	"""The places where a wish can stand."""
	parts = [part.strip() for part in _JOINT.split(text.body) if part and len(part.strip()) > 11]
	if len(parts) > _MOST_PARTS:
		parts = [*parts[:3], *parts[-(_MOST_PARTS - 3) :]]
	return parts


def chances_by_part(
	model: Model, signals: Mapping[str, list], parts: Iterable[str], temperature: float
) -> list[dict[str, float]]:
	return [
		softmax(model.scores(features(Cleaned("", part), signals, is_part=True)).clauses, temperature)
		for part in parts
	]


def rival_of(chances: Mapping[str, float], by_part: Iterable[Mapping[str, float]], best: str) -> str:
	"""The runner-up that stands strongest, in the whole or in a part."""
	standing = {code: chance for code, chance in chances.items() if code in CLAUSE_SIDES and code != best}
	likely = sorted(standing, key=lambda code: -standing[code])[:4]
	return max(likely, key=lambda code: max([standing[code], *(0.8 * part[code] for part in by_part)]))


def second_evidence(
	text: Cleaned,
	chances: Mapping[str, float],
	by_part: list[dict[str, float]],
	best: str,
	rival: str,
) -> list[float]:
	"""What the logistic model is asked about a runner-up."""
	apart = 0.0
	for i, part in enumerate(by_part):
		for j, other in enumerate(by_part):
			if i != j:
				apart = max(apart, min(part[best], other[rival]))
	strongest = max((part[rival] for part in by_part), default=0.0)
	led = sum(part[rival] > 0.5 and part[rival] > part[best] for part in by_part)
	return [
		math.log(chances[rival] + 1e-4),
		math.log(chances[best] + 1e-4),
		math.log(apart + 1e-3),
		math.log(strongest + 1e-3),
		float(min(led, 2)),
		float(min(len(by_part), 4)),
		*_marks(text),
	]


def _marks(text: Cleaned) -> list[float]:
	"""Words that join two wishes, numbered wishes, questions."""
	folded = fold(text.body)
	return [
		1.0 if _LINK.search(folded) else 0.0,
		1.0 if _COUNTED.search(folded) else 0.0,
		float(min(folded.count("?"), 3)),
	]


def second_at_most(
	weights: list[float], intercept: float, text: Cleaned, best: float, rival: float, parts: int
) -> float:
	"""The most that `second_chance` can be before the parts are weighed: most requests need not weigh them."""
	led = float(min(2, max(0, parts - 1)))
	evidence = [
		math.log(rival + 1e-4),
		math.log(best + 1e-4),
		0.0,
		0.0,
		led,
		float(min(parts, 4)),
		*_marks(text),
	]
	return second_chance(weights, intercept, evidence)


def second_chance(weights: Iterable[float], intercept: float, evidence: Iterable[float]) -> float:
	"""Probability that the runner-up is a second wish."""
	odds = intercept + sum(weight * value for weight, value in zip(weights, evidence, strict=True))
	return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
