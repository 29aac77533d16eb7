"""Many at the same moment, through a real web server and real processes: everybody is served, whichever way the database
holds transactions apart (MariaDB's `innodb_snapshot_isolation` on or off).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any
from urllib.parse import quote

import frappe
import pytest
from chats import Chats, Customer, frappe_free_number
from conftest import BENCH, SITE, connect, email

from codigo_binario_support.adapters.site import retries

DOCTYPE = "Support Request"


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

	def all_at_once(self, do: Any) -> tuple[list[Any], list[str]]:
		"""`do(number, filer)` by everybody at one moment; returns what came back and what went wrong."""
		filers = [Filer(self.base, user) for user in self.users]
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


@pytest.mark.slow
def test_fifty_who_file_at_once_are_fifty_requests(site):
	with Crowd(site, people=50, threads=12) as crowd:
		names, problems = crowd.all_at_once(
			lambda number, filer: WAYS[number % len(WAYS)](filer, f"Al mismo tiempo {number}")
		)

		assert problems == []
		connect()
		rows = frappe.get_all(
			DOCTYPE,
			filters={"raised_by": ("in", crowd.users)},
			fields=["name", "raised_by", "terms", "seal"],
			order_by="name asc",
		)
		assert sorted(names) == [row.name for row in rows] and len(set(names)) == 50
		assert {row.raised_by for row in rows} == set(crowd.users), "each filed one"
		assert all(row.terms and row.seal for row in rows)


@pytest.mark.slow
def test_one_who_clicks_twelve_times_at_once_files_once(site):
	with Crowd(site, people=12, threads=12) as crowd:
		one, key = crowd.users[0], frappe_free_number()
		crowd.users, others = [one] * 12, crowd.users[1:]
		names, problems = crowd.all_at_once(lambda _number, filer: filer.portal("Un solo clic", key))
		crowd.users = [one, *others]

		assert problems == []
		assert len(set(names)) == 1
		connect()
		assert frappe.db.count(DOCTYPE, {"raised_by": one}) == 1


_WORKER = """
import sys
sys.path[:0] = {path!r}
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
frappe.db.count("Support Request")
print("ready", flush=True)
sys.stdin.readline()
frappe.db.rollback()
from codigo_binario_support.jobs import offers
for name in {names!r}:
	offers.follow_up(name)
	frappe.db.commit()
frappe.destroy()
"""


@pytest.mark.slow
def test_four_workers_make_every_offer_at_once(site, file_request, prices):
	frappe.set_user("Administrator")
	prices()
	names = [file_request("ana", clause="onsite_visit", severity="question").name for _n in range(12)]
	frappe.set_user("Administrator")
	frappe.db.commit()
	try:
		_run([_WORKER.format(**_place(), names=names[number::4]) for number in range(4)])

		connect()
		offers = frappe.get_all(DOCTYPE, {"name": ("in", names)}, pluck="offer", order_by="name asc")
		assert len(offers) == 12 and all(offers) and len(set(offers)) == 12
	finally:
		connect()
		_remove(names)


def _place() -> dict[str, Any]:
	return {"path": sys.path, "site": SITE, "sites": str(BENCH / "sites")}


def _run(codes: list[str]) -> None:
	"""Each in a process of its own, let go at the same moment; each comes to its end without an error."""
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
		ends = [(worker.communicate(timeout=120), worker.returncode) for worker in workers]
		assert [code for _said, code in ends] == [0] * len(workers), [said for said, _code in ends]
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
	for child in ("Support Scope Decision", "Support Clock Event"):
		frappe.db.delete(child, {"parent": ("in", names)})
	frappe.db.delete("ToDo", {"reference_name": ("in", names)})
	frappe.db.delete(DOCTYPE, {"name": ("in", names)})
	for policy in frappe.get_all("Support Policy", pluck="name", order_by="name asc"):
		doc = frappe.get_doc("Support Policy", policy)
		for pack in doc.success_packs:
			pack.hourly_rate = 0
		doc.save()
	frappe.db.commit()


# Who may begin again


def refusal(code: int, text: str) -> Exception:
	"""As the driver of this version of Frappe says it."""
	return frappe.db.OperationalError(code, text)


@pytest.mark.parametrize("code", [1020, 1205, 1213])
def test_a_passing_refusal_is_begun_again_and_does_not_show(code):
	frappe.db.rollback()
	tries = []

	def door() -> str:
		tries.append(retries.is_repeated())
		frappe.msgprint("said by the try that was refused")
		if len(tries) < 3:
			raise refusal(code, "try restarting transaction")
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
		raise refusal(1020, "Record has changed")

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
			raise refusal(1213, "Deadlock")

	retries.again(door)
	assert len(tries) == 6
	with pytest.raises(frappe.RateLimitExceededError):
		for _n in range(2):
			rate_limit(what, 2, 60)
