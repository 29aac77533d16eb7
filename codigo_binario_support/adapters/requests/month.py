"""A month of requests as numbers: one grouped query a figure, never a row a request."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe

from ...domain.triage.verdict import IN_PART, IN_SCOPE
from ..access import people
from ..site.instants import to_site, to_text
from .requests import DOCTYPE, MERGE, OTHER_LANGUAGE

_TABLE = f"`tab{DOCTYPE}`"
#: SQL of "the request counts": what was merged into another one counts once, there.
COUNTED = f"ifnull({_TABLE}.`duplicate_of`, '') = ''"
#: SQL of when a message's request joined another one: what is written on it later is a copy of the answer there.
_JOINED_AT = f"""(select min(event.happened_at) from `tabSupport Clock Event` event
		where event.parent = {_TABLE}.name and event.action = '{MERGE}' and ifnull(event.source, '') != '')"""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Month:
	"""A span of time, and whose requests count: those of a company or, on the provider's site, of a customer."""

	start: datetime
	end: datetime
	company: str | None = None
	customer: str | None = None

	@property
	def span(self) -> Span:
		"""As the site stores instants."""
		return to_site(self.start), to_site(self.end)

	@property
	def theirs(self) -> tuple[str, list[Any]]:
		"""SQL of "the request is theirs", and its values. Duplicates too: each of them has its own words and opinions."""
		given = {"company": self.company, "customer": self.customer}
		given = {name: value for name, value in given.items() if value}
		return " and ".join(f"{_TABLE}.`{name}` = %s" for name in given) or "1 = 1", list(given.values())

	def where(self, column: str, with_duplicates: bool = False) -> tuple[str, list[Any]]:
		"""SQL of "this column lies in the month, and it is theirs", and its values. A duplicate counts with its original."""
		theirs, values = self.theirs
		counted = "1 = 1" if with_duplicates else COUNTED
		in_month = f"{_TABLE}.`{column}` >= %s and {_TABLE}.`{column}` < %s"
		return f"{in_month} and {counted} and {theirs}", [*self.span, *values]


@dataclass(frozen=True, slots=True)
class Received:
	"""How many requests were filed in a month, and the restorations among them; `longest_restore` in seconds.

	`fresh`: not answered, and filed so late that this says nothing yet. `restoring`: not restored yet.
	"""

	total: int
	in_hours: int
	answered: int
	fresh: int
	late: int
	restorations: int
	restored_late: int
	restoring: int
	longest_restore: int


def received(month: Month, open_spans: Sequence[Span], fresh_since: datetime) -> Received:
	"""What was filed in the month, counted in one query."""
	in_hours, spans = _within("filed_at", open_spans)
	(row,) = _select(
		month,
		"filed_at",
		f"""count(*) as total, sum({in_hours}) as in_hours,
			sum(answered_at is not null) as answered,
			sum(answered_at is null and filed_at >= %s) as fresh,
			sum(response_breached) as late,
			sum(restore_due_at is not null) as restorations,
			sum(restore_due_at is not null and restore_breached) as restored_late,
			sum(restore_due_at is not null and resolved_at is null) as restoring,
			max(if(restore_due_at is not null and resolved_at is not null, restore_seconds, 0)) as longest_restore""",
		given=[*spans, to_site(fresh_since)],
		as_dict=True,
	)
	return Received(**{key: int(value or 0) for key, value in row.items()})


def answers(month: Month, open_spans: Sequence[Span]) -> tuple[int, int]:
	"""First answers given in the month, whenever their request came: in support hours, and outside of them."""
	in_hours, spans = _within("answered_at", open_spans)
	((total, inside),) = _select(month, "answered_at", f"count(*), sum({in_hours})", given=spans)
	return int(inside or 0), int(total) - int(inside or 0)


def answer_minutes(month: Month) -> Counter:
	"""Open minutes until the first answer -> how many of the month's requests."""
	answered = "and answered_at is not null group by 1 order by 1"
	rows = _select(month, "filed_at", "response_seconds div 60, count(*)", answered)
	return Counter({int(minutes or 0): count for minutes, count in rows})


def by(month: Month, *columns: str) -> list[tuple[Any, ...]]:
	"""Requests of the month by some columns, the count last, most first."""
	names = ", ".join(f"ifnull({_TABLE}.`{column}`, '')" for column in columns)
	order = f"group by {names} order by total desc, {names}"
	return _select(month, "filed_at", f"{names}, count(*) as total", order)


def ratings(month: Month) -> tuple[int, float]:
	"""How many ratings were given in the month, and their average."""
	where, values = month.where("rated_at", with_duplicates=True)
	row = frappe.db.sql(f"select count(*), avg(rating) from {_TABLE} where {where} and rating > 0", values)[0]
	return int(row[0]), float(row[1] or 0)


def restorations(month: Month, limit: int) -> list[Any]:
	"""The requests of the month that had to be restored: `name`, `restore_breached`, `filed_at`."""
	promised = f"and restore_due_at is not null order by restore_breached desc, filed_at limit {int(limit)}"
	columns = "name, filed_at, restore_breached, resolved_at"
	return _select(month, "filed_at", columns, promised, as_dict=True)


def _select(
	month: Month, column: str, selected: str, more: str = "", given: Sequence[Any] = (), as_dict: bool = False
) -> Any:
	"""Of the month's requests by an instant: columns that may use `given` values, and what follows the condition."""
	where, values = month.where(column)
	sql = f"select {selected} from {_TABLE} where {where} {more}"
	return frappe.db.sql(sql, [*given, *values], as_dict=as_dict)


def written_answers(month: Month, limit: int) -> tuple[int, list[Any]]:
	"""How many answers agents wrote on work that is in scope, and the last ones: `request`, `at`, `content`, and whether a
	person confirmed that what was answered there is not in Spanish (`is_confirmed`).
	"""
	in_month = [["at_utc", ">=", to_text(month.start)], ["at_utc", "<", to_text(month.end)]]
	answered = [["event", "=", "first_reply"], *in_month]
	agents = tuple({*people.agents(), *_different("Support Clock Event", "user", answered)}) or ("",)
	theirs, values = month.theirs
	condition = f"""from `tabCommunication` message join {_TABLE} on {_TABLE}.name = message.reference_name
		where message.reference_doctype = %s and message.communication_type = 'Communication'
		and message.creation >= %s and message.creation < %s
		and (message.owner in %s or message.sender in %s)
		and (message.sent_or_received = 'Sent' or message.communication_medium = 'Chat')
		and message.owner != {_TABLE}.raised_by
		and not ifnull(message.creation >= {_JOINED_AT} and not {COUNTED}, 0)
		and {_TABLE}.verdict in ('{IN_SCOPE}', '{IN_PART}') and {theirs}"""
	bound = [DOCTYPE, *month.span, agents, agents, *values]
	count = frappe.db.sql(f"select count(*) {condition}", bound)[0][0]
	rows = frappe.db.sql(
		f"""select {_TABLE}.name as request, message.creation as at, message.content,
			exists (select 1 from `tabSupport Clock Event` event
				where event.parent = {_TABLE}.name and event.action = '{OTHER_LANGUAGE}') as is_confirmed
		{condition} order by message.creation desc limit {int(limit)}""",
		bound,
		as_dict=True,
	)
	return int(count), rows


def companies(month: Month) -> list[str]:
	"""The companies with a request filed before the end of the month."""
	return _different(DOCTYPE, "company", [["filed_at", "<", month.span[1]], ["company", "is", "set"]])


def customers(month: Month) -> list[str]:
	"""The customers with a request in the month."""
	start, end = month.span
	filed = [["filed_at", ">=", start], ["filed_at", "<", end]]
	return _different(DOCTYPE, "customer", [*filed, ["customer", "is", "set"]])


def _different(doctype: str, field: str, filters: list[list[Any]]) -> list[str]:
	return frappe.get_all(doctype, filters=filters, pluck=field, distinct=True, order_by=f"{field} asc")


def _within(column: str, spans: Iterable[Span]) -> tuple[str, list[datetime]]:
	"""SQL of "this column lies in one of the spans", and its values."""
	values = [to_site(at) for span in spans for at in span]
	parts = [f"(`{column}` >= %s and `{column}` < %s)"] * (len(values) // 2)
	return f"ifnull({' or '.join(parts) or '0'}, 0)", values
