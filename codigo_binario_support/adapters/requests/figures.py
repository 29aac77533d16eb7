"""Sums over requests, as their reader may see them: one grouped query a figure, never a row a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.utils import get_system_timezone

from ...domain.evidence import metrics
from ...domain.time.windows import SlaWindow
from ..access import people
from ..policy import promises
from ..site.errors import throw
from ..site.instants import to_site
from ..site.now import utc_now
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
	try:
		names = metrics.months(period, utc_now().astimezone(zone).date())
	except metrics.FigureError as error:
		throw(error)
	bounds = [to_site(at) for at in metrics.bounds(names, zone)]
	return Months(names, bounds, str(zone) == get_system_timezone())


def by_month(
	span: Months,
	groups: Sequence[str] = (),
	sums: Mapping[str, str] | None = None,
	where: str = "",
	counted: str = COUNTED,
) -> list[dict[str, Any]]:
	"""Requests by the month they were filed in (`month`, from 1) and some columns, with `total` and other sums.

	`groups`, `sums`, `where` and `counted`, which leaves duplicates out, are SQL of the caller's own, never of a user's.
	"""
	month, values = _month(span)
	return _grouped([f"({month}) as `month`", *groups], sums or {}, values, span, where, counted)


def _month(span: Months) -> tuple[str, list[Any]]:
	"""SQL of a month's position from 1: counted on the wall clock where that is the policy's, which costs a third less
	than asking each bound.
	"""
	if span.is_site_zone:
		year, month = map(int, span.names[0].split("-"))
		return "year(`filed_at`) * 12 + month(`filed_at`) - %s", [year * 12 + month - 1]
	return " + ".join(["(`filed_at` >= %s)"] * len(span.names)), span.bounds[:-1]


def by_hour(span: Months, window: SlaWindow) -> list[tuple[datetime, int]]:
	"""(site's own instant, how many) of what was filed in each hour, or in each quarter of it where that is needed.

	Zones differ by whole quarters of an hour: none of these lies on both sides of an hour, or of the window's edges.
	"""
	minutes = 60 if window.is_hourly and str(window.zone) == get_system_timezone() else 15
	rows = _grouped(
		[
			"date(`filed_at`) as `day`",
			f"hour(`filed_at`) * 60 + minute(`filed_at`) div {minutes} * {minutes} as `minute`",
		],
		{},
		[],
		span,
		"",
	)
	midnight = time()
	return [
		(datetime.combine(row["day"], midnight) + timedelta(minutes=row["minute"]), row["total"])
		for row in rows
	]


def _grouped(
	groups: Sequence[str],
	sums: Mapping[str, str],
	values: Sequence[Any],
	span: Months,
	where: str,
	counted: str = COUNTED,
) -> list[dict[str, Any]]:
	conditions = ["`filed_at` >= %s", "`filed_at` < %s", counted]
	bound = [*values, span.bounds[0], span.bounds[-1]]
	if where:
		conditions.append(where)
	# What the reader may not see is not counted either.
	if match := build_match_conditions(DOCTYPE):
		conditions.append(f"({match})")
	columns = [*groups, "count(*) as `total`", *(f"{sql} as `{name}`" for name, sql in sums.items())]
	keys = ", ".join(str(position) for position in range(1, len(groups) + 1))
	return frappe.db.sql(
		f"select {', '.join(columns)} from `tab{DOCTYPE}` where {' and '.join(conditions)}"
		f" group by {keys} order by {keys}",
		bound,
		as_dict=True,
	)


def by_party(span: Months, doctype: str, based_on: str, sums: Mapping[str, str]) -> dict[str, dict[str, Any]]:
	"""Sums over rows that name a request (`support_request`), of a period, by the customer or the company.

	Only rows of requests that the reader may see. `based_on` and `sums` are SQL of the caller's own.
	"""
	match = build_match_conditions(DOCTYPE)
	columns = ", ".join(f"{sql} as `{name}`" for name, sql in sums.items())
	rows = frappe.db.sql(
		f"select {party_sql()} as `party`, {columns} from `tab{doctype}` `entry`"
		f" join `tab{DOCTYPE}` on `tab{DOCTYPE}`.name = `entry`.support_request"
		f" where {based_on} >= %s and {based_on} < %s {f'and ({match})' if match else ''} group by 1 order by 1",
		(span.bounds[0], span.bounds[-1]),
		as_dict=True,
	)
	return {row.pop("party"): row for row in rows}


def party_sql() -> str:
	"""Who asked: the customer on the provider's site, else the company."""
	column = "customer" if people.is_provider_site() else "company"
	return f"ifnull(`tab{DOCTYPE}`.`{column}`, '')"
