"""How the promises stand now, as a customer reads them: only what is recorded, and *unproven* where nothing is."""

from typing import Any

import frappe
from frappe import _

from ...adapters.policy import promises
from ...adapters.site.formatting import duration_phrase, instant_phrase
from ...adapters.site.instants import utc_now
from ...domain.verdicts import BROKEN, KEPT, NOT_PROVEN, VERDICTS
from ..availability.availability import MonthSoFar
from .promise_status import promise_status


def portal_status() -> list[dict[str, str]]:
	"""Rows of `label`, `state` (of `VERDICTS`), `color`, `face` (the state to a customer) and `text`; a promise that the
	policy does not make has none.
	"""
	status, rows = promise_status(), []
	if "backup" in status.promised:
		rows.append((_("Last verified backup"), *_backup(status.backup_age_seconds, status.is_backup_kept)))
	if "restore" in status.promised:
		rows.append((_("Last restore drill"), *_drill(status.drill)))
	if status.month:
		rows.append((_("Availability this month"), *_availability(status.month, status.is_measured)))
	return [_row(*row) for row in rows]


def _backup(age_seconds: int | None, is_kept: bool) -> tuple[str, str]:
	if age_seconds is None:
		return NOT_PROVEN, _("No verified backup is recorded yet.")
	text = _("{0} ago, complete, database and files").format(duration_phrase(age_seconds))
	return KEPT if is_kept else BROKEN, text


def _drill(drill: Any | None) -> tuple[str, str]:
	if drill is None:
		return NOT_PROVEN, _("No drill is recorded yet.")
	state = drill.verdict if drill.verdict in VERDICTS else NOT_PROVEN
	if not drill.problem:
		text = _("{0}, restored in {1}")
	elif state == BROKEN:
		text = _("{0}, the backup could not be restored")
	else:
		text = _(
			"{0}, the rehearsal did not come to its end because of an error of ours; it says nothing bad of your backup"
		)
	at = instant_phrase(drill.finished_at, promises.zone(), utc_now())
	return state, text.format(at, duration_phrase(drill.elapsed_seconds))


def _availability(month: MonthSoFar, is_measured: bool) -> tuple[str, str]:
	if month["is_broken"]:
		text = _("{0} min without service; the month allows {1} min")
		return BROKEN, text.format(_minutes(month["unplanned_minutes"]), _minutes(month["budget_minutes"]))
	if not is_measured and not month["unplanned_minutes"]:
		return NOT_PROVEN, _("No incident is recorded, and nobody measures yet.")
	left, budget = _minutes(month["budget_left_minutes"]), _minutes(month["budget_minutes"])
	text = _("{0} of {1} min of the month's margin are left").format(left, budget)
	return KEPT if is_measured else NOT_PROVEN, text


def _row(label: str, state: str, text: str) -> dict[str, str]:
	face = _("Not kept") if state == BROKEN else _(state)
	# What is not proven alarms nobody here.
	color = "gray" if state == NOT_PROVEN else VERDICTS[state]
	return {"label": label, "state": state, "color": color, "face": face, "text": text}


def _minutes(value: float) -> str:
	return frappe.utils.fmt_money(value, precision=1)
