"""What the list of backups asks the server to do."""

import frappe

from ..adapters.site import background, retries
from ..domain.backups.runs import DESK


@retries.whitelist(methods=["POST"])
def back_up_now() -> bool:
	"""Put a run into the queue, for System Managers; asking again while one waits changes nothing."""
	frappe.only_for("System Manager")
	background.enqueue(
		"codigo_binario_support.jobs.backups.make_ordered",
		queue="long",
		timeout=6 * 3_600,
		job_id="support-backup-now",
		origin=DESK,
		triggered_by=frappe.session.user,
	)
	return True
