"""Doors to restoring: the operator's commands, and the schedule of the settings."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import frappe
from frappe import _

from ..adapters.restores import databases, site_folder
from ..adapters.site import background
from ..adapters.site.instants import utc_now
from ..adapters.site.locks import RESTORE, Busy, only_one
from ..domain.backups.runs import COMMAND, MADE
from ..domain.restores import drills as verdicts
from ..domain.restores.drills import Step
from ..domain.restores.journal import AS_BEFORE, BETWEEN, RESTORED, WENT_BACK, Journal
from ..operations.restores import drills, sets
from ..operations.restores import restore as restoring
from ..operations.restores.restore import Restoring, Wanted
from ..operations.restores.steps import StepFailed, Tell
from . import backups


class RestoreFailed(frappe.ValidationError):
	"""A restore that did not come to its end; the text says what state the site is in and what to do next."""


def drill(
	key: str | None = None,
	folder: str | None = None,
	user: str | None = None,
	password: str | None = None,
	tell: Tell | None = None,
	is_scheduled: bool = False,
) -> Any:
	"""Rehearse a restore and keep its record. Raises `NoAccess` or `NoSet` when there is nothing to begin with."""
	who = databases.access(user, password)
	with _alone():
		source = sets.choose(key, folder)
		# What was observed on the way stays, and no transaction is open while the rehearsal lasts.
		frappe.db.commit()
		record = drills.carry_out(source, who, tell, is_scheduled)
		frappe.db.commit()
	return record


def drill_when_due() -> None:
	"""Daily: put a rehearsal into the long queue when the settings ask for one."""
	if drills.due(utc_now()):
		method = "codigo_binario_support.jobs.restores.scheduled_drill"
		# Twice the time promised, and the comparing: what takes longer is stopped by the queue.
		job = f"support-restore-drill-{frappe.local.site}"
		background.enqueue(method, queue="long", timeout=6 * 3600, job_id=job)


def scheduled_drill() -> None:
	try:
		drill(is_scheduled=True)
	except (databases.NoAccess, sets.NoSet) as error:
		frappe.log_error(title="Support: no restore could be rehearsed", message=str(error))
		frappe.db.commit()


def restore(
	wanted: Wanted, who: databases.Access, confirm: Callable[[Journal], bool], tell: Tell
) -> Journal | None:
	"""Restore the site, or go on with a restore that was interrupted; returns the journal, None when nobody confirmed.

	Raises `RestoreFailed` with the state of the site and the next thing to do.
	"""
	with _alone():
		journal = site_folder.running_journal()
		if journal is None:
			journal = _planned(wanted)
			if not confirm(journal):
				return None
		else:
			frappe.local.lang = journal.language
			journal = replace(journal, interruptions=journal.interruptions + 1)
			tell(_interrupted(journal))
		with databases.Server(who) as server:
			run = Restoring(journal, server, tell, _back_up)
			while step := run.journal.next_step:
				try:
					# Looked up when it is called: the site has moved to another database meanwhile.
					run.do(step, (lambda: frappe.db.commit()) if step == "record" else None)
				except StepFailed as error:
					raise RestoreFailed(_failed(run, error)) from error
			site_folder.end_journal(run.journal)
			return run.journal


def abort(who: databases.Access, tell: Tell) -> None:
	"""Give up a restore that was interrupted before the switch: the site is open again as it was."""
	with _alone():
		journal = site_folder.running_journal()
		if journal and journal.next_step is None:
			# It had come to its end, and was killed while the journal was laid away.
			site_folder.end_journal(journal)
			journal = None
		if journal is None:
			frappe.throw(_("No restore is under way."), RestoreFailed)
		if journal.state == RESTORED:
			said = _(
				"The site runs on the restored database already: let it come to its end, then go back with --back."
			)
			frappe.throw(said, RestoreFailed)
		with databases.Server(who) as server:
			run = Restoring(journal, server, tell, _back_up, needs_set=False)
			run.abandon()
			_leave_record(run.journal, _("Given up by the operator."))
		site_folder.drop_journal()
		tell(_("The site is as it was, and open."))


def go_back(who: databases.Access, confirm: Callable[[Journal], bool], tell: Tell) -> Journal | None:
	"""Put what was there before the last restore in its place again."""
	with _alone():
		journal = _last_ended()
		if not confirm(journal):
			return None
		with databases.Server(who) as server:
			try:
				back = restoring.go_back(journal, server, tell)
			except StepFailed as error:
				said = _(
					"The site is closed; nothing is lost. Mend this, then run bench --site {0} support restore --back again."
				)
				raise RestoreFailed(f"{error}\n{said.format(frappe.local.site)}") from error
			restoring.record(back, verdicts.WENT_BACK)
			frappe.db.commit()
		site_folder.end_journal(replace(journal, done=(*journal.done, WENT_BACK)))
	return back


def drop_kept(who: databases.Access, confirm: Callable[[str], bool], tell: Tell) -> None:
	"""Drop the databases and folders that restores put aside, each when it is confirmed."""
	with _alone(), databases.Server(who) as server:
		journals = site_folder.ended_journals()
		kept = [journal.kept_database for journal in journals]
		for journal, name in zip(journals, kept, strict=True):
			if confirm(name):
				server.drop_kept(name, kept)
				site_folder.drop_kept(journal.after.db_name)
				tell(_("Dropped: {0}").format(name))


@contextmanager
def _alone() -> Iterator[None]:
	try:
		with only_one(RESTORE, timeout_seconds=5):
			yield
	except Busy:
		frappe.throw(_("A restore or a drill of this site is running: wait for its end."), RestoreFailed)


def _planned(wanted: Wanted) -> Journal:
	if wanted.request and wanted.is_alive and not frappe.db.exists("Support Request", wanted.request):
		frappe.throw(_("There is no request {0}.").format(wanted.request), RestoreFailed)
	if wanted.is_alive:
		source = sets.choose(wanted.key, wanted.folder)
		frappe.db.commit()
	else:
		source = sets.on_disk_only(wanted.key, wanted.folder)
	return restoring.plan(source, wanted)


def _back_up() -> str:
	"""The safety set: made, verified and recorded like any other; returns its key. Raises a sentence when it cannot be."""
	try:
		run = backups.make(COMMAND, frappe.session.user)
	except Busy:
		frappe.throw(_("A backup of this site is being made: wait for its end."), RestoreFailed)
	if run.state != MADE:
		why = f"{_(run.problem)}: {run.found or ''}"
		frappe.throw(why, RestoreFailed)
	return frappe.db.get_value("Backup Record", run.backup_record, "set_key")


def _failed(run: Restoring, error: StepFailed) -> str:
	"""Before the switch everything is put as it was; afterwards nothing is undone. Returns what to tell."""
	state, site = run.journal.state, frappe.local.site
	if state == AS_BEFORE:
		run.abandon()
		_leave_record(run.journal, str(error), run.rows_of_step)
		site_folder.drop_journal()
		said = _(
			"The site is as it was, and open: nothing was switched. Mend this, then run the command again."
		)
		if error.key == "safety":
			said += " " + _("Or run it with --no-safety-set: the present database is kept in any case.")
	elif state == BETWEEN:
		said = _(
			"The site is closed, in the middle of the switch; nothing is lost. Mend this, then run bench --site {0} support restore: it goes on. Or add --abort to have it as it was."
		)
	else:
		said = _(
			"The site runs on the restored database and is closed. Mend this, then run bench --site {0} support restore: it goes on here."
		)
	return f"{error}\n{said.format(site)}"


def _leave_record(journal: Journal, problem: str, rows: Sequence[Step] = ()) -> None:
	"""A restore that was given up is evidence too, where there is a database to write it into."""
	steps = (*journal.steps, *rows)
	if not journal.is_database_alive or not steps:
		return
	restoring.reconnect(journal.language)
	restoring.record(replace(journal, steps=steps, finished_at=None), problem=problem)
	frappe.db.commit()


def _interrupted(journal: Journal) -> str:
	if journal.state == RESTORED:
		state = _("The site runs on the restored database.")
	elif journal.state == BETWEEN:
		state = _("The site is closed, in the middle of the switch.")
	elif journal.is_closed:
		state = _("The site is as it was and closed to its users.")
	else:
		state = _("The site is as it was, and open.")
	said = _("A restore of {0} was interrupted. It goes on where it was.")
	return f"{said.format(journal.set_key)} {state}"


def _last_ended() -> Journal:
	rows = [row for row in site_folder.ended_journals() if row.state == RESTORED]
	# One that was interrupted after the switch back is done again: the site is closed, and its journal does not know yet.
	if not rows or frappe.conf.db_name not in (rows[-1].after.db_name, rows[-1].before.db_name):
		frappe.throw(_("There is no restore to go back from."), RestoreFailed)
	return rows[-1]
