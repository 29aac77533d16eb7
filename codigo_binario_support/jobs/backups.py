"""The hourly look into the backup folder."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils.synchronization import filelock

from ..watch import backups


def observe(settle_seconds: int = backups.SETTLE_SECONDS) -> list[Any]:
	"""Record every new backup set; returns the records. One look at a time: reading a set may take long."""
	with filelock("support-observe-backups", timeout=5):
		made = backups.observe(settle_seconds=settle_seconds)
		frappe.db.commit()
	return made
