"""Fitting the site's examples, in the background."""

import frappe

from ..flow.filing import corrections


def refit() -> None:
	"""Fit what is released now. Safe to run again: the same examples change nothing."""
	corrections.refit()
	frappe.db.commit()
