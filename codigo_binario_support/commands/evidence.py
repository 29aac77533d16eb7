"""What was changed, and what to keep elsewhere: verify-evidence, anchor, export-evidence."""

import json
from pathlib import Path

import click
import frappe
from frappe import _

from ..adapters.evidence.chains import CHAINS
from ..adapters.site.errors import sentence
from ..domain.evidence.anchors import AnchorError, file_of
from ..jobs import evidence as jobs
from ..jobs.seals import acknowledge
from ..operations.availability.samples import chain_breaks
from ..operations.evidence.anchors import contents
from ..setup import uninstall
from .running import OK, WARNING, OperatorPath, support

_KEPT_FILE = OperatorPath(exists=True, dir_okay=False)


@support.command("verify-evidence")
@click.option("--doctype", help="Only this chain, for example 'Backup Record'.")
@click.option("--anchor", "digest", default="", help="A digest kept elsewhere: see support anchor.")
@click.option("--file", "files", multiple=True, type=_KEPT_FILE, help="A file of support anchor.")
def verify_evidence(doctype: str | None, digest: str, files: tuple[str, ...]) -> int:
	"""Read the seals of all evidence and name what was changed. Exit code 1 if anything was.

	With a digest or a file that was kept outside this site, a change by somebody who calculated all hashes anew shows too.
	"""
	if doctype and doctype not in (*CHAINS, "Support Request"):
		chains = ", ".join(("Support Request", *CHAINS))
		frappe.throw(_("{0} has no chain: name one of {1}.").format(doctype, chains))
	try:
		kept = [file_of(Path(file).read_text(encoding="utf-8")) for file in files]
	except AnchorError as error:
		frappe.throw(sentence(error.template, error.values))
	digests = tuple(filter(None, (digest.strip().lower(), *(row.digest for row in kept))))
	count, broken = jobs.broken_evidence(doctype, digests, [head for row in kept for head in row.heads])
	for row in broken:
		click.secho(_("changed after it was written: {0}").format(row), fg="red")
	text = _("{0}, {1}: {2} samples do not follow on the one before; lost, or removed.")
	for gap in chain_breaks():
		click.secho(text.format(*gap), fg="yellow")
	click.echo(_("{0} requests and records read, {1} rows changed.").format(count, len(broken)))
	return WARNING if broken else OK


@support.command("acknowledge-seal")
@click.argument("requests", nargs=-1, required=True)
@click.option("--reason", required=True, help="What happened, for whoever reads the request later.")
def acknowledge_seal(requests: tuple[str, ...], reason: str) -> int:
	"""Note on requests that their seal is known not to fit, and why, so that work on them goes on.

	verify-evidence goes on naming what was changed. Find out first: what it names may be tampering.
	"""
	if not reason.strip():
		frappe.throw(_("Say what happened: --reason is empty."))
	for name in requests:
		noted = acknowledge(name, reason.strip())
		for row in noted:
			click.echo(_("noted: {0}").format(row))
		if not noted:
			click.echo(_("{0}: its seal fits, nothing was noted.").format(name))
	return OK


@support.command("anchor")
@click.option("--file", type=OperatorPath(dir_okay=False, writable=True), help="Write it here too, as JSON.")
def anchor(file: str | None) -> int:
	"""Seal the ends of all chains in one row and print its digest, to be kept outside this site: by the customer, a notary, another host."""
	found = contents(jobs.anchor().name)
	if file:
		text = json.dumps(found, indent=1, ensure_ascii=False)
		Path(file).write_text(f"{text}\n", encoding="utf-8")
	for row in found["chains"]:
		click.echo(f"{_(row['chain'])}: {row['records']} {row['head'][:16]}")
	click.echo(f"{found['anchor']} {found['taken_at_utc']}")
	click.echo(found["digest"])
	return OK


@support.command("export-evidence")
def export_evidence() -> int:
	"""Write requests, decisions, clock events, offers and attachments into one archive."""
	click.echo(str(uninstall.export_evidence()))
	return OK
