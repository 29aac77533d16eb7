"""The probe on a host of its own: what it sees, what it keeps, what it delivers, and what it says when it cannot."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from codigo_binario_support.cli import look as looking
from codigo_binario_support.cli import probe as probing
from codigo_binario_support.cli import spool as spooling
from codigo_binario_support.cli.app import main
from codigo_binario_support.cli.files import NotFound, SourceError
from codigo_binario_support.cli.look import HEALTH_PATH, Look, look, target_of
from codigo_binario_support.cli.probe import DELIVER_PATH, Probe, take_sample
from codigo_binario_support.cli.spool import Spool
from codigo_binario_support.domain.availability import samples
from codigo_binario_support.domain.availability.samples import Sample, is_genuine, is_signed, sign

KEY = "k" * 64
PACKAGE = Path(looking.__file__).parents[1]


class Site(BaseHTTPRequestHandler):
	"""A site that answers as its server's `plan` says, and keeps what is delivered."""

	def do_GET(self):
		self.server.asked.append(self.path)
		self.server.greetings.append(self.headers.get("X-Support-Probe"))
		self.answer(*self.server.plan)

	def do_POST(self):
		body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
		self.server.delivered.append(body)
		self.answer(*self.server.taking)

	def answer(self, status: int, content: object) -> None:
		body = json.dumps(content).encode() if not isinstance(content, bytes) else content
		self.send_response(status)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, *_args):
		"""Quiet."""


@contextmanager
def served():
	server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
	server.plan, server.taking = (200, {"message": {"ok": True}}), (200, {"message": {"kept": 1}})
	server.asked, server.greetings, server.delivered = [], [], []
	server.url = f"http://127.0.0.1:{server.server_port}"
	thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
	thread.start()
	try:
		yield server
	finally:
		server.shutdown()
		server.server_close()


@pytest.fixture
def site():
	with served() as server:
		yield server


@pytest.fixture
def closed_port():
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		return free.getsockname()[1]


# -- one look ------------------------------------------------------------------------------------------------------


def test_a_site_that_is_well_is_up(site):
	seen = look(target_of(site.url), 3)
	assert (seen.failure, seen.http_status, seen.certificate_days) == ("", 200, -1)
	assert site.asked == [HEALTH_PATH]


@pytest.mark.parametrize(
	("plan", "failure", "detail"),
	[
		((503, {"message": {"ok": False, "failed": ["scheduler", "worker"]}}), "http", "scheduler worker"),
		((502, b"<html>Bad Gateway"), "http", ""),
		((404, {"exc_type": "DoesNotExistError"}), "http", ""),
		((200, b"<html>Welcome to nginx"), "content", "no health answer"),
		((200, {"message": {"ok": False}}), "content", "no health answer"),
		((200, {"message": "pong"}), "content", "no health answer"),
	],
)
def test_what_is_not_well_says_what_failed(site, plan, failure, detail):
	site.plan = plan
	seen = look(target_of(site.url), 3)
	assert (seen.failure, seen.http_status, seen.detail) == (failure, plan[0], detail)


def test_a_page_may_be_asked_for_a_text(site):
	site.plan = (200, b"Iniciar sesion")
	assert look(target_of(f"{site.url}/login", "sesion"), 3).failure == ""
	assert look(target_of(f"{site.url}/login", "ERPNext"), 3).failure == "content"
	site.plan = (302, b"")
	assert look(target_of(f"{site.url}/app"), 3).failure == ""


def test_a_port_where_nobody_listens_is_no_connection(closed_port):
	seen = look(target_of(f"http://127.0.0.1:{closed_port}"), 3)
	assert (seen.failure, seen.detail) == ("connect", "Connection refused")


def test_a_name_that_does_not_exist_is_no_name():
	assert look(target_of("http://no-such-host.invalid"), 5).failure == "dns"


def test_a_server_that_accepts_and_says_nothing_is_no_answer_in_time():
	with socket.socket() as silent:
		silent.bind(("127.0.0.1", 0))
		silent.listen()
		seen = look(target_of(f"http://127.0.0.1:{silent.getsockname()[1]}"), 0.3)
	assert (seen.failure, seen.detail) == ("timeout", "answer")


def test_a_name_server_that_hangs_does_not_hold_the_probe(monkeypatch):
	released = threading.Event()
	monkeypatch.setattr(looking.socket, "getaddrinfo", lambda *_args, **_values: released.wait(5) and [])
	seen = look(target_of("http://example.invalid"), 0.2)
	released.set()
	assert (seen.failure, seen.detail) == ("timeout", "name")


def test_what_is_no_http_is_an_http_error():
	with socket.create_server(("127.0.0.1", 0)) as odd:

		def talk() -> None:
			connection, _address = odd.accept()
			with connection:
				connection.recv(1000)
				connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

		threading.Thread(target=talk, daemon=True).start()
		assert look(target_of(f"http://127.0.0.1:{odd.getsockname()[1]}"), 3).failure == "http"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
	"""A certificate that nobody vouches for, and its key."""
	folder = tmp_path_factory.mktemp("tls")
	command = [
		"openssl",
		"req",
		"-x509",
		"-newkey",
		"rsa:2048",
		"-nodes",
		"-days",
		"30",
		"-subj",
		"/CN=localhost",
	]
	command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key", "-out", folder / "cert"]
	try:
		subprocess.run(command, check=True, capture_output=True)
	except (OSError, subprocess.CalledProcessError):
		pytest.skip("no openssl here to make a certificate with")
	return folder


@pytest.fixture
def secure(site, certificate):
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain(certificate / "cert", certificate / "key")
	site.socket = context.wrap_socket(site.socket, server_side=True)
	return f"https://localhost:{site.server_port}"


def test_a_certificate_that_nobody_vouches_for_is_no_secure_connection(secure):
	seen = look(target_of(secure), 3)
	assert (seen.failure, seen.detail) == ("tls", "self-signed certificate")


def test_a_good_certificate_says_how_long_it_is_good_for(secure, certificate, monkeypatch):
	monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert"))
	seen = look(target_of(secure), 3)
	assert seen.failure == "" and seen.certificate_days in (29, 30)


@pytest.mark.parametrize(
	"url", ["erp.example.com", "ftp://example.com", "http://", "http://a:99999", "", "http://[x"]
)
def test_what_is_no_address_is_none(url):
	assert target_of(url) is None


# -- one sample ----------------------------------------------------------------------------------------------------


def probe_of(url: str = "http://127.0.0.1:9", interval: int = 60) -> Probe:
	return Probe("host-a", KEY, target_of(url), url, interval)


def seeing(*failures: str):
	"""A look that fails so, one after the other, and the seconds it was given."""
	waiting, given = list(failures), []

	def see(_target, timeout):
		given.append(timeout)
		return Look(failure=waiting.pop(0), latency_ms=5)

	return see, given


@pytest.mark.parametrize(
	("failures", "is_up", "tries"),
	[
		([""], True, 1),
		(["connect", ""], True, 2),
		(["dns", "timeout", ""], True, 3),
		(["dns", "timeout", "connect"], False, 3),
	],
)
def test_a_minute_is_down_only_after_three_tries(failures, is_up, tries):
	see, _given = seeing(*failures)
	pauses: list[float] = []
	made = take_sample(probe_of(), 1_795_000_020, "", see, pauses.append)
	assert (made.is_up, made.tries) == (is_up, tries)
	assert made.failure == ("" if is_up else failures[-1])
	assert pauses == [5.0] * (tries - 1)
	assert is_genuine(KEY, made)


@pytest.mark.parametrize("interval", [1, 2, 10, 60, 3600])
def test_the_tries_end_before_the_next_sample_begins(interval):
	see, given = seeing("timeout", "timeout", "timeout")
	pauses: list[float] = []
	take_sample(probe_of(interval=interval), 0, "", see, pauses.append)
	assert sum(given) + sum(pauses) <= interval * 0.85


def test_the_key_never_travels_and_a_stranger_s_page_is_greeted_by_nobody(site):
	look(probing._greeting(probe_of(site.url)), 3)
	look(probing._greeting(probe_of(f"{site.url}/login")), 3)
	greeting, stranger = site.greetings
	name, at, signature = greeting.split(" ")
	assert is_signed(KEY, samples.greeting(name, int(at)), signature) and KEY not in greeting
	assert stranger is None


# -- the spool -------------------------------------------------------------------------------------------------------


def sample_at(spool: Spool, minute: int) -> Sample:
	return sign(KEY, Sample("host-a", minute * 60, 60, True, latency_ms=9, previous=spool.last_link))


@contextmanager
def filled(folder, count: int):
	with Spool.open(folder, "host-a") as spool:
		for minute in range(1, count + 1):
			spool.add(sample_at(spool, minute))
		yield spool


def begins_of(spool: Spool) -> list[int]:
	return [row["begins"] for row in spool.waiting(spooling.MOST_SAMPLES)[0]]


def test_what_was_kept_is_there_later_and_the_chain_goes_on(tmp_path):
	with filled(tmp_path, 3) as spool:
		link = spool.last_link
	with Spool.open(tmp_path, "host-a") as spool:
		waiting, until, is_more = spool.waiting(2)
		assert ([row["begins"] for row in waiting], is_more) == ([60, 120], True)
		assert (spool.last_link, spool.last_begins) == (link, 180)
		assert is_genuine(KEY, samples.from_mapping(waiting[0], "host-a"))
		spool.delivered(until)
	with Spool.open(tmp_path, "host-a") as spool:
		assert begins_of(spool) == [180]
	assert [path.name for path in tmp_path.iterdir()] == [spooling.FILE]


def test_a_spool_that_was_delivered_knows_its_last_link(tmp_path):
	with filled(tmp_path, 2) as spool:
		link = spool.last_link
		spool.delivered(spool.waiting(9)[1])
	with Spool.open(tmp_path, "host-a") as spool:
		assert (spool.last_begins, spool.last_link, spool.waiting(9)) == (120, link, ([], 0, False))


def test_a_full_spool_gives_up_the_oldest_and_counts_them(tmp_path, monkeypatch):
	monkeypatch.setattr(spooling, "MOST_SAMPLES", 20)
	with filled(tmp_path, 20) as spool:
		assert spool.add(sample_at(spool, 21)) == 2
		assert spool.lost == 2
		assert begins_of(spool)[0] == 180
	with Spool.open(tmp_path, "host-a") as spool:
		assert (spool.lost, len(spool.waiting(50)[0])) == (2, 19)


@contextmanager
def full_disk(size: int):
	"""No file may grow beyond a size."""
	before = resource.getrlimit(resource.RLIMIT_FSIZE)
	resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
	try:
		yield
	finally:
		resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_spool_as_it_was(tmp_path):
	with filled(tmp_path, 2) as spool:
		with full_disk((tmp_path / spooling.FILE).stat().st_size):
			with pytest.raises(sqlite3.Error):
				for minute in range(3, 1000):
					spool.add(sample_at(spool, minute))
			kept, link = begins_of(spool), spool.last_link
			spool.lose()
		assert spool.last_begins == kept[-1] and spool.lost == 1
		assert kept == [minute * 60 for minute in range(1, len(kept) + 1)]
		spool.add(sample_at(spool, 1000))
	with Spool.open(tmp_path, "host-a") as spool:
		assert begins_of(spool) == [*kept, 60_000]
		assert spool.waiting(5000)[0][-1]["previous"] == link


_WRITER = """
import sys
from pathlib import Path
from codigo_binario_support.cli.spool import Spool
from codigo_binario_support.domain.availability.samples import Sample

with Spool.open(Path(sys.argv[1]), "host-a") as spool:
	while True:
		begins = spool.last_begins + 60
		spool.add(Sample("host-a", begins, 60, True, previous=spool.last_link, signature="a" * 64))
		print("added", begins, flush=True)
		if begins % 300 == 0:
			until = spool.waiting(3)[1]
			print("delivering", until, flush=True)
			spool.delivered(until)
			print("delivered", until, flush=True)
"""


def killed(code: str, folder: Path, seconds: float) -> list[tuple[str, int]]:
	"""What a process wrote about its work before it was killed."""
	process = subprocess.Popen(
		[sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, cwd=PACKAGE.parent, text=True
	)
	first = process.stdout.readline()
	time.sleep(seconds)
	process.kill()
	said = first + process.communicate()[0]
	# What it was killed in the middle of saying was not said.
	whole = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
	return [(verb, int(number)) for verb, number in whole]


def test_a_probe_that_is_killed_at_any_moment_loses_nothing_it_confirmed(tmp_path):
	delivered = sent = 0
	for round in range(8):
		said = killed(_WRITER, tmp_path, 0.003 * (1 + 7 * round))
		added = max((at for verb, at in said if verb == "added"), default=0)
		delivered = max([delivered, *(at for verb, at in said if verb == "delivered")])
		sent = max([sent, *(at for verb, at in said if verb == "delivering")])
		with Spool.open(tmp_path, "host-a") as spool:
			left = begins_of(spool)
			first = left[0] if left else spool.last_begins + 60
			assert left == list(range(first, spool.last_begins + 60, 60))
			assert spool.last_begins >= added
			assert delivered < first <= sent + 60


def test_two_probes_do_not_share_a_spool(tmp_path):
	with filled(tmp_path, 1), pytest.raises(NotFound, match="Another probe uses"):
		with Spool.open(tmp_path, "host-a"):
			raise AssertionError("it was opened twice")


def test_two_processes_do_not_share_a_spool(tmp_path):
	opening = _WRITER.split("\twhile")[0] + "\tpass\n"
	with filled(tmp_path, 1):
		second = subprocess.run(
			[sys.executable, "-c", opening, str(tmp_path)], cwd=PACKAGE.parent, capture_output=True, text=True
		)
	assert second.returncode and "Another probe uses" in second.stderr


def test_a_damaged_spool_is_said_and_not_thrown_away(tmp_path):
	(tmp_path / spooling.FILE).write_bytes(b"no database at all" * 100)
	with pytest.raises(SourceError, match="is damaged"), Spool.open(tmp_path, "host-a"):
		raise AssertionError("it was opened")
	assert (tmp_path / spooling.FILE).read_bytes() == b"no database at all" * 100


# -- a spool of version 0.2 ------------------------------------------------------------------------------------------


def spool_of_0_2(folder: Path, count: int, *, delivered: int = 0, lost: int = 0, end: bytes = b"") -> str:
	"""`samples.jsonl` and `state.json` as that version wrote them; returns the link of the last sample."""
	link, lines = "", []
	for minute in range(1, count + 1):
		sample = sign(KEY, Sample("host-a", minute * 60, 60, True, latency_ms=9, previous=link))
		lines.append(json.dumps(samples.to_mapping(sample)).encode() + b"\n")
		link = sample.link
	folder.mkdir(exist_ok=True)
	(folder / "samples.jsonl").write_bytes(b"".join(lines) + end)
	state = {"delivered": sum(map(len, lines[:delivered])), "lost": lost, "last_begins": 60, "last_link": "x"}
	(folder / "state.json").write_text(json.dumps(state))
	(folder / "lock").touch()
	return link


def test_a_spool_of_0_2_is_taken_over_once(tmp_path):
	link = spool_of_0_2(tmp_path, 5, delivered=2, lost=7, end=b'{"begins":360,"inter')
	for _time in range(2):
		with Spool.open(tmp_path, "host-a") as spool:
			assert begins_of(spool) == [180, 240, 300]
			assert (spool.lost, spool.last_begins, spool.last_link) == (7, 300, link)
	assert [path.name for path in tmp_path.iterdir()] == [spooling.FILE]


def test_a_delivered_spool_of_0_2_leaves_its_last_link(tmp_path):
	(tmp_path / "state.json").write_text('{"delivered": 0, "lost": 2, "last_begins": 600, "last_link": "ab"}')
	(tmp_path / "samples.jsonl").touch()
	with Spool.open(tmp_path, "host-a") as spool:
		assert (begins_of(spool), spool.lost, spool.last_begins, spool.last_link) == ([], 2, 600, "ab")


def test_a_spool_of_0_2_whose_state_is_gone_delivers_everything_again(tmp_path):
	spool_of_0_2(tmp_path, 3, delivered=2)
	(tmp_path / "state.json").write_text("{broken")
	with Spool.open(tmp_path, "host-a") as spool:
		assert begins_of(spool) == [60, 120, 180]


def test_a_damaged_spool_of_0_2_is_said_and_not_thrown_away(tmp_path):
	(tmp_path / "samples.jsonl").write_bytes(b"{}\n")
	with pytest.raises(SourceError, match="is damaged"), Spool.open(tmp_path, "host-a"):
		raise AssertionError("it was opened")
	assert (tmp_path / "samples.jsonl").read_bytes() == b"{}\n"


def test_a_probe_of_0_2_that_still_runs_keeps_its_spool(tmp_path):
	spool_of_0_2(tmp_path, 3)
	with (tmp_path / "lock").open() as lock:
		fcntl.flock(lock, fcntl.LOCK_EX)
		with pytest.raises(NotFound, match="Another probe uses"), Spool.open(tmp_path, "host-a"):
			raise AssertionError("it was opened")
	with Spool.open(tmp_path, "host-a") as spool:
		assert begins_of(spool) == [60, 120, 180]


_DRAINER = """
import sys
from pathlib import Path
from codigo_binario_support.cli.spool import Spool

print("ready 0", flush=True)
with Spool.open(Path(sys.argv[1]), "host-a") as spool:
	print("lost", spool.lost, flush=True)
"""


def test_a_takeover_that_is_killed_at_any_moment_loses_and_doubles_nothing(tmp_path):
	for round in range(6):
		folder = tmp_path / str(round)
		spool_of_0_2(folder, 800, delivered=100, lost=5)
		killed(_DRAINER, folder, 0.004 * round)
		with Spool.open(folder, "host-a") as spool:
			assert begins_of(spool) == [minute * 60 for minute in range(101, 801)]
			assert spool.lost == 5
		assert [path.name for path in folder.iterdir()] == [spooling.FILE]


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def host(tmp_path, capsys, monkeypatch):
	"""A host with a key: `host(url, ...)` calls the command once: (exit code, stdout, stderr)."""
	key = tmp_path / "key"
	key.write_text(KEY + "\n")
	key.chmod(0o600)
	monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
	# A minute with a sample refuses a second one: the tests call more often.
	clock = SimpleNamespace(now=1_795_000_020.0)
	monkeypatch.setattr(probing.time, "time", lambda: clock.now)

	def call(url, *options, site=None, name="host-a"):
		spool = ["--spool", str(tmp_path / "spool")]
		names = ["--name", name] if name else []
		code = main(
			[
				"probe",
				url,
				"--deliver-to",
				site or url,
				"--key-file",
				str(key),
				"--once",
				*spool,
				*names,
				*options,
			]
		)
		out, err = capsys.readouterr()
		clock.now += 60
		return code, out, err

	call.key, call.clock = key, clock
	return call


def test_a_sample_is_taken_and_delivered_signed(host, site):
	code, out, err = host(site.url)
	(body,) = site.delivered
	content = json.loads(body["batch"])
	assert (code, err, body["probe"]) == (0, "", "host-a")
	assert "up" in out and "2026-11-18 11:07:00Z" in out
	assert is_signed(KEY, body["batch"], body["signature"])
	(row,) = content["samples"]
	assert is_genuine(KEY, samples.from_mapping(row, "host-a"))
	assert (content["sent_at"], content["more"], content["lost"]) == (1_795_000_020, 0, 0)


def test_samples_wait_while_the_site_is_away_and_are_delivered_in_one_batch(host, site, closed_port):
	away = f"http://127.0.0.1:{closed_port}"
	for _minute in range(3):
		code, out, err = host(away, "--interval", "2")
		assert code == 1 and "No connection" in out and "3 tries" in out
	assert "3 samples wait for the site: Connection refused" in err
	assert host(site.url, "--interval", "2")[0] == 0
	(body,) = site.delivered
	rows = json.loads(body["batch"])["samples"]
	assert [row["up"] for row in rows] == [0, 0, 0, 1]
	assert samples.breaks([samples.from_mapping(row, "host-a") for row in rows], "") == 0


def test_a_second_call_in_the_same_minute_takes_no_second_sample(host, site):
	host(site.url)
	host.clock.now -= 60
	code, out, err = host(site.url)
	assert (code, out) == (0, "") and "has its sample already" in err
	assert len(site.delivered) == 1


def test_a_full_disk_neither_stops_a_delivery_nor_the_probe(host, site):
	site.taking = (500, {})
	host(site.url)
	site.taking = (200, {"message": {"kept": 1}})
	with full_disk(0):
		code, out, err = host(site.url)
	assert code == 1 and "up" not in out
	assert "The sample could not be kept" in err and "cannot be written" in err
	assert host(site.url)[0] == 0
	rows = [json.loads(body["batch"])["samples"] for body in site.delivered]
	assert [len(one) for one in rows] == [1, 1, 2]


@pytest.mark.parametrize(
	("taking", "said"),
	[
		((403, {"message": {"refused": True}}), "it refuses host-a"),
		((404, {}), "no site with this app"),
		((429, {}), "too many deliveries"),
		((500, {}), "HTTP 500"),
		((200, b"<html>"), "no site with this app"),
		((200, {"other": 1}), "no site with this app"),
	],
)
def test_a_delivery_that_is_not_taken_says_why_and_the_samples_wait(host, site, taking, said):
	site.taking = taking
	code, _out, err = host(site.url)
	assert code == 1 and said in err
	site.taking = (200, {"message": {"kept": 2}})
	assert host(site.url)[0] == 0
	assert len(json.loads(site.delivered[-1]["batch"])["samples"]) == 2


def test_what_the_site_refused_or_doubts_is_said(host, site):
	site.taking = (200, {"message": {"kept": 0, "refused": 2, "flagged": 3, "skew_seconds": -90}})
	code, _out, err = host(site.url)
	assert code == 0
	assert "refused 2 samples" in err and "3 samples are no proof" in err and "-90 seconds off" in err


def test_it_speaks_spanish(host, site, closed_port):
	_code, out, err = host(f"http://127.0.0.1:{closed_port}", "--lang", "es", "--interval", "2")
	assert "caído" in out and "Sin conexión" in out and "esperan al sitio" in err


@pytest.mark.parametrize(
	("options", "said"),
	[
		(["--name", "Host A"], "no name of a probe"),
		(["--interval", "0"], "give 1 to 3600"),
		(["--interval", "7200"], "give 1 to 3600"),
		(["--interval", "x"], "not a whole number"),
		(["--key-file", "/nonexistent"], "There is no file"),
		(["--spool", "/proc/none"], "cannot be written"),
	],
)
def test_a_wrong_call_says_what_would_be_right(host, site, options, said):
	code, _out, err = host(site.url, *options)
	assert code == 2 and said in err


def test_an_address_without_its_scheme_is_a_wrong_call(host):
	code, _out, err = host("erp.example.com")
	assert code == 2 and "https://" in err


def test_a_key_file_without_a_key_is_a_wrong_call(host, site):
	for content in (b"", b"short", b"two words that are long enough to be a key", b"\xff" * 40):
		host.key.write_bytes(content)
		code, _out, err = host(site.url)
		assert code == 2 and "holds no key" in err


def test_a_key_that_others_can_read_is_said(host, site):
	host.key.chmod(0o644)
	code, _out, err = host(site.url)
	assert code == 0 and "chmod 600" in err


def test_a_spool_belongs_to_one_probe(host, site):
	site.taking = (500, {})
	host(site.url)
	code, _out, _err = host(site.url, "--name", "host-b")
	assert code == 1
	rows = json.loads(site.delivered[-1]["batch"])["samples"]
	assert not is_genuine(KEY, samples.from_mapping(rows[0], "host-b"))


@pytest.mark.slow
def test_it_runs_until_it_is_stopped_and_starts_without_frappe(tmp_path, site):
	key = tmp_path / "key"
	key.write_text(KEY)
	key.chmod(0o600)
	code = (
		"import sys; sys.modules['frappe'] = None;"
		"from codigo_binario_support.cli.app import main; sys.exit(main(sys.argv[1:]))"
	)
	command = [
		sys.executable,
		"-c",
		code,
		"probe",
		site.url,
		"--deliver-to",
		site.url,
		"--key-file",
		str(key),
	]
	command += ["--interval", "1", "--name", "host-a", "--spool", str(tmp_path / "spool")]
	process = subprocess.Popen(
		command,
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
		env={**os.environ, "PYTHONUNBUFFERED": "1"},
	)
	try:
		lines = [process.stdout.readline() for _n in range(4)]
	finally:
		process.terminate()
		process.wait(10)
	assert all("up" in line for line in lines), lines
	assert len(site.delivered) >= 2
	begins = [json.loads(body["batch"])["samples"][0]["begins"] for body in site.delivered]
	assert begins == sorted(set(begins))


def test_the_addresses_are_those_of_the_app():
	source = (PACKAGE / "api" / "availability.py").read_text(encoding="utf-8")
	for path in (HEALTH_PATH, DELIVER_PATH):
		module, _dot, name = path.removeprefix("/api/method/").rpartition(".")
		assert module == "codigo_binario_support.api.availability"
		assert f"\ndef {name}(" in source
