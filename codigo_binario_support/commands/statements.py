"""All promises of a month side by side: monthly-statement."""

from pathlib import Path

import click
import frappe
from frappe import _

from ..jobs.statements import notify_people, pdf
from ..operations.statements.monthly_statement import make
from .running import OperatorPath, code_of, flag, support


@support.command("monthly-statement")
@click.argument("month")
@click.option("--company", help="Default: the site's.")
@click.option("--customer", help="On the provider's own site: whose statement.")
@flag("--send", help="Tell the customer's managers, with the PDF by mail.")
@click.option("--pdf", "file", type=OperatorPath(dir_okay=False, writable=True), help="Write the PDF here.")
def monthly_statement(
	month: str, company: str | None, customer: str | None, send: bool, file: str | None
) -> int:
	"""Make the statement of all promises of a month that is over (YYYY-MM). Exit code 0: kept; 1: not proven; 2: broken."""
	doc = make(month, company, customer)
	told = notify_people(doc) if send else []
	frappe.db.commit()
	if file:
		Path(file).write_bytes(pdf(doc)["fcontent"])
	whose = doc.customer or doc.company or ""
	click.echo(f"{doc.name} {doc.month} {whose}: {_(doc.state)}")
	for row in doc.promises:
		color = {"Kept": "green", "Broken": "red"}.get(row.state, "yellow")
		click.echo(f"{click.style(_(row.state).ljust(12), fg=color)} {_(row.promise)}: {row.figure}")
	click.echo(f"{_('Digest')}: {doc.anchor_digest}")
	if send:
		people = ", ".join(told) or _("nobody: give somebody the role Support Customer Manager")
		click.echo(_("Told: {0}").format(people))
	return code_of(doc.state)
