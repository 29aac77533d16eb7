"""What the site teaches: an agent's correction is proposed, a second person releases it or takes it back.

Released examples are fitted in the background and frozen with the next version of the policy, so the same text under
the same version always gets the same answer, and taking one back leaves no trace of it in the version after.
"""

import json
from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.policy.terms import mapping_of, policy_in_force
from ...adapters.requests.requests import text_of
from ...adapters.site.instants import to_site, utc_now
from ...domain.policy.policy import Policy
from ...domain.triage.corrections import PROPOSED, RELEASED, TAKEN_BACK, Correction, fit
from ...domain.triage.verdict import signals_of
from ...shipped import triage_model

DOCTYPE = "Support Example"


def propose(request: Any) -> str | None:
	"""Propose the last decision of a person as an example, where the classifier had said another clause."""
	person, machine = request.decisions[-1], request.decisions[0]
	if person.is_automatic or not machine.is_automatic or (person.clause or "") == (machine.clause or ""):
		return None
	subject, body = text_of(request)
	known = frappe.db.get_value(DOCTYPE, {"source_request": request.name, "state": PROPOSED})
	new = {"doctype": DOCTYPE, "source_request": request.name, "machine_clause": machine.clause or ""}
	example = frappe.get_doc(DOCTYPE, known) if known else frappe.get_doc(new)
	example.update({"subject": subject, "text": body.strip() or subject, "clause": person.clause or ""})
	example.update({"reason": person.reason, "proposed_by": frappe.session.user})
	example.flags.from_flow = True
	# Agents propose by correcting, which was allowed, and nothing is learned before a release.
	return example.save(ignore_permissions=True).name


def answer(example: Any, is_released: bool) -> bool:
	"""Release an example, or take it back. Returns False when that is its state already."""
	wanted = RELEASED if is_released else TAKEN_BACK
	if example.state == wanted:
		return False
	if is_released and example.proposed_by == frappe.session.user:
		# A site with one agent has nobody else to ask: its system manager may.
		if "System Manager" not in frappe.get_roles() or len(people.agents()) > 1:
			sentence = _(
				"Somebody else releases your correction: a second pair of eyes keeps the classifier honest."
			)
			frappe.throw(sentence, frappe.PermissionError)
	example.update({"state": wanted, "answered_by": frappe.session.user, "answered_at": to_site(utc_now())})
	return True


def refit() -> int:
	"""Fit the released examples into a new version of the policy, unless nothing changes; returns how many they are."""
	policy = policy_in_force()
	if policy is None:
		return 0
	fields = ["name", "subject", "text", "clause"]
	rows = frappe.get_all(DOCTYPE, filters={"state": RELEASED}, fields=fields, order_by="name asc")
	corrections = [
		Correction(row.name, row.subject or "", row.text or "", row.clause or None) for row in rows
	]
	content = ""
	if corrections:
		learned = fit(triage_model(), signals_of(Policy(mapping_of(policy))), corrections)
		content = json.dumps(learned.to_data(), ensure_ascii=False, sort_keys=True)
	if (policy.learning or "") != content:
		# MariaDB checks a JSON column: nothing learned is null, not an empty text.
		policy.learning, policy.examples = content or None, len(corrections)
		policy.save(ignore_permissions=True)  # The release was the permission; the job only carries it out.
	return len(corrections)
