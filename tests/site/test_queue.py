from datetime import datetime
from zoneinfo import ZoneInfo

import frappe
from freezegun import freeze_time

from codigo_binario_support.api import requests as api


def at(day: int, hour: int, minute: int = 0) -> datetime:
	"""November 2026, Mexico City's wall clock."""
	return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("America/Mexico_City"))


def in_order(names: list[str], person: str = "Administrator") -> list[str]:
	"""The names as the list shows them."""
	frappe.set_user(person)
	return frappe.get_list(
		"Support Request", filters={"name": ("in", names)}, pluck="name", order_by="queue_key asc"
	)


def test_the_queue_has_first_what_breaches_next_then_who_waits_longest_then_who_is_waited_for(
	file_request, as_user
):
	with freeze_time(at(23, 10)):
		oldest = file_request("ana", clause="faq", severity="question").name
	with freeze_time(at(24, 9)):
		asked = file_request("ana", clause="faq", severity="question").name
	with freeze_time(at(24, 10)):
		newer = file_request("ana", clause="faq", severity="question").name
		later = file_request("ana", clause="restore", severity="outage").name
		as_user("agent")
		api.act(asked, "ask_customer", "¿Qué versión?")
		done = file_request("ana", clause="faq", severity="question").name
		as_user("agent")
		api.act(done, "resolve", "Listo")
	frappe.set_user("Administrator")

	assert in_order([asked, done, later, newer, oldest]) == [later, oldest, newer, asked, done]


def test_a_request_takes_up_its_place_again_with_the_open_time_that_it_has_waited(file_request, as_user):
	with freeze_time(at(23, 9)):
		paused = file_request("ana", clause="faq", severity="question").name
	with freeze_time(at(23, 11)):
		waited = file_request("ana", clause="faq", severity="question").name
		as_user("agent")
		api.act(paused, "ask_customer", "¿Qué versión?")
	assert in_order([paused, waited]) == [waited, paused]
	with freeze_time(at(23, 17)):
		as_user("agent")
		api.act(paused, "resume")

	# Two open hours on one side, six on the other.
	assert in_order([paused, waited]) == [waited, paused]
	assert frappe.db.get_value("Support Request", paused, ["turn", "turn_since"]) == (
		"Support",
		datetime(2026, 11, 23, 17),
	)


def test_the_turn_follows_the_state(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	as_user("agent")
	turns = []
	for action, reason in (("start", ""), ("ask_customer", "¿Cuál?"), ("resume", ""), ("resolve", "Listo")):
		api.act(request.name, action, reason)
		turns.append(frappe.db.get_value("Support Request", request.name, "turn"))

	assert request.turn == "Support"
	assert turns == ["Support", "Customer", "Support", "Nobody"]


def test_the_order_is_an_index_and_nothing_is_computed_per_row():
	columns = frappe.db.sql(
		"show index from `tabSupport Request` where Column_name = 'queue_key'", as_dict=True
	)
	assert columns


def test_requests_from_before_the_queue_get_their_place_from_the_patch(file_request):
	from codigo_binario_support.patches.v0_2 import place_requests

	request = file_request("ana", clause="faq", severity="question")
	frappe.db.set_value("Support Request", request.name, {"queue_key": None, "turn": None})
	place_requests.execute()

	assert frappe.db.get_value("Support Request", request.name, ["turn", "queue_key"]) == (
		request.turn,
		request.queue_key,
	)
