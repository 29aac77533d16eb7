"""How the site stands, beside the queue: the age of its backup and the incidents that last."""

from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.policy import promises
from ...adapters.site.formatting import duration_phrase
from ...domain.availability.availability import ONGOING
from .promise_status import promise_status

INCIDENT = promises.INCIDENT
_SHOWN = 5


def agent_status() -> dict[str, Any] | None:
	"""What agents read above the queue: `backup` (color, text) and `incidents` (name, subject). None on the provider's site: its own backups say nothing of a customer's."""
	if people.is_provider_site():
		return None
	return {"backup": _backup(), "incidents": open_incidents()}


def open_incidents() -> list[dict[str, str]]:
	"""The incidents that last, the newest first."""
	query = {"filters": {"state": ONGOING}, "fields": ["name", "subject"], "limit": _SHOWN}
	return frappe.get_list(INCIDENT, **query, order_by="opened_at desc")


def incidents_of(request: str) -> list[dict[str, str]]:
	"""The incidents that a request is linked to."""
	linked = [["Service Incident Request", "support_request", "=", request]]
	fields = ["name", "subject", "state"]
	return frappe.get_list(INCIDENT, filters=linked, fields=fields, order_by="opened_at desc")


def link(request: str, incident: str) -> bool:
	"""Put a request on an incident that lasts. Returns False when it is there already."""
	doc = frappe.get_doc(INCIDENT, incident, for_update=True)
	doc.check_permission("write")
	if any(row.support_request == request for row in doc.requests):
		return False
	if doc.state != ONGOING:
		frappe.throw(_("The incident {0} is closed: nothing is added to it.").format(incident))
	doc.append("requests", {"support_request": request})
	doc.save()
	return True


def _backup() -> dict[str, str]:
	status = promise_status()
	if "backup" not in status.promised:
		return {"color": "gray", "text": _("No backup is promised")}
	age_seconds = status.backup_age_seconds
	if age_seconds is None:
		return {"color": "red", "text": _("No verified backup")}
	return {
		"color": "green" if status.is_backup_kept else "red",
		"text": _("Verified backup {0} ago").format(duration_phrase(age_seconds)),
	}
