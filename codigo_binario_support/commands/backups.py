"""Sets made, found, kept and copied: backup, observe-backups, expire-backups, copy-backups."""

import json
from typing import Any

import click
import frappe
from frappe import _

from ..adapters.backups.settings import store
from ..domain.backups.offsite import COPIED, advice
from ..domain.backups.runs import COMMAND, MADE
from ..jobs import backups as jobs
from ..operations.backups import observe, offsite, run
from ..shipped import backup_words
from .running import CRITICAL, OK, WARNING, flag, support, unless_busy


@support.command("observe-backups")
@flag("--now", "is_now", help="Also sets that changed within the last ten minutes.")
def observe_backups(is_now: bool) -> int:
	"""Read every new set in the backup folder to its end and record it. Exit code 2 when the promise is not kept."""
	with unless_busy(_("Somebody else reads the folder now: nothing was done.")):
		records = jobs.observe(0 if is_now else observe.SETTLE_SECONDS)
	for record in records:
		problem = f": {_(record.problem)}" if record.problem else ""
		color = "green" if record.verdict == "Verified" else "red"
		click.secho(f"{record.name} {record.set_key} {_(record.verdict)}{problem}", fg=color)
	click.echo(_("{0} new backup sets were recorded.").format(len(records)))
	for day in observe.last_days(7):
		click.echo(_("{0}: {1}, {2} verified sets").format(day.day, _(day.state), day.sets))
	age = observe.current_age()
	return CRITICAL if age and not age.is_kept else OK


@support.command("backup")
@flag("--if-due", "only_if_due", help="Only when the newest verified set is old enough.")
@flag("--json", "as_json", help="One JSON object instead of lines.")
def backup(only_if_due: bool, as_json: bool) -> int:
	"""Make a complete set now and verify it. Exit code 0: made, or none was due; 1: another run goes on; 2: it failed."""
	if only_if_due and not run.is_due():
		click.echo(json.dumps({"site": frappe.local.site, "state": ""}) if as_json else _("No set is due."))
		return OK
	with unless_busy(_("Another backup is being made now: nothing was done.")):
		made = jobs.make(COMMAND)
	record = frappe.get_doc("Backup Record", made.backup_record) if made.backup_record else None
	if as_json:
		click.echo(json.dumps(_run_values(made, record), ensure_ascii=False))
	elif record:
		click.secho(f"{record.name} {record.set_key} {_(record.verdict)}", fg="green")
		for row in record.files:
			click.echo(f"  {row.size_bytes:>15,}  {row.file_name}")
		text = _("{0} seconds to make, {1} to verify: {2}")
		click.echo(text.format(made.making_seconds, made.verifying_seconds, record.location))
	else:
		_say_failure(made)
	return OK if made.state == MADE else CRITICAL


def _say_failure(made: Any) -> None:
	click.secho(f"{made.name}: {_(made.problem)}: {made.found}", fg="red", err=True)
	click.secho(_(advice(made.problem)), err=True)


def _run_values(run: Any, record: Any) -> dict[str, Any]:
	record = record or frappe._dict(files=())
	return {
		"site": frappe.local.site,
		"run": run.name,
		"state": run.state,
		"problem": run.problem or "",
		"found": run.found or "",
		"record": record.name or "",
		**{key: record.get(key) or "" for key in ("set_key", "location", "encryption")},
		**{key: run.get(key) or 0 for key in ("size_bytes", "making_seconds", "verifying_seconds")},
		"files": [
			{"kind": row.kind, "name": row.file_name, "size_bytes": row.size_bytes, "sha256": row.sha256}
			for row in record.files
		],
	}


@support.command("expire-backups")
@flag("--dry-run", help="Only say what would go, and why the rest stays.")
def expire_backups(dry_run: bool) -> int:
	"""Remove the sets that policy lets go: never the newest verified ones, never one without a record."""
	with unless_busy(_("A backup or a restore goes on now: nothing was done.")):
		reasons, going = jobs.expire(is_rehearsal=dry_run)
	for key, reason in sorted(reasons.items(), reverse=True):
		click.echo(_("{0} stays: {1}").format(key, _(backup_words()["kept"][reason])))
	text = _("{0} would go") if dry_run else _("{0} was removed")
	for key in going:
		click.echo(text.format(key))
	return OK


@support.command("copy-backups")
def copy_backups() -> int:
	"""Send the newest verified set to the store off-site. An upload that broke off goes on. Exit code 2 when it failed."""
	if store() is None:
		click.secho(_("No store is set up: see Backups off-site in Support Promise Settings."), err=True)
		return WARNING
	made = jobs.copy_offsite()
	if made is None:
		is_stale = offsite.is_copy_stale(offsite.newest_copied())
		click.echo(_("The newest backup off-site is too old.") if is_stale else _("Nothing is left to send."))
		return CRITICAL if is_stale else OK
	if made.state != COPIED:
		_say_failure(made)
		return CRITICAL
	text = _("{0}: {1} of {2} bytes sent now, the rest had arrived before.")
	click.echo(text.format(made.set_key, made.sent_bytes, made.size_bytes))
	return OK
