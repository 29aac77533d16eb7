"""A real web server before the site, and people who come to it with keys of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import frappe
import requests
from conftest import BENCH, SITE, email
from frappe.utils.password import set_encrypted_password

_CHECKOUT = Path(__file__).resolve().parents[2]


class Web:
	"""`with Web() as web: web.post("ana", "/api/resource/…", {…})`. What they do is committed: clean up after it."""

	def __init__(self, threads: int = 8) -> None:
		self.threads = threads
		self.keys: dict[str, str] = {}

	def __enter__(self) -> Web:
		with socket.socket() as probe:
			probe.bind(("127.0.0.1", 0))
			port = probe.getsockname()[1]
		self.base = f"http://127.0.0.1:{port}"
		bind = ["-b", f"127.0.0.1:{port}", "-k", "gthread", "--threads", str(self.threads)]
		path = os.pathsep.join([str(_CHECKOUT), *filter(None, sys.path)])
		self.server = subprocess.Popen(
			[sys.executable, "-m", "gunicorn", "frappe.app:application", *bind],
			cwd=BENCH / "sites",
			env={**os.environ, "PYTHONPATH": path},
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
		)
		for _wait in range(240):
			try:
				if self.get("Guest", "/api/method/ping").ok:
					return self
			except requests.ConnectionError:
				time.sleep(0.25)
		self.__exit__()
		raise AssertionError("the web server did not start")

	def __exit__(self, *_error: Any) -> None:
		self.server.terminate()
		self.server.wait(timeout=30)
		for person in self.keys:
			frappe.db.set_value("User", email(person), "api_key", None, update_modified=False)
		frappe.db.commit()

	def let_in(self, *people: str) -> None:
		"""Give people keys; to be asked for before others write, since it commits."""
		for person in people:
			secret = frappe.generate_hash(length=15)
			key = frappe.generate_hash(length=15)
			frappe.db.set_value("User", email(person), "api_key", key, update_modified=False)
			set_encrypted_password("User", email(person), secret, "api_secret")
			self.keys[person] = f"token {key}:{secret}"
			frappe.clear_document_cache("User", email(person))
		frappe.db.commit()

	def call(
		self, person: str, verb: str, path: str, body: dict[str, Any] | None = None
	) -> requests.Response:
		headers = {"Host": SITE or "", "Accept": "application/json"}
		if person in self.keys:
			headers["Authorization"] = self.keys[person]
		return requests.request(verb, self.base + path, json=body, headers=headers, timeout=60)

	def get(self, person: str, path: str) -> requests.Response:
		return self.call(person, "GET", path)

	def post(self, person: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
		return self.call(person, "POST", path, body or {})


def remove_requests(names: list[str]) -> None:
	"""Requests are never deleted by anybody; what a test has committed goes as the tables go."""
	for doctype, column in (
		("Support Clock Event", "parent"),
		("Support Scope Decision", "parent"),
		("Notification Log", "document_name"),
		("ToDo", "reference_name"),
		("Error Log", "reference_name"),
		("Support Request", "name"),
	):
		frappe.db.delete(doctype, {column: ("in", names or [""])})
	frappe.db.delete("Support Alert", {"code": ("in", [f"seal:{name}" for name in names] or [""])})
	frappe.db.commit()
