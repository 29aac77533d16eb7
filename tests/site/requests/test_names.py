"""Nobody stops filing: numbers are the server's, and the first who file after a change of the policy all get through."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
from conftest import BENCH, INCLUDED, SITE, email
from frappe.model.base_document import get_controller
from frappe.model.naming import NamingSeries
from key_holders import Web, remove_requests

from codigo_binario_support.adapters.access import people
from codigo_binario_support.adapters.policy.terms import broken_terms, mapping_of, policy_now, terms
from codigo_binario_support.adapters.requests.requests import breaks
from codigo_binario_support.api import portal, queue
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.domain.policy.policy import Policy
from codigo_binario_support.flow.filing import intake

DOCTYPE, TERMS = "Support Request", "Support Terms"
SERIES = "CBS-.YYYY.-.#####"


def next_numbers(count: int) -> list[str]:
	"""The names that the series will give next; nothing is drawn."""
	series = NamingSeries(SERIES)
	# Read without the lock that would keep everybody from filing.
	current = frappe.db.get_value("Series", series.get_prefix(), "current", order_by="name") or 0
	return [f"{series.get_prefix()}{current + number:05d}" for number in range(1, count + 1)]


def take(names: list[str]) -> None:
	"""Rows that stand there already, as version 0.2 let anybody put them."""
	for name in names:
		frappe.get_doc({"doctype": DOCTYPE, "name": name, "subject": "ocupado", "docstatus": 0}).db_insert()


def values(**more) -> dict:
	return {"doctype": DOCTYPE, "subject": INCLUDED.subject, "description": INCLUDED.description, **more}


def test_every_document_that_a_series_names_is_named_by_the_server():
	loose = []
	for doctype in frappe.get_all(
		"DocType",
		filters={"module": "Codigo Binario Support", "istable": 0, "issingle": 0},
		fields=["name", "autoname"],
		order_by="name asc",
	):
		by_hand = (doctype.autoname or "").startswith("field:") or doctype.autoname == "prompt"
		if not by_hand and not issubclass(get_controller(doctype.name), SupportDocument):
			loose.append(doctype.name)
	assert loose == []


def test_a_name_that_a_client_sends_is_dropped(as_user):
	as_user("ana")
	for name in (next_numbers(2)[1], "' or 1=1 -- ", "CBS-2026-00001/../../x"):
		doc = frappe.new_doc(**values(name=name))
		doc.flags.name_set = True  # What Frappe's API v2 sets where a client sends a name.
		assert doc.insert().name != name
		assert doc.name.startswith("CBS-20")
		assert breaks(frappe.get_doc(DOCTYPE, doc.name)) == {}


def test_an_import_names_nothing_either(as_user):
	as_user("Administrator")
	frappe.flags.in_import = True
	try:
		doc = frappe.get_doc(values(name="MIA-1")).insert()
	finally:
		frappe.flags.in_import = False
	assert doc.name.startswith("CBS-20")


@pytest.mark.parametrize(
	("person", "doctype", "more"),
	[
		("agent", "Support Example", {"subject": "x", "text": "no abre la página", "clause": "faq"}),
		("agent", "Maintenance Window", {}),
		("agent", "Service Incident", {}),
	],
)
def test_other_documents_drop_it_too(as_user, person, doctype, more):
	as_user(person)
	doc = frappe.new_doc(doctype, name="MIA-1", **more)
	doc.flags.name_set = True
	doc.set_new_name()
	assert doc.name.startswith("CBS-")


@pytest.mark.parametrize("channel", ["desk", "portal", "Email", "Chat", "split"])
def test_numbers_taken_in_advance_cost_the_next_filing_nothing(file_request, as_user, channel):
	first = file_request("ana", clause="data_import", second_clause="faq", severity="question")
	taken = next_numbers(3)
	take(taken)
	kept = frappe.get_doc({"doctype": "Note", "title": frappe.generate_hash(length=10)}).insert(
		ignore_permissions=True
	)
	if channel == "desk":
		as_user("ana")
		name = frappe.get_doc(values()).insert().name
	elif channel == "portal":
		as_user("ana")
		name = portal.file("Olvidé mi contraseña", "¿Cómo la cambio?", frappe.generate_hash(length=20))[
			"request"
		]
	elif channel == "split":
		as_user("agent")
		name = queue.split(first.name, "Importar catálogo", "<p>El catálogo</p>")
	else:
		name = intake.file(
			people.requester_for(email("ana")), "Hola", "¿Cómo cambio mi contraseña?", channel
		).name
	assert name not in taken
	assert breaks(frappe.get_doc(DOCTYPE, name)) == {}
	assert {row.parent for row in frappe.get_doc(DOCTYPE, name).clock_events} == {name}
	assert frappe.db.exists("Note", kept.name), "what the transaction did before is not lost"


def test_over_http_a_name_is_dropped_and_a_number_taken_stops_nobody(as_user):
	made: list[str] = []
	body = {"subject": INCLUDED.subject, "description": INCLUDED.description}
	try:
		with Web() as web:
			web.let_in("ana", "beto", "Administrator")
			taken = next_numbers(2)
			take(taken)
			made += taken
			frappe.db.commit()
			for person in ("ana", "beto", "Administrator"):
				wished = next_numbers(90)[-1]
				for path, more in (
					("/api/v2/document/Support Request", {"name": wished}),
					("/api/resource/Support Request", {"name": wished}),
					("/api/method/frappe.client.insert", None),
				):
					sent = {"doc": values(name=wished)} if more is None else body | more
					answer = web.post(person, path, sent)
					assert answer.status_code == 200, answer.text
					found = answer.json()
					name = (found.get("data") or found.get("message"))["name"]
					assert name not in (wished, *taken)
					made.append(name)
				frappe.db.rollback()
	finally:
		frappe.db.rollback()
		remove_requests(made)
	assert len(set(made)) == 11


_FILER = """
import sys
sys.path[:0] = {path!r}
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
frappe.flags.mute_emails = True
frappe.enqueue = lambda *args, **kwargs: None
frappe.set_user({user!r})
frappe.db.sql("select count(*) from `tabSupport Terms`")  # the snapshot of this transaction begins here
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
from codigo_binario_support.adapters.site import retries
from codigo_binario_support.flow.clock import clock

def file():
	doc = frappe.get_doc({values!r}).insert()
	# A second save in the transaction of the first, as for a mail: the terms must be in its sight.
	doc = frappe.get_doc("Support Request", doc.name)
	clock.note(doc, "linked", "x")
	doc.save_from_flow()
	return doc

# As every door does it: whom the database refuses because others were there begins again.
doc = retries.again(file)
{end}
sys.stdout.write(doc.name + "\\n")
frappe.destroy()
"""


@pytest.fixture
def changed_policy(as_user):
	"""A change of the policy that everybody sees and nobody has filed under; taken back when the test is over."""
	as_user("Administrator")
	policy = frappe.get_doc("Support Policy", {"enabled": 1})
	before = policy.limits_en

	def change() -> str:
		doc = frappe.get_doc("Support Policy", policy.name)
		doc.limits_en = f"changed {frappe.generate_hash(length=10)}"
		doc.save()
		frappe.db.commit()
		return Policy(mapping_of(doc)).hash[:20]

	names: list[str] = []
	yield change, names
	frappe.set_user("Administrator")
	frappe.db.rollback()
	remove_requests(names)
	doc = frappe.get_doc("Support Policy", policy.name)
	doc.limits_en = before
	doc.save()
	frappe.db.commit()


@pytest.mark.parametrize("ends", ["commit", "the first roll back"])
def test_all_who_file_in_the_first_second_after_a_change_get_through(changed_policy, ends):
	"""Real processes; each begins before any of them has written the new terms."""
	change, names = changed_policy
	wanted = change()
	sites = str(BENCH / "sites")
	filers = []
	for number in range(8):
		rolls_back = ends != "commit" and number < 3
		code = _FILER.format(
			path=sys.path,
			site=SITE,
			sites=sites,
			user=email("ana"),
			values=values(),
			end=f"frappe.db.{'rollback' if rolls_back else 'commit'}()",
		)
		filers.append(
			subprocess.Popen(
				[sys.executable, "-c", code],
				cwd=sites,
				stdin=subprocess.PIPE,
				stdout=subprocess.PIPE,
				stderr=subprocess.PIPE,
				text=True,
				env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
			)
		)
	try:
		assert [filer.stdout.readline() for filer in filers] == ["ready\n"] * 8
		for filer in filers:
			filer.stdin.write("\n")
			filer.stdin.flush()
		results = [filer.communicate(timeout=120) for filer in filers]
	finally:
		for filer in filers:
			filer.kill()
	found = [out.strip() for out, _error in results if out.strip()]
	names += found
	assert [filer.returncode for filer in filers] == [0] * 8, [error[-600:] for _out, error in results]
	frappe.db.rollback()
	kept = frappe.get_all(DOCTYPE, filters={"name": ("in", found)}, pluck="terms")
	assert len(kept) >= (8 if ends == "commit" else 5) and set(kept) == {wanted}
	assert f"{TERMS} {wanted}" not in broken_terms()[1]


CARDS = ("backup_age", "last_drill", "budget_left", "days_kept", "last_statement", "days_kept")


def test_six_cards_that_ask_at_once_after_a_change_all_answer(changed_policy):
	change, names = changed_policy
	with Web() as web:
		web.let_in("Administrator", "ana", "beto")
		for verb in ("GET", "POST"):
			wanted = change()
			with ThreadPoolExecutor(8) as pool:
				cards = [
					pool.submit(
						web.call,
						"Administrator",
						verb,
						f"/api/method/codigo_binario_support.api.cards.{card}",
					)
					for card in CARDS
				]
				body = {"subject": INCLUDED.subject, "description": INCLUDED.description}
				filed = [
					pool.submit(web.post, person, "/api/resource/Support Request", body)
					for person in ("ana", "beto")
				]
				answers = [call.result() for call in (*cards, *filed)]
			names += [call.result().json()["data"]["name"] for call in filed if call.result().ok]
			assert [answer.status_code for answer in answers] == [200] * 8, [
				answer.text[:300] for answer in answers if not answer.ok
			]
			frappe.db.rollback()
			assert frappe.db.exists(TERMS, wanted)


def test_looking_freezes_nothing(changed_policy):
	change, _names = changed_policy
	wanted = change()
	with Web() as web:
		web.let_in("Administrator")
		for card in CARDS:
			assert web.post("Administrator", f"/api/method/codigo_binario_support.api.cards.{card}").ok
	frappe.db.rollback()
	assert not frappe.db.exists(TERMS, wanted)
	assert policy_now().hash[:20] == wanted


def test_terms_that_a_process_knows_and_are_not_on_the_site_any_more_are_frozen_again(file_request):
	"""As after a restore: the process knows a policy whose terms the database does not."""
	name = file_request("ana").terms
	frappe.db.delete(TERMS, {"name": name})
	again = file_request("ana")
	assert again.terms == name and frappe.db.exists(TERMS, name) and terms(again.terms)


def test_nobody_writes_terms_as_a_document(as_user):
	as_user("Administrator")
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": TERMS, "terms_hash": "x" * 64, "content": "{}"}).insert()
