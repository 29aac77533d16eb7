"""Sums over requests, as their reader may see them: one grouped query a figure, never a row a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.utils import get_system_timezone

from ...domain.evidence import metrics
from ...domain.time.windows import SlaWindow
from ..access import people
from ..policy import promises
from ..site.errors import refusing
from ..site.instants import to_site, utc_now
from .month import COUNTED
from .requests import DOCTYPE


@dataclass(frozen=True, slots=True)
class Months:
	"""The months of a report, and their bounds as the site stores instants."""

	names: list[str]
	bounds: list[datetime]
	#: The site's wall clock is the policy's, so it names a month by itself.
	is_site_zone: bool

	def name(self, position: int) -> str:
		"""The month of a position that `by_month` gives, from 1."""
		return self.names[position - 1]


def months(period: str | None) -> Months:
	"""A period's months in the policy's zone. Throws when it is none."""
	zone = promises.zone()
	with refusing():
		names = metrics.months(period, utc_now().astimezone(zone).date())
	bounds = [to_site(at) for at in metrics.bounds(names, zone)]
	return Months(names, bounds, str(zone) == get_system_timezone())


def by_month(
	span: Months, groups: Sequence[str] = (), sums: Mapping[str, str] | None = None, **what: Any
) -> list[dict[str, Any]]:
	"""Requests by the month they were filed in (`month`, from 1) and some columns, with `total` and other sums.

	`groups`, `sums`, `where` and `counted`, which leaves duplicates out, are SQL of the caller's own, never of a user's.
	"""
	if span.is_site_zone:
		# Counted on the wall clock, where that is the policy's: it costs a third less than asking each bound.
		year, number = map(int, span.names[0].split("-"))
		month = "year(`filed_at`) * 12 + month(`filed_at`) - %s"
		values: Sequence[Any] = [year * 12 + number - 1]
	else:
		month, values = " + ".join(["(`filed_at` >= %s)"] * len(span.names)), span.bounds[:-1]
	return _grouped(span, [f"({month}) as `month`", *groups], values, sums, **what)


def by_hour(span: Months, window: SlaWindow) -> list[tuple[datetime, int]]:
	"""(site's own instant, how many) of what was filed in each hour, or in each quarter of it where that is needed.

	Zones differ by whole quarters of an hour: none of these lies on both sides of an hour, or of the window's edges.
	"""
	minutes = 60 if window.is_hourly and str(window.zone) == get_system_timezone() else 15
	time = f"maketime(hour(`filed_at`), minute(`filed_at`) div {minutes} * {minutes}, 0)"
	rows = _grouped(span, [f"timestamp(date(`filed_at`), {time}) as `at`"])
	return [(row["at"], row["total"]) for row in rows]


def _grouped(
	span: Months,
	groups: Sequence[str],
	values: Sequence[Any] = (),
	sums: Mapping[str, str] | None = None,
	where: str = "",
	counted: str = COUNTED,
) -> list[dict[str, Any]]:
	# What the reader may not see is not counted either.
	conditions = [where, counted, build_match_conditions(DOCTYPE)]
	columns = [*groups, "count(*) as `total`", *_named(sums or {})]
	keys = ", ".join(str(position) for position in range(1, len(groups) + 1))
	return frappe.db.sql(
		f"select {', '.join(columns)} from `tab{DOCTYPE}` where `filed_at` >= %s and `filed_at` < %s"
		f" and {' and '.join(f'({sql})' for sql in conditions if sql)} group by {keys} order by {keys}",
		[*values, span.bounds[0], span.bounds[-1]],
		as_dict=True,
	)


def _named(sums: Mapping[str, str]) -> list[str]:
	return [f"{sql} as `{name}`" for name, sql in sums.items()]


def by_party(span: Months, doctype: str, based_on: str, sums: Mapping[str, str]) -> dict[str, dict[str, Any]]:
	"""Sums over rows that name a request (`support_request`), of a period, by the customer or the company.

	Only rows of requests that the reader may see. `based_on` and `sums` are SQL of the caller's own.
	"""
	match = build_match_conditions(DOCTYPE) or "1 = 1"
	rows = frappe.db.sql(
		f"select {', '.join([f'{party_sql()} as `party`', *_named(sums)])} from `tab{doctype}` `entry`"
		f" join `tab{DOCTYPE}` on `tab{DOCTYPE}`.name = `entry`.support_request"
		f" where {based_on} >= %s and {based_on} < %s and ({match}) group by 1 order by 1",
		(span.bounds[0], span.bounds[-1]),
		as_dict=True,
	)
	return {row.pop("party"): row for row in rows}


def party_sql() -> str:
	"""Who asked: the customer on the provider's site, else the company."""
	column = "customer" if people.is_provider_site() else "company"
	return f"ifnull(`tab{DOCTYPE}`.`{column}`, '')"
