"""Fitting the site's examples, in the background."""

from __future__ import annotations

import frappe

from ..flow import learning


def refit() -> None:
	"""Fit what is released now. Safe to run again: the same examples change nothing."""
	learning.refit()
	frappe.db.commit()
