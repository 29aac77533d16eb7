"""What the list of backups asks the server to do."""

import frappe

from ..domain.backups.runs import DESK


@frappe.whitelist(methods=["POST"])
def back_up_now() -> bool:
	"""Put a run into the queue, for System Managers; asking again while one waits changes nothing."""
	frappe.only_for("System Manager")
	frappe.enqueue(
		"codigo_binario_support.jobs.backups.make_ordered",
		queue="long",
		timeout=6 * 3_600,
		enqueue_after_commit=True,
		job_id="support-backup-now",
		deduplicate=True,
		origin=DESK,
		triggered_by=frappe.session.user,
	)
	return True
