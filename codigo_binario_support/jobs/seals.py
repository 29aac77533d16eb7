"""A request whose rows are not as they were sealed: nothing is sealed over them, people are told, an operator looks."""

from typing import Any

import frappe
from frappe import _

from ..adapters.requests.requests import ACKNOWLEDGE, DOCTYPE, add_event, breaks
from ..adapters.site.instants import utc_now
from ..flow.clock import clock
from ..operations import alerts


class BrokenSealError(frappe.ValidationError):
	"""The database holds rows or facts of a request that no station wrote."""


def require_whole(doc: Any) -> None:
	"""Refuse a save that would seal over what nobody sealed, and tell people of it although the save is rolled back."""
	if doc.flags.acknowledges:
		return
	if broken := list(breaks(doc.get_doc_before_save()).values()):
		_after_this_transaction(doc.name, broken)
		text = _(
			"The history of {0} is not as it was sealed, so nothing is written over it. The operators have been told; what you wrote was not kept, so send it again once they have looked."
		)
		frappe.throw(text.format(doc.name), BrokenSealError, title=_("Evidence"))


def acknowledge(name: str, reason: str) -> list[str]:
	"""Note on a request what does not fit its seal and why, and seal it as it is now; returns what was noted.

	Nothing is mended and nothing is forgotten: `verify-evidence` goes on naming it. Rows that were added stop nothing any
	more and count for no clock.
	"""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	broken = breaks(doc)
	if not broken:
		return []
	for table in (doc.decisions, doc.clock_events):
		# The order they were read in is the order they are sealed in; what was forged may carry any number.
		for number, row in enumerate(table, 1):
			row.idx = number
	now = utc_now()
	for mark, text in broken.items():
		add_event(doc, now, "note", ACKNOWLEDGE, detail=f"{reason}: {text}", source=mark)
	clock.refresh(doc)
	doc.flags.acknowledges = True
	doc.save_from_flow()
	with alerts.spoken():
		alerts.over(_code(name))
	frappe.db.commit()
	return list(broken.values())


def alarm(name: str, broken: list[str]) -> None:
	"""Tell the operators, once for as long as nobody has acknowledged it."""
	with alerts.spoken():
		told = alerts.raise_alert(
			_code(name),
			_("The evidence of the request {0} was changed").format(name),
			_(
				"Changed after it was written: {0}. Nothing more is written on the request until somebody has looked at it. See bench --site {1} support verify-evidence; when the cause is known: bench --site {1} support acknowledge-seal {2} --reason …"
			).format("; ".join(broken), frappe.local.site, name),
		)
	if told:
		frappe.log_error(
			title="Support: the seal of a request does not fit",
			message="\n".join(broken),
			reference_doctype=DOCTYPE,
			reference_name=name,
		)
	frappe.db.commit()


def _after_this_transaction(name: str, broken: list[str]) -> None:
	"""Whichever way it ends: a refusal rolls back what is written before it, a caught one may be committed."""
	waiting = [True]

	def tell() -> None:
		if not waiting:
			return
		waiting.clear()
		messages = frappe.local.message_log
		try:
			alarm(name, broken)
		except Exception:
			frappe.db.rollback()
			frappe.logger("codigo_binario_support").exception(f"seal of {name}: nobody could be told")
		frappe.local.message_log = messages

	frappe.db.after_rollback.add(tell)
	frappe.db.after_commit.add(tell)


def _code(name: str) -> str:
	return f"seal:{name}"
