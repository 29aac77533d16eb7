"""Requests that others were merged into in 0.2 carry the promises of those too. The duplicates stay as they were sealed."""

from typing import Any

import frappe

from codigo_binario_support.adapters.requests.requests import DOCTYPE
from codigo_binario_support.flow.clock import clock
from codigo_binario_support.jobs.seals import BrokenSealError

_READ = ("answered_at", "due_at", "response_due_at", "resolution_due_at", "restore_due_at")
_BREACHED = ("response_breached", "resolution_breached", "restore_breached")


def execute() -> None:
	merged = {"duplicate_of": ("is", "set")}
	for name in sorted(set(frappe.get_all(DOCTYPE, filters=merged, pluck="duplicate_of"))):
		doc = frappe.get_doc(DOCTYPE, name, for_update=True)
		before = _reading(doc)
		clock.refresh(doc)
		if _reading(doc) == before:
			continue
		try:
			doc.save_from_flow()
		except BrokenSealError:
			# The operators have been told; it is read again once they have looked.
			frappe.clear_last_message()


def _reading(doc: Any) -> list[str]:
	return [str(doc.get(name) or "") for name in (*_READ, *_BREACHED)]
