"""Which policy rules a request that is filed now: by the policy's own zone, and never by what somebody read before."""

from __future__ import annotations

from datetime import datetime, timezone

import frappe
import pytest
from conftest import SITE, connect
from parallel import in_sites

from codigo_binario_support.adapters.policy import terms as terms_module
from codigo_binario_support.adapters.policy.terms import (
	mapping_of,
	policy_in_force,
	policy_now,
	terms,
	terms_in_force,
)
from codigo_binario_support.domain.policy.policy import Policy

TERMS = "Support Terms"


@pytest.fixture
def successor(monkeypatch):
	"""A policy that follows the one in force on the eighth of June, and a clock to turn."""
	frappe.set_user("Administrator")
	first = policy_in_force()
	first.valid_to = "2029-06-07"
	first.save()
	second = frappe.copy_doc(first)
	second.update({"policy_name": "The next one", "valid_from": "2029-06-08", "valid_to": None})
	second.insert()

	def at(text: str) -> str:
		now = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
		monkeypatch.setattr(terms_module, "utc_now", lambda: now)
		return {first.name: "first", second.name: "second"}[policy_in_force().name]

	return at


@pytest.mark.parametrize("site_zone", ["UTC", "Asia/Kolkata", "America/Tijuana"])
def test_a_policy_of_mexico_city_switches_at_its_midnight_wherever_the_site_is(successor, site_zone):
	frappe.db.set_single_value("System Settings", "time_zone", site_zone)
	frappe.clear_cache()
	assert frappe.utils.get_system_timezone() == site_zone
	# Midnight in Mexico City is six in the morning in UTC.
	for text, wanted in (
		("2029-06-07T18:00", "first"),
		("2029-06-08T00:00", "first"),
		("2029-06-08T05:59:59", "first"),
		("2029-06-08T06:00", "second"),
	):
		assert successor(text) == wanted, text
		assert policy_now().name == terms(terms_in_force()).name


def change() -> str:
	"""Save the policy with other words; returns the name of its terms."""
	doc = policy_in_force()
	doc.limits_en = f"changed {frappe.generate_hash(length=10)}"
	doc.save()
	return Policy(mapping_of(doc)).hash[:20]


@pytest.fixture
def restored():
	"""What the threads commit is taken back."""
	before, known = policy_in_force().limits_en, set(frappe.get_all(TERMS, pluck="name"))
	frappe.db.commit()
	yield
	connect()
	doc = policy_in_force()
	doc.limits_en = before
	doc.save()
	frappe.db.delete(TERMS, {"name": ("not in", [*known, terms_in_force()])})
	frappe.db.commit()


def in_another_connection(do):
	(found,) = in_sites([SITE], lambda _number: do())
	if isinstance(found, Exception):
		raise found
	return found


def test_who_read_the_old_policy_does_not_put_old_terms_back_after_it_was_saved(restored):
	in_another_connection(change)
	connect()
	# This worker has begun: it sees the policy as it is now, and has frozen nothing yet.
	old = Policy(mapping_of(policy_in_force())).hash[:20]
	new = in_another_connection(change)
	assert terms_in_force() == old != new
	frappe.db.commit()
	assert terms_in_force() == new, "the same worker, in its next transaction"
	frappe.db.rollback()
	assert in_another_connection(terms_in_force) == new
	assert in_another_connection(lambda: policy_now().hash[:20]) == new


def test_who_looked_before_a_change_of_holidays_or_windows_files_under_the_new_ones(restored):
	name = in_another_connection(lambda: policy_in_force().commitments[0].window)
	connect()
	before = policy_now().hash

	def shut_earlier():
		window = frappe.get_doc("SLA Window", name)
		row = window.rows[0]
		row.closes, closes = "17:59", row.closes
		window.save()
		return window.name, closes

	window, closes = in_another_connection(shut_earlier)
	try:
		frappe.db.rollback()
		assert policy_now().hash != before
	finally:
		frappe.db.rollback()
		doc = frappe.get_doc("SLA Window", window)
		doc.rows[0].closes = closes
		doc.save()
		frappe.db.commit()


def test_a_change_that_is_rolled_back_leaves_nothing_behind(restored):
	before = terms_in_force()
	frappe.db.commit()
	assert change() == terms_in_force() != before
	frappe.db.rollback()
	assert terms_in_force() == before
	assert policy_now().hash[:20] == before
