"""Corrections of the site: proposed by an agent, released by somebody else, felt by later verdicts, taken back."""

import frappe
import pytest
from conftest import email, policy_in_force

from codigo_binario_support.api import examples
from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.filing import corrections

#: Texts made up for this, in both languages; the classifier knows no word that tells what is asked.
BY_HAND = {
	"es": (
		"Morralla del tlacuache",
		"Pásenos la morralla del tlacuache que dejó el señor de antes, hoja por hoja.",
	),
	"en": ("Wumpus ledger", "Kindly bring the wumpus ledger of the former gentleman over, sheet by sheet."),
}
SUBJECT = "Tacuche del zorzal"
TEXT = "<p>Ocupamos el tacuche del zorzal para la quincena del patrón, el de siempre con la orla morada.</p>"


@pytest.fixture
def correct(as_user, file_request):
	"""File an odd request and let an agent correct it to `data_import`; returns (request, example name)."""

	def make(clause: str = "data_import"):
		request = file_request("ana", subject=SUBJECT, description=TEXT)
		as_user("agent")
		api.overrule(request.name, clause=clause, reason="Así le dicen aquí a cargar datos")
		return request, frappe.db.get_value("Support Example", {"source_request": request.name})

	return make


def test_a_correction_becomes_a_proposal_and_changes_nothing_by_itself(correct, file_request):
	first, name = correct()
	example = frappe.get_doc("Support Example", name)

	assert (example.state, example.clause, example.proposed_by) == ("Proposed", "data_import", email("agent"))
	frappe.set_user("Administrator")
	version = policy_in_force().version
	assert corrections.refit() == 0
	assert policy_in_force().version == version
	again = file_request("ana", subject=SUBJECT, description=TEXT)
	assert again.decisions[0].clause == first.decisions[0].clause


def test_who_corrected_cannot_release_it_and_somebody_else_can(correct, as_user):
	_request, name = correct()
	with pytest.raises(frappe.PermissionError, match="Somebody else"):
		examples.answer(name, 1)
	as_user("billing_agent")
	assert examples.answer(name, 1) == "Released"
	assert examples.answer(name, 1) == "Released"


def test_a_released_example_changes_later_verdicts_under_a_new_version_and_taking_it_back_undoes_it(
	correct, as_user, file_request
):
	first, name = correct()
	untaught = first.decisions[0].clause
	assert untaught != "data_import"
	as_user("billing_agent")
	examples.answer(name, 1)
	frappe.set_user("Administrator")
	version = policy_in_force().version
	assert corrections.refit() == 1
	assert policy_in_force().version == version + 1
	assert corrections.refit() == 1
	assert policy_in_force().version == version + 1, "the same examples change nothing"

	taught = file_request("ana", subject=SUBJECT, description=TEXT)
	assert taught.decisions[0].clause == "data_import"
	assert taught.terms != first.terms

	as_user("billing_agent")
	assert examples.answer(name, 0) == "Taken back"
	frappe.set_user("Administrator")
	assert corrections.refit() == 0
	after = file_request("ana", subject=SUBJECT, description=TEXT)
	assert (after.decisions[0].clause or None) == (untaught or None)


def test_a_released_example_cannot_be_edited_nor_its_state_forged(correct, as_user):
	_request, name = correct()
	as_user("billing_agent")
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value("Support Example", name, "state", "Released")
	examples.answer(name, 1)
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value("Support Example", name, "clause", "faq")


def test_an_example_of_a_billing_request_is_hidden_from_other_agents(correct, as_user):
	_request, name = correct("account_billing")
	as_user("agent")
	assert name not in frappe.get_list("Support Example", pluck="name")
	as_user("billing_agent")
	assert name in frappe.get_list("Support Example", pluck="name")


def test_a_customer_sees_no_examples(correct, as_user):
	_request, name = correct()
	as_user("ana")
	with pytest.raises(frappe.PermissionError):
		frappe.client.get("Support Example", name)


def test_an_agent_alone_cannot_teach_the_classifier(as_user):
	as_user("agent")
	example = frappe.get_doc(
		{
			"doctype": "Support Example",
			"subject": "x",
			"text": "el tacuche del zorzal",
			"clause": "faq",
			"proposed_by": email("billing_agent"),
			"state": "Released",
		}
	).insert()
	assert (example.state, example.proposed_by) == ("Proposed", email("agent"))
	with pytest.raises(frappe.PermissionError, match="Somebody else"):
		examples.answer(example.name, 1)

	as_user("billing_agent")
	example = frappe.get_doc("Support Example", example.name)
	example.text = "otras palabras"
	example.save()
	with pytest.raises(frappe.PermissionError, match="Somebody else"):
		examples.answer(example.name, 1)


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_example_made_by_hand_teaches_once_somebody_else_releases_it_until_it_is_taken_back(
	language, as_user, file_request
):
	subject, text = BY_HAND[language]
	wanted = "data_import"
	untaught = file_request("ana", subject=subject, description=text).decisions[0].clause
	assert untaught != wanted
	as_user("agent")
	values = {"doctype": "Support Example", "subject": subject, "text": text, "clause": wanted}
	name = frappe.client.insert(values).name
	with pytest.raises(frappe.PermissionError, match="Somebody else"):
		examples.answer(name, 1)

	as_user("billing_agent")
	assert examples.answer(name, 1) == "Released"
	frappe.set_user("Administrator")
	assert corrections.refit() == 1
	assert file_request("ana", subject=subject, description=text).decisions[0].clause == wanted

	as_user("billing_agent")
	assert examples.answer(name, 0) == "Taken back"
	frappe.set_user("Administrator")
	assert corrections.refit() == 0
	assert file_request("ana", subject=subject, description=text).decisions[0].clause == untaught


def test_a_signal_added_in_the_policy_counts_from_the_next_request(file_request):
	asked = {"subject": "Cachirul", "description": "Queremos el cachirul para los de la bodega."}
	before = file_request("ana", **asked)
	assert before.verdict == "Needs review"
	assert before.decisions[0].clause != "training"

	frappe.set_user("Administrator")
	policy = policy_in_force()
	row = next(row for row in policy.clauses if row.code == "training")
	row.signals += "\ncachirul"
	policy.save()

	after = file_request("ana", **asked)
	assert (after.verdict, after.decisions[0].clause) == ("Out of scope", "training")
	assert after.terms != before.terms
	assert frappe.db.get_value("Support Request", before.name, "verdict") == "Needs review"
