"""What an operator wants to know at 3 a.m.: one row per check, worst first by its code."""

from collections.abc import Callable, Iterable, Iterator

import frappe
from frappe import _
from frappe.utils import add_to_date
from frappe.utils.scheduler import is_scheduler_inactive

from ..adapters.access import people
from ..adapters.backups import dumps
from ..adapters.backups.s3 import is_possible
from ..adapters.backups.settings import backup_settings, store
from ..adapters.conversation import addresses
from ..adapters.evidence import chains
from ..adapters.policy.terms import mapping_of, policy_in_force
from ..adapters.requests.requests import DOCTYPE
from ..adapters.restores import databases
from ..adapters.site.formatting import duration_phrase
from ..adapters.site.instants import from_text, site_now, utc_now
from ..adapters.site.settings import SETTINGS, promise_settings
from ..domain.backups.offsite import NO_LIBRARY, STALE, advice
from ..domain.backups.runs import FAILED
from ..domain.conversation.mail import COUNTED, RECEIVED, UNREAD
from ..domain.policy.policy import check
from ..domain.verdicts import KEPT
from ..flow.channels import mail
from ..flow.offers import quotation
from ..flow.views import panel
from ..operations.availability import availability, samples
from ..operations.backups import observe, offsite
from ..operations.backups import run as backup_run
from ..operations.evidence import anchors
from ..operations.restores import drills, sets
from ..operations.restores import verdict as restores
from ..operations.statements import monthly_statement
from .backups import late
from .clocks import calendars_ending

OK, WARNING, CRITICAL = 0, 1, 2
_SHOWN = 5
#: Records at the end of each chain whose seals are looked at.
_LOOKED_AT = 5
#: An anchor is made every day.
_ANCHOR_SECONDS = 36 * 3_600
#: So long nobody may have looked for absence; the scheduler and OS cron do every hour.
_CHECK_SECONDS = 3 * 3_600
#: Frappe looks into mailboxes every ten minutes; after three looks that failed somebody must know.
_MAIL_MINUTES = 35

#: Level, check, sentence.
Row = tuple[int, str, str]


def checks() -> list[Row]:
	"""Everything, in the order an operator reads."""
	sections: list[Callable[[], Iterable[Row]]] = [_policy, _calendar, _scheduler, _backup, _keeping, _copies]
	sections += [_drill, _availability, _people, _queue, _offers, _mail, _evidence, _statements]
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
		told = text.format(run.name, _(run.problem), _(advice(run.problem)))
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
		return [(CRITICAL, "offsite_library", _(advice(NO_LIBRARY)))]
	newest = offsite.newest_copied()
	if newest is None or offsite.is_copy_stale(newest):
		text = _("The newest backup off-site is too old.")
		return [(CRITICAL, "offsite", f"{text} {_(advice(STALE))}")]
	age = duration_phrase((utc_now() - newest).total_seconds())
	return [(OK, "offsite", _("The newest backup off-site is {0} old.").format(age))]


def _drill() -> Iterator[Row]:
	"""The newest rehearsal of a restore, and whether the scheduled ones can run."""
	if drills.schedule_days():
		try:
			databases.access()
		except databases.NoAccess as error:
			yield WARNING, "drill_access", str(error)
	last = drills.last_drill()
	if last is None:
		text = _("No restore has been rehearsed yet: bench --site {0} support restore-drill")
		yield WARNING, "drill", text.format(frappe.local.site)
		return
	verdict = restores.verdict_of(last)
	text = _("The newest restore drill: {0}, in {1}. {2}")
	spoken = text.format(_(verdict), duration_phrase(last.elapsed_seconds), last.problem or "").strip()
	yield OK if verdict == KEPT else WARNING, "drill", spoken


def _people() -> list[Row]:
	rows: list[Row] = []
	if not people.agents():
		text = _("Nobody has the role Support Agent: requests arrive and nobody sees them.")
		rows.append((WARNING, "agents", text))
	if not people.billing_people():
		text = _("Nobody has the role Support Billing: billing requests are seen only by who files them.")
		rows.append((WARNING, "billing", text))
	return rows or [(OK, "agents", _("There are agents and billing people."))]


def _queue() -> Iterator[Row]:
	queue = panel.queue_health()
	if overdue := queue["overdue"]:
		yield CRITICAL, "overdue", _("{0} overdue: {1}").format(len(overdue), _shortened(overdue))
	if unseen := queue["billing_unseen"]:
		yield CRITICAL, "billing_queue", _("{0} billing requests that nobody can see.").format(unseen)
	yield OK, "queue", _("{0} open, {1} to review.").format(queue["open"], queue["needs_review"])


def _offers() -> list[Row]:
	rows = [(WARNING, "offer_setup", text) for text in quotation.missing_for_offers()]
	if waiting := len(quotation.waiting()):
		rows.append((WARNING, "offers", _("{0} offers wait for what is missing.").format(waiting)))
	return rows or [(OK, "offers", _("Offers can be made; none waits."))]


def _mail() -> Iterator[Row]:
	"""The mailboxes, what could not be read, what made no request and why, and what waits to go out."""
	names = addresses.mailboxes()
	if not names:
		yield OK, "mail", _("No support address is set: nothing is read by mail.")
		return
	if not addresses.are_read_by_us():
		text = _(
			"Another app handles Email Accounts: install codigo_binario_support after it, or mails are lost."
		)
		yield CRITICAL, "mail_class", text
	if not promise_settings().authserv_id:
		text = _(
			"Nobody checks who sends the mails, so a sender can be forged: set who checks senders in Support Promise Settings."
		)
		yield WARNING, "mail_senders", text
	for name in names:
		yield from _mailbox(name)
	unread = {"outcome": ("in", (UNREAD, RECEIVED))}
	asked = {"pluck": "name", "limit": _SHOWN + 1}
	if newest := frappe.get_all(mail.DOCTYPE, filters=unread, order_by="name desc", **asked):
		text = _("{0} mails could not be read: open them in Support Mail: {1}.")
		yield WARNING, "mail_unread", text.format(frappe.db.count(mail.DOCTYPE, unread), _shortened(newest))
	since = (">", add_to_date(site_now(), days=-1))
	counted = []
	for name in COUNTED:
		if number := frappe.db.count(mail.DOCTYPE, {"outcome": name, "received_at": since}):
			counted.append(f"{_(name, context='Support Mail')} {number}")
	if counted:
		text = _("Within a day these mails made no request: {0}.")
		yield OK, "mail_counted", text.format(", ".join(counted))
	late = ("<", add_to_date(site_now(), hours=-1))
	queued = {"reference_doctype": DOCTYPE, "status": ("in", ("Not Sent", "Error")), "creation": late}
	if waiting := frappe.db.count("Email Queue", queued):
		text = _("{0} mails wait for the mail server for more than an hour.")
		yield WARNING, "mail_queue", text.format(waiting)


def _mailbox(name: str) -> Iterator[Row]:
	account = frappe.db.get_value("Email Account", name, ["enable_incoming", "enable_outgoing"], as_dict=True)
	where, fields = {"parent": SETTINGS, "email_account": name}, ["last_read_at", "last_error"]
	row = frappe.db.get_value("Support Mailbox", where, fields, as_dict=True)
	if not account or not account.enable_incoming:
		text = _("{0}: incoming mail is not enabled in the Email Account.")
		yield CRITICAL, "mailbox", text.format(name)
		return
	if not account.enable_outgoing:
		text = _("{0}: outgoing mail is not enabled: acknowledgements and answers come from another address.")
		yield WARNING, "mailbox", text.format(name)
	if row and row.last_error:
		yield CRITICAL, "mailbox", f"{name}: {row.last_error}"
	elif not row or not row.last_read_at:
		yield WARNING, "mailbox", _("{0} has not been read yet.").format(name)
	else:
		seconds = (site_now() - row.last_read_at).total_seconds()
		level = CRITICAL if seconds > _MAIL_MINUTES * 60 else OK
		yield level, "mailbox", _("{0} was read {1} ago.").format(name, duration_phrase(seconds))


def _evidence() -> list[Row]:
	"""The ends of the chains alone: reading them whole is verify-evidence."""
	if broken := [row for chain in chains.CHAINS for row in chains.broken_seals(chain, last=_LOOKED_AT)[1]]:
		text = _("Evidence was changed after it was written: {0}. Run bench support verify-evidence.")
		return [(CRITICAL, "evidence", text.format(_shortened(broken, "; ")))]
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


def _shortened(names: list[str], between: str = ", ") -> str:
	return between.join(names[:_SHOWN]) + ("…" if len(names) > _SHOWN else "")
