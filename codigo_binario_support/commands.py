"""`bench --site SITE support ...`: what an operator asks a site, and the commands of the package on the site's own policy."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import frappe
import pymysql
from frappe import _
from frappe.commands import get_site, pass_context

OK, WARNING, CRITICAL = 0, 1, 2
_LABELS = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL"}
_COLORS = {OK: "green", WARNING: "yellow", CRITICAL: "red"}


@click.group("support")
def support() -> None:
	"""Support promise: health, evidence, holidays, and triage, clock, replay and policy on the site's policy."""


@support.command("health")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@pass_context
def health(context: Any, as_json: bool) -> None:
	"""Is the promise being kept up? Exit code 0: yes; 1: something needs attention; 2: something is broken."""

	def run() -> int:
		from codigo_binario_support.jobs.health import checks

		rows = checks()
		worst = max(level for level, _name, _text in rows)
		if as_json:
			content = [{"level": _LABELS[level], "check": name, "text": text} for level, name, text in rows]
			click.echo(
				json.dumps(
					{"site": frappe.local.site, "status": _LABELS[worst], "checks": content},
					ensure_ascii=False,
				)
			)
		else:
			for level, _name, text in rows:
				click.echo(f"{click.style(_LABELS[level].ljust(9), fg=_COLORS[level])} {text}")
		return worst

	_on_site(context, run)


@support.command("verify-evidence")
@click.option("--doctype", help="Only this chain, for example 'Backup Record'.")
@click.option("--anchor", "digest", default="", help="A digest kept elsewhere: see support anchor.")
@click.option(
	"--file",
	"files",
	multiple=True,
	type=click.Path(exists=True, dir_okay=False),
	help="A file of support anchor.",
)
@pass_context
def verify_evidence(context: Any, doctype: str | None, digest: str, files: tuple[str, ...]) -> None:
	"""Read the seals of all evidence and name what was changed. Exit code 1 if anything was.

	With a digest or a file that was kept outside this site, a change by somebody who calculated all hashes anew shows too.
	"""

	def run() -> int:
		from codigo_binario_support.adapters.evidence import chains as evidence
		from codigo_binario_support.adapters.site.errors import sentence
		from codigo_binario_support.domain.evidence.anchors import AnchorError, file_of
		from codigo_binario_support.jobs.evidence import broken_evidence
		from codigo_binario_support.operations.availability.samples import chain_breaks

		if doctype and doctype not in (*evidence.CHAINS, "Support Request"):
			chains = ", ".join(("Support Request", *evidence.CHAINS))
			click.secho(_("{0} has no chain: name one of {1}.").format(doctype, chains), fg="red", err=True)
			return CRITICAL
		try:
			kept = [file_of(Path(_near(file)).read_text(encoding="utf-8")) for file in files]
		except AnchorError as error:
			click.secho(sentence(error.template, error.values), fg="red", err=True)
			return CRITICAL
		digests = tuple(filter(None, (digest.strip().lower(), *(row.digest for row in kept))))
		count, broken = broken_evidence(doctype, digests, [head for row in kept for head in row.heads])
		for row in broken:
			click.secho(_("changed after it was written: {0}").format(row), fg="red")
		for probe, day, times in chain_breaks():
			click.secho(
				_("{0}, {1}: {2} samples do not follow on the one before; lost, or removed.").format(
					probe, day, times
				),
				fg="yellow",
			)
		click.echo(_("{0} requests and records read, {1} rows changed.").format(count, len(broken)))
		return 1 if broken else 0

	_on_site(context, run)


@support.command("acknowledge-seal")
@click.argument("requests", nargs=-1, required=True)
@click.option("--reason", required=True, help="What happened, for whoever reads the request later.")
@pass_context
def acknowledge_seal(context: Any, requests: tuple[str, ...], reason: str) -> None:
	"""Note on requests that their seal is known not to fit, and why, so that work on them goes on.

	verify-evidence goes on naming what was changed. Find out first: what it names may be tampering.
	"""

	def run() -> int:
		from codigo_binario_support.jobs.seals import acknowledge

		if not reason.strip():
			click.secho(_("Say what happened: --reason is empty."), fg="red", err=True)
			return CRITICAL
		for name in requests:
			noted = acknowledge(name, reason.strip())
			for row in noted:
				click.echo(_("noted: {0}").format(row))
			if not noted:
				click.echo(_("{0}: its seal fits, nothing was noted.").format(name))
		return OK

	_on_site(context, run)


@support.command("anchor")
@click.option(
	"--file", "file", type=click.Path(dir_okay=False, writable=True), help="Write it here too, as JSON."
)
@pass_context
def anchor(context: Any, file: str | None) -> None:
	"""Seal the ends of all chains in one row and print its digest, to be kept outside this site: by the customer, a notary, another host."""

	def run() -> int:
		from codigo_binario_support.jobs.evidence import anchor as make
		from codigo_binario_support.operations.evidence.anchors import contents

		found = contents(make().name)
		if file:
			Path(_near(file)).write_text(
				json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
			)
		for row in found["chains"]:
			click.echo(f"{_(row['chain'])}: {row['records']} {row['head'][:16]}")
		click.echo(f"{found['anchor']} {found['taken_at_utc']}")
		click.echo(found["digest"])
		return OK

	_on_site(context, run)


@support.command("export-evidence")
@pass_context
def export_evidence(context: Any) -> None:
	"""Write requests, decisions, clock events, offers and attachments into one archive."""

	def run() -> int:
		from codigo_binario_support.setup.uninstall import export_evidence as export

		click.echo(str(export()))
		return 0

	_on_site(context, run)


@support.command("observe-backups")
@click.option("--now", "is_now", is_flag=True, help="Also sets that changed within the last ten minutes.")
@pass_context
def observe_backups(context: Any, is_now: bool) -> None:
	"""Read every new set in the backup folder to its end and record it. Exit code 2 when the promise is not kept."""

	def run() -> int:
		from codigo_binario_support.adapters.site.locks import Busy
		from codigo_binario_support.jobs.backups import observe
		from codigo_binario_support.operations.backups import observe as backups

		try:
			records = observe(0 if is_now else backups.SETTLE_SECONDS)
		except Busy:
			click.secho(_("Somebody else reads the folder now: nothing was done."), fg="yellow", err=True)
			return WARNING
		for record in records:
			problem = f": {_(record.problem)}" if record.problem else ""
			color = "green" if record.verdict == "Verified" else "red"
			click.secho(f"{record.name} {record.set_key} {_(record.verdict)}{problem}", fg=color)
		click.echo(_("{0} new backup sets were recorded.").format(len(records)))
		for day in backups.last_days(7):
			click.echo(_("{0}: {1}, {2} verified sets").format(day.day, _(day.state), day.sets))
		age = backups.current_age()
		return CRITICAL if age and not age.is_kept else OK

	_on_site(context, run)


_ROOT_OPTIONS = (
	click.option(
		"--db-root-username", help="A database user who may create databases. Default: root_login, root."
	),
	click.option(
		"--db-root-password",
		help="Its password. Better in CODIGO_BINARIO_DB_ROOT_PASSWORD or root_password: a command line is seen by others.",
	),
)


def _root_options(command: Callable) -> Callable:
	for option in reversed(_ROOT_OPTIONS):
		command = option(command)
	return command


@support.command("restore-drill")
@click.option("--set", "key", help="A backup set (20261123_101530-site); default: the newest verified one.")
@click.option("--folder", help="Where the set lies; default: the site's backup folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@_root_options
@pass_context
def restore_drill(
	context: Any,
	key: str | None,
	folder: str | None,
	as_json: bool,
	db_root_username: str | None,
	db_root_password: str | None,
) -> None:
	"""Rehearse a restore in a scratch database, and record it. Exit code 0: promise kept; 1: not proven; 2: broken."""

	def run() -> int:
		from codigo_binario_support.jobs.restores import drill

		tell = None if as_json else click.echo
		doc = drill(key, _here(folder), db_root_username, db_root_password, tell)
		if as_json:
			click.echo(json.dumps(doc.as_dict(convert_dates_to_str=True), ensure_ascii=False, default=str))
		else:
			_say_drill(doc)
		return {"Kept": OK, "Not proven": WARNING}.get(doc.verdict, CRITICAL)

	_on_site(context, run)


def _say_drill(doc: Any) -> None:
	from codigo_binario_support.adapters.site.formatting import duration_phrase, span_phrase

	color = {"Kept": "green", "Not proven": "yellow"}.get(doc.verdict, "red")
	promised = duration_phrase(doc.target_seconds) if doc.target_seconds else _("none")
	click.secho(f"{doc.name}: {_(doc.verdict)}", fg=color, bold=True)
	click.echo(_("{0} taken, {1} promised.").format(span_phrase(doc.elapsed_seconds), promised))
	if doc.problem:
		click.secho(doc.problem, fg="red")
	click.echo(doc.forecast)


@support.command("restore")
@click.argument("key", metavar="[SET]", required=False)
@click.option("--folder", help="Where the set lies; default: the site's backup folder.")
@click.option("--request", metavar="CBS-...", help="The request whose two hours are running.")
@click.option("--yes", is_flag=True, help="Ask nothing: for scripts.")
@click.option(
	"--no-safety-set", is_flag=True, help="Do not back up what is there now. The old database is kept anyway."
)
@click.option("--no-migrate", is_flag=True, help="Leave an older database as it is.")
@click.option("--database-is-lost", is_flag=True, help="Ask the present database nothing: it is damaged.")
@click.option(
	"--abort", "is_abort", is_flag=True, help="Give up a restore that was interrupted before the switch."
)
@click.option(
	"--back", "is_back", is_flag=True, help="Put what was there before the last restore in its place again."
)
@click.option(
	"--drop-old", "is_drop", is_flag=True, help="Drop what earlier restores put aside, after asking."
)
@_root_options
@pass_context
def restore(
	context: Any,
	key: str | None,
	folder: str | None,
	request: str | None,
	yes: bool,
	no_safety_set: bool,
	no_migrate: bool,
	database_is_lost: bool,
	is_abort: bool,
	is_back: bool,
	is_drop: bool,
	db_root_username: str | None,
	db_root_password: str | None,
) -> None:
	"""Restore the site from a backup set, into a new database that is switched to only after the checks.

	Run it again after any interruption: it goes on. Exit code 0: within the time promised; 1: later or not proven; 2: failed.
	"""

	def run(is_alive: bool) -> int:
		from codigo_binario_support.adapters.restores.databases import access
		from codigo_binario_support.jobs import restores

		who = access(db_root_username, db_root_password)
		if is_abort:
			restores.abort(who, click.echo)
			return OK
		if is_back:
			journal = restores.go_back(who, lambda found: yes or _confirm_back(found), click.echo)
			return OK if journal else WARNING
		if is_drop:
			restores.drop_kept(
				who, lambda name: yes or _typed(_("Drop {0} for good?").format(name), name), click.echo
			)
			return OK
		wanted = restores.Wanted(
			key, _here(folder), request, not no_safety_set, not no_migrate, is_alive and not database_is_lost
		)
		journal = restores.restore(
			wanted, who, lambda found: _say_plan(found) and (yes or _confirm_plan()), click.echo
		)
		return _say_restored(journal) if journal else WARNING

	_on_any_site(context, run)


def _say_plan(journal: Any) -> bool:
	from codigo_binario_support.adapters.site.formatting import span_phrase
	from codigo_binario_support.operations.restores.restore import lost_since

	def local(at: Any) -> str:
		return f"{at.astimezone(ZoneInfo(journal.zone)):%Y-%m-%d %H:%M:%S}"

	click.secho(_("Restore {0} from {1}").format(frappe.local.site, journal.set_key), bold=True)
	click.echo(
		_("  The backup was taken at {0}: what was written in the {1} since will not be there.").format(
			local(journal.taken_at), span_phrase(journal.data_loss_seconds)
		)
	)
	if journal.is_database_alive:
		count, kinds = lost_since(journal.taken_at)
		shown = ", ".join(f"{_(doctype)} {number}" for doctype, number in kinds)
		click.echo(_("  Documents written or changed since: {0}. {1}").format(count, shown))
	else:
		click.secho(
			_("  The present database does not answer: what was written since is not known."), fg="yellow"
		)
	click.echo(
		_("  Nothing is dropped: the present database {0} and its files stay beside the new ones.").format(
			journal.before.db_name
		)
	)
	if journal.running_since:
		click.echo(_("  The clock runs since {0}.").format(local(journal.running_since)))
	return True


def _confirm_plan() -> bool:
	return _typed(_("Type the name of the site to go on"), frappe.local.site)


def _confirm_back(journal: Any) -> bool:
	click.echo(
		_(
			"Go back from the restore of {0} to the database {1}. What was written since the restore will not be there."
		).format(journal.set_key, journal.before.db_name)
	)
	return _confirm_plan()


def _typed(question: str, answer: str) -> bool:
	if click.prompt(f"{question} ({answer})", default="", show_default=False).strip() == answer:
		return True
	click.echo(_("Nothing was changed."))
	return False


def _say_restored(journal: Any) -> int:
	from codigo_binario_support.adapters.site.formatting import duration_phrase, span_phrase

	site = frappe.local.site
	doc = frappe.db.get_value(
		"Restore Operation",
		{"to_database": journal.after.db_name},
		["name", "verdict", "elapsed_seconds", "target_seconds"],
		as_dict=True,
	)
	click.echo()
	if doc is None:
		click.secho(_("Restored and open."), fg="green", bold=True)
		return WARNING
	color = "green" if doc.verdict == "Kept" else "yellow"
	click.secho(_("Restored and open. {0}: {1}").format(doc.name, _(doc.verdict)), fg=color, bold=True)
	click.echo(
		_("{0} of the {1} promised.").format(
			span_phrase(doc.elapsed_seconds), duration_phrase(doc.target_seconds or 0)
		)
	)
	click.echo(_("To go back to what was there before: bench --site {0} support restore --back").format(site))
	click.echo(_("When nobody misses it any more: bench --site {0} support restore --drop-old").format(site))
	return OK if doc.verdict == "Kept" else WARNING


def _on_any_site(context: Any, run: Callable[[bool], int]) -> None:
	"""As `_on_site`, also when the site's database does not answer: `run` is told whether it does."""
	frappe.init(site=get_site(context))
	is_alive = True
	try:
		frappe.connect()
		frappe.db.sql("select name from `tabBackup Record` limit 1")
		frappe.local.lang = frappe.db.get_default("lang") or frappe.get_system_settings("language") or "es"
	except Exception as error:
		is_alive = False
		frappe.local.db, frappe.local.lang = None, _terminal_language()
		click.secho(_("The present database does not answer: {0}").format(error), fg="yellow", err=True)
	try:
		code = run(is_alive)
	except frappe.ValidationError as error:
		for line in frappe.utils.strip_html(str(error)).splitlines():
			click.secho(line, fg="red", err=True)
		code = CRITICAL
	except (KeyboardInterrupt, click.Abort, pymysql.MySQLError, OSError) as error:
		click.secho(f"{error}\n{_say_interrupted()}".strip(), fg="yellow", err=True)
		code = CRITICAL
	finally:
		frappe.destroy()
	sys.exit(code)


def _say_interrupted() -> str:
	from codigo_binario_support.adapters.restores.site_folder import running_journal

	site = frappe.local.site
	journal = running_journal()
	if journal is None:
		return _("Interrupted. Nothing was changed.")
	return _(
		"Interrupted. Nothing is lost: run bench --site {0} support restore again and it goes on, or add --abort to have the site as it was."
	).format(site)


def _terminal_language() -> str:
	return "en" if (os.environ.get("LANG") or "").lower().startswith("en") else "es"


def _here(path: str | None) -> str | None:
	"""A path as the operator means it: bench has gone to the sites folder meanwhile."""
	return os.path.join(os.environ.get("PWD") or os.getcwd(), path) if path else None


@support.command("probe-key")
@click.argument("name")
@click.option("--url", default="", help="Address that the probe asks; only for the record.")
@pass_context
def probe_key(context: Any, name: str, url: str) -> None:
	"""Print the key of a probe, for its --key-file; the probe is made if there is none of that name."""

	def run() -> int:
		from codigo_binario_support.operations.availability.samples import PROBE

		try:
			if not frappe.db.exists(PROBE, name):
				frappe.get_doc({"doctype": PROBE, "probe_name": name, "site_url": url, "enabled": 1}).insert()
				frappe.db.commit()
			click.echo(frappe.get_doc(PROBE, name).get_password("probe_key"))
		except frappe.ValidationError as error:
			click.secho(str(error), fg="red", err=True)
			return CRITICAL
		return OK

	_on_site(context, run)


@support.command("backup")
@click.option(
	"--if-due", "only_if_due", is_flag=True, help="Only when the newest verified set is old enough."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@pass_context
def backup(context: Any, only_if_due: bool, as_json: bool) -> None:
	"""Make a complete set now and verify it. Exit code 0: made, or none was due; 1: another run goes on; 2: it failed."""

	def run() -> int:
		from codigo_binario_support.adapters.site.locks import Busy
		from codigo_binario_support.domain.backups.runs import COMMAND, MADE
		from codigo_binario_support.jobs import backups
		from codigo_binario_support.operations.backups.run import advice, is_due

		if only_if_due and not is_due():
			click.echo(
				json.dumps({"site": frappe.local.site, "state": ""}) if as_json else _("No set is due.")
			)
			return OK
		try:
			made = backups.make(COMMAND)
		except Busy:
			click.secho(_("Another backup is being made now: nothing was done."), fg="yellow", err=True)
			return WARNING
		record = frappe.get_doc("Backup Record", made.backup_record) if made.backup_record else None
		if as_json:
			click.echo(json.dumps(_run_values(made, record), ensure_ascii=False))
		elif record:
			click.secho(f"{record.name} {record.set_key} {_(record.verdict)}", fg="green")
			for row in record.files:
				click.echo(f"  {row.size_bytes:>15,}  {row.file_name}")
			click.echo(
				_("{0} seconds to make, {1} to verify: {2}").format(
					made.making_seconds, made.verifying_seconds, record.location
				)
			)
		else:
			click.secho(f"{made.name}: {_(made.problem)}: {made.found}", fg="red", err=True)
			click.secho(_(advice(made)), err=True)
		return OK if made.state == MADE else CRITICAL

	_on_site(context, run)


def _run_values(run: Any, record: Any) -> dict[str, Any]:
	return {
		"site": frappe.local.site,
		"run": run.name,
		"state": run.state,
		"problem": run.problem or "",
		"found": run.found or "",
		"record": record.name if record else "",
		"set_key": record.set_key if record else "",
		"location": record.location if record else "",
		"encryption": record.encryption if record else "",
		"size_bytes": run.size_bytes or 0,
		"making_seconds": run.making_seconds or 0,
		"verifying_seconds": run.verifying_seconds or 0,
		"files": [
			{"kind": row.kind, "name": row.file_name, "size_bytes": row.size_bytes, "sha256": row.sha256}
			for row in (record.files if record else ())
		],
	}


@support.command("check-promises")
@click.option("--quiet", is_flag=True, help="Say only what is wrong.")
@pass_context
def check_promises(context: Any, quiet: bool) -> None:
	"""Look for absence: record what lies in the folder, write the days that are over, tell the operators.

	For OS cron, so that it is looked for when the scheduler is off. Exit code 2 when the promise is not kept.
	"""

	def run() -> int:
		from codigo_binario_support.jobs.backups import check_promises as check
		from codigo_binario_support.operations.backups import observe as backups

		for day in check():
			if not quiet or day.state != "Kept":
				text = _("{0}: {1}, {2} verified sets")
				click.echo(text.format(frappe.utils.formatdate(day.day), _(day.state), day.sets))
		age = backups.current_age()
		is_kept = age is None or age.is_kept
		if not quiet or not is_kept:
			click.echo(
				_("The promise is kept.") if is_kept else _("The promise of a backup is not kept now.")
			)
		return OK if is_kept else CRITICAL

	_on_site(context, run)


@support.command("expire-backups")
@click.option("--dry-run", is_flag=True, help="Only say what would go, and why the rest stays.")
@pass_context
def expire_backups(context: Any, dry_run: bool) -> None:
	"""Remove the sets that policy lets go: never the newest verified ones, never one without a record."""

	def run() -> int:
		from codigo_binario_support.adapters.site.locks import Busy
		from codigo_binario_support.domain.backups.retention import REASON_LABELS
		from codigo_binario_support.jobs.backups import expire

		try:
			reasons, going = expire(is_rehearsal=dry_run)
		except Busy:
			click.secho(_("A backup or a restore goes on now: nothing was done."), fg="yellow", err=True)
			return WARNING
		for key, reason in sorted(reasons.items(), reverse=True):
			click.echo(_("{0} stays: {1}").format(key, _(REASON_LABELS[reason])))
		for key in going:
			click.echo((_("{0} would go") if dry_run else _("{0} was removed")).format(key))
		return OK

	_on_site(context, run)


@support.command("copy-backups")
@pass_context
def copy_backups(context: Any) -> None:
	"""Send the newest verified set to the store off-site. An upload that broke off goes on. Exit code 2 when it failed."""

	def run() -> int:
		from codigo_binario_support.adapters.backups.settings import store
		from codigo_binario_support.domain.backups.offsite import COPIED
		from codigo_binario_support.jobs.backups import copy_offsite
		from codigo_binario_support.operations.backups.offsite import advice, is_copy_stale, newest_copied

		if store() is None:
			click.secho(_("No store is set up: see Backups off-site in Support Promise Settings."), err=True)
			return WARNING
		made = copy_offsite()
		if made is None:
			is_stale = is_copy_stale(newest_copied())
			click.echo(
				_("The newest backup off-site is too old.") if is_stale else _("Nothing is left to send.")
			)
			return CRITICAL if is_stale else OK
		if made.state != COPIED:
			click.secho(f"{made.name}: {_(made.problem)}: {made.found}", fg="red", err=True)
			click.secho(_(advice(made)), err=True)
			return CRITICAL
		text = _("{0}: {1} of {2} bytes sent now, the rest had arrived before.")
		click.echo(text.format(made.set_key, made.sent_bytes, made.size_bytes))
		return OK

	_on_site(context, run)


@support.command("cron-line")
@pass_context
def cron_line(context: Any) -> None:
	"""The lines for OS cron: a backup that is due, and the look for absence, also when the scheduler is off."""

	def run() -> int:
		bench = frappe.utils.get_bench_path()
		program = shutil.which("bench") or "bench"
		start = f"cd {shlex.quote(bench)} && {program} --site {shlex.quote(frappe.local.site)} support"
		log = f">> {shlex.quote(os.path.join(bench, 'logs', 'support-promises.log'))} 2>&1"
		click.echo(f"17 * * * * {start} backup --if-due {log}")
		click.echo(f"47 * * * * {start} check-promises --quiet {log}")
		return OK

	_on_site(context, run)


@support.command("statement")
@click.argument("month")
@pass_context
def availability_statement(context: Any, month: str) -> None:
	"""Make the availability statement of a month that is over (YYYY-MM). Exit code 0: kept; 1: not proven; 2: broken."""

	def run() -> int:
		from codigo_binario_support.operations.availability.availability import state_month

		try:
			doc = state_month(month)
		except frappe.ValidationError as error:
			click.secho(str(error), fg="red", err=True)
			return CRITICAL
		frappe.db.commit()
		click.echo(f"{doc.name} {doc.month}: {_(doc.state)}")
		click.echo(f"{_('At most')}: {doc.formula_at_most}")
		click.echo(f"{_('At least')}: {doc.formula_at_least}")
		if doc.restore_minutes > doc.budget_minutes:
			click.echo(
				_(
					"One restoration that takes the {0} minutes promised for it breaks the month: its error budget is {1} minutes."
				).format(f"{doc.restore_minutes:g}", f"{doc.budget_minutes:.2f}")
			)
		return {"Kept": OK, "Not proven": WARNING}.get(doc.state, CRITICAL)

	_on_site(context, run)


@support.command("monthly-statement")
@click.argument("month")
@click.option("--company", help="Default: the site's.")
@click.option("--customer", help="On the provider's own site: whose statement.")
@click.option("--send", is_flag=True, help="Tell the customer's managers, with the PDF by mail.")
@click.option("--pdf", "file", type=click.Path(dir_okay=False, writable=True), help="Write the PDF here.")
@pass_context
def monthly_statement(
	context: Any, month: str, company: str | None, customer: str | None, send: bool, file: str | None
) -> None:
	"""Make the statement of all promises of a month that is over (YYYY-MM). Exit code 0: kept; 1: not proven; 2: broken."""

	def run() -> int:
		from codigo_binario_support.jobs.statements import notify_people, pdf
		from codigo_binario_support.operations.statements.monthly_statement import make

		try:
			doc = make(month, company, customer)
		except frappe.ValidationError as error:
			click.secho(str(error), fg="red", err=True)
			return CRITICAL
		told = notify_people(doc) if send else []
		frappe.db.commit()
		if file:
			Path(_near(file)).write_bytes(pdf(doc)["fcontent"])
		whose = doc.customer or doc.company or ""
		click.echo(f"{doc.name} {doc.month} {whose}: {_(doc.state)}")
		for row in doc.promises:
			color = {"Kept": "green", "Broken": "red"}.get(row.state, "yellow")
			click.echo(f"{click.style(_(row.state).ljust(12), fg=color)} {_(row.promise)}: {row.figure}")
		click.echo(f"{_('Digest')}: {doc.anchor_digest}")
		if send:
			people = ", ".join(told) or _("nobody: give somebody the role Support Customer Manager")
			click.echo(_("Told: {0}").format(people))
		return {"Kept": OK, "Not proven": WARNING}.get(doc.state, CRITICAL)

	_on_site(context, run)


@support.command("add-holidays")
@click.argument("years", nargs=-1, type=click.IntRange(2000, 2100), required=True)
@click.option("--list", "holiday_list", help="Holiday List; default: that of the support hours.")
@pass_context
def add_holidays(context: Any, years: tuple[int, ...], holiday_list: str | None) -> None:
	"""Add Mexico's statutory holidays of these years to the holiday list in force."""

	def run() -> int:
		from codigo_binario_support.adapters.policy.terms import policy_in_force
		from codigo_binario_support.setup.defaults import add_holidays as add

		name = holiday_list
		if not name:
			policy = policy_in_force()
			window = (
				next((row.window for row in policy.commitments if row.kind == "support_hours"), None)
				if policy
				else None
			)
			name = window and frappe.db.get_value("SLA Window", window, "holiday_list")
		if not name or not frappe.db.exists("Holiday List", name):
			click.secho(_("There is no holiday list to add to: name one with --list."), fg="red", err=True)
			return 2
		click.echo(_("{0}: {1} holidays added.").format(name, add(name, list(years))))
		frappe.db.commit()
		return 0

	_on_site(context, run)


def _of_package(name: str) -> click.Command:
	"""A command of `python -m codigo_binario_support`, applied to the policy in force on the site."""

	@support.command(
		name,
		help=f"`{name}` of the package's command line, on this site's own policy. See: support {name} --help",
		context_settings={"ignore_unknown_options": True, "help_option_names": []},
	)
	@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
	@pass_context
	def run_of_package(context: Any, arguments: tuple[str, ...]) -> None:
		def run() -> int:
			from codigo_binario_support.adapters.policy.terms import mapping_of, policy_in_force

			policy = policy_in_force()
			if policy is None:
				click.secho(_("No Support Policy is in force today: enable one first."), fg="red", err=True)
				return 2
			return _run_package(name, arguments, mapping_of(policy))

		_on_site(context, run)

	return run_of_package


def _run_package(name: str, arguments: tuple[str, ...], policy: dict[str, Any]) -> int:
	from codigo_binario_support.cli.app import main

	language = frappe.local.lang.split("-")[0]
	# bench changes to the sites folder; the operator's files are where the operator is.
	os.chdir(os.environ.get("PWD") or os.getcwd())
	with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
		json.dump(policy, file, ensure_ascii=False)
		file.flush()
		spoken = ["--lang", language] if language in ("es", "en") and "--lang" not in arguments else []
		applied = {
			"policy": [file.name] if arguments in (("show",), ("check",)) else [],
			"clock": [],
		}.get(name, [] if "--policy" in arguments or "--help" in arguments else ["--policy", file.name])
		return main([*spoken, name, *arguments, *applied])


for _name in ("triage", "clock", "replay", "policy"):
	_of_package(_name)


def _near(path: str) -> str:
	"""A file that the operator named from where the operator is: bench changes to the sites folder."""
	return os.path.join(os.environ.get("PWD") or os.getcwd(), path)


def _on_site(context: Any, run: Callable[[], int]) -> None:
	"""Run on the chosen site, in its language, and leave with the code."""
	site = get_site(context)
	frappe.init(site=site)
	frappe.connect()
	try:
		if "codigo_binario_support" not in frappe.get_installed_apps():
			click.secho(
				f"codigo_binario_support is not installed on {site}: bench --site {site} install-app codigo_binario_support",
				fg="red",
				err=True,
			)
			code = 2
		else:
			frappe.local.lang = (
				frappe.db.get_default("lang") or frappe.get_system_settings("language") or "es"
			)
			try:
				code = run()
			except frappe.ValidationError as error:
				click.secho(frappe.utils.strip_html(str(error)), fg="red", err=True)
				code = CRITICAL
	finally:
		frappe.destroy()
	sys.exit(code)


commands = [support]
