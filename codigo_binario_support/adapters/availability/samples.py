"""Samples in the database and samples as values. A row's name is its probe and the second in which it begins: the
primary key keeps a second row out, and the samples of a probe lie in the order of time.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import frappe
from frappe.utils.password import get_decrypted_password

from ...domain.availability.samples import LONGEST_INTERVAL_SECONDS, Run, Sample, Seen, seen
from ...domain.time.intervals import Span, difference, union
from ..site.instants import to_site

PROBE = "Availability Probe"
SAMPLE = "Availability Sample"
DAY = "Availability Day"

_COLUMNS = (
	"begins",
	"interval_seconds",
	"is_up",
	"failure",
	"http_status",
	"latency_ms",
	"certificate_days",
	"tries",
	"detail",
	"previous",
	"signature",
)
_INSERTED = ("name", "creation", "modified", "probe", "flag", "delivery", *_COLUMNS)
_RUNS = """
	select min(begins), max(begins + interval_seconds), is_up
	from (
		select begins, interval_seconds, is_up,
			begins - interval_seconds * row_number() over (
				partition by is_up, interval_seconds order by begins
			) as island
		from `tabAvailability Sample`
		where name >= %s and name < %s and probe = %s and flag = '' {lock}
	) as numbered
	group by is_up, interval_seconds, island
"""
#: A plain read sees the database as it was when the transaction began: what was stored while `lock` was waited for is missed.
_NOW = "lock in share mode"


def name_of(probe: str, begins: int) -> str:
	return f"{probe}:{begins:010d}"


def key_of(probe: str) -> str | None:
	"""The key of an enabled probe; None when there is no such probe, or it may not deliver."""
	if not frappe.db.get_value(PROBE, {"name": probe, "enabled": 1}):
		return None
	return key_of_any(probe)


def key_of_any(probe: str) -> str | None:
	"""The key that proves a probe's samples, also once it is disabled."""
	return get_decrypted_password(PROBE, probe, "probe_key", raise_exception=False)


def link_before(probe: str, day: str) -> str | None:
	"""The link of the last sample before a day; None when nothing is known of it."""
	start = epoch_of(day)
	found = frappe.db.sql(
		"""select signature from `tabAvailability Sample`
		where name >= %s and name < %s and probe = %s order by name desc limit 1""",
		(name_of(probe, 0), name_of(probe, start), probe),
	)
	return found[0][0][:16] if found else None


def lock() -> list[Any]:
	"""All the probes, held until the end of the transaction: samples are stored and followed by one at a time."""
	return frappe.db.sql(
		"select name, enabled, deliveries, last_ends, unfollowed_from, late_days from `tabAvailability Probe` order by name for update",
		as_dict=True,
	)


def probes() -> list[str]:
	return frappe.get_all(PROBE, pluck="name", order_by="name asc")


def store(samples: Sequence[Sample], flags: Sequence[str], delivery: int, now: datetime) -> int:
	"""Store what is not there yet; returns how many that were. Call it inside `lock`."""
	names = [name_of(row.probe, row.begins) for row in samples]
	there = {
		name
		for (name,) in frappe.db.sql(
			f"select name from `tabAvailability Sample` where name in %s {_NOW}", (tuple(names) or ("",),)
		)
	}
	at, values = to_site(now), []
	for name, row, flag in zip(names, samples, flags, strict=True):
		if name not in there:
			there.add(name)
			values.append((name, at, at, row.probe, flag, delivery, *(getattr(row, key) for key in _COLUMNS)))
	frappe.db.bulk_insert(SAMPLE, _INSERTED, values)
	return len(values)


def seen_between(start: int, end: int, is_locked: bool = False) -> Seen:
	"""What all the probes prove of a span of time (seconds since 1970).

	Of a day that is sealed the seal speaks, which outlives the samples; of the others, and where more arrived since, the
	samples. `is_locked`: called inside `lock`.
	"""
	query = _RUNS.format(lock=_NOW if is_locked else "")
	first = max(start - LONGEST_INTERVAL_SECONDS, 0)
	rows: list[Run] = []
	for probe in frappe.get_all(PROBE, fields=["name", "late_days"], order_by="name asc"):
		sealed = _sealed_runs(probe.name, first, end)
		rows += (run for runs in sealed.values() for run in runs)
		settled = sealed.keys() - set(json.loads(probe.late_days or "[]"))
		for begins, until in difference([(first, end)], union(_whole_day(day) for day in settled)):
			names = (name_of(probe.name, begins), name_of(probe.name, until))
			rows += frappe.db.sql(query, (*names, probe.name))
	clipped = ((max(begins, start), min(ends, end), bool(is_up)) for begins, ends, is_up in rows)
	return seen(row for row in clipped if row[0] < row[1])


def _sealed_runs(probe: str, start: int, end: int) -> dict[str, list[Run]]:
	"""The runs of the sealed days; of one that was sealed again the last word counts."""
	latest: dict[str, str] = {}
	for row in frappe.get_all(
		DAY,
		filters=[["probe", "=", probe], ["day", ">=", day_of(start)], ["day", "<=", day_of(end)]],
		fields=["day", "runs"],
		order_by="version asc",
	):
		latest[row.day] = row.runs
	return {day: [tuple(run) for run in json.loads(runs or "[]")] for day, runs in latest.items()}


def _whole_day(day: str) -> Span:
	return epoch_of(day), epoch_of(day) + 86_400


def failing(spans: Sequence[Span]) -> list[Any]:
	"""The failing samples in some spans, with their probe, in order of time."""
	rows: list[Any] = []
	for probe in probes():
		for start, end in spans:
			rows += frappe.db.sql(
				"""select probe, begins, failure, http_status, detail, signature from `tabAvailability Sample`
				where name >= %s and name < %s and probe = %s and flag = '' and is_up = 0 order by name""",
				(name_of(probe, start), name_of(probe, end), probe),
				as_dict=True,
			)
	return sorted(rows, key=lambda row: (row.begins, row.probe))


def of_day(probe: str, day: str, until_delivery: int | None = None) -> list[tuple[Sample, str, int]]:
	"""(sample, flag, number of its delivery) of each sample of a day (UTC), in order."""
	start = epoch_of(day)
	rows = frappe.db.sql(
		f"""select flag, delivery, {", ".join(_COLUMNS)} from `tabAvailability Sample`
		where name >= %s and name < %s and probe = %s order by name""",
		(name_of(probe, start), name_of(probe, start + 86_400), probe),
	)
	return [
		(Sample(probe, begins, interval, bool(is_up), *values), flag, delivery)
		for flag, delivery, begins, interval, is_up, *values in rows
		if until_delivery is None or delivery <= until_delivery
	]


def remove_day(probe: str, day: str, until_delivery: int) -> None:
	"""Prune the samples that a sealed day holds."""
	start = epoch_of(day)
	frappe.db.sql(
		"delete from `tabAvailability Sample` where name >= %s and name < %s and probe = %s and delivery <= %s",
		(name_of(probe, start), name_of(probe, start + 86_400), probe, until_delivery),
	)


def last_deliveries(probe: str, first: int, until: int) -> dict[str, int]:
	"""Of each day (UTC) in a span of time that has samples: the number of its last delivery."""
	rows = frappe.db.sql(
		"""select begins div 86400, max(delivery) from `tabAvailability Sample`
		where name >= %s and name < %s and probe = %s group by 1 order by 1""",
		(name_of(probe, first), name_of(probe, until), probe),
	)
	return {day_of(int(number) * 86_400): delivery for number, delivery in rows}


def day_of(epoch: int) -> str:
	"""The UTC day of an instant.

	>>> day_of(0), epoch_of("1970-01-02")
	('1970-01-01', 86400)
	"""
	return datetime.fromtimestamp(max(epoch, 0), tz=timezone.utc).strftime("%Y-%m-%d")


def epoch_of(day: str) -> int:
	return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=timezone.utc).timestamp())
