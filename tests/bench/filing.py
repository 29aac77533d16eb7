"""What filing costs on a real site: a Support Request beside ERPNext's Issue under an active agreement, and a Note.

	cd BENCH/sites && PYTHONPATH=CHECKOUT ../env/bin/python CHECKOUT/tests/bench/filing.py SITE [ROUNDS]

Run by `make bench` with the bench's Python. Everything happens in one transaction that is rolled back.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import frappe

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))

from statements import counted

SUBJECT = "¿Cómo agrego un usuario nuevo?"
BODY = "Buen día, entró una compañera a ventas y necesito darle acceso. ¿Cómo agrego su usuario?"
WARM_ROUNDS = 5


def documents() -> dict[str, dict[str, Any]]:
	request = {"doctype": "Support Request", "subject": SUBJECT, "description": BODY}
	return {
		"Note": {"doctype": "Note", "title": SUBJECT, "content": BODY},
		"Support Request": request,
		"Support Request, excluded": {
			**request,
			"subject": "Capacitación para el equipo",
			"description": "Queremos un curso de capacitación para cinco personas, ¿cuándo pueden venir?",
		},
		"Issue with an agreement": {"doctype": "Issue", "subject": SUBJECT, "description": BODY},
	}


def make_agreement() -> None:
	"""An active default agreement for Issues: Monday to Friday, nine to six, as our own window."""
	frappe.db.set_single_value("Support Settings", "track_service_level_agreement", 1)
	for name in frappe.get_all(
		"Service Level Agreement",
		{"document_type": "Issue", "default_service_level_agreement": 1},
		pluck="name",
		order_by="name",
	):
		frappe.db.set_value("Service Level Agreement", name, "default_service_level_agreement", 0)
	holidays = frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": "Benchmark",
			"from_date": "2020-01-01",
			"to_date": "2035-12-31",
		}
	).insert()
	priority = "Medium"
	if not frappe.db.exists("Issue Priority", priority):
		frappe.get_doc({"doctype": "Issue Priority", "name": priority}).insert()
	frappe.get_doc(
		{
			"doctype": "Service Level Agreement",
			"service_level": "Benchmark",
			"document_type": "Issue",
			"enabled": 1,
			"default_service_level_agreement": 1,
			"default_priority": priority,
			"holiday_list": holidays.name,
			"apply_sla_for_resolution": 1,
			"priorities": [
				{
					"priority": priority,
					"default_priority": 1,
					"response_time": 4 * 3600,
					"resolution_time": 9 * 3600,
				}
			],
			"sla_fulfilled_on": [{"status": "Resolved"}, {"status": "Closed"}],
			"pause_sla_on": [{"status": "Replied"}],
			"support_and_resolution": [
				{"workday": day, "start_time": "09:00:00", "end_time": "18:00:00"}
				for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
			],
		}
	).insert()


def measure(rounds: int) -> dict[str, dict[str, float]]:
	kinds = documents()
	milliseconds: dict[str, list[float]] = {name: [] for name in kinds}
	statements: dict[str, list[int]] = {name: [] for name in kinds}
	for number in range(WARM_ROUNDS + rounds):
		for name, values in kinds.items():
			frappe.db.savepoint("bench_round")
			doc = frappe.get_doc({**values})
			with counted() as sent:
				begun = time.perf_counter()
				doc.insert()
				taken = (time.perf_counter() - begun) * 1e3
			if name.startswith("Issue"):
				assert doc.service_level_agreement, "the agreement did not apply"
			if number >= WARM_ROUNDS:
				milliseconds[name].append(taken)
				statements[name].append(len(sent))
			frappe.db.rollback(save_point="bench_round")
			frappe.clear_messages()
	return {
		name: {
			"ms": statistics.median(milliseconds[name]),
			"statements": round(statistics.median(statements[name])),
		}
		for name in kinds
	}


def show(name: str) -> None:
	"""The statements of one filing, for who wants fewer."""
	doc = frappe.get_doc({**documents()[name]})
	with counted() as sent:
		doc.insert()
	for statement in sent:
		print(" ".join(statement.split())[:200], file=sys.stderr)


def main(site: str, rounds: int = 40, shown: str = "") -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.local.lang = "es"
	frappe.flags.mute_emails = True
	try:
		make_agreement()
		measure(1)
		if shown:
			show(shown)
		print(json.dumps(measure(rounds)))
	finally:
		frappe.db.rollback()
		frappe.clear_document_cache("Support Settings", "Support Settings")
		frappe.cache.delete_keys("service_level_agreement")
		frappe.clear_cache(doctype="Issue")
		frappe.destroy()


if __name__ == "__main__":
	main(sys.argv[1], *(int(text) for text in sys.argv[2:3]), *sys.argv[3:4])
