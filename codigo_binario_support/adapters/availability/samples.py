"""Samples in the database and samples as values. A row's name is its probe and the second in which it begins: the
primary key keeps a second row out, and the samples of a probe lie in the order of time.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import frappe
from frappe.utils.password import get_decrypted_password

from ...domain.availability.samples import FIELDS, LONGEST_INTERVAL_SECONDS, Run, Sample, Seen, seen
from ...domain.time.intervals import Span, difference, union
from ...domain.time.windows import DAY_SECONDS
from ..site.instants import to_site

PROBE = "Availability Probe"
SAMPLE = "Availability Sample"
DAY = "Availability Day"

_INSERTED = ("name", "creation", "modified", "probe", "flag", "delivery", *FIELDS)
#: Of a probe, what begins in a span of time: the primary key finds it.
_WITHIN = "from `tabAvailability Sample` where name >= %s and name < %s and probe = %s"
_RUNS = f"""
	select min(begins), max(begins + interval_seconds), is_up
	from (
		select begins, interval_seconds, is_up,
			begins - interval_seconds * row_number() over (
				partition by is_up, interval_seconds order by begins
			) as island
		{_WITHIN} and flag = '' {{lock}}
	) as numbered
	group by is_up, interval_seconds, island
"""
#: A plain read sees the database as it was when the transaction began: what was stored while `lock` was waited for is missed.
_NOW = "lock in share mode"


def name_of(probe: str, begins: int) -> str:
	return f"{probe}:{begins:010d}"


def key_of(probe: str) -> str | None:
	"""The key of an enabled probe; None when there is no such probe, or it may not deliver."""
	return key_of_any(probe) if frappe.db.get_value(PROBE, {"name": probe, "enabled": 1}) else None


def key_of_any(probe: str) -> str | None:
	"""The key that proves a probe's samples, also once it is disabled."""
	return get_decrypted_password(PROBE, probe, "probe_key", raise_exception=False)


def link_before(probe: str, day: str) -> str | None:
	"""The link of the last sample before a day; None when nothing is known of it."""
	found = _within(f"select signature {_WITHIN} order by name desc limit 1", probe, 0, epoch_of(day))
	return found[0][0][:16] if found else None


def lock() -> list[Any]:
	"""All the probes, held until the end of the transaction: samples are stored and followed by one at a time."""
	return frappe.db.sql("select * from `tabAvailability Probe` order by name for update", as_dict=True)


def probes() -> list[str]:
	return frappe.get_all(PROBE, pluck="name", order_by="name asc")


def store(samples: Sequence[Sample], flags: Sequence[str], delivery: int, now: datetime) -> int:
	"""Store what is not there yet; returns how many that were. Call it inside `lock`."""
	names = [name_of(row.probe, row.begins) for row in samples]
	query = f"select name from `tabAvailability Sample` where name in %s {_NOW}"
	there = {name for (name,) in frappe.db.sql(query, (tuple(names) or ("",),))}
	at, new = to_site(now), []
	for name, row, flag in zip(names, samples, flags, strict=True):
		if name not in there:
			there.add(name)
			new.append((name, at, at, row.probe, flag, delivery, *(getattr(row, key) for key in FIELDS)))
	frappe.db.bulk_insert(SAMPLE, _INSERTED, new)
	return len(new)


def seen_between(start: int, end: int, is_locked: bool = False) -> Seen:
	"""What all the probes prove of a span of time (seconds since 1970).

	Of a day that is sealed the seal speaks, which outlives the samples; of the others, and where more arrived since, the
	samples. `is_locked`: called inside `lock`.
	"""
	query = _RUNS.format(lock=_NOW if is_locked else "")
	first = max(start - LONGEST_INTERVAL_SECONDS, 0)
	rows: list[Run] = []
	for probe in frappe.get_all(PROBE, fields=["name", "late_days"], order_by="name asc"):
		within = (["day", ">=", day_of(first)], ["day", "<=", day_of(end)])
		sealed = sealed_days(probe.name, ["day", "runs"], *within)
		rows += (tuple(run) for day in sealed.values() for run in json.loads(day.runs or "[]"))
		settled = sealed.keys() - set(json.loads(probe.late_days or "[]"))
		whole_days = union(_day(day) for day in settled)
		for begins, until in difference([(first, end)], whole_days):
			rows += _within(query, probe.name, begins, until)
	clipped = ((max(begins, start), min(ends, end), bool(is_up)) for begins, ends, is_up in rows)
	return seen(row for row in clipped if row[0] < row[1])


def sealed_days(probe: str, fields: list[str], *within: list[Any]) -> dict[str, Any]:
	"""The sealed days of a probe; of one that was sealed again the last word counts."""
	filters = [["probe", "=", probe], *within]
	found = frappe.get_all(DAY, filters=filters, fields=fields, order_by="version asc")
	return {row.day: row for row in found}


def failing(start: int, end: int) -> list[Any]:
	"""The failing samples of a span of time, with their probe, in order of time."""
	columns = "probe, begins, failure, http_status, detail, signature"
	query = f"select {columns} {_WITHIN} and flag = '' and is_up = 0"
	rows = [row for probe in probes() for row in _within(query, probe, start, end, as_dict=True)]
	return sorted(rows, key=lambda row: (row.begins, row.probe))


def of_day(probe: str, day: str, last_delivery: int) -> list[tuple[Sample, str]]:
	"""(sample, flag) of each sample of a day (UTC) that had come with a delivery, in order."""
	query = f"select flag, {', '.join(FIELDS)} {_WITHIN} and delivery <= %s order by name"
	return [
		(Sample(probe, begins, interval, bool(is_up), *values), flag)
		for flag, begins, interval, is_up, *values in _within(query, probe, *_day(day), last_delivery)
	]


def remove_day(probe: str, day: str, until_delivery: int) -> None:
	"""Prune the samples that a sealed day holds."""
	_within(f"delete {_WITHIN} and delivery <= %s", probe, *_day(day), until_delivery)


def last_deliveries(probe: str, first: int, until: int) -> dict[str, int]:
	"""Of each day (UTC) in a span of time that has samples: the number of its last delivery."""
	query = f"select begins div 86400, max(delivery) {_WITHIN} group by 1 order by 1"
	rows = _within(query, probe, first, until)
	return {day_of(int(number) * DAY_SECONDS): delivery for number, delivery in rows}


def _within(query: str, probe: str, start: int, end: int, *values: Any, as_dict: bool = False) -> Any:
	return frappe.db.sql(query, (name_of(probe, start), name_of(probe, end), probe, *values), as_dict=as_dict)


def _day(day: str) -> Span:
	return epoch_of(day), epoch_of(day) + DAY_SECONDS


def day_of(epoch: int) -> str:
	"""The UTC day of an instant.

	>>> day_of(0), epoch_of("1970-01-02")
	('1970-01-01', 86400)
	"""
	return datetime.fromtimestamp(max(epoch, 0), tz=timezone.utc).strftime("%Y-%m-%d")


def epoch_of(day: str) -> int:
	return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=timezone.utc).timestamp())
