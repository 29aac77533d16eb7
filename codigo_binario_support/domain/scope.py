"""Scope verdicts: is a request inside the policy, and which clause says so.

A verdict cites a clause of the closed vocabulary or none; below the policy's threshold a person decides. Availability
outranks every exclusion, and `misconfiguration` is only ever a suggestion (design, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

from .policy import Policy

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
	raise NotImplementedError
