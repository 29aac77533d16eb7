"""A job queue that takes nothing more, for whatever reason, refuses no customer; what it did not take is done later."""

from __future__ import annotations

import frappe
import pytest
from conftest import EXCLUDED, INCLUDED, email
from redis.exceptions import ConnectionError as RedisAway

from codigo_binario_support.adapters.site import background
from codigo_binario_support.jobs import queue as jobs

DOCTYPE = "Support Request"


@pytest.fixture(params=["overloaded", "not even allowed to know", "Redis is away"])
def full(request, monkeypatch):
	"""As Frappe 16 says it to a system manager, to everybody else, and as it is when Redis is away."""
	said = {
		# Frappe 15.44 has neither the limit nor its name.
		"overloaded": getattr(frappe, "QueueOverloaded", frappe.ValidationError)(
			"Too many queued background jobs (650)."
		),
		"not even allowed to know": frappe.PermissionError("System Health Report"),
		"Redis is away": RedisAway("Error 111 connecting to 127.0.0.1:11000"),
	}[request.param]

	def refuse(*_args, **_named):
		frappe.msgprint("You do not have enough permissions")
		raise said

	frappe.cache.delete_value(background._KEPT)
	monkeypatch.setattr(frappe, "enqueue", refuse)
	yield
	frappe.cache.delete_value(background._KEPT)


@pytest.mark.parametrize("text", [EXCLUDED, INCLUDED], ids=["excluded", "included"])
def test_a_request_is_filed_and_answered_when_the_queue_is_full(full, as_user, text):
	as_user("ana")
	request = frappe.get_doc(
		{"doctype": DOCTYPE, "subject": text.subject, "description": text.description}
	).insert()

	assert frappe.db.exists(DOCTYPE, request.name)
	assert frappe.local.message_log == [], "what the queue said is nobody's business"


def test_what_was_not_taken_is_done_by_the_schedule_once(full, as_user, monkeypatch):
	as_user("ana")
	done = []
	background.enqueue("codigo_binario_support.jobs.offers.follow_up", name="CBS-1")
	background.enqueue("codigo_binario_support.jobs.offers.retry_waiting", job_id="once")
	background.enqueue("codigo_binario_support.jobs.offers.retry_waiting", job_id="once")
	assert list(background.kept_jobs()) == [], "nothing is kept of what may be rolled back"
	frappe.db.after_commit.run()

	monkeypatch.setattr(
		"codigo_binario_support.jobs.offers.follow_up", lambda name: done.append((name, frappe.session.user))
	)
	monkeypatch.setattr("codigo_binario_support.jobs.offers.retry_waiting", lambda: done.append("retried"))
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	frappe.set_user("Administrator")
	jobs.do_kept()
	jobs.do_kept()

	assert sorted(done, key=str) == [("CBS-1", email("ana")), "retried"]
	assert frappe.session.user == "Administrator"


def test_a_bell_that_was_not_taken_rings_later(full, file_request, monkeypatch):
	request = file_request("ana")
	frappe.set_user("Administrator")
	frappe.db.after_commit.reset()
	background.notify_on_desk({email("agent"), None}, DOCTYPE, request.name, lambda: "Ring", "Administrator")
	frappe.db.after_commit.run()

	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	jobs.do_kept()

	heard = {"for_user": email("agent"), "document_name": request.name, "subject": "Ring"}
	assert frappe.db.count("Notification Log", heard) == 1
