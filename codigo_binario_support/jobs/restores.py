"""Doors to rehearsing a restore: an operator's command, and the schedule of the settings."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils.synchronization import filelock

from ..adapters import databases
from ..adapters.now import utc_now
from ..watch import drills, sets
from ..watch.steps import Tell

#: One restore or drill of a site at a time.
LOCK = "support-restore"
#: A drill that takes longer than this is stopped by the queue: twice the time promised, and the comparing.
TIMEOUT_SECONDS = 6 * 3600


def drill(
	key: str | None = None,
	folder: str | None = None,
	user: str | None = None,
	password: str | None = None,
	tell: Tell | None = None,
	is_scheduled: bool = False,
) -> Any:
	"""Rehearse a restore and keep its record. Raises `NoAccess` or `NoSet` when there is nothing to begin with."""
	who = databases.access(user, password)
	with filelock(LOCK, timeout=5):
		source = sets.choose(key, folder)
		# What was observed on the way stays, and no transaction is open while the rehearsal lasts.
		frappe.db.commit()
		record = drills.carry_out(source, who, tell, is_scheduled)
		frappe.db.commit()
	return record


def drill_when_due() -> None:
	"""Daily: put a rehearsal into the long queue when the settings ask for one."""
	if drills.due(utc_now()):
		frappe.enqueue(
			"codigo_binario_support.jobs.restores.scheduled_drill",
			queue="long",
			timeout=TIMEOUT_SECONDS,
			job_id=f"support-restore-drill-{frappe.local.site}",
			deduplicate=True,
			enqueue_after_commit=True,
		)


def scheduled_drill() -> None:
	try:
		drill(is_scheduled=True)
	except (databases.NoAccess, sets.NoSet) as error:
		frappe.log_error(title="Support: no restore could be rehearsed", message=str(error))
		frappe.db.commit()
