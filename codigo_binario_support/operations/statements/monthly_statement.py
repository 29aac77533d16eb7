"""The monthly statement: every promise of a month, judged from its evidence, for one company or customer."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.evidence import chains
from ...adapters.policy import promises
from ...adapters.policy.terms import terms_in_force
from ...adapters.requests import month as numbers
from ...adapters.requests.month import Month
from ...adapters.site.errors import refusing
from ...adapters.site.formatting import in_language
from ...adapters.site.instants import to_text, utc_now
from ...domain.availability.availability import month_span
from ...domain.backups.sets import LATE
from ...domain.evidence import monthly_statement as domain
from ...domain.evidence.metrics import percentile
from ...domain.evidence.monthly_statement import EVIDENCE_LABELS, PROMISE_LABELS, Finding, Restorations
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
_DRILL, _OPERATION = "Restore Drill", "Restore Operation"
#: Answers whose language is read; more than that is "not all were read".
_READ = 2000
#: Requests, drills and operations that are linked one by one.
_LISTED = 50
#: How a day is kept among the figures; -1 is a day without a record.
_DAYS = {KEPT: 1, LATE: 0.5}
_BUCKETS = ((15, "15 min"), (60, "1 h"), (240, "4 h"), (540, "9 h"))

_EVIDENCE = ("reference_doctype", "reference_name", "at", "shows")
_FIGURE = ("subject", "item", "value")

Figure = tuple[str, str, float]


class Judged(NamedTuple):
	"""A promise with its evidence (rows of `_EVIDENCE`) and the figures for charts (rows of `_FIGURE`)."""

	finding: Finding
	evidence: Sequence[tuple[str, str, str, str]] = ()
	figures: Sequence[Figure] = ()


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
	month = _month(doc, now)
	spans = policy.support_window.stretches(month.start, month.end)
	open_spans = [(row.start, row.end) for row in spans if row.is_open]
	received = numbers.received(month, open_spans, _fresh_since(policy, now))
	judged = list(_assess_promises(month, policy, received))
	counted, figures = _numbers(month, open_spans, received)
	figures += [row for _words, one in judged for row in one.figures]
	with in_language(policy.language):
		rows = [_promise(promised, one.finding) for promised, one in judged]
	previous = newest(doc.month, doc.company, doc.customer)
	anchor = anchors.make()
	doc.update(
		{
			"state": domain.overall(one.finding.state for _words, one in judged),
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
			"open_hours": policy.support_window.open_seconds(month.start, month.end) / 3600,
			"promises": rows,
			"evidence": [row for _words, one in judged for row in _evidence(one)],
			**counted,
			"figures": [dict(zip(_FIGURE, row, strict=True)) for row in figures],
		}
	)


def newest(month: str, company: str | None, customer: str | None) -> Any | None:
	"""The last version of a statement: `name`, `version`, `state`; None when there is none."""
	fields, not_set = ["name", "version", "state"], ("is", "not set")
	whose = {"month": month, "company": company or not_set, "customer": customer or not_set}
	return chains.newest(DOCTYPE, fields, whose, order_by="version desc")


def last() -> Any | None:
	"""The statement of the latest month, its last version: `name`, `month`, `state`; None when there is none."""
	return chains.newest(DOCTYPE, ["name", "month", "state"], order_by="month desc, sequence desc")


def replaced_by(doc: Any) -> str | None:
	last = newest(doc.month, doc.company, doc.customer)
	return last.name if last and last.version > (doc.version or 0) else None


def due() -> list[tuple[str, str | None, str | None]]:
	"""(month, company, customer) of last month's statements that nobody has made yet.

	None of a month in which the app was not yet here.
	"""
	if promises.policy() is None:
		return []
	zone, now = promises.zone(), utc_now()
	first = now.astimezone(zone).replace(day=1)
	name = (first - timedelta(days=1)).strftime("%Y-%m")
	start, end = month_span(name, zone)
	if promises.known_from() >= end or now < end + SETTLED:
		return []
	month = Month(start, end)
	whose: list[tuple[str | None, str | None]]
	if people.is_provider_site():
		whose = [(None, customer) for customer in numbers.customers(month)]
	else:
		companies = dict.fromkeys((*numbers.companies(month), frappe.defaults.get_global_default("company")))
		whose = [(company, None) for company in companies if company]
	return [(name, *one) for one in whose if newest(name, *one) is None]


def _month(doc: Any, now: datetime) -> Month:
	doc.month = (doc.month or "").strip()
	with refusing():
		start, end = month_span(doc.month, promises.zone())
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


def _promise(promised: str, finding: Finding) -> dict[str, Any]:
	return {
		"promise": PROMISE_LABELS[finding.kind],
		"state": finding.state,
		"reason": finding.reason,
		"figures": json.dumps(dict(finding.values), sort_keys=True),
		"figure": sentence_of(finding.reason, finding.values),
		"promised": promised,
	}


def _evidence(one: Judged) -> list[dict[str, str]]:
	promise = PROMISE_LABELS[one.finding.kind]
	return [{"promise": promise, **dict(zip(_EVIDENCE, row, strict=True))} for row in one.evidence]


def _assess_promises(month: Month, policy: Policy, found: numbers.Received) -> Iterator[tuple[str, Judged]]:
	"""Every promise that the policy makes, in its words and as it was kept, in the order of the statement."""
	hours = words(policy.promised("support_hours").text, policy.language)
	yield hours, Judged(domain.assess_hours(found.total, found.answered, found.fresh, found.late))
	yield hours, _answers(month)
	is_here = not people.is_provider_site()
	for kind, judge in (
		(domain.AVAILABILITY, _availability),
		(domain.BACKUP, _backups),
		(domain.RESTORE, lambda month: _restores(month, found)),
		(domain.NO_CHANGES, _changes),
	):
		texts = [words(row.text, policy.language) for row in policy.commitments if row.kind == kind]
		if kind == domain.NO_CHANGES:
			texts = [policy.limits(policy.language)]
		if texts:
			yield " ".join(texts), judge(month) if is_here else Judged(domain.not_here(kind))


def _answers(month: Month) -> Judged:
	"""The answers by their language, and the requests where one does not look like Spanish: a person confirms it there."""
	count, answers = numbers.written_answers(month, _READ)
	read: dict[str, list[Any]] = defaultdict(list)
	for row in answers:
		read[language_of(row.content or "")].append(row)
	spanish, doubtful = len(read[SPANISH]), read[ENGLISH]
	short = sum(is_short(row.content or "") for row in read[NOT_TOLD])
	finding = domain.assess_language(
		answers=count,
		spanish=spanish,
		other=len(doubtful),
		short=short,
		confirmed=sum(bool(row.is_confirmed) for row in doubtful),
		unclear=len(answers) - spanish - len(doubtful) - short,
	)
	evidence = {}
	for row in doubtful:
		shows = EVIDENCE_LABELS["confirmed" if row.is_confirmed else "other"]
		evidence[row.request] = (numbers.DOCTYPE, row.request, str(row.at)[:10], shows)
	return Judged(finding, list(evidence.values())[:_LISTED])


def _availability(month: Month) -> Judged:
	doc = availability.up_to_date(month.start.strftime("%Y-%m"))
	if doc is None:
		return Judged(domain.assess_availability(None, {}))
	figures = {
		"target_percent": doc.target_percent,
		"at_least_percent": doc.percent_at_least,
		"at_most_percent": doc.percent_at_most,
		"used_minutes": doc.budget_used_minutes,
		"unknown_minutes": doc.unknown_minutes,
		"budget_minutes": doc.budget_minutes,
		"total_minutes": doc.total_minutes,
	}
	evidence = [(availability.STATEMENT, doc.name, "", doc.state)]
	for row in doc.incidents:
		evidence.append((availability.INCIDENT, row.incident, row.from_utc[:10], row.incident_class))
	shown = [("availability", key, value) for key, value in figures.items()]
	return Judged(domain.assess_availability(doc.state, figures), evidence, shown)


def _backups(month: Month) -> Judged:
	"""The last row of each day counts; a day without a row is unknown, a late one is lost: it left more than 24 hours."""
	listed = _days(month)
	rows = chains.last_of_days(days.DOCTYPE, listed[0], listed[-1])
	kept = sum(row.state == KEPT for row in rows.values())
	shown = {day: _DAYS.get(rows[day].state, 0) if day in rows else -1 for day in listed}
	return Judged(
		domain.assess_backups(len(listed), kept, len(rows) - kept),
		[(days.DOCTYPE, row.name, str(day), row.state) for day, row in rows.items()],
		[("backup_day", str(day), value) for day, value in shown.items()],
	)


def _restores(month: Month, counted: numbers.Received) -> Judged:
	promised = promises.commitment("restore")
	start, end = month.span
	in_month = [["started_at", ">=", start], ["started_at", "<", end], ["sequence", ">", 0]]
	fields = ["name", "started_at", *restores.READ]
	drills = frappe.get_all(_DRILL, filters=in_month, fields=fields, order_by="started_at desc")
	# Going back from a restore is no restoration.
	query = {"filters": [*in_month, ["kind", "=", RESTORE]], "fields": [*fields, "support_request"]}
	operations = frappe.get_all(_OPERATION, **query, order_by="started_at asc")
	for row in (*drills, *operations):
		row.verdict = restores.verdict_of(row)
	# What an operation did for a request is the request's own time, unless the operation counted from earlier.
	alone = [row for row in operations if not row.support_request or row.verdict == BROKEN]
	kept_seconds = [int(row.elapsed_seconds or 0) for row in drills if row.verdict == KEPT]
	found = Restorations(
		restorations=counted.restorations + len(alone),
		late=counted.restored_late + sum(row.verdict == BROKEN for row in alone),
		running=counted.restoring + sum(row.verdict == NOT_PROVEN for row in alone),
		longest_seconds=max([counted.longest_restore, *(int(row.elapsed_seconds or 0) for row in alone)]),
		drills=len(drills),
		failed_drills=sum(row.verdict == BROKEN for row in drills),
		unproven_drills=sum(row.verdict == NOT_PROVEN for row in drills),
		drill_seconds=max(kept_seconds, default=0),
		target_seconds=promised.target_seconds if promised else None,
	)
	evidence = []
	for row in numbers.restorations(month, _LISTED):
		stands = "late" if row.restore_breached else "kept" if row.resolved_at else "running"
		evidence.append((numbers.DOCTYPE, row.name, str(row.filed_at)[:10], EVIDENCE_LABELS[stands]))
	for doctype, rows in ((_OPERATION, operations), (_DRILL, drills)):
		evidence += [(doctype, row.name, str(row.started_at)[:10], row.verdict) for row in rows[:_LISTED]]
	return Judged(domain.assess_restores(found), evidence)


def _changes(month: Month) -> Judged:
	listed = _days(month)
	rows = chains.last_of_days(provider_changes.DOCTYPE, listed[0], listed[-1], "changes", "refusals")
	states = [row.state for row in rows.values()]
	without, with_some = states.count(domain.NONE_FOUND), states.count(domain.CHANGES_FOUND)
	changes = sum(row.changes for row in rows.values())
	return Judged(
		domain.assess_changes(changes, len(listed), without, with_some),
		[(provider_changes.DOCTYPE, row.name, str(day), row.state) for day, row in rows.items()],
		[("changes", "found", changes), ("changes", "refused", sum(row.refusals for row in rows.values()))],
	)


def _numbers(
	month: Month, open_spans: list[numbers.Span], received: numbers.Received
) -> tuple[dict[str, Any], list[Figure]]:
	"""What was asked and answered in the month: fields of the statement, and figures for its charts."""
	answers_open, answers_closed = numbers.answers(month, open_spans)
	minutes = numbers.answer_minutes(month)
	offers = dict(numbers.by(month, "offer_status"))
	rated, average = numbers.ratings(month)
	by_clause = numbers.by(month, "clause", "verdict")
	figures: list[Figure] = [("clause", f"{clause}|{verdict}", total) for clause, verdict, total in by_clause]
	figures += [("channel", channel, total) for channel, total in numbers.by(month, "channel")]
	figures += [("offer", offer, total) for offer, total in offers.items() if offer not in ("", NOT_NEEDED)]
	figures += [("first_answer", label, total) for label, total in _histogram(minutes)]
	values = {
		"received": received.total,
		"received_open": received.in_hours,
		"received_closed": received.total - received.in_hours,
		"answered": received.answered,
		"answers_open": answers_open,
		"answers_closed": answers_closed,
		"half_within_seconds": (percentile(minutes, 0.5) or 0) * 60,
		"most_within_seconds": (percentile(minutes, 0.9) or 0) * 60,
		"offers": sum(offers.get(key, 0) for key in MADE),
		"offers_accepted": offers.get(ACCEPTED, 0),
		"offers_declined": offers.get(DECLINED, 0),
		"ratings": rated,
		"rating_average": average,
	}
	return values, figures


def _histogram(minutes: dict[int, int]) -> list[tuple[str, int]]:
	"""How many first answers came within each limit, and after the one before it; open time."""
	found, lower = [], 0
	for limit, label in _BUCKETS:
		found.append((label, sum(count for value, count in minutes.items() if lower <= value < limit)))
		lower = limit
	return [*found, ("+", sum(count for value, count in minutes.items() if value >= lower))]


def _fresh_since(policy: Policy, now: datetime) -> datetime:
	"""Since when less than a whole day of support has passed: nothing can be said of requests filed later."""
	window = policy.support_window
	if window.always_open:
		return now - timedelta(seconds=DAY_SECONDS)
	longest = max((row.closes - row.opens) % DAY_SECONDS or DAY_SECONDS for row in window.rows)
	return window.subtract(now, longest)


def _days(month: Month) -> list[date]:
	first, last = month.start.date(), month.end.date()
	return [first + timedelta(days=number) for number in range((last - first).days)]
