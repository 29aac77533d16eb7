"""Sets brought back, for practice and in earnest: restore-drill, restore."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import click
import frappe
from frappe import _

from ..adapters.restores.databases import access
from ..adapters.site.formatting import duration_phrase, span_phrase
from ..jobs import restores
from ..operations.restores.restore import lost_since
from . import running
from .running import OK, WARNING, OperatorPath, code_of, flag, in_any_state, root_options, support, typed

_FOLDER_HELP = "Where the set lies; default: the site's backup folder."


@support.command("restore-drill")
@click.option("--set", "key", help="A backup set (20261123_101530-site); default: the newest verified one.")
@click.option("--folder", type=OperatorPath(), help=_FOLDER_HELP)
@flag("--json", "as_json", help="One JSON object instead of lines.")
@root_options
def restore_drill(
	key: str | None, folder: str | None, as_json: bool, db_root_username: str, db_root_password: str
) -> int:
	"""Rehearse a restore in a scratch database, and record it. Exit code 0: promise kept; 1: not proven; 2: broken."""
	doc = restores.drill(key, folder, db_root_username, db_root_password, None if as_json else click.echo)
	if as_json:
		click.echo(json.dumps(doc.as_dict(convert_dates_to_str=True), ensure_ascii=False, default=str))
	else:
		_say_drill(doc)
	return code_of(doc.verdict)


def _say_drill(doc: Any) -> None:
	promised = duration_phrase(doc.target_seconds) if doc.target_seconds else _("none")
	click.secho(f"{doc.name}: {_(doc.verdict)}", fg=running.COLORS[code_of(doc.verdict)], bold=True)
	click.echo(_("{0} taken, {1} promised.").format(span_phrase(doc.elapsed_seconds), promised))
	if doc.problem:
		click.secho(doc.problem, fg="red")
	click.echo(doc.forecast)


@support.command("restore", start=in_any_state)
@click.argument("key", metavar="[SET]", required=False)
@click.option("--folder", type=OperatorPath(), help=_FOLDER_HELP)
@click.option("--request", metavar="CBS-...", help="The request whose two hours are running.")
@flag("--yes", help="Ask nothing: for scripts.")
@flag("--no-safety-set", help="Do not back up what is there now. The old database is kept anyway.")
@flag("--no-migrate", help="Leave an older database as it is.")
@flag("--database-is-lost", help="Ask the present database nothing: it is damaged.")
@flag("--abort", "is_abort", help="Give up a restore that was interrupted before the switch.")
@flag("--back", "is_back", help="Put what was there before the last restore in its place again.")
@flag("--drop-old", "is_drop", help="Drop what earlier restores put aside, after asking.")
@root_options
def restore(is_alive: bool, **options: Any) -> int:
	"""Restore the site from a backup set, into a new database that is switched to only after the checks.

	Run it again after any interruption: it goes on. Exit code 0: within the time promised; 1: later or not proven; 2: failed.
	"""
	asked = frappe._dict(options)
	who = access(asked.db_root_username, asked.db_root_password)
	if asked.is_abort:
		restores.abort(who, click.echo)
		return OK
	if asked.is_back:
		journal = restores.go_back(who, lambda found: asked.yes or _confirm_back(found), click.echo)
		return OK if journal else WARNING
	if asked.is_drop:
		text = _("Drop {0} for good?")
		restores.drop_kept(who, lambda name: asked.yes or typed(text.format(name), name), click.echo)
		return OK
	wanted = restores.Wanted(
		asked.key,
		asked.folder,
		asked.request,
		wants_safety_set=not asked.no_safety_set,
		wants_migration=not asked.no_migrate,
		is_alive=is_alive and not asked.database_is_lost,
	)
	journal = restores.restore(wanted, who, lambda found: _confirm_plan(found, asked.yes), click.echo)
	return _say_restored(journal) if journal else WARNING


def _confirm_plan(journal: Any, is_yes: bool) -> bool:
	def local(at: Any) -> str:
		return f"{at.astimezone(ZoneInfo(journal.zone)):%Y-%m-%d %H:%M:%S}"

	click.secho(_("Restore {0} from {1}").format(frappe.local.site, journal.set_key), bold=True)
	text = _("The backup was taken at {0}: what was written in the {1} since will not be there.")
	click.echo(f"  {text.format(local(journal.taken_at), span_phrase(journal.data_loss_seconds))}")
	if journal.is_database_alive:
		count, kinds = lost_since(journal.taken_at)
		shown = ", ".join(f"{_(doctype)} {number}" for doctype, number in kinds)
		text = _("Documents written or changed since: {0}. {1}")
		click.echo(f"  {text.format(count, shown)}")
	else:
		text = _("The present database does not answer: what was written since is not known.")
		click.secho(f"  {text}", fg="yellow")
	text = _("Nothing is dropped: the present database {0} and its files stay beside the new ones.")
	click.echo(f"  {text.format(journal.before.db_name)}")
	if journal.running_since:
		text = _("The clock runs since {0}.")
		click.echo(f"  {text.format(local(journal.running_since))}")
	return is_yes or _is_site_typed()


def _is_site_typed() -> bool:
	return typed(_("Type the name of the site to go on"), frappe.local.site)


def _confirm_back(journal: Any) -> bool:
	text = _(
		"Go back from the restore of {0} to the database {1}. What was written since the restore will not be there."
	)
	click.echo(text.format(journal.set_key, journal.before.db_name))
	return _is_site_typed()


def _say_restored(journal: Any) -> int:
	fields = ["name", "verdict", "elapsed_seconds", "target_seconds"]
	made = {"to_database": journal.after.db_name}
	doc = frappe.db.get_value("Restore Operation", made, fields, as_dict=True)
	click.echo()
	if doc is None:
		click.secho(_("Restored and open."), fg="green", bold=True)
		return WARNING
	color = "green" if doc.verdict == "Kept" else "yellow"
	click.secho(_("Restored and open. {0}: {1}").format(doc.name, _(doc.verdict)), fg=color, bold=True)
	promised = duration_phrase(doc.target_seconds or 0)
	click.echo(_("{0} of the {1} promised.").format(span_phrase(doc.elapsed_seconds), promised))
	text = _("To go back to what was there before: bench --site {0} support restore --back")
	click.echo(text.format(frappe.local.site))
	text = _("When nobody misses it any more: bench --site {0} support restore --drop-old")
	click.echo(text.format(frappe.local.site))
	return OK if doc.verdict == "Kept" else WARNING
