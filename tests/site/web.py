"""People with a password, and a web server of the bench that serves this checkout: for tests that go over HTTP.

What such a test commits is real for the site, so it belongs to people of its own and is removed with `tidy`.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import uuid4

import frappe

CHECKOUT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("CODIGO_BINARIO_BENCH") or Path.home() / "frappe-bench")
SITE = os.environ.get("CODIGO_BINARIO_SITE") or ""
PASSWORD = "Prueba-por-HTTP-2026"
DOCTYPE = "Support Request"
#: `elisa` has an account and no desk.
PEOPLE = {"pablo": ("Employee",), "olga": ("Employee",), "agata": ("Support Agent",), "elisa": ("Customer",)}
_PATIENCE_SECONDS = 60
_SERVER = """
import sys
import frappe.app
from frappe.database.mariadb.database import MariaDBDatabase as Database
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.serving import run_simple

connect = Database.get_connection
def with_settings(self):
	connection = connect(self)
	for setting in sys.argv[4:]:
		connection.cursor().execute(f"set session {setting}")
	return connection
Database.get_connection = with_settings
# No worker empties the queue here, and Frappe 16 refuses more than some hundreds.
from frappe.utils import background_jobs
background_jobs.MAX_QUEUED_JOBS = 1_000_000
frappe.app._site, frappe.app._sites_path = sys.argv[1], "."
ours = {
	"/assets/codigo_binario_support": sys.argv[3],
	"/assets": "assets",
	"/files": f"{sys.argv[1]}/public/files",
}
run_simple("127.0.0.1", int(sys.argv[2]), SharedDataMiddleware(frappe.app.application, ours), threaded=True)
"""


def address(person: str) -> str:
	return f"support-web-{person}@example.com"


@contextmanager
def on_site() -> Iterator[None]:
	"""A connection of one's own, as Administrator; what is done in it is committed."""
	os.chdir(BENCH / "sites")
	frappe.init(site=SITE, sites_path=str(BENCH / "sites"))
	frappe.connect()
	frappe.local.conf.max_queued_jobs = 1_000_000
	frappe.local.lang = "es"
	frappe.flags.mute_emails = True
	frappe.set_user("Administrator")
	try:
		yield
		frappe.db.commit()
	finally:
		frappe.destroy()


def make_people() -> None:
	from frappe.utils.password import update_password

	for person, roles in PEOPLE.items():
		if not frappe.db.exists("User", address(person)):
			frappe.get_doc(
				{
					"doctype": "User",
					"email": address(person),
					"first_name": person.title(),
					"send_welcome_email": 0,
					"language": "es",
					"roles": [{"role": role} for role in roles],
				}
			).insert()
		update_password(address(person), PASSWORD)


def tidy() -> None:
	"""Remove what the people filed and uploaded. Evidence is never deleted by a door, so it goes by the table."""
	ours = [address(person) for person in PEOPLE]
	names = frappe.get_all(DOCTYPE, filters={"raised_by": ("in", ours)}, pluck="name", order_by="name asc")
	for file in frappe.get_all("File", filters={"owner": ("in", ours)}, pluck="name", order_by="name asc"):
		frappe.delete_doc("File", file, force=True, ignore_permissions=True)
	for doctype, column in (
		("Support Scope Decision", "parent"),
		("Support Clock Event", "parent"),
		("Support Read Mark", "support_request"),
		("Communication", "reference_name"),
		("Comment", "reference_name"),
		("Notification Log", "document_name"),
		("ToDo", "reference_name"),
		(DOCTYPE, "name"),
	):
		frappe.db.delete(doctype, {column: ("in", names or [""])})
	for person in PEOPLE:
		for what in ("chat", "file", "suggest"):
			frappe.cache.delete(
				frappe.cache.make_key(f"codigo_binario_support:pace:{what}:{address(person)}")
			)


@contextmanager
def server(*settings: str) -> Iterator[str]:
	"""The address of a web server on a free port of loopback, with the checkout before the installed app.

	It answers each call in a thread of its own. `settings`: variables that every session of its database gets, such as
	`innodb_snapshot_isolation = ON`.
	"""
	with socket.socket() as free:
		free.bind(("127.0.0.1", 0))
		port = free.getsockname()[1]
	with tempfile.TemporaryFile() as log:
		process = subprocess.Popen(
			[
				sys.executable,
				"-c",
				_SERVER,
				SITE,
				str(port),
				str(CHECKOUT / "codigo_binario_support" / "public"),
				*settings,
			],
			cwd=BENCH / "sites",
			env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
			stdout=log,
			stderr=log,
		)
		try:
			url = f"http://127.0.0.1:{port}"
			_wait(url, process, log)
			yield url
		finally:
			process.kill()
			process.wait(10)


def _wait(url: str, process: subprocess.Popen[bytes], log: Any) -> None:
	deadline = time.monotonic() + _PATIENCE_SECONDS
	while True:
		try:
			with build_opener().open(f"{url}/api/method/ping", timeout=10):
				return
		except OSError:
			if process.poll() is not None or time.monotonic() > deadline:
				log.seek(0)
				raise RuntimeError(f"the web server does not answer: {log.read()[-3000:]!r}") from None
			time.sleep(0.1)


class Browser:
	"""Somebody's session without a browser. Answers are `(status, body)`, the body as JSON where it is that."""

	def __init__(self, base: str, person: str) -> None:
		self.base = base
		self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
		self.token = ""
		status, body = self.post(
			"/api/method/login", usr=person if "@" in person else address(person), pwd=PASSWORD
		)
		assert status == 200, body
		# The desk's page, or the portal's for who has none.
		for page in ("/app", "/soporte"):
			found = re.search(r"csrf_token = \"(\w+)\"", str(self.get(page)[1]))
			if found:
				self.token = found[1]
				return

	def create(self, doctype: str, **values: Any) -> tuple[int, Any]:
		"""A new document by the resource door."""
		request = Request(f"{self.base}/api/resource/{quote(doctype)}", data=json.dumps(values).encode())
		request.add_header("Content-Type", "application/json")
		return self._open(request)

	def get(self, path: str) -> tuple[int, Any]:
		return self._open(Request(self.base + path))

	def post(self, path: str, **values: Any) -> tuple[int, Any]:
		return self._open(Request(self.base + path, data=urlencode(values).encode(), method="POST"))

	def upload(
		self, path: str, files: list[tuple[str, bytes]], content_type: str = "image/png", **values: Any
	) -> tuple[int, Any]:
		"""A form with files, each in a field `file`."""
		edge = uuid4().hex
		parts = [
			f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
			for name, value in values.items()
		]
		for file_name, content in files:
			head = (
				f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
				f"Content-Type: {content_type}\r\n\r\n"
			)
			parts.append(head.encode() + content + b"\r\n")
		request = Request(
			self.base + path, data=b"".join([*parts, f"--{edge}--\r\n".encode()]), method="POST"
		)
		request.add_header("Content-Type", f"multipart/form-data; boundary={edge}")
		return self._open(request)

	def save(self, **values: Any) -> tuple[int, Any]:
		"""A new request as the desk's form saves it; answers with the stored document."""
		name = values.pop("name", f"new-support-request-{uuid4().hex[:10]}")
		doc = {"doctype": DOCTYPE, "name": name, "__islocal": 1, "__unsaved": 1, "owner": "", **values}
		status, body = self.post(
			"/api/method/frappe.desk.form.save.savedocs", doc=json.dumps(doc), action="Save"
		)
		return status, body["docs"][0] if status == 200 else body

	def _open(self, request: Request) -> tuple[int, Any]:
		request.add_header("Accept", "application/json")
		if self.token:
			request.add_header("X-Frappe-CSRF-Token", self.token)
		try:
			with self.opener.open(request, timeout=_PATIENCE_SECONDS) as response:
				return response.status, _body(response.read())
		except HTTPError as error:
			return error.code, _body(error.read())


def _body(content: bytes) -> Any:
	try:
		return json.loads(content)
	except ValueError:
		try:
			return content.decode()
		except UnicodeDecodeError:
			return content


def at_once(people: list[Browser], do: Callable[[Browser], tuple[int, Any]]) -> list[tuple[int, Any]]:
	"""What each got who did the same at the same moment, in order."""
	with ThreadPoolExecutor(len(people)) as pool:
		return list(pool.map(do, people))
