"""Evidence that was changed is named, also when whoever changed it calculated every hash anew."""

import json
import os
import subprocess
import sys

import frappe
import pytest
from conftest import BENCH, SITE, connect

from codigo_binario_support.adapters.evidence import chains
from codigo_binario_support.adapters.evidence.chains import GENESIS, broken_seals
from codigo_binario_support.adapters.requests.requests import breaks, broken_requests
from codigo_binario_support.api import portal
from codigo_binario_support.api import requests as request_api
from codigo_binario_support.domain.evidence.anchors import ChainHead
from codigo_binario_support.jobs.evidence import broken_evidence
from codigo_binario_support.operations.evidence import anchors

BACKUP = "Backup Record"


@pytest.fixture(autouse=True)
def empty_chains(transaction):
	for doctype in chains.CHAINS:
		frappe.db.delete(doctype)
		frappe.db.delete("Series", {"name": f"CBS-CHAIN-{frappe.scrub(doctype)}"})


def record(key: str = "20261110_020000-x", verdict: str = "Verified", **values):
	files = [{"kind": "Database", "file_name": "x.sql.gz", "nature": "Dump", "size_bytes": 7}]
	doc = {"doctype": BACKUP, "set_key": key, "verdict": verdict, "is_complete": 1, "files": files, **values}
	return frappe.get_doc(doc).insert()


def forge(name: str, **values) -> None:
	"""Change a record in the database and calculate every hash of its chain anew, as the provider's operator could."""
	frappe.db.set_value(BACKUP, name, values, update_modified=False)
	previous = GENESIS
	for row in frappe.get_all(BACKUP, fields=["name", "sequence"], order_by="sequence asc"):
		frappe.db.set_value(BACKUP, row.name, "previous_hash", f"x{row.sequence}", update_modified=False)
	for row in frappe.get_all(BACKUP, fields=["name", "sequence"], order_by="sequence asc"):
		entry = chains._hash(frappe.get_doc(BACKUP, row.name), row.sequence, previous)
		hashes = {"previous_hash": previous, "entry_hash": entry}
		frappe.db.set_value(BACKUP, row.name, hashes, update_modified=False)
		previous = entry


def test_a_record_changed_by_sql_is_named():
	records = [record(f"2026111{day}_020000-x", "Failed") for day in range(3)]
	assert broken_seals(BACKUP) == (3, [])
	frappe.db.sql("update `tabBackup Record` set verdict = 'Verified' where name = %s", records[1].name)
	assert broken_seals(BACKUP)[1] == [f"{BACKUP} {records[1].name} (2)"]
	assert [row for row in broken_evidence()[1] if records[1].name in row]
	assert broken_evidence(BACKUP)[1] == broken_seals(BACKUP)[1]
	assert broken_evidence("Restore Drill") == (0, [])


def test_a_row_of_a_record_changed_by_sql_is_named_too():
	doc = record()
	frappe.db.sql("update `tabBackup Record File` set kind = 'Public files' where parent = %s", doc.name)
	assert broken_seals(BACKUP)[1] == [f"{BACKUP} {doc.name} (1)"]


def test_records_taken_away_from_the_end_are_missed():
	first, second = record("20261110_020000-x"), record("20261111_020000-x")
	frappe.db.delete(BACKUP, {"name": second.name})
	assert broken_seals(BACKUP) == (1, [f"{BACKUP} (2-2)"])
	frappe.db.delete(BACKUP, {"name": first.name})
	assert broken_seals(BACKUP) == (0, [f"{BACKUP} (1-2)"])


def test_the_end_of_a_chain_can_be_read_alone():
	records = [record(f"2026111{day}_020000-x") for day in range(5)]
	frappe.db.set_value(BACKUP, records[0].name, "verdict", "Failed", update_modified=False)
	assert broken_seals(BACKUP, last=2) == (2, [])
	frappe.db.set_value(BACKUP, records[3].name, "verdict", "Failed", update_modified=False)
	assert [row.split()[2] for row in broken_seals(BACKUP, last=2)[1]] == [records[3].name]


def test_a_chain_longer_than_a_page_is_read_in_order(monkeypatch):
	monkeypatch.setattr(chains, "_PAGE", 2)
	for day in range(5):
		record(f"2026111{day}_020000-x")
	assert broken_seals(BACKUP) == (5, [])


def test_who_calculates_all_hashes_anew_is_found_by_a_digest_kept_elsewhere():
	records = [record(f"2026111{day}_020000-x", "Failed") for day in range(3)]
	anchor = anchors.make()
	kept = anchors.contents(anchor.name)
	assert anchors.contradictions([kept["digest"]]) == []

	forge(records[0].name, verdict="Verified")
	assert broken_seals(BACKUP) == (3, [])
	assert anchors.contradictions([kept["digest"]]) == [
		"Backup Record: the record number 3 is not the one that was anchored."
	]


def test_who_forges_the_anchor_too_is_found_and_the_file_says_which_chain():
	records = [record(f"2026111{day}_020000-x", "Failed") for day in range(3)]
	kept = anchors.contents(anchors.make().name)
	forge(records[0].name, verdict="Verified")
	frappe.db.delete("Evidence Anchor")
	frappe.db.delete("Series", {"name": "CBS-CHAIN-evidence_anchor"})
	anchors.make()
	assert broken_evidence()[1] == []

	found = anchors.contradictions([kept["digest"]], [ChainHead(**_head(row)) for row in kept["chains"]])
	assert "Backup Record: the record number 3 is not the one that was anchored." in found
	assert [text for text in found if kept["digest"] in text]


def _head(row):
	return {"chain": row["chain"], "records": row["records"], "entry_hash": row["head"]}


def test_an_anchor_outlives_new_evidence_and_the_life_of_requests(file_request, as_user):
	from codigo_binario_support.api import requests as api

	request = file_request("ana", clause="faq", severity="question")
	frappe.set_user("Administrator")
	record()
	digest = anchors.make().entry_hash
	as_user("agent")
	api.act(request.name, "start")
	api.act(request.name, "resolve", "Listo")
	frappe.set_user("Administrator")
	record("20261111_020000-x")
	anchors.make()
	assert anchors.contradictions([digest]) == []


def test_a_request_rewritten_with_new_hashes_contradicts_the_anchor(file_request):
	from codigo_binario_support.adapters.requests import requests

	request = file_request("ana", clause="faq", severity="question")
	digest = anchors.make().entry_hash
	request.decisions[-1].reason = "otra"
	request.decisions[-1].entry_hash = requests._hash(
		request.decisions[-1], requests._DECISION_KEYS, request.decisions[-1].previous_hash, request.name
	)
	requests.seal(request)
	last = request.decisions[-1]
	frappe.db.set_value(last.doctype, last.name, {"reason": "otra", "entry_hash": last.entry_hash})
	frappe.db.set_value(request.doctype, request.name, "seal", request.seal)

	assert not [row for row in broken_requests()[1] if request.name in row]
	assert [text for text in anchors.contradictions([digest]) if request.name in text]


@pytest.mark.parametrize(
	"said", ("no <script>alert(1)</script> <b>hoy</b>", "550 <ana@example.com>: unknown", "1 < 2 & 3 > 2")
)
def test_no_words_of_anybody_break_the_seal_of_a_request(file_request, as_user, said):
	request = file_request("ana", clause="training", severity="question")
	as_user("ana")
	portal.contest(request.name, said)
	as_user("agent")
	request_api.overrule(request.name, "backup", "", "question", said)

	request.reload()
	assert breaks(request) == {}
	assert "alert(1)" in request.decisions[-1].reason or "alert" not in said


def test_an_anchor_takes_the_requests_that_changed_since_the_last(file_request, as_user, monkeypatch):
	monkeypatch.setattr(anchors, "_OVERLAP", frappe.utils.datetime.timedelta(0))
	file_request("ana", clause="faq", severity="question")
	assert anchors.make().requests >= 1
	request = file_request("ana", clause="faq", severity="question")
	names = [mark.request for mark in anchors.marks_of(anchors.make().marks)]
	assert request.name in names
	assert len(names) <= 2  # the last one of before may be read again


def test_the_first_anchors_of_a_large_site_are_several(file_request, monkeypatch):
	for _number in range(3):
		file_request("ana")
	monkeypatch.setattr(anchors, "_MARKS", 1)
	last = anchors.make()
	rows = frappe.get_all("Evidence Anchor", fields=["requests", "requests_until"], order_by="sequence asc")
	assert len(rows) >= 3 and {row.requests for row in rows} == {1}
	assert [bool(row.requests_until) for row in rows] == [False] * (len(rows) - 1) + [True]
	assert anchors.contradictions([last.entry_hash]) == []


def test_an_anchor_is_changed_and_deleted_by_nobody_and_made_by_the_server_alone(as_user):
	anchor = anchors.make()
	anchor.marks = ""
	with pytest.raises(frappe.PermissionError):
		anchor.save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Evidence Anchor", anchor.name)
	as_user("it")
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": "Evidence Anchor"}).insert()


def test_frozen_terms_that_were_changed_are_named(file_request):
	request = file_request("ana")
	content = json.loads(frappe.db.get_value("Support Terms", request.terms, "content"))
	content["review_threshold"] = 0.9
	frappe.db.set_value("Support Terms", request.terms, "content", json.dumps(content), update_modified=False)
	assert f"Support Terms {request.terms}" in broken_evidence()[1]


_WRITER = """
import sys
sys.path[:0] = {path!r}
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
frappe.flags.mute_emails = True
frappe.set_user("Administrator")
frappe.db.sql("select count(*) from `tabBackup Record`")  # the snapshot of this transaction begins here
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
from codigo_binario_support.adapters.site.retries import again
for number in range({count}):
	values = {{"doctype": "Backup Record", "set_key": f"{key}-{{number}}", "verdict": "Verified"}}
	again(lambda: frappe.get_doc(dict(values)).insert())
	frappe.db.commit()
frappe.destroy()
"""


def test_two_workers_that_seal_at_once_make_one_chain():
	"""Two real processes; each begins before the other has written anything."""
	frappe.db.rollback()
	before = broken_seals(BACKUP)
	sites = str(BENCH / "sites")
	writers = []
	for key in ("sello-a", "sello-b"):
		code = _WRITER.format(path=sys.path, site=SITE, sites=sites, key=key, count=8)
		writers.append(
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
		assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
		for writer in writers:
			writer.stdin.write("\n")
			writer.stdin.flush()
		results = [writer.communicate(timeout=60) for writer in writers]
		assert [writer.returncode for writer in writers] == [0, 0], results
		frappe.db.rollback()
		assert broken_seals(BACKUP) == (before[0] + 16, before[1])
	finally:
		for writer in writers:
			writer.kill()
		connect()
		_remove_from_the_end("sello-%")


def _remove_from_the_end(key: str) -> None:
	frappe.db.delete(BACKUP, {"set_key": ("like", key)})
	series = frappe.qb.DocType("Series")
	last = chains.head(BACKUP).records
	frappe.qb.update(series).set(series.current, last).where(series.name == "CBS-CHAIN-backup_record").run()
	frappe.db.commit()


def test_health_looks_at_the_ends_of_the_chains_and_at_the_age_of_the_anchor():
	from freezegun import freeze_time

	from codigo_binario_support.jobs import health

	assert [row[:2] for row in health._evidence()] == [(health.WARNING, "evidence")]
	doc = record()
	anchors.make()
	assert health._evidence()[0][0] == health.OK
	with freeze_time(frappe.utils.now_datetime() + frappe.utils.datetime.timedelta(days=3)):
		assert health._evidence()[0][0] == health.WARNING
	frappe.db.set_value(BACKUP, doc.name, "verdict", "Failed", update_modified=False)
	level, _name, text = health._evidence()[0]
	assert level == health.CRITICAL and doc.name in text
