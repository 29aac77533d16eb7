"""Is the promise kept now: health, check-promises, and the lines for OS cron."""

import json
import os
import shlex
import shutil

import click
import frappe
from frappe import _

from ..jobs import backups
from ..jobs.health import checks
from ..operations.backups.observe import current_age
from .running import COLORS, CRITICAL, LABELS, OK, flag, support


@support.command("health")
@flag("--json", "as_json", help="One JSON object instead of lines.")
def health(as_json: bool) -> int:
	"""Is the promise being kept up? Exit code 0: yes; 1: something needs attention; 2: something is broken."""
	rows = checks()
	worst = max(level for level, _name, _text in rows)
	if as_json:
		content = [{"level": LABELS[level], "check": name, "text": text} for level, name, text in rows]
		found = {"site": frappe.local.site, "status": LABELS[worst], "checks": content}
		click.echo(json.dumps(found, ensure_ascii=False))
	else:
		for level, _name, text in rows:
			click.echo(f"{click.style(LABELS[level].ljust(9), fg=COLORS[level])} {text}")
	return worst


@support.command("check-promises")
@flag("--quiet", help="Say only what is wrong.")
def check_promises(quiet: bool) -> int:
	"""Look for absence: record what lies in the folder, write the days that are over, tell the operators.

	For OS cron, so that it is looked for when the scheduler is off. Exit code 2 when the promise is not kept.
	"""
	for day in backups.check_promises():
		if not quiet or day.state != "Kept":
			text = _("{0}: {1}, {2} verified sets")
			click.echo(text.format(frappe.utils.formatdate(day.day), _(day.state), day.sets))
	age = current_age()
	is_kept = age is None or age.is_kept
	if not quiet or not is_kept:
		click.echo(_("The promise is kept.") if is_kept else _("The promise of a backup is not kept now."))
	return OK if is_kept else CRITICAL


@support.command("cron-line")
def cron_line() -> int:
	"""The lines for OS cron: a backup that is due, and the look for absence, also when the scheduler is off."""
	bench = frappe.utils.get_bench_path()
	program = shutil.which("bench") or "bench"
	start = f"cd {shlex.quote(bench)} && {program} --site {shlex.quote(frappe.local.site)} support"
	log = f">> {shlex.quote(os.path.join(bench, 'logs', 'support-promises.log'))} 2>&1"
	click.echo(f"17 * * * * {start} backup --if-due {log}")
	click.echo(f"47 * * * * {start} check-promises --quiet {log}")
	return OK
