"""What probes measured: probe-key, statement."""

import click
import frappe
from frappe import _

from ..operations.availability.availability import state_month
from ..operations.availability.samples import PROBE
from .running import OK, code_of, support


@support.command("probe-key")
@click.argument("name")
@click.option("--url", default="", help="Address that the probe asks; only for the record.")
def probe_key(name: str, url: str) -> int:
	"""Print the key of a probe, for its --key-file; the probe is made if there is none of that name."""
	if not frappe.db.exists(PROBE, name):
		frappe.get_doc({"doctype": PROBE, "probe_name": name, "site_url": url, "enabled": 1}).insert()
		frappe.db.commit()
	click.echo(frappe.get_doc(PROBE, name).get_password("probe_key"))
	return OK


@support.command("statement")
@click.argument("month")
def availability_statement(month: str) -> int:
	"""Make the availability statement of a month that is over (YYYY-MM). Exit code 0: kept; 1: not proven; 2: broken."""
	doc = state_month(month)
	frappe.db.commit()
	click.echo(f"{doc.name} {doc.month}: {_(doc.state)}")
	click.echo(f"{_('At most')}: {doc.formula_at_most}")
	click.echo(f"{_('At least')}: {doc.formula_at_least}")
	if doc.restore_minutes > doc.budget_minutes:
		text = _(
			"One restoration that takes the {0} minutes promised for it breaks the month: its error budget is {1} minutes."
		)
		click.echo(text.format(f"{doc.restore_minutes:g}", f"{doc.budget_minutes:.2f}"))
	return code_of(doc.state)
