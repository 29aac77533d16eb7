import threading

import frappe
import pytest
from conftest import connect, default_company, email, policy_in_force

from codigo_binario_support.api import requests as api
from codigo_binario_support.flow.offers import quotation


def offers_of(name: str, doctype: str = "Supplier Quotation") -> list[str]:
	return frappe.get_all(doctype, filters={"support_request": name}, pluck="name", order_by="name")


def settings(**values) -> None:
	frappe.set_user("Administrator")
	doc = frappe.get_doc("Support Promise Settings")
	doc.update(values)
	doc.save()


def test_an_excluded_request_gets_one_draft_supplier_quotation_linked_both_ways(file_request, prices):
	prices(950)
	request = file_request("ana", clause="training")
	made = quotation.make(request.name)

	request.reload()
	assert offers_of(request.name) == [made]
	assert (request.offer_doctype, request.offer, request.offer_status) == (
		"Supplier Quotation",
		made,
		"Draft",
	)
	document = frappe.get_doc("Supplier Quotation", made)
	assert document.docstatus == 0
	assert (document.support_request, document.support_clause) == (request.name, "training")
	assert document.company == default_company()
	assert [(row.qty, row.rate) for row in document.items] == [(10, 950)]
	assert "Entrenamiento" in document.items[0].description
	assert request.status == "Waiting for Acceptance"
	assert request.clock_events[-1].event == "hold"


def test_a_mixed_request_is_offered_too_and_its_included_part_goes_on(file_request, prices):
	prices()
	request = file_request("ana", clause="faq", second_clause="data_import")
	quotation.make(request.name)

	request.reload()
	assert request.offer_status == "Draft"
	assert request.status == "New"


def test_an_included_request_gets_no_offer(file_request, prices):
	prices()
	request = file_request("ana", clause="faq")

	assert quotation.make(request.name) is None
	assert offers_of(request.name) == []


def test_a_second_click_makes_no_second_offer(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	as_user("ana")
	api.make_offer(request.name)
	api.make_offer(request.name)

	assert len(offers_of(request.name)) == 1


def test_two_workers_at_once_make_one_offer(file_request, prices):
	from codigo_binario_support.shipped import policy_data

	prices()
	request = file_request("ana", clause="training")
	frappe.set_user("Administrator")
	frappe.db.commit()
	gate, errors = threading.Barrier(2), []

	def work():
		try:
			connect()
			gate.wait(timeout=20)
			quotation.make(request.name)
			frappe.db.commit()
		except Exception as error:
			errors.append(error)
		finally:
			frappe.destroy()

	workers = [threading.Thread(target=work) for _ in range(2)]
	for worker in workers:
		worker.start()
	for worker in workers:
		worker.join(timeout=60)
	frappe.db.rollback()
	made = offers_of(request.name)
	try:
		assert errors == []
		assert len(made) == 1
		assert frappe.db.get_value("Support Request", request.name, "offer") == made[0]
	finally:
		for name in made:
			frappe.db.delete("Supplier Quotation Item", {"parent": name})
			frappe.db.delete("Supplier Quotation", {"name": name})
		for doctype in ("Support Clock Event", "Support Scope Decision"):
			frappe.db.delete(doctype, {"parent": request.name})
		frappe.db.delete("Support Request", {"name": request.name})
		policy = policy_in_force()
		for row in policy.success_packs:
			shipped = {pack["code"]: pack for pack in policy_data()["success_packs"]}
			row.hourly_rate = (shipped.get(row.code) or {}).get("hourly_rate") or 0
		policy.save()
		frappe.db.commit()


@pytest.mark.parametrize("lacks", ["price", "supplier", "company"])
def test_what_is_missing_is_said_the_request_is_filed_and_a_retry_completes_it(
	file_request, prices, monkeypatch, lacks
):
	prices(0 if lacks == "price" else 950)
	if lacks == "supplier":
		frappe.db.set_value("Supplier", {"supplier_name": "Código Binario"}, "disabled", 1)
	if lacks == "company":
		# Nobody has a company: not the site, not the user, not the request.
		monkeypatch.setattr(frappe.defaults, "get_user_default", lambda *a, **k: None)
		monkeypatch.setattr(frappe.defaults, "get_global_default", lambda *a, **k: None)
	request = file_request("ana", clause="training")
	if lacks == "company":
		frappe.db.set_value("Support Request", request.name, "company", None)
	assert quotation.make(request.name) is None

	request.reload()
	assert request.offer_status == "Waiting"
	# Kept in the policy's language, whoever asked.
	assert {"price": "precio", "supplier": "proveedor", "company": "compañía"}[
		lacks
	] in request.offer_missing.lower()
	assert request.status == "New"

	monkeypatch.undo()
	prices(950)
	frappe.db.set_value("Supplier", {"supplier_name": "Código Binario"}, "disabled", 0)
	assert quotation.make(request.name)
	request.reload()
	assert (request.offer_status, request.offer_missing) == ("Draft", "")


def test_an_error_of_the_books_leaves_the_offer_waiting_and_nothing_half_made(file_request, prices):
	prices()
	frappe.db.set_value("Company", default_company(), "default_currency", "MXN")
	policy = policy_in_force()
	for row in policy.success_packs:
		row.item = "NO-HAY-TAL-ARTICULO"
	policy.flags.ignore_links = True
	policy.save()
	request = file_request("ana", clause="training")
	assert quotation.make(request.name) is None

	request.reload()
	assert "NO-HAY-TAL-ARTICULO" in request.offer_missing
	assert offers_of(request.name) == []


def test_on_request_nothing_is_made_until_somebody_clicks(file_request, prices, as_user):
	prices()
	settings(offer_mode="On request")
	request = file_request("ana", clause="training")
	assert request.offer_status == "On request"
	assert quotation.waiting() == [] or request.name not in quotation.waiting()

	as_user("ana")
	api.make_offer(request.name)
	assert len(offers_of(request.name)) == 1


def test_on_the_providers_site_the_offer_is_a_quotation_to_the_customer(file_request, prices):
	prices()
	settings(site_role="Provider")
	customer = frappe.get_all("Customer", pluck="name", limit=1, order_by="name")[0]
	frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Ana",
			"user": email("ana"),
			"links": [{"link_doctype": "Customer", "link_name": customer}],
		}
	).insert()
	request = file_request("ana", clause="training")
	made = quotation.make(request.name)

	request.reload()
	assert request.customer == customer
	assert request.offer_doctype == "Quotation", request.offer_missing
	document = frappe.get_doc("Quotation", made)
	assert (document.party_name, document.docstatus, document.support_request) == (customer, 0, request.name)


def test_the_customer_accepts_and_then_the_work_may_start(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	quotation.make(request.name)
	as_user("agent")
	with pytest.raises(frappe.PermissionError):
		api.answer_offer(request.name, 1)
	as_user("ana")
	api.answer_offer(request.name, 1)
	api.answer_offer(request.name, 1)

	request.reload()
	assert (request.offer_status, request.status) == ("Accepted", "In Progress")
	assert request.offer_answered_by == email("ana")
	assert [row.action for row in request.clock_events].count("accept") == 1


def test_declining_needs_a_reason_and_ends_an_excluded_request(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	quotation.make(request.name)
	as_user("ana")
	with pytest.raises(frappe.ValidationError, match="reason"):
		api.answer_offer(request.name, 0)
	api.answer_offer(request.name, 0, "Muy caro")

	request.reload()
	assert (request.offer_status, request.status, request.resolution_note) == (
		"Declined",
		"Resolved",
		"Muy caro",
	)


def test_a_submitted_supplier_quotation_is_the_acceptance(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	made = quotation.make(request.name)
	as_user("buyer")
	frappe.get_doc("Supplier Quotation", made).submit()

	request.reload()
	assert (request.offer_status, request.status) == ("Accepted", "In Progress")


def test_a_draft_that_the_customer_deletes_leaves_the_request_without_a_dangling_link(
	file_request, prices, as_user
):
	prices()
	request = file_request("ana", clause="training")
	made = quotation.make(request.name)
	frappe.set_user("Administrator")
	frappe.delete_doc("Supplier Quotation", made)

	request.reload()
	assert (request.offer_status, request.offer) == ("Cancelled", None)
	as_user("ana")
	api.make_offer(request.name)
	assert len(offers_of(request.name)) == 1


def test_a_verdict_changed_to_included_takes_the_draft_back_and_the_work_goes_on(
	file_request, prices, as_user
):
	prices()
	request = file_request("ana", clause="training")
	made = quotation.make(request.name)
	as_user("agent")
	api.overrule(request.name, clause="usage_guidance", reason="Solo pide la guía")

	request.reload()
	assert (request.verdict, request.status, request.offer_status, request.offer) == (
		"In scope",
		"In Progress",
		"Not needed",
		None,
	)
	assert not frappe.db.exists("Supplier Quotation", made)


def test_a_verdict_changed_to_excluded_stops_the_work_until_the_offer_is_accepted(file_request, as_user):
	request = file_request("ana", clause="faq")
	as_user("agent")
	api.act(request.name, "start")
	api.overrule(request.name, clause="data_import", reason="Pide que carguemos datos")

	request.reload()
	assert (request.verdict, request.status) == ("Out of scope", "New")
	with pytest.raises(frappe.ValidationError):
		api.act(request.name, "start")


def test_another_clause_gets_an_offer_of_its_own(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	first = quotation.make(request.name)
	as_user("agent")
	api.overrule(request.name, clause="data_import", reason="Pide que carguemos datos")
	request.reload()
	assert (request.offer_status, request.offer, request.status) == ("Waiting", None, "New")
	assert not frappe.db.exists("Supplier Quotation", first)

	second = quotation.make(request.name)
	assert frappe.db.get_value("Supplier Quotation", second, "support_clause") == "data_import"


def test_an_acceptance_does_not_cover_other_work(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	quotation.make(request.name)
	as_user("ana")
	api.answer_offer(request.name, 1)
	as_user("agent")
	api.overrule(request.name, clause="data_import", reason="En realidad pide cargar datos")

	request.reload()
	assert (request.offer_status, request.status) == ("Waiting", "New")


def test_a_lost_acceptance_stops_the_work(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	made = quotation.make(request.name)
	frappe.set_user("Administrator")
	document = frappe.get_doc("Supplier Quotation", made)
	document.submit()
	assert frappe.db.get_value("Support Request", request.name, "status") == "In Progress"
	document.reload()
	document.cancel()

	request.reload()
	assert (request.offer_status, request.status) == ("Cancelled", "New")


def test_a_declined_offer_is_made_anew_only_when_asked_for(file_request, prices, as_user):
	prices()
	request = file_request("ana", clause="training")
	quotation.make(request.name)
	as_user("ana")
	api.answer_offer(request.name, 0, "Muy caro")
	api.act(request.name, "reopen", "Lo pensamos mejor")
	assert quotation.make(request.name) is not None
	request.reload()
	assert request.offer_status == "Declined"
	api.make_offer(request.name)

	request.reload()
	assert request.offer_status == "Draft"
