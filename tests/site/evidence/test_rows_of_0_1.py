"""Requests as version 0.1 sealed them: with fewer fields in a row, and none of their own."""

import hashlib
import json

import frappe
import pytest

from codigo_binario_support.adapters.requests.requests import DOCTYPE, breaks
from codigo_binario_support.api import requests as api
from codigo_binario_support.patches.v0_3 import seal_requests_of_0_1

SEALED_BY_0_1 = {
	"Support Scope Decision": (
		"at_utc decided_by is_automatic verdict clause second_clause severity confidence signals reason"
	).split(),
	"Support Clock Event": "at_utc event action user detail source".split(),
}


def plain(value) -> str:
	if value is None or value == "":
		return ""
	return f"{float(value):.3f}" if isinstance(value, (int, float)) else str(value)


@pytest.fixture
def of_0_1(file_request):
	name = file_request("ana", clause="faq").name
	frappe.set_user("Administrator")
	for doctype, keys in SEALED_BY_0_1.items():
		previous = ""
		for row in frappe.get_all(doctype, filters={"parent": name}, fields=["*"], order_by="idx asc"):
			changed = {"against": "", "nearest": ""} if "verdict" in keys else {}
			if row.get("action") == "filed":
				changed["action"] = row.action = "file"
			content = {key: plain(row[key]) for key in keys}
			text = json.dumps([name, previous, content], sort_keys=True, ensure_ascii=False)
			entry = hashlib.sha256(text.encode()).hexdigest()
			changed |= {"previous_hash": previous, "entry_hash": entry}
			frappe.db.set_value(doctype, row.name, changed, update_modified=False)
			previous = entry
	frappe.db.set_value(DOCTYPE, name, "seal", None, update_modified=False)
	return name


def seal_and_look(name: str) -> list[str]:
	seal_requests_of_0_1.execute()
	return list(breaks(frappe.get_doc(DOCTYPE, name)).values())


def test_a_request_of_0_1_is_whole_and_goes_on(of_0_1, as_user):
	assert seal_and_look(of_0_1) == []

	as_user("agent")
	api.act(of_0_1, "resolve", "Listo")
	request = frappe.get_doc(DOCTYPE, of_0_1)
	assert request.status == "Resolved"
	assert breaks(request) == {}


def test_another_time_zone_of_the_site_breaks_no_row_of_0_1(of_0_1):
	frappe.db.sql(
		"update `tabSupport Clock Event` set happened_at = happened_at + interval 90 minute where parent = %s",
		of_0_1,
	)
	assert seal_and_look(of_0_1) == []


@pytest.mark.parametrize(
	"change",
	[
		"update `tabSupport Scope Decision` set nearest = 'otra' where idx = 1 and parent = %s",
		"update `tabSupport Scope Decision` set against = 'otra' where idx = 1 and parent = %s",
		"update `tabSupport Scope Decision` set reason = 'otra' where idx = 1 and parent = %s",
		"update `tabSupport Scope Decision` set decided_at = decided_at - interval 7 minute where idx = 1 and parent = %s",
		"update `tabSupport Clock Event` set happened_at = happened_at - interval 2 day where idx = 1 and parent = %s",
		"update `tabSupport Clock Event` set at_utc = '' where idx = 1 and parent = %s",
		"delete from `tabSupport Scope Decision` where idx = 1 and parent = %s",
		"delete from `tabSupport Scope Decision` where parent = %s",
		"update `tabSupport Request` set clause = 'training', verdict = 'Out of scope' where name = %s",
	],
)
def test_what_was_changed_in_a_request_of_0_1_is_named_and_gets_no_seal(of_0_1, change):
	frappe.db.sql(change, of_0_1)

	assert seal_and_look(of_0_1)
	assert not frappe.db.get_value(DOCTYPE, of_0_1, "seal")
