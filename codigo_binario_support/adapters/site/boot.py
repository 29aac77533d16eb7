"""What desk scripts know with the boot: the domain's tables of states, colours and actions, in English as they are stored."""

from collections.abc import Mapping
from typing import Any

from ...domain import verdicts
from ...domain.availability import availability
from ...domain.backups import offsite, runs, sets
from ...domain.conversation import mail
from ...domain.evidence import monthly_statement
from ...domain.offers import hours_balance
from ...domain.policy.policy import SEVERITIES
from ...domain.requests import status
from ...domain.triage import verdict

#: Doctype -> the field that its list shows as an indicator, and the colour of each value.
INDICATORS: dict[str, tuple[str, Mapping[str, str]]] = {
	"Availability Statement": ("state", verdicts.VERDICTS),
	"Backup Copy": ("state", offsite.STATES),
	"Backup Day": ("state", sets.DAY_STATES),
	"Backup Record": ("verdict", sets.VERDICTS),
	"Backup Run": ("state", runs.STATES),
	"Monthly Statement": ("state", verdicts.VERDICTS),
	"Provider Change Day": ("state", monthly_statement.DAY_STATES),
	"Restore Drill": ("verdict", verdicts.VERDICTS),
	"Restore Operation": ("verdict", verdicts.VERDICTS),
	"Service Incident": ("state", availability.INCIDENT_STATES),
	"Support Alert": ("state", verdicts.ALERT_STATES),
	"Support Mail": ("outcome", mail.OUTCOMES),
	"Support Request": ("status", {row.name: row.color for row in status.STATUSES.values()}),
}


def tables() -> dict[str, Any]:
	"""`indicators`, `verdicts` (name -> colour), `over` (states), `severities`, `parts` (of time), `taken` (outcomes of
	mails that are on a request) and `bulk` (actions of the list: name, label, menu, needs_reason).
	"""
	indicators = {
		doctype: {"field": field, "colors": dict(colors)} for doctype, (field, colors) in INDICATORS.items()
	}
	bulk = [
		{
			"name": name,
			"label": row.label,
			"menu": row.menu,
			"needs_reason": status.ACTIONS[name].needs_reason,
		}
		for name, row in status.WORDS.items()
		if row.menu
	]
	return {
		"indicators": indicators,
		"verdicts": {row.name: row.color for row in verdict.VERDICTS.values()},
		"over": status.OVER,
		"severities": SEVERITIES,
		"parts": hours_balance.PARTS,
		"taken": mail.TAKEN,
		"bulk": bulk,
	}
