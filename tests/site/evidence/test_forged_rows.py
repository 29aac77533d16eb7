"""Rows of evidence come with their record, through a station; what came another way is sealed over by nobody."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import frappe
import pytest
from conftest import email
from key_holders import Web, remove_requests

from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.requests.requests import breaks, broken_requests
from codigo_binario_support.api import requests as api
from codigo_binario_support.jobs import clocks, seals

DOCTYPE = "Support Request"
EVENT, DECISION = "Support Clock Event", "Support Scope Decision"
EVERYBODY = ("ana", "beto", "agent", "it", "manager", "Administrator")


@pytest.fixture
def committed(file_request):
	"""A request that every transaction sees; gone when the test is over."""
	names: list[str] = []

	def make(clause: str = "faq", severity: str = "question"):
		request = file_request("ana", clause=clause, severity=severity)
		names.append(request.name)
		frappe.db.commit()
		return request

	yield make
	frappe.set_user("Administrator")
	frappe.db.rollback()
	remove_requests(names)


def forged_event(request, **values) -> dict:
	"""An event as the code would have written it next, with the hash that belongs there."""
	last = request.clock_events[-1]
	row = {
		"at_utc": last.at_utc,
		"happened_at": str(last.happened_at),
		"event": "hold",
		"action": "ask_customer",
		"user": email("agent"),
		"detail": "nunca dicho",
		"source": "",
		**values,
	}
	text = json.dumps([request.name, last.entry_hash, row], sort_keys=True, ensure_ascii=False)
	return {
		"parent": request.name,
		"parenttype": DOCTYPE,
		"parentfield": "clock_events",
		"idx": last.idx + 1,
		**row,
		"previous_hash": last.entry_hash,
		"entry_hash": hashlib.sha256(text.encode()).hexdigest(),
	}


def put_in(doctype: str, values: dict) -> str:
	"""A row by SQL, as somebody would write it who has the database."""
	row = frappe.get_doc({"doctype": doctype, "docstatus": 0, **values})
	row.db_insert()
	return row.name


def rows_of(name: str) -> list:
	return [
		frappe.get_all(child, filters={"parent": name}, fields=["*"], order_by="name asc")
		for child in (EVENT, DECISION)
	]


def test_nobody_writes_or_removes_a_row_of_a_request_over_http(committed):
	request = committed()
	event = forged_event(request)
	decision = {**request.decisions[-1].as_dict(convert_dates_to_str=True), "reason": "otro motivo"}
	old = decision.pop("name")
	before = rows_of(request.name)
	answers = []
	with Web() as web:
		web.let_in(*EVERYBODY)
		for person in EVERYBODY:
			for verb, path, body in (
				("POST", f"/api/resource/{EVENT}", event),
				("POST", f"/api/v2/document/{EVENT}", {**event, "name": "forjado"}),
				("POST", f"/api/resource/{DECISION}", decision),
				("PUT", f"/api/resource/{DECISION}/{old}", {"reason": "otro motivo"}),
				("PATCH", f"/api/v2/document/{DECISION}/{old}", {"reason": "otro motivo"}),
				("DELETE", f"/api/resource/{DECISION}/{old}", None),
				("DELETE", f"/api/v2/document/{DECISION}/{old}", None),
				("POST", "/api/method/frappe.client.insert", {"doc": {"doctype": EVENT, **event}}),
				("POST", "/api/method/frappe.client.insert_many", {"docs": [{"doctype": EVENT, **event}]}),
				(
					"POST",
					"/api/method/frappe.client.save",
					{"doc": {"doctype": DECISION, "name": old, **decision}},
				),
				(
					"POST",
					"/api/method/frappe.client.set_value",
					{"doctype": DECISION, "name": old, "fieldname": "reason", "value": "otro motivo"},
				),
				(
					"POST",
					"/api/method/frappe.client.bulk_update",
					{"docs": json.dumps([{"doctype": DECISION, "docname": old, "reason": "otro motivo"}])},
				),
				("POST", "/api/method/frappe.client.delete", {"doctype": DECISION, "name": old}),
				(
					"POST",
					"/api/method/frappe.desk.reportview.delete_items",
					{"doctype": DECISION, "items": json.dumps([old])},
				),
				(
					"POST",
					"/api/method/frappe.desk.form.save.savedocs",
					{"doc": json.dumps({"doctype": EVENT, "__islocal": 1, **event}), "action": "Save"},
				),
				*(
					(
						"POST",
						"/api/method/run_doc_method",
						{"docs": json.dumps({"doctype": EVENT, **event}), "method": method},
					)
					for method in ("insert", "save", "db_insert", "submit")
				),
			):
				answer = web.call(person, verb, path, body)
				if answer.ok and not path.endswith(("bulk_update", "delete_items")):
					answers.append((person, verb, path, answer.status_code))
	frappe.db.rollback()
	assert answers == []
	assert rows_of(request.name) == before
	assert breaks(frappe.get_doc(DOCTYPE, request.name)) == {}


def children() -> list[str]:
	return frappe.get_all(
		"DocType", filters={"module": "Codigo Binario Support", "istable": 1}, pluck="name", order_by="name"
	)


def parent_of(child: str) -> tuple[str, str]:
	return frappe.db.get_value(
		"DocField", {"fieldtype": "Table", "options": child, "parenttype": "DocType"}, ["parent", "fieldname"]
	)


def test_no_row_of_any_record_of_ours_is_written_changed_or_removed_by_itself_by_administrator(as_user):
	"""A row of a Support Policy alone would pass the policy's own checks and its version."""
	as_user("Administrator")
	written = []
	for child in children():
		parenttype, parentfield = parent_of(child)
		where = {"parenttype": parenttype, "parentfield": parentfield, "parent": parenttype}
		doc = frappe.get_doc({"doctype": child, **where})
		doc.flags.ignore_mandatory = doc.flags.ignore_links = True
		there = put_in(child, where)
		for label, attempt in (
			("insert", doc.insert),
			(
				"insert unchecked",
				lambda d=doc: d.update({"flags": d.flags.update(ignore_validate=True)}).insert(),
			),
			("save", lambda c=child, n=there: frappe.get_doc(c, n).save()),
			("delete", lambda c=child, n=there: frappe.delete_doc(c, n)),
			("set", lambda c=child, n=there: frappe.get_doc(c, n).db_set("idx", 7)),
		):
			try:
				attempt()
			except frappe.PermissionError:
				continue
			written.append(f"{child}: {label}")
	assert len(children()) >= 20
	assert written == []


def test_a_record_is_still_saved_with_its_rows(as_user):
	as_user("Administrator")
	policy = frappe.get_doc("Support Policy", {"enabled": 1})
	policy.clauses[0].text_es += " "
	policy.save()
	frappe.client.set_value("Support Policy Clause", policy.clauses[0].name, "text_en", "changed by its form")
	policy.reload()
	assert policy.clauses[0].text_en == "changed by its form"


def test_who_may_not_read_a_request_reads_no_row_of_it(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	for person, reads in (("ana", True), ("agent", True), ("beto", False), ("it", False)):
		as_user(person)
		for row in (request.clock_events[0], request.decisions[0]):
			try:
				found = bool(frappe.client.get(row.doctype, row.name, parent=DOCTYPE))
			except frappe.PermissionError:
				found = False
			assert found is reads, (person, row.doctype)


def test_nothing_is_sealed_over_a_row_that_no_station_wrote(committed):
	request = committed()
	with Web() as web:
		web.let_in("agent", "ana")
		put_in(EVENT, forged_event(request))
		frappe.db.commit()
		answer = web.post(
			"agent",
			"/api/method/codigo_binario_support.api.requests.act",
			{"name": request.name, "action": "start"},
		)
		again = web.post(
			"ana",
			"/api/method/codigo_binario_support.api.requests.act",
			{"name": request.name, "action": "resolve", "reason": "ya"},
		)
	frappe.db.rollback()
	assert (answer.status_code, again.status_code) == (417, 417)
	assert "BrokenSealError" in answer.text and "ClockError" not in answer.text
	assert frappe.db.get_value(DOCTYPE, request.name, "status") == "New"
	assert [row for row in broken_requests()[1] if request.name in row]
	# Told once, although both refusals were rolled back.
	assert frappe.db.count("Support Alert", {"code": f"seal:{request.name}", "state": "Open"}) == 1
	assert frappe.db.count("Error Log", {"reference_name": request.name}) == 1


@pytest.mark.parametrize(
	"forge",
	[
		lambda request: frappe.db.set_value(DECISION, request.decisions[-1].name, "reason", "otra"),
		lambda request: frappe.db.set_value(DOCTYPE, request.name, "is_breached", 1),
		lambda request: frappe.db.delete(EVENT, {"name": request.clock_events[-1].name}),
		lambda request: frappe.db.set_value(EVENT, request.clock_events[-1].name, "parentfield", "otro"),
		lambda request: put_in(EVENT, forged_event(request)),
		lambda request: put_in(DECISION, {**forged_event(request), "parentfield": "decisions"}),
	],
	ids=["changed row", "changed fact", "removed event", "hidden event", "added event", "added decision"],
)
def test_every_forgery_stops_the_next_save_and_is_named_until_and_after_it_is_acknowledged(
	file_request, as_user, forge, monkeypatch
):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	request = file_request("ana", clause="faq", severity="question")
	forge(request)
	as_user("agent")
	with pytest.raises(seals.BrokenSealError):
		api.act(request.name, "start")
	as_user("Administrator")
	assert [row for row in broken_requests()[1] if request.name in row]

	assert seals.acknowledge(request.name, "revisado con el cliente")
	assert seals.acknowledge(request.name, "otra vez") == []
	as_user("agent")
	api.act(request.name, "start")
	as_user("Administrator")
	assert breaks(frappe.get_doc(DOCTYPE, request.name)) == {}
	assert [row for row in broken_requests()[1] if request.name in row and "revisado con el cliente" in row]


def test_what_is_changed_after_it_was_acknowledged_stops_the_request_again(
	file_request, as_user, monkeypatch
):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	request = file_request("ana", clause="faq", severity="question")
	frappe.db.set_value(DECISION, request.decisions[-1].name, "reason", "otra")
	as_user("Administrator")
	seals.acknowledge(request.name, "palabras con marcas de la versión 0.1")
	frappe.db.set_value(DECISION, request.decisions[-1].name, "reason", "y otra más")
	as_user("agent")
	with pytest.raises(seals.BrokenSealError):
		api.act(request.name, "start")


def test_a_pause_by_an_action_that_pauses_nothing_breaks_no_page(file_request, as_user):
	request = file_request("ana", clause="faq", severity="question")
	put_in(EVENT, forged_event(request, action="reply"))
	as_user("agent")
	assert "can_overrule" in api.panel(request.name)


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00+00:00", None, "ayer", "2020-01-01T00:00:00"])
def test_a_row_from_before_the_filing_is_refused_in_words_and_then_counts_for_no_clock(
	file_request, as_user, at, monkeypatch
):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	request = file_request("ana", clause="faq", severity="question")
	put_in(EVENT, forged_event(request, at_utc=at))
	as_user("agent")
	assert api.panel(request.name)
	with pytest.raises(seals.BrokenSealError, match="is not as it was sealed"):
		api.act(request.name, "start")
	as_user("Administrator")
	seals.acknowledge(request.name, "una fila ajena")
	as_user("agent")
	api.act(request.name, "start")
	api.act(request.name, "resolve", "Listo")
	assert frappe.db.get_value(DOCTYPE, request.name, ["status", "paused_seconds"]) == ("Resolved", 0)


def test_an_added_hold_stops_no_clock_once_it_is_acknowledged(file_request, as_user, monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	request = file_request("ana", clause="restore", severity="outage")
	assert request.due_at or request.restore_due_at
	soon = datetime.fromisoformat(request.clock_events[-1].at_utc) + timedelta(seconds=1)
	put_in(EVENT, forged_event(request, at_utc=soon.isoformat(timespec="seconds")))
	as_user("Administrator")
	seals.acknowledge(request.name, "pausa que nadie pidió")
	after = frappe.get_doc(DOCTYPE, request.name)
	from codigo_binario_support.flow.clock import clock

	assert clock.read(after)[0].state == "open"


def test_one_forged_request_stops_no_breach_of_another(committed, as_user):
	forged, whole = committed("restore", "outage"), committed("restore", "outage")
	put_in(EVENT, forged_event(forged, at_utc="2020-01-01T00:00:00+00:00"))
	frappe.db.commit()
	from freezegun import freeze_time

	with freeze_time(datetime.fromisoformat(whole.clock_events[0].at_utc) + timedelta(hours=3)):
		as_user("Administrator")
		clocks.mark_breaches()
		clocks.mark_breaches()
	assert frappe.db.get_value(DOCTYPE, whole.name, "restore_breached") == 1
	assert frappe.db.get_value(DOCTYPE, forged.name, "restore_breached") == 0
	assert frappe.db.count("Support Alert", {"code": f"seal:{forged.name}"}) == 1
	assert frappe.db.count("Error Log", {"reference_name": forged.name}) == 1


def test_the_operator_acknowledges_in_a_shell_and_the_alert_is_over(committed, as_user):
	request = committed()
	frappe.db.set_value(DECISION, request.decisions[-1].name, "reason", "otra")
	frappe.db.commit()
	as_user("agent")
	with pytest.raises(seals.BrokenSealError):
		api.act(request.name, "start")
	frappe.db.rollback()
	assert frappe.db.count("Support Alert", {"code": f"seal:{request.name}", "state": "Open"}) == 1

	assert _shell("acknowledge-seal", request.name, "--reason", "  ").returncode == 2
	run = _shell("acknowledge-seal", request.name, "--reason", "migración de la versión 0.1")
	assert run.returncode == 0, run.stderr
	assert request.decisions[-1].name in run.stdout
	frappe.db.rollback()
	assert frappe.db.count("Support Alert", {"code": f"seal:{request.name}", "state": "Over"}) == 1
	named = _shell("verify-evidence", "--doctype", DOCTYPE)
	assert named.returncode == 1 and "migración de la versión 0.1" in named.stdout


def test_a_file_is_found_where_the_operator_is(tmp_path):
	(tmp_path / "kept.json").write_text('{"digest": "", "chains": []}')
	read = _shell("verify-evidence", "--doctype", "Backup Run", "--file", "kept.json", place=tmp_path)
	assert read.returncode == 0, read.stderr
	missing = _shell("verify-evidence", "--file", "other.json", place=tmp_path)
	assert missing.returncode == 2 and str(tmp_path / "other.json") in missing.stderr


def _shell(*arguments: str, place: Path | None = None) -> subprocess.CompletedProcess:
	"""A command as bench runs it: it has gone to the sites folder, and the shell's own folder is `place`."""
	import os

	from conftest import BENCH, SITE

	return subprocess.run(
		[sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", SITE, "support", *arguments],
		cwd=BENCH / "sites",
		env={
			**os.environ,
			"PWD": str(place or BENCH / "sites"),
			"PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
		},
		capture_output=True,
		text=True,
		timeout=120,
		check=False,
	)


def test_a_record_without_a_number_in_its_chain_is_named(as_user):
	as_user("Administrator")
	for values in ({"sequence": 0}, {"sequence": -1}):
		doc = frappe.get_doc({"doctype": "Backup Record", "name": frappe.generate_hash(length=10), **values})
		doc.db_insert()
		assert [row for row in broken_seals("Backup Record")[1] if doc.name in row], values
	incident = frappe.get_doc(
		{"doctype": "Service Incident", "name": frappe.generate_hash(length=10), "state": "Ongoing"}
	)
	incident.db_insert()
	assert not [row for row in broken_seals("Service Incident")[1] if incident.name in row]
	frappe.db.set_value("Service Incident", incident.name, "state", "Closed")
	assert [row for row in broken_seals("Service Incident")[1] if incident.name in row]


@pytest.mark.parametrize("field", ["otro", None])
def test_a_row_under_a_field_that_no_form_shows_is_named(file_request, as_user, field):
	request = file_request("ana", clause="faq", severity="question")
	as_user("Administrator")
	doc = frappe.get_doc({"doctype": "Backup Record", "set_key": "x", "verdict": "Verified"}).insert()
	row = put_in(
		"Backup Record File", {"parenttype": "Backup Record", "parentfield": field, "parent": doc.name}
	)
	event = put_in(EVENT, {**forged_event(request), "parentfield": field})
	assert [text for text in broken_seals("Backup Record")[1] if row in text]
	assert [text for text in broken_requests()[1] if event in text]
