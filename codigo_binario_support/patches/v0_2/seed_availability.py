"""Sites that were installed before probes existed: what a new site's settings say of maintenance and samples."""

from __future__ import annotations

import frappe

_SETTINGS = "Support Promise Settings"
_DEFAULTS = {"maintenance_notice_hours": 48, "sample_days": 400}


def execute() -> None:
	stored = frappe.db.get_singles_dict(_SETTINGS)
	for fieldname, value in _DEFAULTS.items():
		# A single that was saved before knows no defaults of fields that came later.
		if stored.get(fieldname) is None:
			frappe.db.set_single_value(_SETTINGS, fieldname, value, update_modified=False)
