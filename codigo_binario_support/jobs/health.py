"""What an operator wants to know at 3 a.m.: one row per check, worst first by its code."""

import frappe
from frappe import _
from frappe.utils.scheduler import is_scheduler_inactive

from ..adapters.access import people
from ..adapters.backups import dumps
from ..adapters.backups.s3 import is_possible
from ..adapters.backups.settings import backup_settings, store
from ..adapters.evidence import chains
from ..adapters.policy.terms import mapping_of, policy_in_force
from ..adapters.restores import databases
from ..adapters.site.formatting import duration_phrase
from ..adapters.site.instants import from_text
from ..adapters.site.now import utc_now
from ..domain.backups.offsite import COPY_PROBLEMS, NO_LIBRARY
from ..domain.backups.runs import FAILED
from ..domain.policy.policy import check
from ..domain.verdicts import KEPT
from ..flow.offers import quotation
from ..flow.views import panel
from ..operations.availability import availability, samples
from ..operations.backups import observe, offsite
from ..operations.backups import run as backup_run
from ..operations.evidence import anchors
from ..operations.restores import drills, sets
from ..operations.restores import verdict as restores
from ..operations.statements import monthly_statement
from . import mail_health
from .backups import late
from .clocks import calendars_ending
from .mail_health import CRITICAL, OK, WARNING, Row, shortened

#: Records at the end of each chain whose seals are looked at.
_LOOKED_AT = 5
#: An anchor is made every day.
_ANCHOR_SECONDS = 36 * 3_600
#: So long nobody may have looked for absence; the scheduler and OS cron do every hour.
_CHECK_SECONDS = 3 * 3_600


def checks() -> list[Row]:
	"""(level, check, sentence) of everything, in the order an operator reads."""
	sections = [_policy, _calendar, _scheduler, _backup, _keeping, _copies, _drill, _availability]
	sections += [_people, _queue, _offers, mail_health.checks, _evidence, _statements]
	return [row for section in sections for row in section()]


def _policy() -> list[Row]:
	policy = policy_in_force()
	if policy is None:
		text = _("No Support Policy is in force today: requests are filed without terms. Enable one.")
		return [(CRITICAL, "policy", text)]
	if problems := check(mapping_of(policy)):
		text = _("{0} has {1} mistakes: open it and save it to see them.")
		return [(CRITICAL, "policy", text.format(policy.name, len(problems)))]
	return [(OK, "policy", _("In force: {0}, version {1}.").format(policy.name, policy.version))]


def _calendar() -> list[Row]:
	text = _("The holiday list {0} of the window {1} ends on {2}: add the next year.")
	ending = calendars_ending()
	rows = [(WARNING, "calendar", text.format(of, window, last)) for window, of, last in ending]
	return rows or [(OK, "calendar", _("The holidays of every window are known for at least 60 days."))]


def _scheduler() -> list[Row]:
	if not is_scheduler_inactive(verbose=False):
		return [(OK, "scheduler", _("The scheduler is on."))]
	text = _("The scheduler is off: offers and breaches wait. Run bench --site {0} enable-scheduler.")
	return [(CRITICAL, "scheduler", text.format(frappe.local.site))]


def _backup() -> list[Row]:
	age = observe.current_age()
	if age is None:
		return [(WARNING, "backup", _("The policy in force promises no backup: none is watched."))]
	if age.seconds is None or not age.is_kept:
		return [(CRITICAL, "backup", late(age))]
	return [(OK, "backup", _("The newest verified backup is {0} old.").format(duration_phrase(age.seconds)))]


def _availability() -> list[Row]:
	"""The running month, and whether anybody looks."""
	found = availability.month_so_far()
	if found is None:
		return []
	text = _("The service is not available: {0} is open.")
	rows = [(CRITICAL, "incident", text.format(name)) for name in found["open_incidents"]]
	text = _("The probe {0} has delivered nothing for ten minutes.")
	rows += [(WARNING, "probe", text.format(name)) for name in samples.silent_probes()]
	if not frappe.db.exists(samples.PROBE, {"enabled": 1}):
		text = _("No probe watches this site from outside: its availability is not proven.")
		rows.append((WARNING, "probe", text))
	minutes = (f"{found[key]:.2f}" for key in ("unplanned_minutes", "budget_minutes"))
	used = _("{0} of the {1} minutes of this month's error budget are used.").format(*minutes)
	return [*rows, (CRITICAL if found["is_broken"] else OK, "availability", used)]


def _keeping() -> list[Row]:
	"""What keeps backups coming: the last run, who looks for absence, and a program of others that deletes sets."""
	rows: list[Row] = []
	settings = backup_settings()
	newest = {"order_by": "sequence desc", "as_dict": True}
	run = frappe.db.get_value(backup_run.DOCTYPE, {}, ["name", "state", "problem"], **newest)
	if run and run.state == FAILED:
		text = _("The last run made no backup ({0}): {1}. {2}")
		told = text.format(run.name, _(run.problem), _(backup_run.advice(run)))
		rows.append((WARNING, "backup_run", told))
	try:
		sets.newest()
	except sets.NoSet as error:
		# Records outlive files: a promise that was kept restores nothing once the files are gone.
		rows.append((WARNING, "backup_files", str(error)))
	if not settings.makes_backups:
		text = _("This site makes no backups by itself: somebody else must.")
		rows.append((WARNING, "backup_making", text))
	elif dumps.is_encryption_wanted():
		text = _(
			"Backups are encrypted: keep the backup_encryption_key of site_config.json in another place too. Without it no set can be opened."
		)
		rows.append((OK, "backup_key", text))
	checked = settings.checked_at
	if checked is None or (utc_now() - checked).total_seconds() > _CHECK_SECONDS:
		text = _(
			"Nobody looks whether a backup is missing: put the line of bench --site {0} support cron-line into cron."
		)
		rows.append((WARNING, "absence", text.format(frappe.local.site)))
	hours = frappe.utils.cint(frappe.conf.keep_backups_for_hours) or 24
	if hours < settings.retention.daily * 24 and observe.are_foreign_seen(settings.retention.daily):
		text = _(
			"Somebody runs bench backup here, and that deletes every set older than {0} hours: put keep_backups_for_hours into the site's configuration, or let this app make the backups alone."
		)
		rows.append((WARNING, "backup_deletes", text.format(hours)))
	return rows or [(OK, "backup_run", _("Backups are made, and absence is looked for."))]


def _copies() -> list[Row]:
	if store() is None:
		return [(OK, "offsite", _("Backups are not copied off-site."))]
	if not is_possible():
		return [(CRITICAL, "offsite_library", _(COPY_PROBLEMS[NO_LIBRARY]))]
	newest = offsite.newest_copied()
	if newest is None or offsite.is_copy_stale(newest):
		text = _("The newest backup off-site is too old.")
		return [(CRITICAL, "offsite", f"{text} {_(offsite.stale_advice())}")]
	age = duration_phrase((utc_now() - newest).total_seconds())
	return [(OK, "offsite", _("The newest backup off-site is {0} old.").format(age))]


def _drill() -> list[Row]:
	"""The newest rehearsal of a restore, and whether the scheduled ones can run."""
	rows: list[Row] = []
	if drills.schedule_days():
		try:
			databases.access()
		except databases.NoAccess as error:
			rows.append((WARNING, "drill_access", str(error)))
	last = drills.last_drill()
	if last is None:
		text = _("No restore has been rehearsed yet: bench --site {0} support restore-drill")
		return [*rows, (WARNING, "drill", text.format(frappe.local.site))]
	verdict = restores.verdict_of(last)
	text = _("The newest restore drill: {0}, in {1}. {2}")
	spoken = text.format(_(verdict), duration_phrase(last.elapsed_seconds), last.problem or "").strip()
	return [*rows, (OK if verdict == KEPT else WARNING, "drill", spoken)]


def _people() -> list[Row]:
	rows: list[Row] = []
	if not people.agents():
		text = _("Nobody has the role Support Agent: requests arrive and nobody sees them.")
		rows.append((WARNING, "agents", text))
	if not people.billing_people():
		text = _("Nobody has the role Support Billing: billing requests are seen only by who files them.")
		rows.append((WARNING, "billing", text))
	return rows or [(OK, "agents", _("There are agents and billing people."))]


def _queue() -> list[Row]:
	queue = panel.queue_health()
	rows: list[Row] = []
	if overdue := queue["overdue"]:
		text = _("{0} overdue: {1}").format(len(overdue), shortened(overdue))
		rows.append((CRITICAL, "overdue", text))
	if unseen := queue["billing_unseen"]:
		text = _("{0} billing requests that nobody can see.").format(unseen)
		rows.append((CRITICAL, "billing_queue", text))
	text = _("{0} open, {1} to review.").format(queue["open"], queue["needs_review"])
	return [*rows, (OK, "queue", text)]


def _offers() -> list[Row]:
	rows = [(WARNING, "offer_setup", text) for text in quotation.missing_for_offers()]
	if waiting := len(quotation.waiting()):
		rows.append((WARNING, "offers", _("{0} offers wait for what is missing.").format(waiting)))
	return rows or [(OK, "offers", _("Offers can be made; none waits."))]


def _evidence() -> list[Row]:
	"""The ends of the chains alone: reading them whole is verify-evidence."""
	if broken := [row for chain in chains.CHAINS for row in chains.broken_seals(chain, last=_LOOKED_AT)[1]]:
		text = _("Evidence was changed after it was written: {0}. Run bench support verify-evidence.")
		return [(CRITICAL, "evidence", text.format(shortened(broken, "; ")))]
	last = anchors.newest()
	if last is None:
		text = _(
			"Evidence is not anchored yet: the first anchor is made tonight, or by bench support anchor."
		)
		return [(WARNING, "evidence", text)]
	seconds = (utc_now() - from_text(last.taken_at_utc)).total_seconds()
	age = duration_phrase(seconds)
	if seconds > _ANCHOR_SECONDS:
		text = _("Evidence was anchored {0} ago, and should be daily: see whether the scheduler runs.")
		return [(WARNING, "evidence", text.format(age))]
	return [(OK, "evidence", _("The ends of the chains are whole, anchored {0} ago.").format(age))]


def _statements() -> list[Row]:
	if waiting := monthly_statement.due():
		text = _(
			"Monthly statements of {0} that are not made yet: {1}. Run bench support monthly-statement {0}."
		)
		return [(WARNING, "statements", text.format(waiting[0][0], len(waiting)))]
	last = monthly_statement.last()
	if last is None:
		return [(OK, "statements", _("No month is over since the app came: there is no statement yet."))]
	text = _("The last monthly statement is of {0}: {1}.")
	return [(OK, "statements", text.format(last.month, _(last.state)))]
