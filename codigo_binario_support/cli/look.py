"""One look at an address: name, connection, certificate, answer, content; and what failed of it."""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..domain.availability.samples import CONNECT, CONTENT, DETAIL_CHARACTERS, DNS, HTTP, TIMEOUT, TLS

HEALTH_PATH = "/api/method/codigo_binario_support.api.availability.health"
_BODY_BYTES = 200_000
_STEPS = {DNS: "name", CONNECT: "connection", TLS: "certificate", HTTP: "answer"}


class _Failed(Exception):
	def __init__(self, failure: str, detail: str = "") -> None:
		self.failure, self.detail = failure, detail


@dataclass(slots=True)
class Look:
	"""What was seen; `failure` is empty when the service is up. Filled in as the look goes on."""

	failure: str = ""
	http_status: int = 0
	latency_ms: int = 0
	certificate_days: int = -1
	detail: str = ""
	step: str = DNS


@dataclass(frozen=True, slots=True)
class Target:
	"""What is asked, and what a good answer is."""

	url: str
	expect: str = ""
	headers: Mapping[str, str] = field(default_factory=dict)

	@property
	def is_health(self) -> bool:
		return urlsplit(self.url).path == HEALTH_PATH


def target_of(url: str, expect: str = "") -> Target | None:
	"""The target of an address; one without a path means the site's health. None for what is no address.

	>>> target_of("https://erp.example.com").url
	'https://erp.example.com/api/method/codigo_binario_support.api.availability.health'
	>>> target_of("erp.example.com") is None
	True
	"""
	try:
		parts = urlsplit(url)
		if parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) < 1:
			return None
	except ValueError:
		return None
	return Target(f"{url.rstrip('/')}{HEALTH_PATH}" if parts.path in ("", "/") else url, expect)


def look(target: Target, timeout_seconds: float) -> Look:
	"""Look once, and be back in time: a name server that hangs would hold the whole program otherwise."""
	seen = Look()
	worker = threading.Thread(target=_look, args=(target, timeout_seconds, seen), daemon=True)
	worker.start()
	worker.join(timeout_seconds + 0.2)
	if worker.is_alive():
		# The thread may still write into its own Look.
		return Look(TIMEOUT, seen.http_status, int(timeout_seconds * 1000), -1, _STEPS[seen.step])
	return seen


def _look(target: Target, timeout_seconds: float, seen: Look) -> None:
	begun = time.perf_counter()
	failure, detail = "", ""
	try:
		_fetch(target, begun + timeout_seconds, seen)
	except _Failed as error:
		failure, detail = error.failure, error.detail
	except TimeoutError:
		failure, detail = TIMEOUT, _STEPS[seen.step]
	except (http.client.HTTPException, ValueError) as error:
		failure, detail = HTTP, type(error).__name__
	except OSError as error:
		failure, detail = CONNECT, error.strerror or type(error).__name__
	printable = "".join(letter if letter.isprintable() else " " for letter in detail)
	seen.failure, seen.detail = failure, printable[:DETAIL_CHARACTERS]
	seen.latency_ms = int((time.perf_counter() - begun) * 1000)


def _fetch(target: Target, deadline: float, seen: Look) -> None:
	parts = urlsplit(target.url)
	is_secure, host = parts.scheme == "https", parts.hostname or ""
	connection = http.client.HTTPConnection(host, parts.port or (443 if is_secure else 80))
	connection.sock = _connect(connection.host, connection.port, deadline, seen)
	try:
		if is_secure:
			seen.step = TLS
			connection.sock = _secure(connection.sock, host, deadline, seen)
		seen.step = HTTP
		connection.sock.settimeout(_left(deadline))
		path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
		headers = {"Host": parts.netloc.rpartition("@")[2], "Connection": "close", "Accept": "*/*"}
		connection.request("GET", path, headers={**headers, **target.headers})
		answer = connection.getresponse()
		seen.http_status = answer.status
		body = answer.read(_BODY_BYTES).decode("utf-8", errors="replace")
	finally:
		if connection.sock:
			connection.sock.close()
	_assess(target, answer.status, body)


def _connect(host: str, port: int, deadline: float, seen: Look) -> socket.socket:
	try:
		addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
	except (OSError, UnicodeError) as error:
		raise _Failed(DNS, getattr(error, "strerror", "") or "") from error
	seen.step = CONNECT
	refused: OSError = OSError()
	for family, kind, protocol, _name, address in addresses:
		plain = socket.socket(family, kind, protocol)
		try:
			plain.settimeout(_left(deadline))
			plain.connect(address)
			return plain
		except OSError as error:
			plain.close()
			refused = error
	raise refused


def _secure(plain: socket.socket, host: str, deadline: float, seen: Look) -> ssl.SSLSocket:
	plain.settimeout(_left(deadline))
	try:
		secure = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
	except ssl.SSLError as error:
		raise _Failed(TLS, getattr(error, "verify_message", "") or error.reason or "") from error
	ends = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
	seen.certificate_days = int((ends - time.time()) // 86_400)
	return secure


def _assess(target: Target, status: int, body: str) -> None:
	answer: Any = None
	with suppress(ValueError, KeyError, TypeError):
		answer = json.loads(body)["message"] if target.is_health else None
	answer = answer if isinstance(answer, dict) else {}
	failed = answer.get("failed")
	if status >= 400:
		raise _Failed(HTTP, " ".join(map(str, failed)) if isinstance(failed, list) else "")
	if target.is_health and answer.get("ok") is not True:
		raise _Failed(CONTENT, "no health answer")
	if target.expect and target.expect not in body:
		raise _Failed(CONTENT, "text not found")


def _left(deadline: float) -> float:
	left = deadline - time.perf_counter()
	if left <= 0:
		raise TimeoutError
	return left
