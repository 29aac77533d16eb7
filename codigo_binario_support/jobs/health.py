"""What an operator wants to know at 3 a.m.: one row per check, worst first by its code."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils.scheduler import is_scheduler_inactive

from ..adapters import people
from ..adapters.terms import mapping_of, policy_in_force
from ..adapters.words import duration_phrase
from ..domain.policy import check
from ..flow import quote, report
from ..watch import backups
from .clocks import calendars_ending

OK, WARNING, CRITICAL = 0, 1, 2
_SHOWN = 5

Row = tuple[int, str, str]


def checks() -> list[Row]:
	"""(level, check, sentence) of everything, in the order an operator reads."""
	return [*_policy(), *_calendar(), *_scheduler(), *_backup(), *_people(), *_queue(), *_offers()]


def _policy() -> list[Row]:
	policy = policy_in_force()
	if policy is None:
		return [
			(
				CRITICAL,
				"policy",
				_("No Support Policy is in force today: requests are filed without terms. Enable one."),
			)
		]
	problems = check(mapping_of(policy))
	if problems:
		return [
			(
				CRITICAL,
				"policy",
				_("{0} has {1} mistakes: open it and save it to see them.").format(
					policy.name, len(problems)
				),
			)
		]
	return [(OK, "policy", _("In force: {0}, version {1}.").format(policy.name, policy.version))]


def _calendar() -> list[Row]:
	rows = [
		(
			WARNING,
			"calendar",
			_("The holiday list {0} of the window {1} ends on {2}: add the next year.").format(
				holiday_list, window, last
			),
		)
		for window, holiday_list, last in calendars_ending()
	]
	return rows or [(OK, "calendar", _("The holidays of every window are known for at least 60 days."))]


def _scheduler() -> list[Row]:
	if is_scheduler_inactive(verbose=False):
		return [
			(
				CRITICAL,
				"scheduler",
				_(
					"The scheduler is off: offers and breaches wait. Run bench --site {0} enable-scheduler."
				).format(frappe.local.site),
			)
		]
	return [(OK, "scheduler", _("The scheduler is on."))]


def _backup() -> list[Row]:
	age = backups.current_age()
	if age is None:
		return [(WARNING, "backup", _("The policy in force promises no backup: none is watched."))]
	target = duration_phrase(age.target_seconds)
	if age.seconds is None:
		return [
			(
				CRITICAL,
				"backup",
				_(
					"No complete and verified backup has been seen: the promise of one every {0} is not kept."
				).format(target),
			)
		]
	if not age.is_kept:
		text = _("The newest verified backup is {0} old: the promise is one every {1}.")
		return [(CRITICAL, "backup", text.format(duration_phrase(age.seconds), target))]
	return [(OK, "backup", _("The newest verified backup is {0} old.").format(duration_phrase(age.seconds)))]


def _people() -> list[Row]:
	rows = []
	if not people.agents():
		rows.append(
			(WARNING, "agents", _("Nobody has the role Support Agent: requests arrive and nobody sees them."))
		)
	if not people.billing_people():
		rows.append(
			(
				WARNING,
				"billing",
				_("Nobody has the role Support Billing: billing requests are seen only by who files them."),
			)
		)
	return rows or [(OK, "agents", _("There are agents and billing people."))]


def _queue() -> list[Row]:
	queue = report.queue_health()
	rows: list[Row] = []
	overdue = queue["overdue"]
	if overdue:
		shown = ", ".join(overdue[:_SHOWN]) + ("…" if len(overdue) > _SHOWN else "")
		rows.append((CRITICAL, "overdue", _("{0} overdue: {1}").format(len(overdue), shown)))
	if queue["billing_unseen"]:
		rows.append(
			(
				CRITICAL,
				"billing_queue",
				_("{0} billing requests that nobody can see.").format(queue["billing_unseen"]),
			)
		)
	rows.append((OK, "queue", _("{0} open, {1} to review.").format(queue["open"], queue["needs_review"])))
	return rows


def _offers() -> list[Row]:
	missing = quote.missing_for_offers()
	waiting = len(quote.waiting())
	rows: list[Row] = [(WARNING, "offer_setup", text) for text in missing]
	if waiting:
		rows.append((WARNING, "offers", _("{0} offers wait for what is missing.").format(waiting)))
	return rows or [(OK, "offers", _("Offers can be made; none waits."))]
