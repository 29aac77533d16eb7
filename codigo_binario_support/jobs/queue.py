"""What the queue needs every few minutes: somebody who works on each request, and news of due times."""

from typing import Any

import frappe

from ..adapters.site.background import kept_jobs
from ..adapters.site.instants import utc_now
from ..adapters.site.retries import again
from ..flow.casework import warnings
from ..flow.clock import assignment
from .clocks import for_each, locked


def assign_waiting() -> None:
	"""Give out what nobody has: at every opening, and when somebody has room again."""
	if assignment.is_automatic() and assignment.is_anybody_free(utc_now()):
		names, do = assignment.unassigned(), locked(assignment.assign_next)
		for_each(names, do, "Support: a request could not be assigned")


def warn() -> None:
	"""Tell people of due times that come near or have passed."""
	for_each(warnings.candidates(utc_now()), locked(_notify), "Support: a warning could not be given")


def do_kept() -> None:
	"""What the queue did not take when it was full: done now, each on its own."""
	for method, do in kept_jobs():
		try:
			again(do)
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=f"Support: a job that was kept could not be done: {method}")
			frappe.db.commit()


def _notify(doc: Any) -> None:
	if warnings.notify_due(doc):
		doc.save_from_flow()
