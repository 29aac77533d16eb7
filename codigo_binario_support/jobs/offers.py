"""Offers in the background."""

from __future__ import annotations

import frappe

from ..adapters.requests.requests import DOCTYPE
from ..flow.clock import assignment
from ..flow.offers import quotation
from ..flow.views import panel
from . import seals


def follow_up(name: str) -> None:
	"""After filing, or after a new verdict: make the offer if one is due, and tell people."""
	doc = frappe.get_doc(DOCTYPE, name)
	if len(doc.decisions) == 1:
		panel.notify_agents(doc)
	assignment.assign_next(doc)
	if doc.offer_status == quotation.WAITING and quotation.make(name):
		panel.notify_customer(frappe.get_doc(DOCTYPE, name))


def retry_waiting() -> None:
	"""Try the waiting offers again, each on its own: one that fails does not stop the others."""
	for name in quotation.waiting():
		try:
			if quotation.make(name):
				panel.notify_customer(frappe.get_doc(DOCTYPE, name))
			frappe.db.commit()
		except seals.BrokenSealError:
			frappe.db.rollback()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(
				title="Support: an offer could not be made",
				reference_doctype=DOCTYPE,
				reference_name=name,
			)


def retry_soon(*_args: object) -> None:
	"""Called when the policy or the settings change: what was missing may be there now."""
	if frappe.flags.in_install or frappe.flags.in_migrate or frappe.flags.in_uninstall:
		return
	frappe.enqueue(
		"codigo_binario_support.jobs.offers.retry_waiting",
		queue="short",
		enqueue_after_commit=True,
		job_id="support-offers-retry",
		deduplicate=True,
	)
