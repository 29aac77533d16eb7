"""Drills and restores, judged against the two hours of the policy."""

from typing import Any

import frappe

from ...adapters.policy import promises
from ...adapters.site.errors import throw
from ...adapters.site.instants import from_site, utc_now
from ...domain.restores.drills import DrillError, Step, drill, stands_as

#: What of a drill or a restore must be read to say what it stands for.
READ = ("verdict", "problem", "elapsed_seconds", "target_seconds")


def assess(doc: Any) -> None:
	"""Put the verdict on a drill or a restore: times and steps are given, everything else is calculated.

	The clock of a restore began with the report or the detection.
	"""
	promised = promises.commitment("restore")
	target = promised.target_seconds if promised else None
	try:
		doc.elapsed_seconds, doc.verdict = drill(
			from_site(doc.get("running_since") or doc.started_at),
			from_site(doc.finished_at),
			[Step(row.step, row.seconds or 0.0, row.result) for row in doc.steps],
			target,
			utc_now(),
			is_finished=not doc.problem,
		)
	except DrillError as error:
		throw(error)
	doc.carried_out_by = frappe.session.user
	doc.target_seconds = target


def verdict_of(row: Any) -> str:
	"""What a record with the fields of `READ` stands for: a mistake of this program is no broken promise."""
	return stands_as(row.verdict, row.problem, row.elapsed_seconds, row.target_seconds)
