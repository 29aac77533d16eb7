"""How the promises stand now, as a customer reads them: only what is recorded, and *unproven* where nothing is."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from ...adapters.policy import promises
from ...adapters.site.formatting import duration_phrase, instant_phrase
from ...adapters.site.instants import from_site
from ...adapters.site.now import utc_now
from ..availability import availability
from ..restores import verdict

DRILL = "Restore Drill"
KEPT, BROKEN, UNPROVEN = "kept", "broken", "unproven"


def portal_status() -> list[dict[str, str]]:
	"""Rows of `label`, `state` (kept, broken, unproven) and `text`; a promise that the policy does not make has none."""
	found = [row for row in (_backup(), _drill(), _availability()) if row]
	return [{**row, "face": _face(row["state"])} for row in found]


def _backup() -> dict[str, str] | None:
	promised = promises.commitment("backup")
	if promised is None:
		return None
	label, taken = _("Last verified backup"), max(promises.verified_backups(), default=None)
	if taken is None:
		return _row(label, UNPROVEN, _("No verified backup is recorded yet."))
	age = (utc_now() - taken).total_seconds()
	is_kept = promised.target_seconds is None or age <= promised.target_seconds
	text = _("{0} ago, complete, database and files").format(duration_phrase(age))
	return _row(label, KEPT if is_kept else BROKEN, text)


def _drill() -> dict[str, str] | None:
	if promises.commitment("restore") is None:
		return None
	label = _("Last restore drill")
	rows = frappe.get_all(
		DRILL,
		fields=["finished_at", *verdict.READ],
		order_by="sequence desc",
		limit=1,
	)
	if not rows:
		return _row(label, UNPROVEN, _("No drill is recorded yet."))
	drill = rows[0]
	state = {"Kept": KEPT, "Broken": BROKEN}.get(verdict.verdict_of(drill), UNPROVEN)
	if not drill.problem:
		text = _("{0}, restored in {1}")
	elif state == BROKEN:
		text = _("{0}, the backup could not be restored")
	else:
		text = _(
			"{0}, the rehearsal did not come to its end because of an error of ours; it says nothing bad of your backup"
		)
	at = instant_phrase(from_site(drill.finished_at), promises.zone(), utc_now())
	return _row(label, state, text.format(at, duration_phrase(drill.elapsed_seconds or 0)))


def _availability() -> dict[str, str] | None:
	month = availability.month_so_far()
	if month is None:
		return None
	label = _("Availability this month")
	if month["is_broken"]:
		text = _("{0} min without service; the month allows {1} min").format(
			_minutes(month["unplanned_minutes"]), _minutes(month["budget_minutes"])
		)
		return _row(label, BROKEN, text)
	text = _("{0} of {1} min of the month's margin are left").format(
		_minutes(month["budget_left_minutes"]), _minutes(month["budget_minutes"])
	)
	is_measured = bool(month["observed_up_minutes"])
	return _row(label, KEPT if is_measured else UNPROVEN, text if is_measured else _unmeasured(month, text))


def _unmeasured(month: dict[str, Any], text: str) -> str:
	if month["unplanned_minutes"]:
		return text
	return _("No incident is recorded, and nobody measures yet.")


def _row(label: str, state: str, text: str) -> dict[str, str]:
	return {"label": label, "state": state, "text": text}


def _face(state: str) -> str:
	return {KEPT: _("Kept"), BROKEN: _("Not kept"), UNPROVEN: _("Not proven")}[state]


def _minutes(value: float) -> str:
	return frappe.utils.fmt_money(value, precision=1)
