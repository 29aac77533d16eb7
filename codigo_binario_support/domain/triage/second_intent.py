"""Two intents in one request: a second clause with a place of its own.

A request about one thing can resemble two clauses as a whole; one with two intents resembles each in another place. So the
parts are weighed one by one, and all before each joint against all after it; a small logistic model (fitted on authors it
had not seen) says whether the runner-up is a second wish or only a rival.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise, permutations
from operator import mul
from typing import Any

from ..policy.policy import CLAUSE_SIDES
from .features import Token, part_features
from .linear_model import UNCLEAR, Model, together

#: Most parts that are weighed; a long story has its wishes in the first ones or the last.
_MOST_PARTS = 6
#: Fewest words of a part that can be a wish.
_LEAST_WORDS = 3
_ENDS, _AND = frozenset("?.!;:"), frozenset(("y", "e", "and"))
#: Words that begin another wish, after a comma or without one.
_LINKS = frozenset(
	"""ademas tambien aparte asimismo adicionalmente igualmente segundo luego also besides another second secondly plus
	meanwhile""".split()
)
_PAIRS = "de paso,por otro,otra cosa,una duda,una vez,por cierto,otro tema,by the,while you,one more"
_LINKING_PAIRS = frozenset(tuple(pair.split()) for pair in _PAIRS.split(","))
#: After *and*: a new wish rather than one more word of the old one.
_AFTER_AND = frozenset(
	"""que si de cuanto cuando como donde quiero queremos necesito necesitamos ocupo quisiera tambien ademas aparte luego
	nos me ya diganme diganos how when where can could we i please also""".split()
)

Chances = Mapping[str, float]


def parts_of(body: Sequence[Token]) -> list[list[Token]]:
	"""The places where a wish can stand."""
	parts: list[list[Token]] = [[]]
	for i, token in enumerate(body):
		if parts[-1] and _begins_wish(body, i):
			parts.append([])
		parts[-1].append(token)
		if token[0] in _ENDS:
			parts.append([])
	parts = [part for part in parts if sum(word.isalnum() for word, _, _ in part) >= _LEAST_WORDS]
	if len(parts) > _MOST_PARTS:
		parts = [*parts[:3], *parts[3 - _MOST_PARTS :]]
	return parts


def _begins_wish(body: Sequence[Token], at: int) -> bool:
	word = body[at][0]
	after = body[at + 1][0] if at + 1 < len(body) else ""
	if word in _AND:
		return body[at - 1][0] == "," or after in _AFTER_AND
	return word in _LINKS or (word, after) in _LINKING_PAIRS


def odds_of(
	model: Model, parts: Sequence[Sequence[Token]], known: Mapping[str, int | None]
) -> list[dict[str, float]]:
	"""The log-odds of each part, then of what goes before each joint, then of what goes after it.

	`known` are the table rows of the whole text's words.
	"""
	if len(parts) < 2:
		return []
	shares = [model.share(part_features(part), known) for part in parts]
	heads = list(accumulate(shares, together))[:-1]
	tails = list(accumulate(reversed(shares), together))[-2::-1]
	return [model.odds(share) for share in (*shares, *heads, *tails)]


def runner_up(chances: Chances, by_piece: Sequence[Chances], best: str) -> str:
	"""The runner-up that stands strongest, in the whole or in a part."""
	standing = {code: chance for code, chance in chances.items() if code in CLAUSE_SIDES and code != best}
	likely = sorted(standing, key=lambda code: -standing[code])[:4]
	return max(likely, key=lambda code: max([standing[code], *(0.8 * piece[code] for piece in by_piece)]))


def second_evidence(
	body: Sequence[Token],
	parts: Sequence[Sequence[Token]],
	chances: Chances,
	by_piece: Sequence[Chances] | None,
	best: str,
	rival: str,
) -> list[float]:
	"""What the logistic model is asked about a runner-up: how the parts stand, then what the whole says.

	`by_piece` are the chances of `odds_of(parts)`; None before the parts are weighed: then it is the most they can say.
	"""
	words = [word for word, _, _ in body]
	joined = not _LINKS.isdisjoint(words) or not _LINKING_PAIRS.isdisjoint(pairwise(words))
	if by_piece is None and len(parts) > 1:
		standing = [1.0, 1.0, 2.0]
	else:
		standing = _standing(parts, by_piece or (), best, rival)
	return [
		*standing,
		float(any(map(_is_linked, parts[1:]))),
		float(CLAUSE_SIDES[best] != CLAUSE_SIDES[rival]),
		math.log(chances[UNCLEAR] + 1e-4),
		math.log(chances[rival] + 1e-4),
		math.log(chances[best] + 1e-4),
		float(min(len(parts), 4)),
		float(joined),
		float("1" in words and "2" in words),
		float(min(words.count("?"), 3)),
	]


def _standing(
	parts: Sequence[Sequence[Token]], by_piece: Sequence[Chances], best: str, rival: str
) -> list[float]:
	"""How far apart two clauses stand: one part speaks for the first and another for the second, all before a joint against
	all after it."""
	if not by_piece:
		return [0.0, 0.0, 0.0]
	count = len(parts)
	alone, heads, tails = by_piece[:count], by_piece[count : 2 * count - 1], by_piece[2 * count - 1 :]
	apart = max(min(one[best], other[rival]) for one, other in permutations(alone, 2))
	joints = zip(heads, tails, strict=True)
	cuts = [max(min(head[best], tail[rival]), min(head[rival], tail[best])) for head, tail in joints]
	linked = max((cut for cut, part in zip(cuts, parts[1:], strict=True) if _is_linked(part)), default=0.0)
	led = sum(part[rival] > 0.5 and part[rival] > part[best] for part in alone)
	return [min(apart, max(cuts)), linked, min(led, 2.0)]


def _is_linked(part: Sequence[Token]) -> bool:
	first, second = part[0][0], part[1][0]
	return first in _AND or first in _LINKS or second in _LINKS or (first, second) in _LINKING_PAIRS


def second_chance(fitted: Mapping[str, Any], evidence: Sequence[float]) -> float:
	"""Probability that the runner-up is a second wish. `fitted` has `weights` and `intercept`."""
	odds = fitted["intercept"] + sum(map(mul, fitted["weights"], evidence))
	return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
