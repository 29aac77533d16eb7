"""Scope verdicts: is a request inside the policy, and which clause says so.

Clauses: the seven points of «¿Qué tipo de soporte está incluido?» and the nine of «¿Qué tipo de soporte no está incluido?».
A verdict cites one of them or none; below the policy's threshold a person decides. Availability outranks every
exclusion, and `misconfiguration` is only ever a suggestion.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from itertools import pairwise
from operator import mul
from typing import Any, NamedTuple

from ..policy.policy import Policy
from .cleaning import AUTO_REPLY, BOUNCE, BULK, automatic_kind, clean
from .corrections import SiteLearning, softmax
from .features import Signals, Token, features, signal_index, tokens
from .linear_model import UNCLEAR, Model, Scores
from .second_intent import odds_of, parts_of, runner_up, second_chance, second_evidence

NEEDS_REVIEW, MIXED, INCLUDED, EXCLUDED = "needs_review", "mixed", "included", "excluded"


class Verdict(NamedTuple):
	"""A verdict as documents hold it (`name`), by the classifier's word (`code`): its colour, its words for people, what
	comes next where a mail confirms a request, and whether something in it is outside the policy.
	"""

	code: str
	name: str
	color: str
	title: str
	next_step: str
	has_excluded: bool


IN_SCOPE, OUT_OF_SCOPE, IN_PART, TO_REVIEW = "In scope", "Out of scope", "Mixed", "Needs review"
_ANSWER = "Our team will answer you in this same conversation."
_OFFER = "We will send you a proposal for a Success Pack. Nothing has a cost until you accept it."
_BOTH = "We start with what your support includes, and send you a proposal for the rest. Nothing has a cost until you accept it."
_REVIEW = "A person will read your request and tell you whether your support includes it."
#: What is to be known of a verdict, once; lists and forms get it with the boot.
VERDICTS = {
	INCLUDED: Verdict(INCLUDED, IN_SCOPE, "green", "Included in your support", _ANSWER, False),
	EXCLUDED: Verdict(EXCLUDED, OUT_OF_SCOPE, "orange", "Outside the support policy", _OFFER, True),
	MIXED: Verdict(MIXED, IN_PART, "blue", "Included in part", _BOTH, True),
	NEEDS_REVIEW: Verdict(
		NEEDS_REVIEW, TO_REVIEW, "gray", "A person will review your request", _REVIEW, False
	),
}
BY_NAME = {row.name: row for row in VERDICTS.values()}
#: Those for which a Success Pack is recommended.
WITH_EXCLUDED = tuple(row.name for row in VERDICTS.values() if row.has_excluded)

#: Clauses a machine may suggest, never decide: a person has to diagnose first.
SUGGESTED_ONLY = frozenset(("misconfiguration",))

_AUTOMATIC = {
	AUTO_REPLY: "An automatic reply, not a request.",
	BOUNCE: "A notice of failed delivery, not a request.",
	BULK: "A bulk mailing, not a request.",
}


class Signal(NamedTuple):
	"""A word or mark of the text that spoke for a clause; a negative `weight` spoke against it."""

	text: str
	clause: str | None
	weight: float


class Nearest(NamedTuple):
	"""The labelled example of the clause most like the request: `#12` of the corpus, or a correction of the site."""

	name: str
	text: str
	clause: str | None
	likeness: float

	@property
	def quoted(self) -> str:
		"""What may stand on the request: the words of the shipped corpus. An example of the site may be another
		customer's request, so it gives its name and no words.
		"""
		return self.text if self.name.startswith("#") else self.name


class Triage(NamedTuple):
	"""The answer to one request.

	`clause` is None when nothing in the policy fits; with the verdict `needs_review` a clause is a suggestion to the
	person who decides. `confidence` is the estimated probability, 0 to 1, that the clause is right.
	"""

	verdict: str
	clause: str | None
	second_clause: str | None
	confidence: float
	severity: str
	signals: tuple[Signal, ...] = ()
	reason: str = ""
	#: Probability of each clause (and of `unclear`), calibrated; empty when no model was asked.
	chances: Mapping[str, float] | None = None
	nearest: Nearest | None = None


def verdict_for(policy: Policy, clause: str | None, second_clause: str | None = None) -> str:
	"""The verdict that clauses stand for when a person, or a sure classifier, has named them."""
	sides = {policy.clauses[code].side for code in (clause, second_clause) if code}
	return MIXED if len(sides) == 2 else next(iter(sides), NEEDS_REVIEW)


def classify(
	model: Model,
	policy: Policy,
	subject: str,
	body: str,
	headers: Mapping[str, str] | None = None,
	learned: SiteLearning | None = None,
) -> Triage:
	"""Classify one request. Deterministic: the same text under the same policy gives the same answer.

	`learned` are the site's released corrections.
	"""
	subject, body = subject or "", body or ""
	no_request = partial(Triage, NEEDS_REVIEW, None, None, 1.0, "question")
	kind = automatic_kind(subject, body, headers)
	if kind:
		return no_request((Signal(kind, None, 1.0),), _AUTOMATIC[kind])
	text = clean(subject, body)
	if not re.search(r"[^\W\d_]{2}", text.subject + text.body):
		return no_request((), "There is no request in the text.")
	read = tokens(text.body)
	blocks = features(text, signals_of(policy), model.phrases, read)
	weighed = model.score(blocks)
	odds = dict(weighed.clauses)
	for clause, pull in learned.adjustments(model, blocks).items() if learned else ():
		odds[clause] += pull
	calibration = model.head["calibration"]
	chances = softmax(odds, calibration["temperature"])
	ranked = sorted(policy.clauses, key=lambda code: -chances[code])
	best = None if chances[UNCLEAR] >= max(UNCLEAR_FROM, chances[ranked[0]]) else ranked[0]
	rival, rival_chance = _second(model, weighed, read, chances, best) if best else (None, 0.0)
	# By what the words say and by the clause: who asks for a guide seldom reports an outage.
	known, mix = [*weighed.severities.values(), *chances.values()], calibration["severity"]
	rows = zip(weighed.severities, mix["weights"], mix["intercept"], strict=True)
	severities = softmax({name: start + sum(map(mul, weights, known)) for name, weights, start in rows})
	confidence = _reliability(calibration["reliability"], chances[best or UNCLEAR])
	second = rival if rival_chance >= SECOND_FROM else None
	verdict = verdict_for(policy, best, second)
	forms = blocks["form"]
	doubt = _doubt(
		policy, verdict, best, rival, rival_chance, confidence, chances, severities, forms, text.is_cut
	)
	return Triage(
		NEEDS_REVIEW if doubt else verdict,
		best,
		second,
		round(confidence, 4),
		max(severities, key=lambda name: severities[name]),
		_explain(model, weighed, best, ranked),
		doubt,
		{code: round(chance, 4) for code, chance in chances.items()},
		_nearest(model, blocks, weighed, learned, best),
	)


@lru_cache(maxsize=8)
def signals_of(policy: Policy) -> Signals:
	"""The policy's signals, indexed; the clauses' data, so that an edit in the desk counts at once."""
	return signal_index({code: clause.signals for code, clause in policy.clauses.items()})


def _reliability(points: list[tuple[float, float]], chance: float) -> float:
	"""Probability that the clause is right, read off the points measured on authors the model had not seen."""
	for (x0, y0), (x1, y1) in pairwise(points):
		if chance <= x1:
			return y0 + (y1 - y0) * (chance - x0) / (x1 - x0) if x1 > x0 else y1
	return points[-1][1]


def _second(
	model: Model, weighed: Scores, body: list[Token], chances: Mapping[str, float], best: str
) -> tuple[str | None, float]:
	"""The clause of a second wish and its probability; a sure request of one part has none."""
	temperature, fitted = model.head["calibration"]["temperature"], model.head["calibration"]["second"]
	parts = parts_of(body)
	rival = runner_up(chances, (), best)
	# Most requests need not be weighed in parts: whatever those said would name no second wish.
	if second_chance(fitted, second_evidence(body, parts, chances, None, best, rival)) < MAYBE_MIXED[0]:
		return None, 0.0
	by_piece = [softmax(odds, temperature) for odds in odds_of(model, parts, weighed.rows)]
	rival = runner_up(chances, by_piece, best)
	return rival, second_chance(fitted, second_evidence(body, parts, chances, by_piece, best, rival))


def _doubt(
	policy: Policy,
	verdict: str,
	best: str | None,
	rival: str | None,
	rival_chance: float,
	confidence: float,
	chances: Mapping[str, float],
	severities: Mapping[str, float],
	forms: Mapping[str, str],
	is_cut: bool,
) -> str:
	"""What stops an automatic verdict and leaves the clause as a suggestion; empty when nothing does."""
	if best is None:
		return "No clause of the policy fits the text."
	if chances[UNCLEAR] >= chances[best]:
		return "It may be no request that the policy knows; the clause is a suggestion."
	if best in SUGGESTED_ONLY or (rival in SUGGESTED_ONLY and rival_chance >= SECOND_FROM):
		return "Improper configuration is for a person to diagnose; the clause is a suggestion."
	if confidence < policy.review_threshold:
		return "The confidence is below the policy's threshold; the clause is a suggestion."
	may_be_mixed = MAYBE_MIXED[0] <= rival_chance < MAYBE_MIXED[1]
	if rival and may_be_mixed and policy.clauses[rival].side != policy.clauses[best].side:
		return "There may be a second wish on the other side of the policy; the clauses are suggestions."
	if verdict != INCLUDED and is_cut:
		return "The text is longer than a machine reads; the clause is a suggestion."
	# Where somebody may be cut off, no machine may refuse to help.
	connectivity, is_cut_off = chances["connectivity"], "stopped" in forms
	if "cannot_reach" in forms:
		is_cut_off = is_cut_off or "everybody" in forms or connectivity >= 0.02
	if verdict == EXCLUDED and (is_cut_off or connectivity >= 0.1 or severities["outage"] >= 0.2):
		return "It may be an outage, and availability outranks every exclusion."
	excluded = sum(chances[code] for code, clause in policy.clauses.items() if clause.side == EXCLUDED)
	if verdict == EXCLUDED and excluded < EXCLUDED_FROM:
		return "An included clause is too likely to exclude it automatically."
	return ""


_SAYS_SOMETHING = re.compile(r"\w{3}|\?|\d")
#: Probability of *unclear* from which not even a suggestion is made.
UNCLEAR_FROM = 0.5
#: Probability of a second wish from which its clause is named.
SECOND_FROM = 0.4
#: Between these, a second wish on the other side is neither safe to name nor safe to ignore.
MAYBE_MIXED = (0.25, 0.6)
#: Summed probability of the excluded clauses from which an exclusion may be automatic (97 % must be right).
EXCLUDED_FROM = 0.85


def _explain(model: Model, weighed: Scores, best: str | None, ranked: list[str]) -> tuple[Signal, ...]:
	"""The customer's own words that weighed most: up to six for the clause, up to three against it."""
	clause = best or UNCLEAR
	rivals = [code for code in ranked[:4] if code != clause][:3]
	spoken = model.evidence(weighed, clause, rivals)
	most = max((abs(weight) for weight in spoken.values()), default=0.0)
	favour = sorted((-weight, words) for words, weight in spoken.items() if weight > 0.05 * most)
	# Little speaks against a clear request, and a person wants to see that little.
	against = sorted((weight, words) for words, weight in spoken.items() if weight < -0.02 * most)
	shown = [*_apart(favour, 6), *_apart(against, 3)]
	return tuple(Signal(words, best, round(spoken[words], 3)) for words in shown)


def _apart(ordered: Iterable[tuple[float, str]], most: int) -> list[str]:
	"""Leave out phrases that say again what a stronger one has said, and words that say nothing alone."""
	kept: dict[str, set[str]] = {}
	for _weight, words in ordered:
		parts = set(words.lower().split())
		is_said = any(parts <= other or parts >= other for other in kept.values())
		if not is_said and _SAYS_SOMETHING.search(words):
			kept[words] = parts
		if len(kept) == most:
			break
	return list(kept)


def _nearest(
	model: Model, blocks: Mapping[str, Any], weighed: Scores, learned: SiteLearning | None, best: str | None
) -> Nearest | None:
	likenesses = learned.likeness(model, blocks) if learned else {}
	name = max(sorted(likenesses), key=lambda one: likenesses[one], default="")
	if learned and name and likenesses[name] >= 0.25:
		one = next(one for one in learned.corrections if one.name == name)
		words, likeness = f"{one.subject}: {one.body}", round(min(1.0, likenesses[name]), 4)
		return Nearest(name, words[:200], one.clause, likeness)
	found = model.nearest(weighed, best or UNCLEAR)
	row = model.example(found[0]) if found else None
	if not found or row is None:
		return None
	words = f"{row['s']}: {row['b']}" if row["s"] else row["b"]
	return Nearest(f"#{found[0] + 1}", words[:200], row["c"], found[1])
