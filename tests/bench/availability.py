"""What a sample costs, from the probe to the statement of a month of a million of them.

    cd BENCH/sites && PYTHONPATH=CHECKOUT ../env/bin/python CHECKOUT/tests/bench/availability.py SITE [SAMPLES]

The site's part happens in one transaction that is rolled back. Needs MariaDB (its sequence tables fill the month).
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import frappe
from filing import counted

from codigo_binario_support.adapters.availability import samples as rows
from codigo_binario_support.cli.look import Look, target_of
from codigo_binario_support.cli.probe import Probe, take_sample
from codigo_binario_support.cli.spool import Spool
from codigo_binario_support.domain.availability.samples import Sample, sign, sign_text, to_mapping
from codigo_binario_support.operations.availability import availability, samples

KEY = "b" * 64
MINUTES = 43_200
#: June 2025 in Mexico City: over, and before any real sample.
FIRST = int(datetime(2025, 6, 1, 6, tzinfo=timezone.utc).timestamp())
MONTH = "2025-06"


def timed(work: Callable[[], Any]) -> dict[str, Any]:
	with counted() as sent:
		begun = time.perf_counter()
		work()
		taken = time.perf_counter() - begun
	return {"ms": round(taken * 1e3, 1), "statements": len(sent)}


def of_the_probe(count: int = 500) -> dict[str, float]:
	"""Microseconds on the probe's host, the look itself aside: signing, and writing to disk for certain."""
	probe = Probe("bench", KEY, target_of("http://127.0.0.1"), "http://127.0.0.1", 60)
	with tempfile.TemporaryDirectory() as folder, Spool.open(Path(folder), "bench") as spool:
		signing, writing = [], []
		for minute in range(1, count + 1):
			begun = time.perf_counter()
			sample = take_sample(
				probe, minute * 60, spool.last_link, lambda _target, _timeout: Look(latency_ms=80)
			)
			between = time.perf_counter()
			spool.add(sample)
			signing.append((between - begun) * 1e6)
			writing.append((time.perf_counter() - between) * 1e6)
	return {"sign_us": round(statistics.median(signing)), "write_us": round(statistics.median(writing))}


def of_a_delivery(rounds: int = 20) -> dict[str, Any]:
	"""A batch of a hundred, all up; and one with an outage in it, which makes an incident."""
	# An incident of the site itself would be looked at with every delivery.
	frappe.db.delete("Service Incident")
	frappe.get_doc({"doctype": rows.PROBE, "probe_name": "bench", "probe_key": KEY}).insert()
	quiet = [_delivery(i, "+" * 100) for i in range(rounds)]
	found = [timed(lambda batch=batch: samples.receive("bench", *batch)) for batch in quiet]
	with_outage = timed(lambda: samples.receive("bench", *_delivery(rounds, "+" * 40 + "-" * 20 + "+" * 40)))
	again = timed(lambda: samples.receive("bench", *quiet[0]))
	return {
		"hundred_up": {
			"ms": statistics.median(row["ms"] for row in found),
			"statements": found[-1]["statements"],
		},
		"hundred_with_an_outage": with_outage,
		"hundred_duplicates": again,
	}


def _delivery(number: int, states: str) -> tuple[str, str]:
	begins = int(time.time()) // 60 * 60 - 2 * 86_400 + number * 6000
	made, previous = [], ""
	for i, state in enumerate(states):
		row = Sample(
			"bench", begins + i * 60, 60, state == "+", "" if state == "+" else "connect", previous=previous
		)
		made.append(sign(KEY, row))
		previous = made[-1].link
	batch = json.dumps({"sent_at": int(time.time()), "samples": [to_mapping(row) for row in made]})
	return batch, sign_text(KEY, batch)


def of_a_month(count: int) -> dict[str, Any]:
	"""A month that so many samples fill, a probe for every 43,200; an hour down, and single probes failing now and then."""
	probes = [f"bench-{number}" for number in range(-(-count // MINUTES))]
	for name in probes:
		frappe.get_doc({"doctype": rows.PROBE, "probe_name": name, "probe_key": KEY}).insert()
	frappe.db.sql(
		f"""insert into `tabAvailability Sample` (name, creation, modified, probe, begins, interval_seconds, is_up,
			failure, latency_ms, certificate_days, tries, flag, delivery, previous, signature)
		select concat('bench-', seq div {MINUTES}, ':', {FIRST} + seq mod {MINUTES} * 60), now(), now(),
			concat('bench-', seq div {MINUTES}), {FIRST} + seq mod {MINUTES} * 60, 60,
			not (seq mod {MINUTES} between 10000 and 10059 or seq mod 997 = 0), '', 80, 60, 1, '', 1,
			repeat('0', 16), repeat('0', 64)
		from seq_0_to_{count - 1}"""
	)
	start, end = FIRST, FIRST + MINUTES * 60
	found = {"samples": count, "seen": timed(lambda: rows.seen_between(start, end))}
	found["statement"] = timed(lambda: availability.state_month(MONTH))
	found["statement_again"] = timed(lambda: availability.state_month(MONTH))
	found["state"] = availability.last_statement(MONTH).state
	if len(probes) == 1:
		sealing = timed(samples.seal_days)
		found["seal_a_day"] = {key: round(value / 31, 1) for key, value in sealing.items()}
		found["statement_of_sealed_days"] = timed(lambda: availability.state_month(MONTH))
	found["month_so_far"] = timed(availability.month_so_far)
	return found


def main(site: str, count: int = 1_000_000) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.local.lang = "es"
	frappe.flags.mute_emails = True
	try:
		result = {"probe": of_the_probe(), "delivery": of_a_delivery()}
		frappe.db.rollback()
		result["month_of_one_probe"] = of_a_month(MINUTES)
		frappe.db.rollback()
		result["month"] = of_a_month(count)
		print(json.dumps(result))
	finally:
		frappe.db.rollback()
		frappe.destroy()


if __name__ == "__main__":
	main(sys.argv[1], *(int(text) for text in sys.argv[2:3]))
