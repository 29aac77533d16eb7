"""Who writes on several requests at once locks them in one order: two who meet wait, and neither is thrown out."""

from __future__ import annotations

import threading
import time

import frappe
import pytest
from conftest import INCLUDED, SITE, connect, email
from parallel import in_sites

from codigo_binario_support.api import chat as chat_api
from codigo_binario_support.api import queue
from codigo_binario_support.api import requests as requests_api

REQUEST = "Support Request"


@pytest.fixture
def family():
	"""The name of a request, and of two that were merged into it, one older and one younger; committed."""
	frappe.set_user(email("ana"))
	made = [
		frappe.get_doc({"doctype": REQUEST, "subject": INCLUDED.subject, "description": INCLUDED.description})
		.insert()
		.name
		for _ in range(4)
	]
	older, original, younger, other = made
	frappe.set_user(email("agent"))
	queue.merge(older, original)
	queue.merge(younger, original)
	frappe.db.commit()
	yield original, older, younger, other
	connect()
	for child in ("Support Clock Event", "Support Scope Decision"):
		frappe.db.delete(child, {"parent": ("in", made)})
	frappe.db.delete("Communication", {"reference_doctype": REQUEST, "reference_name": ("in", made)})
	frappe.db.delete(REQUEST, {"name": ("in", made)})
	frappe.db.commit()


def key() -> str:
	return frappe.generate_hash(length=20)


DOORS = {
	"answer": lambda name, _other: requests_api.answer(name, "<p>Es así.</p>", key()),
	"answer by chat": lambda name, _other: requests_api.answer(name, "<p>Es así.</p>", key(), "Chat"),
	"merge": lambda name, other: queue.merge(name, other),
}


@pytest.mark.parametrize("duplicate", [1, 2], ids=["older", "younger"])
@pytest.mark.parametrize("door", DOORS)
def test_who_waits_for_a_duplicate_does_not_hold_what_it_was_merged_into(family, door, duplicate):
	"""A customer answers on a duplicate, an agent on the original: held half way, the customer gets through."""
	original, other = family[0], family[3]
	connect()
	frappe.db.get_value(REQUEST, family[duplicate], "name", for_update=True)
	connection, found = [], []

	def agents(_number):
		connection.append(frappe.db.sql("select connection_id()")[0][0])
		return DOORS[door](original, other)

	thread = threading.Thread(target=lambda: found.extend(in_sites([SITE], agents, email("agent"))))
	thread.start()
	try:
		# Half a second over one locking read: it waits.
		waiting = (
			"select 1 from information_schema.processlist where id = %s and info like %s and time_ms > 500"
		)
		end = time.monotonic() + 30
		while not (connection and frappe.db.sql(waiting, (connection[0], "%for update%"))):
			assert thread.is_alive() and time.monotonic() < end, found
			time.sleep(0.02)
		frappe.db.sql(f"select name from `tab{REQUEST}` where name = %s for update nowait", original)
	finally:
		frappe.db.rollback()
		thread.join(60)
	assert not isinstance(found[0], Exception), found


def test_customers_and_agents_who_answer_at_once_all_get_through(family):
	original, older, younger, _other = family

	def write(number):
		frappe.set_user(email("agent" if number % 2 else "ana"))
		if number % 2:
			return requests_api.answer(original, f"<p>Respuesta {number}</p>", key())
		return chat_api.send(younger if number % 4 else older, f"Sigo esperando {number}", key())

	assert [row for row in in_sites([SITE] * 8, write) if isinstance(row, Exception)] == []
