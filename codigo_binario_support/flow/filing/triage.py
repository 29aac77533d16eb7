"""Station 2, triage: in scope or not, by which clause. A machine suggests or decides; a person can overrule with a reason."""

from typing import Any

import frappe
from frappe import _

from ...adapters.policy.terms import name_of, policy_now, terms
from ...adapters.requests.requests import add_decision, add_event, text_of
from ...adapters.site.formatting import in_language
from ...adapters.site.instants import utc_now
from ...domain.policy.policy import SEVERITIES, Policy
from ...domain.requests import status
from ...domain.triage.verdict import NEEDS_REVIEW, TO_REVIEW, Triage, verdict_for
from ...shipped import classify


def assess(doc: Any) -> None:
	"""Read a new request before it has a number: while one is read, the row that numbers are drawn from is not locked,
	and nobody else waits. `decide` writes down what was found.
	"""
	first = doc.flags.split_from
	# Nothing is frozen yet: who has written waits in no line, and is not begun again.
	doc.flags.judged = _judged(doc, terms(first.terms) if first else policy_now())


def decide(doc: Any) -> None:
	"""The first verdict, by the frozen terms. It never stops a request from being filed."""
	name, triage = doc.flags.judged or ("", None)
	if triage is None or name != (doc.terms or ""):
		# Other terms came into force between the two.
		_name, triage = _judged(doc, terms(doc.terms))
	# What a stranger asks, and what came by a doubtful way, a person decides; the clause stays as a suggestion.
	unknown = _("Nobody we know wrote it: say who it is first.") if doc.is_stranger else ""
	if reason := doc.terms and (doc.flags.review_reason or unknown):
		triage = triage._replace(verdict=NEEDS_REVIEW, reason=reason)
	add_decision(doc, utc_now(), triage, is_automatic=True)


def _judged(doc: Any, policy: Policy | None) -> tuple[str, Triage]:
	"""The name of the terms that it was judged by, and the verdict."""
	if policy is None:
		return "", _undecided(_("No policy was in force."))
	try:
		# No mail headers: what they call a machine's, station mail has not filed (unless a person said to), and the
		# headers of a list that carries our own address would speak against the people behind it.
		return name_of(policy), classify(policy, *text_of(doc))
	except Exception:
		# Whatever the classifier stumbles over, the customer's request is filed and a person reads it.
		frappe.log_error(title="Support: a request could not be classified")
		return name_of(policy), _undecided(_("It could not be classified automatically."))


def _undecided(reason: str) -> Triage:
	return Triage(NEEDS_REVIEW, None, None, 0.0, "question", reason=reason)


def overrule(
	doc: Any, clause: str | None, second_clause: str | None, severity: str | None, reason: str
) -> bool:
	"""A person's verdict. Returns False when it changes nothing (a second click)."""
	policy = terms(doc.terms)
	if policy is None:
		frappe.throw(_("This request was filed while no policy was in force, so no clause can be cited."))
	for code in (clause, second_clause):
		if code and code not in policy.clauses:
			frappe.throw(_("{0} is not a clause of the policy.").format(code))
	if severity and severity not in SEVERITIES:
		frappe.throw(_("{0} is not a severity.").format(severity))
	clause, second_clause = clause or second_clause, second_clause if clause else None
	if second_clause == clause:
		second_clause = None
	severity = severity or doc.severity
	if doc.decisions and not doc.is_contested:
		last = doc.decisions[-1]
		said = last.clause or None, last.second_clause or None, last.severity
		if said == (clause, second_clause, severity) and not last.is_automatic:
			return False
	decided = Triage(verdict_for(policy, clause, second_clause), clause, second_clause, 1.0, severity)
	add_decision(doc, utc_now(), decided, reason=_given(reason))
	doc.is_contested = 0
	return True


def contest(doc: Any, reason: str) -> bool:
	"""The customer does not agree with the verdict: a person decides again, and may confirm it.

	The verdict stands until then, with its clock and its offer: a contest alone moves no promise and starts no work.
	Returns False while an earlier contest waits for its answer.
	"""
	if doc.is_contested:
		return False
	if doc.status == status.CLOSED:
		frappe.throw(_("The request is closed: its verdict stands."))
	policy = terms(doc.terms)
	if policy is None or doc.verdict == TO_REVIEW:
		frappe.throw(_("There is no verdict yet: a person will review your request."))
	reason, now = _given(reason), utc_now()
	clauses = (doc.clause or None, doc.second_clause or None)
	stands = Triage(verdict_for(policy, *clauses), *clauses, doc.confidence or 0.0, doc.severity)
	with in_language(policy.language):
		add_decision(doc, now, stands, reason=_("Contested by the customer: {0}").format(reason))
	add_event(doc, now, "note", "contest", detail=reason)
	doc.is_contested = 1
	return True


def _given(reason: str | None) -> str:
	"""The reason without spaces around it; refused where there is none."""
	reason = (reason or "").strip()
	if not reason:
		frappe.throw(_("Write the reason: both sides can read it later."))
	return reason
