"""The settings of support: one document, asked for in one place."""

from typing import Any

import frappe

SETTINGS = "Support Promise Settings"


def promise_settings() -> Any:
	"""The settings as they are saved, from the cache."""
	return frappe.get_cached_doc(SETTINGS)
