"""What an agent asks of a mail, and of a request from somebody unknown."""

from typing import Any

import frappe
from frappe import _

from ..adapters.access import people
from ..adapters.requests.requests import DOCTYPE as REQUEST
from ..adapters.site import retries
from ..flow.channels import mail
from ..flow.clock import clock
from ..flow.filing import intake, triage
from ..flow.offers import quotation
from ..flow.views import panel


@retries.whitelist(methods=["POST"])
def take_in(name: str) -> dict[str, str]:
	"""Make a request of a mail that was counted or could not be read. Doing it twice changes nothing."""
	record = frappe.get_doc(mail.DOCTYPE, name)
	record.check_permission("read")
	frappe.only_for(people.AGENT)
	with people.as_system():
		outcome = mail.process(name, is_forced=True)
	row = frappe.db.get_value(mail.DOCTYPE, name, ["request", "reason"], as_dict=True)
	return {"outcome": outcome, "request": row.request or "", "reason": row.reason or ""}


@retries.whitelist(methods=["POST"])
def assign_requester(name: str, user: str = "", customer: str = "") -> panel.Panel:
	"""Say who a stranger is: a user of this site or, on the provider's site, a customer. The request is judged anew."""
	doc = frappe.get_doc(REQUEST, name, for_update=True)
	doc.check_permission("write")
	clock.require_agent(doc)
	if intake.assign(doc, _requester(doc, user, customer)):
		triage.assess(doc)
		clock.refresh(doc)
		draft = quotation.announce(doc)
		doc.save_from_flow()
		quotation.discard(draft)
		quotation.follow_up(doc)
	return panel.panel(doc)


def _requester(doc: Any, user: str, customer: str) -> people.Requester:
	if user and frappe.db.get_value("User", {"name": user, "enabled": 1}):
		return people.requester_for(user, doc.sender_email or "")
	if customer and people.is_provider_site() and frappe.db.exists("Customer", customer):
		company = frappe.defaults.get_global_default("company")
		return people.Requester(None, doc.sender_email or "", "", customer=customer, company=company)
	frappe.throw(_("Name a user of this site, or a customer."))
