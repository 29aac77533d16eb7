"""Many at the same moment, through a real web server and real processes: everybody is served, whichever way the database
holds transactions apart (MariaDB's `innodb_snapshot_isolation` on or off: each session is told, so one bench tries both).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import frappe
import pytest
from chats import Chats, Customer, frappe_free_number
from conftest import BENCH, SITE, connect, email

from codigo_binario_support.adapters.conversation.mailbox import Fetched, Slot
from codigo_binario_support.adapters.site import retries
from codigo_binario_support.flow.channels import mail

DOCTYPE, MAIL = "Support Request", "Support Mail"


class Filer(Customer):
	"""One browser that files by any of the ways to file: the portal, the desk's form, both of Frappe's APIs."""

	def portal(self, text: str, key: str = "") -> str:
		values = {"subject": text, "text": text, "client_id": key or frappe_free_number()}
		return self.call("/api/method/codigo_binario_support.api.portal.file", **values)["request"]

	def desk(self, text: str) -> str:
		return self._filed(self.save(subject=text, description=text))["name"]

	def resource(self, text: str) -> str:
		return self._filed(self.create(DOCTYPE, subject=text, description=text))["data"]["name"]

	def document(self, text: str) -> str:
		path = f"/api/v2/document/{quote(DOCTYPE)}"
		return self._filed(self.post(path, subject=text, description=text))["data"]["name"]

	def _filed(self, answer: tuple[int, Any]) -> Any:
		status, body = answer
		assert status == 200, body
		return body


WAYS = (Filer.portal, Filer.desk, Filer.resource, Filer.document)


class Crowd(Chats):
	"""People with a desk, who file at the same moment."""

	user_type = "System User"
	roles = ("Employee",)

	def all_at_once(self, users: list[str], do: Any) -> tuple[list[Any], list[str]]:
		"""`do(number, filer)` by each of them at one moment; returns what came back and what went wrong."""
		filers = [Filer(self.base, user) for user in users]
		gate, lock = threading.Barrier(len(filers)), threading.Lock()
		found: list[Any] = []
		problems: list[str] = []

		def run(number: int) -> None:
			gate.wait(timeout=60)
			try:
				answer = do(number, filers[number])
			except Exception as error:
				with lock:
					problems.append(f"{number} {WAYS[number % len(WAYS)].__name__}: {error!r}"[:800])
			else:
				with lock:
					found.append(answer)

		threads = [threading.Thread(target=run, args=(number,)) for number in range(len(filers))]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join(timeout=300)
		return found, problems


@pytest.fixture(scope="module")
def crowd(site) -> Iterator[Crowd]:
	with Crowd(site, people=50) as crowd:
		yield crowd
	frappe.destroy()


@pytest.fixture(params=["ON", "OFF"])
def isolation(site, request) -> str:
	"""How the sessions of the test's servers and workers hold transactions apart, whatever the database's own way."""
	connect()
	if not frappe.db.sql("show variables like 'innodb_snapshot_isolation'"):
		pytest.skip("this MariaDB has no innodb_snapshot_isolation")
	return f"innodb_snapshot_isolation = {request.param}"


@pytest.mark.slow
def test_fifty_who_file_at_once_are_fifty_requests(crowd, isolation):
	with crowd.served(isolation):
		names, problems = crowd.all_at_once(
			crowd.users,
			lambda number, filer: WAYS[number % len(WAYS)](filer, f"Al mismo tiempo, {isolation}: {number}"),
		)

	assert problems == []
	connect()
	rows = frappe.get_all(
		DOCTYPE,
		filters={"raised_by": ("in", crowd.users), "subject": ("like", f"Al mismo tiempo, {isolation}%")},
		fields=["name", "raised_by", "terms", "seal"],
		order_by="name asc",
	)
	assert sorted(names) == [row.name for row in rows] and len(set(names)) == 50
	assert {row.raised_by for row in rows} == set(crowd.users), "each filed one"
	assert all(row.terms and row.seal for row in rows)


@pytest.mark.slow
def test_one_who_clicks_twelve_times_at_once_files_once(crowd, isolation):
	key = frappe_free_number()
	# Each isolation has its own person: one files so often in an hour, and no more.
	one = crowd.users[-1 if isolation.endswith("ON") else -2]
	with crowd.served(isolation):
		names, problems = crowd.all_at_once(
			[one] * 12, lambda _number, filer: filer.portal(f"Un solo clic, {isolation}", key)
		)

	assert problems == []
	assert len(set(names)) == 1
	connect()
	assert frappe.db.count(DOCTYPE, {"subject": f"Un solo clic, {isolation}"}) == 1


_WORKER = """
import sys
sys.path[:0] = {path!r}
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
frappe.db.sql("set session {isolation}")
frappe.db.count("Support Request")
print("ready", flush=True)
sys.stdin.readline()
frappe.db.rollback()
"""
_OFFERS = """
from codigo_binario_support.jobs import offers
for name in {names!r}:
	offers.follow_up(name)
	frappe.db.commit()
frappe.destroy()
"""
_MAILS = """
frappe.flags.mute_emails = True
from codigo_binario_support.jobs import mail
left = {names!r}
for _look in range(5):
	left = [name for name in left if mail.process(name) == "Received"]
print(len(left))
frappe.destroy()
"""


@pytest.mark.slow
def test_four_workers_make_every_offer_at_once(site, isolation, file_request, prices):
	frappe.set_user("Administrator")
	prices()
	names = [file_request("ana", clause="onsite_visit", severity="question").name for _n in range(12)]
	frappe.set_user("Administrator")
	frappe.db.commit()
	try:
		_run([_worker(_OFFERS, isolation, names[number::4]) for number in range(4)])

		connect()
		offers = frappe.get_all(DOCTYPE, {"name": ("in", names)}, pluck="offer", order_by="name asc")
		assert len(offers) == 12 and all(offers) and len(set(offers)) == 12
	finally:
		connect()
		_remove(names)


@pytest.mark.slow
def test_four_readers_take_twenty_mails_while_twenty_people_file(crowd, isolation):
	connect()
	mails = _kept_mails(20)
	try:
		readers = [_worker(_MAILS, isolation, mails[number::4]) for number in range(4)]
		with crowd.served(isolation), ThreadPoolExecutor(1) as beside:
			reading = beside.submit(_run, readers)
			names, problems = crowd.all_at_once(
				crowd.users[:20],
				lambda number, filer: WAYS[number % len(WAYS)](filer, f"Entre los correos {number}"),
			)
			left = sum(map(int, reading.result()))

		assert problems == []
		assert left == 0, "what was busy is taken at the next looks"
		connect()
		rows = frappe.get_all(
			MAIL, {"name": ("in", mails)}, ["outcome", "request", "communication"], order_by="name asc"
		)
		assert {row.outcome for row in rows} == {"Request"} and all(row.communication for row in rows)
		taken = {row.request for row in rows}
		assert len(taken) == 20 and len(set(names)) == 20 and not taken & set(names)
		kept = frappe.get_all(
			DOCTYPE, {"name": ("in", [*taken, *names])}, ["terms", "seal"], order_by="name asc"
		)
		assert len(kept) == 40 and all(row.terms and row.seal for row in kept)
	finally:
		connect()
		_remove_mails(mails)


def _kept_mails(count: int) -> list[str]:
	"""Mails as the reader of a mailbox keeps them, committed, each of another sender; their names."""
	frappe.set_user("Administrator")
	crowd, names = frappe.generate_hash(length=8), []
	for number in range(count):
		head = f"From: p{number}-{crowd}@clientes.test\r\nTo: soporte@ejemplo.test\r\nSubject: Correo {number}\r\n"
		raw = f"{head}Message-ID: <{number}-{crowd}@clientes.test>\r\n\r\nNo puedo entrar ({number}).\r\n".encode()
		slot = Slot("INBOX", crowd, str(number))
		names.append(mail.store_raw("", slot, Fetched(raw, len(raw), False)))
	frappe.db.commit()
	return names


def _remove_mails(names: list[str]) -> None:
	requests = frappe.get_all(MAIL, {"name": ("in", names)}, pluck="request", order_by="name asc")
	requests = list(filter(None, requests)) or [""]
	for doctype in ("Communication", "Email Queue", "Comment"):
		frappe.db.delete(doctype, {"reference_name": ("in", requests)})
	frappe.db.delete("Notification Log", {"document_name": ("in", requests)})
	for file in frappe.get_all(
		"File", {"attached_to_name": ("in", [*names, *requests])}, pluck="name", order_by="name asc"
	):
		frappe.delete_doc("File", file, force=True, ignore_permissions=True)
	_remove_requests(requests)
	frappe.db.delete(MAIL, {"name": ("in", names)})
	frappe.db.commit()


def _worker(code: str, isolation: str, names: list[str]) -> str:
	place = {"path": sys.path, "site": SITE, "sites": str(BENCH / "sites")}
	return (_WORKER + code).format(**place, isolation=isolation, names=names)


def _run(codes: list[str]) -> list[str]:
	"""Each in a process of its own, let go at the same moment; each comes to its end without an error. What each said."""
	workers = [
		subprocess.Popen(
			[sys.executable, "-c", code],
			cwd=BENCH / "sites",
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
			env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
		)
		for code in codes
	]
	try:
		assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * len(workers)
		for worker in workers:
			worker.stdin.write("\n")
			worker.stdin.flush()
		ends = [(worker.communicate(timeout=300), worker.returncode) for worker in workers]
		assert [code for _said, code in ends] == [0] * len(workers), [said for said, _code in ends]
		return [out for (out, _err), _code in ends]
	finally:
		for worker in workers:
			worker.kill()


def _remove(names: list[str]) -> None:
	frappe.set_user("Administrator")
	for doctype in ("Supplier Quotation", "Quotation"):
		for offer in frappe.get_all(
			doctype, {"support_request": ("in", names)}, pluck="name", order_by="name asc"
		):
			frappe.delete_doc(doctype, offer, force=True, ignore_permissions=True)
	_remove_requests(names)
	for policy in frappe.get_all("Support Policy", pluck="name", order_by="name asc"):
		doc = frappe.get_doc("Support Policy", policy)
		for pack in doc.success_packs:
			pack.hourly_rate = 0
		doc.save()
	frappe.db.commit()


def _remove_requests(names: list[str]) -> None:
	for child in ("Support Scope Decision", "Support Clock Event"):
		frappe.db.delete(child, {"parent": ("in", names)})
	frappe.db.delete("ToDo", {"reference_name": ("in", names)})
	frappe.db.delete(DOCTYPE, {"name": ("in", names)})


# Who may begin again


def _refusal(code: int) -> Exception:
	"""As the database's driver says it."""
	return frappe.db.OperationalError(code, "try restarting transaction")


@pytest.mark.parametrize("code", [1020, 1205, 1213])
def test_a_passing_refusal_is_begun_again_and_does_not_show(code):
	frappe.db.rollback()
	tries = []

	def door() -> str:
		tries.append(retries.is_repeated())
		frappe.msgprint("said by the try that was refused")
		if len(tries) < 3:
			raise _refusal(code)
		frappe.clear_messages()
		return "done"

	assert retries.again(door) == "done"
	assert tries == [False, True, True]
	assert frappe.local.message_log == []


def test_what_is_refused_for_good_is_done_once():
	frappe.db.rollback()
	tries = []

	def door() -> None:
		tries.append(1)
		frappe.throw("No")

	with pytest.raises(frappe.ValidationError):
		retries.again(door)
	assert len(tries) == 1


def test_within_a_transaction_that_has_written_nothing_is_begun_again():
	frappe.db.rollback()
	frappe.db.set_value("User", email("ana"), "bio", "written before", update_modified=False)
	tries = []

	def step() -> None:
		tries.append(1)
		raise _refusal(1020)

	with pytest.raises(frappe.db.OperationalError):
		retries.again(step)
	assert len(tries) == 1
	assert frappe.db.get_value("User", email("ana"), "bio") == "written before"


def test_what_is_begun_again_counts_once_for_the_pace(as_user):
	from codigo_binario_support.adapters.site.rate_limit import rate_limit

	frappe.db.rollback()
	what = f"test-{frappe.generate_hash(length=8)}"
	tries = []

	def door() -> None:
		rate_limit(what, 2, 60)
		tries.append(1)
		if len(tries) < 6:
			raise _refusal(1213)

	retries.again(door)
	assert len(tries) == 6
	with pytest.raises(frappe.RateLimitExceededError):
		for _n in range(2):
			rate_limit(what, 2, 60)
