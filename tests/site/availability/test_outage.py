"""A real outage: a web server that is started, stopped for seconds and started again, a probe that runs beside it, and the
incident that follows. What is committed on the way is removed at the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import frappe
import pytest

from codigo_binario_support.adapters.site.instants import from_text
from codigo_binario_support.domain.availability.samples import sign_text
from codigo_binario_support.operations.availability import heartbeats, samples

PROBE = "outage-test"
INTERVAL, OUTAGE_SECONDS = 2, 6
#: How long anything may take before the test gives up.
PATIENCE_SECONDS = 40
SERVER = """
import sys
import frappe.app
from werkzeug.serving import run_simple
frappe.app._site, frappe.app._sites_path = sys.argv[1], "."
run_simple("127.0.0.1", int(sys.argv[2]), frappe.app.application, threaded=True)
"""
CHECKOUT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"}
CLEARED = {
	"Availability Sample": {"probe": PROBE},
	"Availability Probe": {"name": PROBE},
	"Service Incident": {"probes": PROBE},
	"Notification Log": {"document_type": "Service Incident", "subject": ("like", "%accesible%")},
}


@pytest.fixture
def port():
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		return free.getsockname()[1]


@pytest.fixture
def key(transaction, tmp_path):
	"""A committed probe and its key file; everything the test commits goes again."""
	tidy()
	doc = frappe.get_doc({"doctype": "Availability Probe", "probe_name": PROBE}).insert()
	frappe.db.set_value("Availability Probe", {"name": ("!=", PROBE)}, "enabled", 0)
	path = tmp_path / "key"
	path.write_text(doc.get_password("probe_key"))
	path.chmod(0o600)
	frappe.db.commit()
	yield path
	tidy()


@pytest.fixture
def server(site, port, key):
	"""Start and stop the site's web server: `server.start()`, `server.stop()`. It is gone before the key is tidied away."""

	class Server:
		url = f"http://127.0.0.1:{port}"
		process = None

		def start(self) -> None:
			self.process = subprocess.Popen(
				[sys.executable, "-c", SERVER, site, str(port)],
				env=ENVIRONMENT,
				stdout=subprocess.DEVNULL,
				stderr=subprocess.DEVNULL,
			)
			wait_until(lambda: answer(f"{self.url}/api/method/ping")[0] == 200)

		def stop(self) -> None:
			if self.process:
				self.process.send_signal(signal.SIGKILL)
				self.process.wait(10)
				self.process = None

	found = Server()
	yield found
	found.stop()


def tidy() -> None:
	frappe.db.rollback()
	for doctype, filters in CLEARED.items():
		frappe.db.delete(doctype, filters)
	# The chain ends again where it ended: what was removed here was never evidence.
	last = frappe.db.sql("select max(sequence) from `tabService Incident`")[0][0] or 0
	frappe.db.sql("update `tabSeries` set current = %s where name = 'CBS-CHAIN-service_incident'", last)
	frappe.db.commit()
	frappe.cache.delete_keys("rl:codigo_binario_support.api.availability")


def wait_until(is_so) -> None:
	deadline = time.monotonic() + PATIENCE_SECONDS
	while not is_so():
		assert time.monotonic() < deadline, "it took too long"
		time.sleep(0.1)


def answer(url: str, body: dict | None = None, headers: dict | None = None):
	request = urllib.request.Request(
		url,
		json.dumps(body).encode() if body is not None else None,
		{"Content-Type": "application/json", **(headers or {})},
	)
	try:
		with urllib.request.urlopen(request, timeout=30) as found:
			return found.status, json.loads(found.read() or b"{}").get("message")
	except urllib.error.HTTPError as error:
		return error.code, json.loads(error.read() or b"{}").get("message")
	except OSError:
		return 0, None


def rows(doctype: str, **filters):
	frappe.db.rollback()
	return frappe.get_all(doctype, filters=filters, fields=["*"], order_by="creation asc")


def test_a_web_server_that_stops_for_seconds_leaves_an_incident_with_its_times(server, key, tmp_path):
	server.start()
	command = [sys.executable, "-m", "codigo_binario_support", "probe", f"{server.url}/api/method/ping"]
	command += ["--deliver-to", server.url, "--key-file", str(key), "--name", PROBE, "--lang", "en"]
	command += ["--interval", str(INTERVAL), "--spool", str(tmp_path / "spool")]
	with (tmp_path / "log").open("wb") as log:
		probe = subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log)
	try:
		wait_until(lambda: rows("Availability Sample", probe=PROBE, is_up=1))
		server.stop()
		stopped = time.time()
		time.sleep(OUTAGE_SECONDS)
		started = time.time()
		server.start()
		back = time.time()
		wait_until(lambda: rows("Service Incident", probes=PROBE, state="Closed"))
	finally:
		probe.terminate()
		probe.wait(10)
	(incident,) = rows("Service Incident", probes=PROBE)
	opened, closed = (from_text(incident[key]).timestamp() for key in ("down_from_utc", "down_until_utc"))
	assert (incident.incident_class, incident.source, incident.is_back) == ("Unplanned", "Samples", 1)
	# A sample that had begun when the server stopped may be the first that fails.
	assert stopped - INTERVAL <= opened <= stopped + INTERVAL, (tmp_path / "log").read_text()
	assert started - INTERVAL <= closed <= back + 2 * INTERVAL, (tmp_path / "log").read_text()
	assert "connect Connection refused" in incident.errors
	assert incident.failing_samples == (closed - opened) / INTERVAL


def test_the_doors_without_a_session(server, key):
	server.start()
	health = f"{server.url}/api/method/codigo_binario_support.api.availability.health"
	deliver = f"{server.url}/api/method/codigo_binario_support.api.availability.deliver"
	secret = key.read_text()

	status, found = answer(health)
	assert (status, set(found)) in ((200, {"ok"}), (503, {"ok"})), "a stranger reads yes or no"
	at = int(time.time())
	signature = sign_text(secret, f"health {PROBE} {at}")
	status, found = answer(health, headers={"X-Support-Probe": f"{PROBE} {at} {signature}"})
	assert set(found["checks"]) == {"database", "page", "worker", "scheduler"}
	assert found["checks"]["database"] and found["checks"]["page"]
	assert (status == 200) == found["ok"]
	assert rows(heartbeats.DOCTYPE, kind="Web"), "the heartbeat is committed"

	batch = json.dumps({"sent_at": at, "samples": []})
	good = {"probe": PROBE, "batch": batch, "signature": sign_text(secret, batch)}
	assert answer(deliver, good)[1]["kept"] == 0
	assert answer(deliver, {**good, "signature": "0" * 64}) == (403, {"refused": True})
	assert answer(deliver, {**good, "probe": "nobody"}) == (403, {"refused": True})
	assert answer(deliver)[0] == 403, "it is no page to look at"
	assert answer(deliver, {**good, "batch": {"a": 1}})[0] >= 400
	(probe,) = rows(samples.PROBE, name=PROBE)
	assert (probe.refused, probe.deliveries) == (1, 1)


def test_who_asks_too_often_is_sent_away(server, key):
	server.start()
	health = f"{server.url}/api/method/codigo_binario_support.api.availability.health"
	statuses = [answer(health)[0] for _n in range(140)]
	assert statuses[-1] == 429 and statuses[0] != 429
