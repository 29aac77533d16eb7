"""The doors of the scheduler, the desk and OS cron to backups: make, observe, judge the days, remove, copy, tell people.

Every door may be killed at any step: what is committed stays true, and the next run goes on from there.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import frappe
from frappe import _

from ..adapters.backups.s3 import CopyError
from ..adapters.backups.settings import backup_settings, note_check, store
from ..adapters.restores.site_folder import running_journal
from ..adapters.site import background
from ..adapters.site.formatting import duration_phrase
from ..adapters.site.instants import utc_now
from ..adapters.site.locks import BACKUPS, OFFSITE, RESTORE, Busy, only_one
from ..domain.backups.offsite import COPY_FAILED, STALE, advice
from ..domain.backups.runs import FAILED, SCHEDULER
from ..domain.backups.sets import VERIFIED, Age
from ..operations import alerts
from ..operations.backups import days, offsite, retention
from ..operations.backups import observe as backups
from ..operations.backups import run as backup_run

#: Codes of alerts.
AGE, RUN, SET, COPY = "backup-age", "backup-run", "backup-set", "backup-copy"


def order_keeping() -> None:
	"""Every hour, by the scheduler: put the work into the queue, with the time that a large platform takes."""
	_order("keep", hours=6)


def order_copy() -> None:
	"""Every hour, by the scheduler: the same for the copy off-site."""
	if store() is not None:
		_order("copy_offsite", hours=12)


def keep() -> None:
	"""Make a set when one is due, record what others made, remove what policy lets go, judge, tell."""
	_in_any_case(make_if_due)
	_in_any_case(expire)
	check_promises()


def make_if_due() -> Any:
	"""The Backup Run of a set that was due; None when none is, or somebody is making one now."""
	return make_ordered(SCHEDULER) if backup_run.is_due() else None


def make_ordered(origin: str, triggered_by: str = "") -> Any:
	"""A run that somebody ordered, for example from the desk; None when one goes on anyhow, which is what they asked for."""
	with suppress(Busy):
		return make(origin, triggered_by)


def make(origin: str = SCHEDULER, triggered_by: str = "") -> Any:
	"""Make a set now; returns the Backup Run. Raises `Busy` while another run goes on."""
	with only_one(BACKUPS):
		backup_run.prepare()
		frappe.db.commit()
		try:
			run = backup_run.make(origin, triggered_by)
		except Exception:
			# The queue's own limit, a lost database, a mistake of ours: a run that fails leaves a row, whatever it was.
			frappe.db.rollback()
			log = frappe.log_error(title="Support: a backup could not be made")
			run = backup_run.note_failure(origin, triggered_by, log.name if log else "")
		frappe.db.commit()
		backup_run.record_result(run)
	with alerts.spoken():
		_notify_of_run(run)
	frappe.db.commit()
	return run


def observe(settle_seconds: int = backups.SETTLE_SECONDS) -> list[Any]:
	"""Record every new backup set; returns the records. One look at a time: reading a set may take long."""
	with only_one("support-observe-backups", timeout_seconds=5):
		made = []
		for record in backups.each(settle_seconds=settle_seconds):
			frappe.db.commit()
			made.append(record)
	return made


def expire(is_rehearsal: bool = False) -> tuple[dict[str, str], list[str]]:
	"""({set key: why it stays}, keys of the sets that were removed, or would be).

	Raises `Busy` while a set is made, and while one is restored or waits for a restore that died to go on: it may be one of these.
	"""
	with only_one(RESTORE), only_one(BACKUPS):
		if running_journal():
			raise Busy(RESTORE)
		reasons, going = retention.decide()
		if not backup_settings().expires_sets and not is_rehearsal:
			going = []
		for names in [] if is_rehearsal else going:
			retention.announce(names, len(reasons))
			# The row first: a run that dies here has said more than it did, never less.
			frappe.db.commit()
			retention.remove(names)
	return reasons, [names[0].set_key for names in going]


def copy_offsite() -> Any:
	"""Send the newest verified set if its copy is missing; returns the Backup Copy, if one was written."""
	if store() is None:
		return None
	try:
		with only_one(OFFSITE):
			record = offsite.pending()
			made = offsite.copy(record) if record else None
			frappe.db.commit()
	except Busy:
		return None
	with alerts.spoken():
		_notify_of_copies(made)
	frappe.db.commit()
	return made


def check_promises() -> list[Any]:
	"""Look for absence: record what lies there, write the days that are over, tell people; returns the new days.

	Called by the scheduler and, so that it is looked for when the scheduler is off, by OS cron.
	"""
	try:
		with only_one("support-check-promises", timeout_seconds=60):
			_in_any_case(observe)
			written = days.write()
			note_check(utc_now())
			frappe.db.commit()
			with alerts.spoken():
				_notify_of_age()
				_notify_of_sets()
			frappe.db.commit()
	except Busy:
		return []
	alerts.deliver()
	frappe.db.commit()
	return written


def _in_any_case(step: Callable[[], Any]) -> None:
	"""What comes after a step must not wait for it: the days are judged and people told, whatever broke before."""
	try:
		step()
	except Busy:
		# Somebody is at it now; what may be done is done in an hour.
		frappe.db.rollback()
	except Exception:
		frappe.db.rollback()
		frappe.log_error(title=f"Support: a part of keeping backups broke: {step.__name__}")
		frappe.db.commit()


def _order(name: str, hours: int) -> None:
	"""With a limit of its own: the queue would end the job after 25 minutes."""
	method, job = f"codigo_binario_support.jobs.backups.{name}", f"support-backups-{name}"
	background.enqueue(method, queue="long", timeout=hours * 3_600, job_id=job)


def _notify_of_run(run: Any) -> None:
	if run.state != FAILED:
		alerts.over(RUN)
		return
	subject = _("The backup could not be made: {0}").format(_(run.problem))
	alerts.raise_alert(RUN, subject, f"{_(advice(run.problem))}\n\n{run.name}: {run.found}")


def late(age: Age) -> str:
	"""How far the promise of a backup is from being kept."""
	target = duration_phrase(age.target_seconds)
	if age.seconds is None:
		text = _("No complete and verified backup has been seen: the promise of one every {0} is not kept.")
		return text.format(target)
	text = _("The newest verified backup is {0} old: the promise is one every {1}.")
	return text.format(duration_phrase(age.seconds), target)


def _notify_of_age() -> None:
	age = backups.current_age()
	if age is None or age.is_kept:
		alerts.over(AGE)
		return
	remedy = _("Make one now: bench --site {0} support backup. Then see why the scheduler made none.")
	alerts.raise_alert(AGE, late(age), remedy.format(frappe.local.site))


def _notify_of_sets() -> None:
	"""By the newest set that was seen: an old failure that a good set followed is over."""
	fields, newest = ["name", "set_key", "verdict", "problem"], "taken_at_utc desc, sequence desc"
	row = frappe.db.get_value(backups.DOCTYPE, {}, fields, as_dict=True, order_by=newest)
	if not row or row.verdict == VERIFIED:
		alerts.over(SET)
		return
	subject = _("The backup {0} is not good: {1}").format(row.set_key, _(row.problem))
	alerts.raise_alert(SET, subject, f"{_(advice(row.problem))}\n\n{row.name}")


def _notify_of_copies(made: Any) -> None:
	newest = offsite.newest_copied()
	if made is None or made.state != COPY_FAILED:
		with suppress(CopyError):
			newest = offsite.newest_in_store()
	if offsite.is_copy_stale(newest):
		subject = _("The newest backup off-site is too old.")
		alerts.raise_alert(COPY, subject, _(advice(STALE)))
	elif made is not None and made.state == COPY_FAILED:
		subject = _("The backup could not be copied off-site: {0}").format(_(made.problem))
		alerts.raise_alert(COPY, subject, f"{_(advice(made.problem))}\n\n{made.name}: {made.found}")
	elif made is not None:
		alerts.over(COPY)
