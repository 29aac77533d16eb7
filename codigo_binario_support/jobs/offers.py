"""Offers in the background."""

import frappe

from ..adapters.requests.requests import DOCTYPE
from ..adapters.site import background
from ..adapters.site.retries import retried
from ..flow.clock import assignment
from ..flow.offers import quotation
from ..flow.views import panel
from .clocks import for_each


@retried
def follow_up(name: str) -> None:
	"""After filing, or after a new verdict: make the offer if one is due, and tell people."""
	doc = frappe.get_doc(DOCTYPE, name)
	if len(doc.decisions) == 1:
		panel.notify_agents(doc)
	assignment.assign_next(doc)
	if doc.offer_status == quotation.WAITING:
		_make(name)


def retry_waiting() -> None:
	"""Try the waiting offers again, each on its own."""
	for_each(quotation.waiting(), _make, "Support: an offer could not be made")


def _make(name: str) -> None:
	if quotation.make(name):
		panel.notify_customer(frappe.get_doc(DOCTYPE, name))


def retry_soon(*_args: object) -> None:
	"""Called when the policy or the settings change: what was missing may be there now."""
	if frappe.flags.in_install or frappe.flags.in_migrate or frappe.flags.in_uninstall:
		return
	background.enqueue("codigo_binario_support.jobs.offers.retry_waiting", job_id="support-offers-retry")
