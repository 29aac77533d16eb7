"""What people look at all day costs the same number of statements for one row and for fifty."""

from __future__ import annotations

import frappe
import pytest
from conftest import email
from statements import counted

from codigo_binario_support.adapters.offers import packs
from codigo_binario_support.api import chat as chat_api
from codigo_binario_support.api import queue as queue_api
from codigo_binario_support.flow.conversation import chat, note
from codigo_binario_support.flow.views import panel, portal

MANY = 50


def statements_of(do, user: str) -> list[str]:
	"""The statements of the second time: the first fills the caches that every worker has."""
	frappe.set_user(email(user))
	do()
	with counted() as sent:
		do()
	return sent


def assert_flat(few: list[str], many: list[str]) -> None:
	extra = [text for text in many if text not in few]
	assert len(many) <= len(few), f"{len(few)} statements became {len(many)}; new are:\n" + "\n".join(
		" ".join(text.split())[:200] for text in extra
	)


@pytest.fixture
def filed(file_request):
	"""`filed(n)`: n requests of Ana in all."""
	names: list[str] = []

	def up_to(count: int) -> list[str]:
		while len(names) < count:
			names.append(file_request("ana").name)
		return names

	return up_to


def say(name: str, count: int, person: str = "ana") -> None:
	frappe.set_user(email(person))
	doc = frappe.get_doc("Support Request", name)
	for _number in range(count):
		chat.post_message(doc, "¿Cómo van?", frappe.generate_hash(length=20))
		doc.reload()


def test_the_page_of_ones_own_requests(filed):
	filed(1)
	few = statements_of(portal.mine, "ana")
	for name in filed(MANY):
		say(name, 1, "agent")
	assert_flat(few, statements_of(portal.mine, "ana"))


def test_the_page_of_one_request(filed):
	(name,) = filed(1)

	def page():
		return portal.one(frappe.get_doc("Support Request", name))

	say(name, 1)
	say(name, 1, "agent")
	few = statements_of(page, "ana")
	say(name, MANY)
	say(name, MANY, "agent")
	assert_flat(few, statements_of(page, "ana"))


@pytest.mark.parametrize("person", ["ana", "agent"])
def test_the_panel_of_the_form(filed, person):
	(name,) = filed(1)

	def form():
		return panel.panel(frappe.get_doc("Support Request", name))

	few = statements_of(form, person)
	step(name, "ask_customer", "resume", times=MANY // 2)
	assert_flat(few, statements_of(form, person))


def step(name: str, *actions: str, times: int) -> None:
	from codigo_binario_support.flow.clock import clock

	frappe.set_user(email("agent"))
	for _number in range(times):
		for action in actions:
			doc = frappe.get_doc("Support Request", name)
			clock.act(doc, action, "¿Desde cuándo?")
			doc.save_from_flow()


@pytest.mark.parametrize("person", ["ana", "agent"])
def test_the_poll_of_a_chat(filed, person):
	(name,) = filed(1)

	def poll():
		return chat_api.look(name, is_present=1)

	say(name, 1)
	say(name, 1, "agent")
	few = statements_of(poll, person)
	say(name, MANY)
	say(name, MANY, "agent")
	assert_flat(few, statements_of(poll, person))


def test_what_agents_see_beside_a_request(filed):
	(name,) = filed(1)
	few = statements_of(lambda: queue_api.desk(name), "agent")
	for _number in range(MANY):
		note.add(name, "Revisado con el cliente")
		frappe.get_doc(
			{"doctype": packs.TIME, "support_request": name, "minutes": 5, "note": "Llamada"}
		).insert()
	assert_flat(few, statements_of(lambda: queue_api.desk(name), "agent"))


@pytest.mark.parametrize("person", ["ana", "agent"])
def test_the_list_of_requests(filed, person):
	from frappe.desk import reportview

	def look():
		frappe.local.form_dict = frappe._dict(
			doctype="Support Request",
			fields=frappe.as_json(["name", "subject", "status", "verdict", "turn", "due_at"]),
			filters="[]",
			order_by="`tabSupport Request`.queue_key asc",
			start=0,
			page_length=MANY,
		)
		queue_api.site_state()
		return reportview.get()

	filed(1)
	few = statements_of(look, person)
	filed(MANY)
	assert_flat(few, statements_of(look, person))
