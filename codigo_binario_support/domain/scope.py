"""Scope verdicts: is a request inside the policy, and which clause says so.

A verdict cites a clause of the closed vocabulary or none; below the policy's threshold a person decides. Availability
outranks every exclusion, and `misconfiguration` is only ever a suggestion (design, section 3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .policy import Policy
from .text import automatic_kind, clean, fold

NEEDS_REVIEW = "needs_review"
MIXED = "mixed"
INCLUDED = "included"
EXCLUDED = "excluded"
VERDICTS = (INCLUDED, EXCLUDED, MIXED, NEEDS_REVIEW)


@dataclass(frozen=True, slots=True)
class Signal:
	"""A word or mark of the text that spoke for a clause; a negative `weight` spoke against it."""

	text: str
	clause: str | None
	weight: float


@dataclass(frozen=True, slots=True)
class Triage:
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


def verdict_for(policy: Policy, clause: str | None, second_clause: str | None = None) -> str:
	"""The verdict that clauses stand for when a person, or a sure classifier, has named them."""
	sides = {policy.clauses[code].side for code in (clause, second_clause) if code}
	if not sides:
		return NEEDS_REVIEW
	return MIXED if len(sides) == 2 else sides.pop()


def classify(policy: Policy, subject: str, body: str, headers: dict[str, str] | None = None) -> Triage:
	"""Classify one request. Deterministic: the same text under the same policy gives the same answer."""
	kind = automatic_kind(subject, body, headers)
	if kind:
		return Triage(NEEDS_REVIEW, None, None, 1.0, "question", (Signal(kind, None, 1.0),), _AUTOMATIC[kind])
	text = clean(subject, body)
	words = f" {' '.join(re.findall(r'[a-z0-9]+', fold(f'{text.subject} {text.body} {text.trace}')))} "
	signals = []
	scores = dict.fromkeys(policy.clauses, 0.0)
	for code, clause in policy.clauses.items():
		for phrase in clause.signals:
			if f" {' '.join(re.findall(r'[a-z0-9]+', fold(phrase)))} " in words:
				scores[code] += 1.0 + 0.25 * phrase.count(" ")
				signals.append(Signal(phrase, code, 1.0 + 0.25 * phrase.count(" ")))
	ranked = sorted(scores, key=lambda code: -scores[code])
	best, second = ranked[0], ranked[1]
	if not scores[best]:
		return Triage(NEEDS_REVIEW, None, None, 0.0, "question", (), "No signal of the policy was found.")
	confidence = scores[best] / (scores[best] + scores[second] + 0.5)
	verdict = verdict_for(policy, best)
	if confidence < policy.review_threshold or best == "misconfiguration":
		verdict = NEEDS_REVIEW
	if verdict == EXCLUDED and scores["connectivity"]:
		verdict = NEEDS_REVIEW
	return Triage(verdict, best, None, round(confidence, 4), _severity(words), tuple(signals))


_AUTOMATIC = {
	"auto_reply": "An automatic reply, not a request.",
	"bounce": "A notice of failed delivery, not a request.",
	"bulk": "A bulk mailing, not a request.",
}


def _severity(words: str) -> str:
	if re.search(r" (502|504|503|gateway|nadie puede|no abre|sin sistema|nobody|everyone) ", words):
		return "outage"
	if re.search(r" (error|no funciona|falla|truena|mal|lento|slow|wrong|broken|no me deja|dejo de) ", words):
		return "degraded"
	if re.search(r" (como|cuando|cuanto|donde|cual|que tan|how|when|where|which|can i) ", words):
		return "question"
	return "request"
