"""People are told once about a problem, and once that it is over: a Notification Log, and a mail where mail is set up.

A problem has a code; while its Support Alert is open nobody is told again.
"""

from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import make_notification_logs
from frappe.utils.user import get_system_managers

from ..adapters.backups.settings import backup_settings
from ..adapters.policy import promises
from ..adapters.site.formatting import in_language
from ..adapters.site.instants import to_site, utc_now
from ..adapters.site.notifications import send_mail
from ..adapters.site.record_rows import insert_record
from ..domain.verdicts import OPEN, OVER

DOCTYPE = "Support Alert"


def raise_alert(code: str, subject: str, message: str) -> Any:
	"""Open an alert and tell the operators; returns it, or None when it is open already. Texts are translated before."""
	now = utc_now()
	if name := frappe.db.exists(DOCTYPE, {"code": code, "state": OPEN}):
		seen_at = to_site(now).replace(microsecond=0)
		frappe.db.set_value(DOCTYPE, name, "last_seen_at", seen_at, update_modified=False)
		return None
	values = {"code": code, "subject": subject[:255], "message": message, "state": OPEN}
	alert = insert_record(DOCTYPE, values, opened_at=now, last_seen_at=now)
	_send_mails(alert, alert.subject, message)
	return alert


def over(code: str) -> Any:
	"""Close the alert of this code and tell the operators; returns it, or None when none is open."""
	name = frappe.db.exists(DOCTYPE, {"code": code, "state": OPEN})
	if not name:
		return None
	alert = frappe.get_doc(DOCTYPE, name)
	alert.update({"state": OVER, "closed_at": to_site(utc_now()).replace(microsecond=0)})
	alert.save(ignore_permissions=True)  # No role may write one: it ends when its cause does.
	subject = _("Over: {0}").format(alert.subject)
	_send_mails(alert, subject, _("What this alert was about is no longer so. Nothing is left to do."))
	return alert


def deliver() -> None:
	"""Send the mails of alerts that still wait: where the scheduler is off nobody else empties the queue."""
	waiting = {"reference_doctype": DOCTYPE, "status": "Not Sent"}
	for name in frappe.get_all("Email Queue", filters=waiting, pluck="name", order_by="creation asc"):
		try:
			frappe.get_doc("Email Queue", name).send()
		except Exception:
			title = "Support: an alert could not be mailed"
			frappe.log_error(title=title, reference_doctype="Email Queue", reference_name=name)


def spoken() -> Any:
	"""Alerts are written in the policy's language, whoever's worker writes them."""
	return in_language(promises.language())


def _send_mails(alert: Any, subject: str, message: str) -> None:
	managers = get_system_managers(only_name=True)
	told = {"type": "Alert", "subject": subject, "email_content": message, "from_user": "Administrator"}
	about = {"document_type": DOCTYPE, "document_name": alert.name}
	# At once, not by a worker: that no worker runs may be what this is about.
	make_notification_logs(frappe._dict(told | about), managers)
	addresses = list(backup_settings().operators) or managers
	if not addresses:
		return
	try:
		# A site without outgoing mail: the Notification Log has said it.
		send_mail(
			addresses,
			subject=subject,
			message=frappe.utils.escape_html(message).replace("\n", "<br>"),
			reference_doctype=DOCTYPE,
			reference_name=alert.name,
		)
	except frappe.ValidationError:
		# An address that is none keeps nobody from the alert itself.
		frappe.clear_messages()
