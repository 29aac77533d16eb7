"""The Success Pack that excluded work is offered."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

import codigo_binario_support
from codigo_binario_support.domain.offers.offer import offer_for
from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES, EXCLUDED, INCLUDED, Policy

SHIPPED = json.loads(
	(Path(codigo_binario_support.__file__).parent / "data" / "policy.json").read_text(encoding="utf-8")
)


def policy(packs=(("SP-5", 5, None), ("SP-2", 2, 800.0)), **pack_of_clause) -> Policy:
	data = copy.deepcopy(SHIPPED)
	data["success_packs"] = [
		{"code": code, "label": {"es": code}, "hours": hours, "hourly_rate": rate}
		for code, hours, rate in packs
	]
	for row in data["clauses"]:
		row["pack"] = pack_of_clause.get(row["code"])
	return Policy(data)


@pytest.mark.parametrize("code", [code for code, side in CLAUSE_SIDES.items() if side == EXCLUDED])
def test_every_excluded_clause_gets_an_offer_that_cites_it(code):
	assert offer_for(policy(), [code]).clause == code


@pytest.mark.parametrize("code", [code for code, side in CLAUSE_SIDES.items() if side == INCLUDED])
def test_included_work_is_never_offered_for_money(code):
	assert offer_for(policy(), [code]) is None


def test_a_mixed_request_is_offered_its_excluded_part():
	assert offer_for(policy(), ["faq", "training"]).clause == "training"
	assert offer_for(policy(), ["training", "faq"]).clause == "training"


def test_nothing_is_offered_while_no_clause_is_known():
	assert offer_for(policy(), []) is None
	assert offer_for(policy(), [None, None]) is None
	assert offer_for(policy(), ["something_else"]) is None


def test_a_clause_names_its_pack_and_one_that_names_none_gets_the_smallest():
	named = policy(training="SP-5")
	assert offer_for(named, ["training"]).pack.code == "SP-5"
	assert offer_for(named, ["data_import"]).pack.code == "SP-2"


def test_a_policy_without_packs_offers_nothing():
	assert offer_for(policy(packs=()), ["training"]) is None


def test_an_offer_is_worth_hours_times_rate_and_nothing_is_invented_without_a_rate():
	assert offer_for(policy(), ["training"]).amount == 1600.0
	assert offer_for(policy(training="SP-5"), ["training"]).amount is None


def test_a_free_pack_is_worth_nothing_which_is_not_the_same_as_no_price():
	assert offer_for(policy(packs=[("SP-0", 1, 0)]), ["training"]).amount == 0


def test_amounts_are_whole_cents():
	assert offer_for(policy(packs=[("SP-3", 1.1, 333.33)]), ["training"]).amount == 366.66
