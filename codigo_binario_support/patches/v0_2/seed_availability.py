"""Sites that were installed before probes existed: what a new site's settings say of maintenance and samples."""

import frappe

from codigo_binario_support.adapters.site.settings import SETTINGS

_DEFAULTS = {"maintenance_notice_hours": 48, "sample_days": 400}


def execute() -> None:
	stored = frappe.db.get_singles_dict(SETTINGS)
	for fieldname, value in _DEFAULTS.items():
		# A single that was saved before knows no defaults of fields that came later.
		if stored.get(fieldname) is None:
			frappe.db.set_single_value(SETTINGS, fieldname, value, update_modified=False)
