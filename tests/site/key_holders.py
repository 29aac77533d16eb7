"""People who come to the site's web server with keys of their own, as programs do."""

from __future__ import annotations

from typing import Any

import frappe
import requests
from conftest import email
from frappe.utils.password import set_encrypted_password
from web import server


class Web:
	"""`with Web() as web: web.post("ana", "/api/resource/…", {…})`. What they do is committed: clean up after it."""

	def __init__(self) -> None:
		self.keys: dict[str, str] = {}

	def __enter__(self) -> Web:
		self._server = server()
		self.base = self._server.__enter__()
		return self

	def __exit__(self, *_error: Any) -> None:
		self._server.__exit__(None, None, None)
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
		headers = {"Accept": "application/json"}
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
