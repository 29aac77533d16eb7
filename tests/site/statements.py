"""The statements that are sent to the database while something is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe


@contextmanager
def counted() -> Iterator[list[str]]:
	"""The statements that are sent inside, one after the other."""
	statements: list[str] = []
	send = frappe.db.sql

	def listen(query: Any, *args: Any, **kwargs: Any) -> Any:
		statements.append(str(query))
		return send(query, *args, **kwargs)

	frappe.db.sql = listen
	try:
		yield statements
	finally:
		frappe.db.sql = send
