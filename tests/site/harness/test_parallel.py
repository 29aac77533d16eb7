"""What the tests of crowds stand on: threads, processes, HTTP clients, two sites, and MariaDB's snapshot isolation."""

from __future__ import annotations

import os

import frappe
import pytest
from conftest import SITE, connect, email
from parallel import in_processes, in_sites, in_threads
from web import PASSWORD, Browser, at_once, server

from codigo_binario_support.adapters.site import retries

REQUEST = "Support Request"


@pytest.fixture
def committed():
	"""Requests that threads and servers commit, removed again: nobody else can see what is not committed."""
	subject = f"Prueba a la vez {frappe.generate_hash(length=10)}"
	yield subject
	connect()
	names = frappe.get_all(REQUEST, filters={"subject": subject}, pluck="name", order_by="name asc")
	for child in ("Support Clock Event", "Support Scope Decision"):
		frappe.db.delete(child, {"parent": ("in", names or [""])})
	frappe.db.delete(REQUEST, {"name": ("in", names or [""])})
	frappe.db.commit()


@pytest.fixture
def people():
	"""Five people with a password, for a web server."""
	from frappe.utils.password import update_password

	users = [email(person) for person in ("ana", "beto", "agent", "manager", "it")]
	for user in users:
		update_password(user, PASSWORD)
	frappe.db.commit()
	return users


def file(subject: str) -> str:
	return (
		frappe.get_doc(
			{"doctype": REQUEST, "subject": subject, "description": "¿Cómo reinicio mi contraseña?"}
		)
		.insert()
		.name
	)


def test_four_threads_file_with_connections_of_their_own(committed):
	found = in_threads(
		lambda number: (retries.again(lambda: file(committed)), id(frappe.local.db._conn)), user=email("ana")
	)
	assert len({name for name, _connection in found}) == 4
	assert len({connection for _name, connection in found}) == 4


def test_what_a_thread_raises_is_its_result_and_leaves_nothing(committed):
	def fail(number):
		file(committed)
		raise ValueError(number)

	assert [str(error) for error in in_threads(fail, 2, email("ana"))] == ["0", "1"]
	connect()
	assert not frappe.db.exists(REQUEST, {"subject": committed})


def test_processes_begin_together_and_say_what_they_found():
	assert in_processes("print(number, arguments[0], frappe.local.site)", 3, "hola") == [
		f"{number} hola {SITE}\n" for number in range(3)
	]


def test_two_sites_in_one_process_stay_apart():
	other = os.environ.get("CODIGO_BINARIO_SCRATCH_SITE")
	if not other:
		pytest.skip("CODIGO_BINARIO_SCRATCH_SITE names no second site")
	found = in_sites(
		[SITE, other, SITE, other],
		lambda number: (
			frappe.local.site,
			frappe.db.get_value("DefaultValue", {"defkey": "company"}, "name"),
			frappe.conf.db_name,
		),
	)
	assert [site for site, *_rest in found] == [SITE, other, SITE, other]
	assert found[0] == found[2] and found[1] == found[3] and found[0][2] != found[1][2]


@pytest.mark.parametrize("isolation", ["ON", "OFF"])
def test_a_session_of_the_database_has_the_snapshot_isolation_that_it_is_given(isolation):
	if not frappe.db.sql("show variables like 'innodb_snapshot_isolation'"):
		pytest.skip("this MariaDB has no innodb_snapshot_isolation")

	def asked(_number):
		return frappe.db.sql("select @@session.innodb_snapshot_isolation")[0][0]

	assert (
		in_threads(asked, 2, settings={"innodb_snapshot_isolation": isolation})
		== [int(isolation == "ON")] * 2
	)


def test_twenty_browsers_file_at_once_over_http(committed, people):
	with server() as base:
		browsers = [Browser(base, people[number % len(people)]) for number in range(20)]
		found = at_once(
			browsers,
			lambda browser: browser.create(
				REQUEST, subject=committed, description="¿Cómo reinicio mi contraseña?"
			),
		)
	assert [row for row in found if row[0] != 200] == []
	assert len({body["data"]["name"] for _status, body in found}) == 20
