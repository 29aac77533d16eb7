"""Heartbeats, incidents and statements, by the scheduler."""

from typing import Any

import frappe
from frappe.utils.synchronization import filelock

from ..adapters.site.retries import again, retried
from ..operations.availability import availability, heartbeats, incidents, samples


@retried
def beat() -> None:
	"""With each tick: scheduler, worker and database live."""
	heartbeats.beat(heartbeats.BACKGROUND)
	frappe.db.commit()
	heartbeats.check_certificate()
	frappe.db.commit()


@retried
def follow() -> None:
	"""Every few minutes: incidents that are over are closed, requests about them linked."""
	incidents.follow_samples()
	frappe.db.commit()


def close_days() -> list[str]:
	"""Daily: seal the days that are over, prune old samples, state last month. Returns the new records of days."""
	with filelock("support-close-days", timeout=5):
		made = again(samples.seal_days)
		frappe.db.commit()
		samples.prune()
		frappe.db.commit()
		state_last_month()
	return made


@retried
def state_last_month() -> Any | None:
	"""The statement of last month, on the 1st; again when late samples or corrections change it."""
	incidents.follow_samples()
	doc = availability.state_last_month()
	frappe.db.commit()
	return doc
