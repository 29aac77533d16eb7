"""Service Incidents that open, go on and close by what the probes saw."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import frappe
from frappe import _

from ...adapters.access import people
from ...adapters.availability import samples as rows
from ...adapters.policy import promises
from ...adapters.requests import requests
from ...adapters.site import background
from ...adapters.site.formatting import in_language
from ...adapters.site.instants import from_site, from_text, to_site, to_text, utc_now
from ...domain.availability import availability
from ...domain.availability import incidents as outages
from ...domain.availability.incidents import Corrected, OpenIncident, Withdrawn
from ...domain.availability.samples import Sample
from ...domain.time.intervals import Span

INCIDENT = promises.INCIDENT
#: The job looks back so far; what arrives later is followed when it arrives.
LOOK_BACK_SECONDS = 3 * 86_400
#: A request about connectivity that is filed so long after an incident is most likely about it.
_AFTERMATH = timedelta(days=1)
_SHOWN_ERRORS = 6
#: What a request asks for that may be about an incident.
_CONNECTIVITY = dict.fromkeys(("clause", "second_clause"), "connectivity")


def concerns(samples: Sequence[Sample], first: int) -> bool:
	"""Whether these samples, from `first` on, can change an incident: one is down, or there is one at their time or later."""
	if not samples or any(not row.is_up for row in samples):
		return bool(samples)
	later = {"source": availability.SAMPLES, "down_until_utc": (">=", to_text(_at(first)))}
	return bool(frappe.db.exists(INCIDENT, later))


def follow_from(first: int) -> list[str]:
	"""Make the incidents say what the samples from an instant on (seconds since 1970) say; returns those it touched."""
	probes = rows.lock()
	unfollowed = [row.unfollowed_from for row in probes if row.unfollowed_from]
	start, end = min([first, *unfollowed]), max((row.last_ends for row in probes), default=0)
	heads = _heads()
	while True:
		touching = [row for row in heads if row.start <= end and row.end >= start]
		wider = min([start, *(row.start for row in touching)]), max([end, *(row.end for row in touching)])
		if wider == (start, end):
			break
		start, end = wider
	seen = rows.seen_between(start, end, is_locked=True)
	planned = promises.maintenance(_at(start), _at(end))
	now = int(utc_now().timestamp())
	reach = outages.horizon([row.last_ends for row in probes if row.enabled], now)
	with people.as_system(), in_language(promises.language()):
		found = outages.steps(seen.up, seen.down, planned, touching, reach, now)
		touched = [name for step in found for name in _apply_step(step)]
	if unfollowed:
		frappe.db.sql("update `tabAvailability Probe` set unfollowed_from = 0 where unfollowed_from > 0")
	return touched


def follow_samples() -> list[str]:
	"""What the job does every few minutes: close what is over, link the requests that came meanwhile."""
	if not frappe.db.exists(rows.PROBE, {}):
		return []
	touched = follow_from(int(utc_now().timestamp()) - LOOK_BACK_SECONDS)
	link_requests()
	return touched


def link_requests() -> None:
	"""A request about connectivity that was filed during an incident, or within a day after it, names it."""
	now = utc_now()
	since = now - timedelta(seconds=LOOK_BACK_SECONDS)
	lately = {"service_incident": ("is", "not set"), "filed_at": (">", to_site(since))}
	query = {"filters": lately, "or_filters": _CONNECTIVITY, "fields": ["name", "filed_at"]}
	found = frappe.get_all(requests.DOCTYPE, **query, order_by="filed_at asc")
	newest_first = promises.incidents(since, now)[::-1] if found else []
	for request in found:
		at = from_site(request.filed_at)
		near = (row for row in newest_first if row.opened_at <= at <= (row.closed_at or now) + _AFTERMATH)
		if row := next(near, None):
			link = {"service_incident": row.name}
			frappe.db.set_value(requests.DOCTYPE, request.name, link, update_modified=False)


def _heads() -> list[OpenIncident]:
	# As of now, not as of the beginning of the transaction: whoever held the lock before may have made one.
	found = frappe.db.sql(
		"""select name, down_from_utc, down_until_utc, maintenance_window, state, incident_class, corrects
		from `tabService Incident` where source = %s order by down_from_utc for update""",
		(availability.SAMPLES,),
		as_dict=True,
	)
	replaced = {row.corrects for row in found}
	return [
		OpenIncident(row.name, *_span(row), bool(row.maintenance_window), row.state != availability.CLOSED)
		for row in found
		if row.name not in replaced and row.incident_class != availability.NO_OUTAGE
	]


def _apply_step(step: outages.Step) -> list[str]:
	doc = frappe.get_doc(INCIDENT, step.name, for_update=True) if step.name else _new(step)
	if isinstance(step, Corrected):
		return _correct(doc, step.left)
	if isinstance(step, Withdrawn):
		_call_off(doc)
		_close(doc, False)
	else:
		_measure(doc, step.start, step.end)
		if step.is_closed:
			_close(doc, step.is_seen_back)
	_save(doc)
	if not step.name:
		_notify_agents(doc.name)
	return [doc.name]


def _new(step: Any) -> Any:
	doc = frappe.new_doc(INCIDENT)
	doc.source, doc.subject = availability.SAMPLES, _("Not reachable from outside")
	doc.incident_class = availability.PLANNED if step.is_planned else availability.UNPLANNED
	window = promises.maintenance_at(_at(step.start)) if step.is_planned else None
	if window:
		doc.maintenance_window, doc.cause = window.name, window.reason
	return doc


def _correct(sealed: Any, left: Sequence[Span]) -> list[str]:
	"""New records in the place of a sealed one: what is left of it, or that it was none."""
	made = []
	for start, end in left or [_span(sealed)]:
		doc = frappe.new_doc(INCIDENT)
		for key in ("source", "subject", "incident_class", "cause", "maintenance_window", "is_back"):
			doc.set(key, sealed.get(key))
		doc.corrects = sealed.name
		doc.set("requests", [{"support_request": row.support_request} for row in sealed.requests])
		_measure(doc, start, end)
		if not left:
			_call_off(doc)
		_close(doc, bool(doc.is_back))
		_save(doc)
		made.append(doc.name)
	return made


def _call_off(doc: Any) -> None:
	doc.incident_class = availability.NO_OUTAGE
	doc.cause = _("A probe that reported later had seen the service up all the time.")


def _measure(doc: Any, start: int, end: int) -> None:
	found = rows.failing(start, end)
	errors = Counter(_error(row) for row in found).most_common(_SHOWN_ERRORS)
	marks = [f"{row.probe} {row.signature}" for row in found]
	values = {
		"opened_at": to_site(_at(start)),
		"down_from_utc": to_text(_at(start)),
		"down_until_utc": to_text(_at(end)),
		"probes": ", ".join(sorted({row.probe for row in found}))[:140],
		"failing_samples": len(found),
		"errors": "\n".join(f"{count} × {error}" for error, count in errors),
		"first_sample": marks[0] if marks else None,
		"last_sample": marks[-1] if marks else None,
	}
	doc.update(values)


def _error(row: Any) -> str:
	"""In codes and figures that need no language: `http 503 scheduler`."""
	status = f" {row.http_status}" if row.http_status else ""
	return f"{row.failure}{status} {row.detail}".strip()


def _close(doc: Any, is_seen_back: bool) -> None:
	doc.closed_at = to_site(from_text(doc.down_until_utc))
	doc.is_back = int(is_seen_back)
	there = {row.support_request for row in doc.requests}
	during = [["filed_at", ">=", doc.opened_at], ["filed_at", "<=", doc.closed_at]]
	query = {"filters": during, "or_filters": _CONNECTIVITY, "pluck": "name"}
	for name in frappe.get_all(requests.DOCTYPE, **query, order_by="filed_at asc"):
		if name not in there:
			doc.append("requests", {"support_request": name})


def _save(doc: Any) -> None:
	doc.flags.measured = True
	doc.save(ignore_permissions=True)  # The samples speak here, and they have no role.
	doc.flags.measured = False


def _notify_agents(name: str) -> None:
	def subject() -> str:
		return _("The service was not reachable from outside: {0}").format(name)

	background.notify_on_desk(people.agents(), INCIDENT, name, subject, "Administrator")


def _at(epoch: int) -> datetime:
	return datetime.fromtimestamp(epoch, tz=timezone.utc)


def _span(row: Any) -> Span:
	return availability.epochs(from_text(row.down_from_utc), from_text(row.down_until_utc))
