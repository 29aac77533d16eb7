"""The monthly statement: every promise of a month, judged from its evidence, for one company or customer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.policy import promises
from ...adapters.policy.terms import terms_in_force
from ...adapters.requests import month as numbers
from ...adapters.requests.month import Month
from ...adapters.site.errors import throw
from ...adapters.site.formatting import in_language
from ...adapters.site.instants import to_text
from ...adapters.site.now import utc_now
from ...domain.availability.availability import AvailabilityError, month_span
from ...domain.backups.sets import LATE
from ...domain.evidence import monthly_statement as domain
from ...domain.evidence.metrics import percentile
from ...domain.evidence.monthly_statement import (
	PROMISE_LABELS,
	Answers,
	Days,
	Finding,
	Requests,
	Restorations,
)
from ...domain.offers.offer import ACCEPTED, DECLINED, MADE, NOT_NEEDED
from ...domain.policy.language import ENGLISH, NOT_TOLD, SPANISH, is_short, language_of
from ...domain.policy.policy import Policy, words
from ...domain.restores.drills import RESTORE
from ...domain.time.windows import DAY_SECONDS
from ...domain.verdicts import BROKEN, KEPT, NOT_PROVEN
from ..availability import availability
from ..backups import days
from ..evidence import anchors, provider_changes
from ..restores import verdict as restores
from .print_view import sentence_of

DOCTYPE = "Monthly Statement"
#: The records of a month's last day are written some hours after it.
SETTLED = timedelta(hours=3)
_OPERATION = "Restore Operation"
#: Answers whose language is read; more than that is "not all were read".
_READ = 2000
#: Requests, drills and operations that are linked one by one.
_LISTED = 50
#: How a day is kept among the figures; -1 is a day without a record.
_DAYS = {KEPT: 1, LATE: 0.5}
_BUCKETS = ((15, "15 min"), (60, "1 h"), (240, "4 h"), (540, "9 h"))

Row = dict[str, Any]


@dataclass(slots=True)
class Judged:
	"""A promise with its evidence rows and the figures for charts."""

	finding: Finding
	promised: str
	evidence: list[Row]
	figures: list[Row]


def make(month: str, company: str | None = None, customer: str | None = None) -> Any:
	"""A new statement of a month that is over; a later one of the same month replaces the earlier."""
	return frappe.get_doc(
		{"doctype": DOCTYPE, "month": month, "company": company, "customer": customer}
	).insert()


def account(doc: Any) -> None:
	"""Fill a new statement; the person gives month, company and customer, and nothing else."""
	policy = promises.policy()
	if policy is None:
		frappe.throw(_("No Support Policy is in force: there is nothing to state."))
	now = utc_now()
	month = _month(doc, policy, now)
	judged = list(_assess_promises(month, policy, now))
	previous = newest(doc.month, doc.company, doc.customer)
	anchor, counted = anchors.make(), _numbers(month, policy)
	doc.update(
		{
			"state": domain.overall(row.finding.state for row in judged),
			"version": (previous.version if previous else 0) + 1,
			"supersedes": previous.name if previous else None,
			"issued_at_utc": to_text(now),
			"time_zone": policy.time_zone,
			"from_utc": to_text(month.start),
			"to_utc": to_text(month.end),
			"terms": terms_in_force(),
			"policy_version": policy.version,
			"anchor": anchor.name,
			"anchor_digest": anchor.entry_hash,
			"evidence": [row for one in judged for row in one.evidence],
			**counted,
			"figures": [*counted["figures"], *(row for one in judged for row in one.figures)],
		}
	)
	with in_language(policy.language):
		doc.promises = []
		for one in judged:
			doc.append("promises", _promise(one))


def newest(month: str, company: str | None, customer: str | None) -> Any | None:
	"""The last version of a statement: `name`, `version`, `state`; None when there is none."""
	rows = frappe.get_all(
		DOCTYPE,
		filters={
			"month": month,
			"company": company or ("is", "not set"),
			"customer": customer or ("is", "not set"),
			"sequence": (">", 0),
		},
		fields=["name", "version", "state"],
		order_by="version desc",
		limit=1,
	)
	return rows[0] if rows else None


def last() -> Any | None:
	"""The statement of the latest month, its last version: `name`, `month`, `state`; None when there is none."""
	rows = frappe.get_all(
		DOCTYPE,
		filters={"sequence": (">", 0)},
		fields=["name", "month", "state"],
		order_by="month desc, sequence desc",
		limit=1,
	)
	return rows[0] if rows else None


def replaced_by(doc: Any) -> str | None:
	last = newest(doc.month, doc.company, doc.customer)
	return last.name if last and last.version > (doc.version or 0) else None


def due(now: datetime | None = None) -> list[tuple[str, str | None, str | None]]:
	"""(month, company, customer) of last month's statements that nobody has made yet.

	None of a month in which the app was not yet here.
	"""
	if promises.policy() is None:
		return []
	zone = promises.zone()
	moment = now or utc_now()
	first = moment.astimezone(zone).replace(day=1)
	name = (first - timedelta(days=1)).strftime("%Y-%m")
	start, end = month_span(name, zone)
	if promises.known_from() >= end or moment < end + SETTLED:
		return []
	month = Month(start, end)
	whose: list[tuple[str | None, str | None]]
	if people.is_provider_site():
		whose = [(None, customer) for customer in numbers.customers(month)]
	else:
		companies = dict.fromkeys((*numbers.companies(month), frappe.defaults.get_global_default("company")))
		whose = [(company, None) for company in companies if company]
	return [(name, *one) for one in whose if newest(name, *one) is None]


def _month(doc: Any, policy: Policy, now: datetime) -> Month:
	doc.month = (doc.month or "").strip()
	try:
		start, end = month_span(doc.month, promises.zone())
	except AvailabilityError as error:
		throw(error)
	if end > now:
		frappe.throw(_("{0} is not over: its statement can be made from {1}.").format(doc.month, end.date()))
	doc.month = start.strftime("%Y-%m")
	if people.is_provider_site():
		if not doc.customer:
			frappe.throw(_("Name the customer whose statement this is."))
		doc.company = None
	else:
		doc.company = doc.company or frappe.defaults.get_global_default("company")
		doc.customer = None
	return Month(start, end, doc.company, doc.customer)


def _promise(one: Judged) -> Row:
	finding = one.finding
	return {
		"promise": PROMISE_LABELS[finding.kind],
		"state": finding.state,
		"reason": finding.reason,
		"figures": json.dumps(dict(finding.values), sort_keys=True),
		"figure": sentence_of(finding.reason, finding.values),
		"promised": one.promised,
	}


def _assess_promises(month: Month, policy: Policy, now: datetime) -> Iterator[Judged]:
	"""Every promise that the policy makes, in the order of the statement."""
	hours = policy.promised("support_hours")
	spans = _open_spans(month, policy)
	counted = numbers.received(month, spans, _fresh_since(policy, now))
	found = Requests(counted.total, counted.answered, counted.fresh, counted.late)
	yield Judged(domain.assess_hours(found), words(hours.text, policy.language), [], [])
	spoken, doubtful = _answers(month)
	yield Judged(domain.assess_language(spoken), words(hours.text, policy.language), doubtful, [])
	is_here = not people.is_provider_site()
	for kind, judge in (
		(domain.AVAILABILITY, _availability),
		(domain.BACKUP, _backups),
		(domain.RESTORE, lambda month: _restores(month, counted)),
	):
		commitments = [row for row in policy.commitments if row.kind == kind]
		if not commitments:
			continue
		promised = " ".join(words(row.text, policy.language) for row in commitments)
		finding, evidence, figures = judge(month) if is_here else (domain.not_here(kind), [], [])
		yield Judged(finding, promised, evidence, figures)
	promised = policy.limits(policy.language)
	finding, evidence, figures = _changes(month) if is_here else (domain.not_here(domain.NO_CHANGES), [], [])
	yield Judged(finding, promised, evidence, figures)


def _answers(month: Month) -> tuple[Answers, list[Row]]:
	"""The answers by their language, and the requests where one does not look like Spanish: a person confirms it there."""
	count, answers = numbers.written_answers(month, _READ)
	told = [language_of(row.content or "") for row in answers]
	spanish, other = told.count(SPANISH), told.count(ENGLISH)
	doubtful = [row for row, language in zip(answers, told, strict=True) if language == ENGLISH]
	short = sum(
		language == NOT_TOLD and is_short(row.content or "")
		for row, language in zip(answers, told, strict=True)
	)
	confirmed = sum(bool(row.is_confirmed) for row in doubtful)
	evidence = {
		row.request: _row(
			domain.LANGUAGE,
			numbers.DOCTYPE,
			row.request,
			str(row.at)[:10],
			domain.EVIDENCE_LABELS["confirmed" if row.is_confirmed else "other"],
		)
		for row in doubtful
	}
	return (
		Answers(count, spanish, other, short, confirmed, len(told) - spanish - other - short),
		list(evidence.values())[:_LISTED],
	)


def _availability(month: Month) -> tuple[Finding, list[Row], list[Row]]:
	doc = availability.up_to_date(_name(month))
	if doc is None:
		return domain.assess_availability(None, {}), [], []
	figures = {
		"target_percent": doc.target_percent,
		"at_least_percent": doc.percent_at_least,
		"at_most_percent": doc.percent_at_most,
		"used_minutes": doc.budget_used_minutes,
		"unknown_minutes": doc.unknown_minutes,
		"budget_minutes": doc.budget_minutes,
		"total_minutes": doc.total_minutes,
	}
	evidence = [_row(domain.AVAILABILITY, availability.STATEMENT, doc.name, "", doc.state)]
	evidence += [
		_row(domain.AVAILABILITY, availability.INCIDENT, row.incident, row.from_utc[:10], row.incident_class)
		for row in doc.incidents
	]
	return (
		domain.assess_availability(doc.state, figures),
		evidence,
		[_figure("availability", key, value) for key, value in figures.items()],
	)


def _backups(month: Month) -> tuple[Finding, list[Row], list[Row]]:
	"""The last row of each day counts; a day without a row is unknown, a late one is lost: it left more than 24 hours."""
	listed = _days(month)
	rows = {
		row.day: row
		for row in frappe.get_all(
			days.DOCTYPE,
			filters=[["day", ">=", listed[0]], ["day", "<=", listed[-1]], ["sequence", ">", 0]],
			fields=["name", "day", "state"],
			order_by="day asc, sequence asc",
		)
	}
	kept = sum(row.state == KEPT for row in rows.values())
	return (
		domain.assess_backups(Days(len(listed), kept, len(rows) - kept)),
		[_row(domain.BACKUP, days.DOCTYPE, row.name, str(row.day), row.state) for row in rows.values()],
		[
			_figure("backup_day", str(day), _DAYS.get(rows[day].state, 0) if day in rows else -1)
			for day in listed
		],
	)


def _restores(month: Month, counted: numbers.Received) -> tuple[Finding, list[Row], list[Row]]:
	promised = promises.commitment("restore")
	start, end = month.span
	drills = frappe.get_all(
		"Restore Drill",
		filters=[["started_at", ">=", start], ["started_at", "<", end], ["sequence", ">", 0]],
		fields=["name", "started_at", *restores.READ],
		order_by="started_at desc",
	)
	operations = _operations(month)
	for row in (*drills, *operations):
		row.verdict = restores.verdict_of(row)
	kept = [row for row in drills if row.verdict == KEPT]
	# What an operation did for a request is the request's own time, unless the operation counted from earlier.
	alone = [row for row in operations if not row.support_request or row.verdict == BROKEN]
	found = Restorations(
		restorations=counted.restorations + len(alone),
		late=counted.restored_late + sum(row.verdict == BROKEN for row in alone),
		running=counted.restoring + sum(row.verdict == NOT_PROVEN for row in alone),
		longest_seconds=max([counted.longest_restore, *(int(row.elapsed_seconds or 0) for row in alone)]),
		drills=len(drills),
		failed_drills=sum(row.verdict == BROKEN for row in drills),
		unproven_drills=sum(row.verdict == NOT_PROVEN for row in drills),
		drill_seconds=max((int(row.elapsed_seconds or 0) for row in kept), default=0),
		target_seconds=promised.target_seconds if promised else None,
	)
	evidence = [
		_row(
			domain.RESTORE,
			numbers.DOCTYPE,
			row.name,
			str(row.filed_at)[:10],
			domain.EVIDENCE_LABELS[
				"late" if row.restore_breached else "kept" if row.resolved_at else "running"
			],
		)
		for row in numbers.restorations(month, _LISTED)
	]
	evidence += [
		_row(domain.RESTORE, doctype, row.name, str(row.started_at)[:10], row.verdict)
		for doctype, rows in ((_OPERATION, operations), ("Restore Drill", drills))
		for row in rows[:_LISTED]
	]
	return domain.assess_restores(found), evidence, []


def _operations(month: Month) -> list[Any]:
	"""The real restores of the month; going back from one is no restoration."""
	start, end = month.span
	return frappe.get_all(
		_OPERATION,
		filters=[
			["started_at", ">=", start],
			["started_at", "<", end],
			["sequence", ">", 0],
			["kind", "=", RESTORE],
		],
		fields=["name", "started_at", "support_request", *restores.READ],
		order_by="started_at asc",
	)


def _changes(month: Month) -> tuple[Finding, list[Row], list[Row]]:
	listed = _days(month)
	rows = {
		row.day: row
		for row in frappe.get_all(
			provider_changes.DOCTYPE,
			filters=[["day", ">=", listed[0]], ["day", "<=", listed[-1]], ["sequence", ">", 0]],
			fields=["name", "day", "state", "changes", "refusals"],
			order_by="day asc, sequence asc",
		)
	}
	found = Days(
		len(listed),
		sum(row.state == domain.NONE_FOUND for row in rows.values()),
		sum(row.state == domain.CHANGES_FOUND for row in rows.values()),
	)
	evidence = [
		_row(domain.NO_CHANGES, provider_changes.DOCTYPE, row.name, str(row.day), row.state)
		for row in rows.values()
	]
	figures = [
		_figure("changes", "found", sum(row.changes for row in rows.values())),
		_figure("changes", "refused", sum(row.refusals for row in rows.values())),
	]
	return domain.assess_changes(found, int(figures[0]["value"])), evidence, figures


def _numbers(month: Month, policy: Policy) -> Row:
	spans = _open_spans(month, policy)
	counted = numbers.received(month, spans, month.end)
	answers_open, answers_closed = numbers.answers(month, spans)
	minutes = numbers.answer_minutes(month)
	offers = dict(numbers.by(month, "offer_status"))
	rated, average = numbers.ratings(month)
	by_clause = numbers.by(month, "clause", "verdict")
	figures = [_figure("clause", f"{clause}|{verdict}", total) for clause, verdict, total in by_clause]
	figures += [_figure("channel", channel, total) for channel, total in numbers.by(month, "channel")]
	figures += [
		_figure("offer", offer, total) for offer, total in offers.items() if offer not in ("", NOT_NEEDED)
	]
	figures += [_figure("first_answer", label, total) for label, total in _histogram(minutes)]
	return {
		"received": counted.total,
		"received_open": counted.in_hours,
		"received_closed": counted.total - counted.in_hours,
		"answered": counted.answered,
		"answers_open": answers_open,
		"answers_closed": answers_closed,
		"half_within_seconds": (percentile(minutes, 0.5) or 0) * 60,
		"most_within_seconds": (percentile(minutes, 0.9) or 0) * 60,
		"open_hours": policy.support_window.open_seconds(month.start, month.end) / 3600,
		"offers": sum(offers.get(key, 0) for key in MADE),
		"offers_accepted": offers.get(ACCEPTED, 0),
		"offers_declined": offers.get(DECLINED, 0),
		"ratings": rated,
		"rating_average": average,
		"figures": figures,
	}


def _histogram(minutes: dict[int, int]) -> list[tuple[str, int]]:
	"""How many first answers came within each limit, and after the one before it; open time."""
	found, lower = [], 0
	for limit, label in _BUCKETS:
		found.append((label, sum(count for value, count in minutes.items() if lower <= value < limit)))
		lower = limit
	return [*found, ("+", sum(count for value, count in minutes.items() if value >= lower))]


def _open_spans(month: Month, policy: Policy) -> list[tuple[datetime, datetime]]:
	return [
		(row.start, row.end) for row in policy.support_window.stretches(month.start, month.end) if row.is_open
	]


def _fresh_since(policy: Policy, now: datetime) -> datetime:
	"""Since when less than a whole day of support has passed: nothing can be said of requests filed later."""
	window = policy.support_window
	if window.always_open:
		return now - timedelta(seconds=DAY_SECONDS)
	longest = max((row.closes - row.opens) % DAY_SECONDS or DAY_SECONDS for row in window.rows)
	return window.subtract(now, longest)


def _days(month: Month) -> list[date]:
	zone = promises.zone()
	first, last = month.start.astimezone(zone).date(), month.end.astimezone(zone).date()
	return [first + timedelta(days=number) for number in range((last - first).days)]


def _name(month: Month) -> str:
	return month.start.astimezone(promises.zone()).strftime("%Y-%m")


def _row(kind: str, doctype: str, name: str, at: str, shows: str) -> Row:
	return {
		"promise": PROMISE_LABELS[kind],
		"reference_doctype": doctype,
		"reference_name": name,
		"at": at,
		"shows": shows,
	}


def _figure(subject: str, item: str, value: float) -> Row:
	return {"subject": subject, "item": item, "value": value}
