"""A room full of chats: customers in threads of their own against a web server on loopback.

Everybody files by the portal, sends numbered messages, each a second time as a retry would, and tries to read the
next one's conversation. What is committed is removed again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError

import frappe
from conftest import connect
from web import PASSWORD, Browser, server

_API = "/api/method/codigo_binario_support.api."


@dataclass
class Figures:
	sent: int = 0
	lost: int = 0
	crossed: int = 0
	doubled: int = 0
	out_of_order: int = 0
	refused: int = 0
	seconds: float = 0.0
	milliseconds: list[float] = field(default_factory=list)
	problems: list[str] = field(default_factory=list)

	def percentile(self, share: float) -> float:
		ordered = sorted(self.milliseconds)
		return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Customer(Browser):
	"""One browser with a request of its own."""

	def __init__(self, base: str, user: str) -> None:
		super().__init__(base, user)
		self.user = user

	def call(self, path: str, **values: Any) -> Any:
		"""What a method answered. Raises `HTTPError`."""
		status, body = self.post(path, **values)
		if status >= 400:
			raise HTTPError(self.base + path, status, str(body)[:500], None, None)
		return body.get("message")

	def file(self) -> None:
		self.request = self.call(
			f"{_API}portal.file",
			subject=f"Chat de {self.user}",
			text="¿Cómo reinicio mi contraseña?",
			client_id=frappe_free_number(),
		)["request"]

	def say(self, number: int) -> None:
		values = {"name": self.request, "text": f"{self.user} {number}", "client_id": frappe_free_number()}
		for _retry in range(2):
			self.patiently(f"{_API}chat.send", **values)

	def patiently(self, path: str, **values: Any) -> Any:
		"""As the script of the page does: what fails for a passing reason is sent again, under the same number."""
		for attempt in range(6):
			try:
				return self.call(path, **values)
			except HTTPError as error:
				if error.code < 500 or attempt == 5:
					raise
			except URLError:
				if attempt == 5:
					raise
			time.sleep(0.3 * 2**attempt)
		return None

	def heard(self) -> list[str]:
		rows = self.call(f"{_API}chat.look", name=self.request, is_present=1)["messages"]
		return [row["text"] for row in rows if row["medium"] == "Chat"]

	def may_read(self, request: str) -> bool:
		try:
			self.call(f"{_API}chat.look", name=request)
		except HTTPError as error:
			return error.code != 403
		return True


def frappe_free_number() -> str:
	return os.urandom(12).hex()


class Chats:
	"""People, a server for them, and afterwards neither."""

	user_type = "Website User"
	roles: tuple[str, ...] = ()

	def __init__(self, site: str, people: int) -> None:
		self.site = site
		# The pace of a user is counted for an hour: each time other users.
		crowd = os.urandom(3).hex()
		self.users = [f"support-chat-{crowd}-{number}@example.com" for number in range(people)]

	def __enter__(self) -> Chats:
		connect()
		self.access = frappe.db.get_single_value("Support Promise Settings", "portal_access")
		self._allow("Everybody with an account")
		# Frappe makes 60 accounts an hour, no more.
		frappe.local.conf.throttle_user_limit = 10_000
		for user in self.users:
			if not frappe.db.exists("User", user):
				frappe.get_doc(
					{
						"doctype": "User",
						"email": user,
						"first_name": user.split("@")[0],
						"send_welcome_email": 0,
						"new_password": PASSWORD,
						"user_type": self.user_type,
						"roles": [{"role": role} for role in self.roles],
					}
				).insert()
		frappe.db.commit()
		self.server = server()
		self.base = self.server.__enter__()
		return self

	@contextmanager
	def served(self, *settings: str) -> Iterator[None]:
		"""By another server, whose database sessions have `settings`, such as `innodb_snapshot_isolation = ON`."""
		before = self.base
		with server(*settings) as self.base:
			yield
		self.base = before

	def __exit__(self, *_error: Any) -> None:
		self.server.__exit__(None, None, None)
		connect()
		self._remove()
		self._allow(self.access)
		frappe.db.commit()

	def talk(self, messages: int) -> Figures:
		"""Everybody at once; returns what was found afterwards."""
		figures, lock = Figures(), threading.Lock()
		customers = self._together(lambda number: self._arrive(number), figures, lock)
		customers = [customers[number] for number in sorted(customers)]
		if len(customers) < len(self.users):
			raise AssertionError("\n".join(figures.problems))

		def talk(number: int) -> None:
			for turn in range(messages):
				begun = time.perf_counter()
				customers[number].say(turn)
				with lock:
					figures.sent += 1
					figures.milliseconds.append((time.perf_counter() - begun) * 1000 / 2)

		begun = time.perf_counter()
		self._together(talk, figures, lock)
		figures.seconds = time.perf_counter() - begun
		for number, customer in enumerate(customers):
			heard = customer.heard()
			wanted = [f"{customer.user} {turn}" for turn in range(messages)]
			figures.lost += len(set(wanted) - set(heard))
			figures.crossed += len([text for text in heard if text not in wanted])
			figures.doubled += len(heard) - len(set(heard))
			figures.out_of_order += [text for text in heard if text in wanted] != wanted
			figures.refused += not customer.may_read(customers[number - 1].request)
		return figures

	def _arrive(self, number: int) -> Customer:
		customer = Customer(self.base, self.users[number])
		customer.file()
		return customer

	def _together(self, do: Any, figures: Figures, lock: threading.Lock) -> dict[int, Any]:
		found: dict[int, Any] = {}

		def run(number: int) -> None:
			try:
				found[number] = do(number)
			except Exception as error:
				with lock:
					figures.problems.append(f"{self.users[number]}: {error!r}")

		threads = [threading.Thread(target=run, args=(number,)) for number in range(len(self.users))]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join(timeout=300)
		return found

	def _allow(self, access: str | None) -> None:
		frappe.db.set_single_value("Support Promise Settings", "portal_access", access)
		frappe.clear_document_cache("Support Promise Settings", "Support Promise Settings")

	def _remove(self) -> None:
		"""Requests are never deleted by anybody; what a test has made goes as the tables go."""
		names = frappe.get_all("Support Request", filters={"raised_by": ("in", self.users)}, pluck="name")
		for doctype, column in (
			("Communication", "reference_name"),
			("Comment", "reference_name"),
			("Support Clock Event", "parent"),
			("Support Scope Decision", "parent"),
			("Support Read Mark", "support_request"),
			("Notification Log", "document_name"),
			("Version", "docname"),
			("ToDo", "reference_name"),
			("Support Request", "name"),
		):
			frappe.db.delete(doctype, {column: ("in", names or [""])})
		for user in self.users:
			frappe.delete_doc("User", user, force=True, ignore_permissions=True)
