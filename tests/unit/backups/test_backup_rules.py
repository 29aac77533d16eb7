"""Rules about backup sets: what they must hold, when one is due, which ones stay, how their copies are compared."""

from __future__ import annotations

import hashlib
import io
import pickle
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support import shipped
from codigo_binario_support.domain.backups import offsite, retention, runs, verification
from codigo_binario_support.domain.backups import sets as backup_sets
from codigo_binario_support.domain.backups.inventory import (
	KEY_TABLES,
	Inventory,
	StoredFile,
	Table,
	TableReading,
)
from codigo_binario_support.domain.backups.retention import RetentionPolicy, StoredSet, kept
from codigo_binario_support.domain.backups.sets import FileReading, Gap, days, longest_gap, whole
from codigo_binario_support.domain.backups.verification import Expected, assess_set, usual_bytes

MEXICO = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=timezone.utc)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TABLES = frozenset((*KEY_TABLES, "tabItem"))


def reading(**changes):
	"""A whole set, with changes by kind: `reading(database={"tables": ...})`."""
	rows = {
		"database": FileReading(
			backup_sets.DATABASE,
			"d.sql.gz",
			1000,
			nature="gzip",
			tables=TABLES,
			filled=TABLES,
			newest="2026-11-24 09:59:00",
		),
		"public": FileReading(
			backup_sets.PUBLIC, "f.tar", 1000, nature="tar", members={"public/files/a.png": 10}
		),
		"private": FileReading(
			backup_sets.PRIVATE, "p.tar", 1000, nature="tar", members={"private/files/b.pdf": 20}
		),
		"config": FileReading(backup_sets.CONFIG, "c.json", 100),
	}
	return whole(replace(row, **changes.get(name, {})) for name, row in rows.items())


EXPECTED = Expected(
	tables=TABLES,
	filled=frozenset(KEY_TABLES),
	newest="2026-11-24 09:00:00",
	latest="2026-11-25 12:00:00",
	files={"public/files/a.png": 10, "private/files/b.pdf": None},
	usual_bytes={kind: 1000 for kind in backup_sets.KINDS},
)


def test_a_set_that_holds_what_the_site_held_stays_verified():
	assert assess_set(reading(), EXPECTED) == reading()


@pytest.mark.parametrize(
	("changes", "expected", "problem", "found"),
	[
		({"database": {"tables": TABLES - {"tabItem"}}}, {}, backup_sets.MISSING_TABLES, "1: tabItem"),
		({"database": {"filled": TABLES - {"tabUser"}}}, {}, backup_sets.EMPTY_TABLES, "1: tabUser"),
		({"database": {"newest": "2026-11-20 10:00:00"}}, {}, backup_sets.OLD_CONTENT, "expected 2026-11-24"),
		({"database": {"newest": ""}}, {}, backup_sets.OLD_CONTENT, "no date"),
		({"database": {"newest": "2026-11-27 10:00:00"}}, {}, backup_sets.OLD_CONTENT, "later than"),
		({"public": {"members": {}}}, {}, backup_sets.MISSING_FILES, "1: public/files/a.png"),
		({"public": {"members": {"public/files/a.png": 9}}}, {}, backup_sets.MISSING_FILES, "other size"),
		(
			{"private": {"members": {"public/files/b.pdf": 20}}},
			{},
			backup_sets.MISSING_FILES,
			"private/files",
		),
		({"private": {"size_bytes": 499}}, {}, backup_sets.SHRUNKEN, "usually 1000"),
		({}, {"must_be_encrypted": True}, backup_sets.NOT_ENCRYPTED, "plain"),
	],
)
def test_what_is_not_as_it_must_be_has_a_name(changes, expected, problem, found):
	judged = assess_set(reading(**changes), replace(EXPECTED, **expected))
	assert judged.problem == problem
	assert found in next(row.found for row in judged.files if row.problem)
	assert judged.verdict == (
		backup_sets.NOT_PROVEN if problem == backup_sets.SHRUNKEN else backup_sets.FAILED
	)


def test_what_is_damaged_keeps_the_name_of_its_damage():
	damaged = reading(database={"problem": backup_sets.TRUNCATED, "tables": frozenset()})
	assert assess_set(damaged, EXPECTED).problem == backup_sets.TRUNCATED


def test_an_encrypted_set_is_what_an_encrypted_site_asks_for():
	encrypted = {"is_encrypted": True, "nature": "gpg"}
	judged = assess_set(
		reading(database=encrypted, public=encrypted, private=encrypted),
		replace(EXPECTED, must_be_encrypted=True),
	)
	assert (judged.verdict, judged.encryption) == (backup_sets.VERIFIED, backup_sets.ENCRYPTED)


def test_a_manifest_expects_what_was_there_before_and_after():
	busy = TableReading(5, "2026-11-24 09:30:00.123456", "v1", 1)
	tables = {name: Table(TableReading(3), TableReading(3)) for name in KEY_TABLES}
	tables |= {
		"tabVersion": Table(busy, busy._replace(rows=9)),
		"tabEmpty": Table(TableReading(0), TableReading(0)),
	}
	tables |= {"tabGrows": Table(TableReading(0), TableReading(4))}
	held = Inventory(
		site="erp.mx",
		set_key="k",
		taken_at=NOW,
		finished_at=NOW,
		tables=tables,
		files={"public/files/a": StoredFile(1, "x"), "public/files/new": StoredFile(2, "y", is_exact=False)},
	)
	expected = verification.of_manifest(held)
	assert expected.tables == frozenset(tables)
	assert expected.filled == frozenset(KEY_TABLES), "one that grew may have been dumped empty"
	assert expected.newest == "2026-11-24 09:30:00"
	assert expected.files == {"public/files/a": 1}


def test_fewer_than_three_sets_are_no_trend():
	assert usual_bytes([{"a": 5}, {"a": 7}]) == {}
	assert usual_bytes([{"a": 5}, {"a": 700}, {"a": 7}]) == {"a": 7}


def test_every_problem_says_what_to_do():
	problems = (*backup_sets.PROBLEMS, *runs.RUN_PROBLEMS, *offsite.COPY_PROBLEMS, offsite.STALE)
	assert [problem for problem in problems if not offsite.advice(problem)] == []


def test_every_reason_why_a_set_stays_is_said():
	names = ("NEWEST", "DAILY", "WEEKLY", "MONTHLY", "NO_RECORD", "FOREIGN", "RECENT", "TOO_FEW")
	assert shipped.backup_words()["kept"].keys() == {getattr(retention, name) for name in names}


@pytest.mark.parametrize(
	("newest", "is_due"),
	[(None, True), (NOW - 20 * HOUR, True), (NOW - 20 * HOUR + timedelta(seconds=1), False), (NOW, False)],
)
def test_a_set_is_due_well_before_the_last_one_is_a_day_old(newest, is_due):
	assert runs.is_due(NOW, newest, 20 * 3600) is is_due


def test_room_is_asked_for_by_the_last_dump_and_by_what_lies_there_now():
	plain = runs.needed_bytes({backup_sets.DATABASE: 100 << 20}, 10 << 30, (50 << 20, 10 << 20), False)
	assert 180 << 20 < plain - runs.RESERVE_BYTES < 200 << 20
	first = runs.needed_bytes({}, 1 << 30, (0, 0), False)
	assert first - runs.RESERVE_BYTES > 500 << 20
	encrypted = runs.needed_bytes({backup_sets.DATABASE: 100 << 20}, 10 << 30, (50 << 20, 10 << 20), True)
	assert encrypted - plain == int((100 << 20) * 1.2), "gpg writes a copy beside the largest file"


def test_an_error_of_a_run_crosses_a_process():
	error = pickle.loads(pickle.dumps(runs.MakingError(runs.DUMP_FAILED, "refused")))
	assert (error.problem, error.values["found"]) == (runs.DUMP_FAILED, "refused")


# Days and the hours between sets


def test_a_day_with_a_set_and_a_gap_of_more_than_a_day_is_late():
	taken = [datetime(2026, 11, 22, 7, tzinfo=timezone.utc), datetime(2026, 11, 23, 20, tzinfo=timezone.utc)]
	rows = days(date(2026, 11, 22), date(2026, 11, 23), taken, MEXICO)
	assert [row.state for row in rows] == [backup_sets.KEPT, backup_sets.LATE]
	assert rows[1].gap == Gap(*taken, seconds=37 * 3600)


def test_a_gap_belongs_to_every_day_that_it_touches():
	taken = [NOW, NOW + 4 * DAY]
	first = NOW.astimezone(MEXICO).date()
	rows = days(first, first + 5 * DAY, taken, MEXICO)
	assert [row.state for row in rows] == ["Kept", "Not kept", "Not kept", "Not kept", "Late", "Not kept"]
	end = datetime(2026, 11, 27, 6, tzinfo=timezone.utc)
	assert rows[2].gap == Gap(NOW, None, int((end - NOW).total_seconds()))
	assert rows[5].gap.until is None


def test_exactly_the_promised_time_between_two_sets_is_no_gap():
	assert longest_gap(NOW, NOW + DAY, [NOW, NOW + DAY]) is None
	assert longest_gap(NOW, NOW + 3 * DAY, [NOW, NOW + DAY + timedelta(seconds=1)]) is not None


@given(st.lists(st.integers(0, 10 * 24 * 60), max_size=12), st.integers(0, 9))
def test_a_day_is_late_when_some_minute_of_it_had_no_set_young_enough(minutes, offset):
	"""The oracle asks every minute of the day how old the newest set is."""
	start = datetime(2026, 11, 10, 6, tzinfo=timezone.utc)
	taken = [start + timedelta(minutes=minute) for minute in minutes]
	day = start.astimezone(MEXICO).date() + timedelta(days=offset)
	(row,) = days(day, day, taken, MEXICO)
	begin = start + timedelta(days=offset)
	worst = 0
	for at in (begin + timedelta(minutes=minute) for minute in range(24 * 60)):
		before = [taken_at for taken_at in taken if taken_at <= at]
		if before:
			worst = max(worst, (at - max(before)).total_seconds())
	# Within its last minute a day may pass the limit by less than the oracle's step.
	assert (row.gap is not None) is (worst > 86_400) or abs(worst - 86_400) <= 60
	assert row.sets == sum(begin <= at < begin + DAY for at in taken)


# Retention


def stored(ages_hours, **changes):
	return [StoredSet(str(age), NOW - age * HOUR, True, **changes) for age in ages_hours]


def test_the_newest_of_each_day_week_and_month_stays():
	sets = stored(range(0, 24 * 400, 12))
	reasons = kept(sets, RetentionPolicy(), NOW, MEXICO)
	staying = sorted(row.taken_at.astimezone(MEXICO).date() for row in sets if row.key in reasons)
	months = [date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]
	weeks = [date(2026, 11, 8), date(2026, 11, 15)]
	assert staying == [*months, *weeks, *(date(2026, 11, day) for day in range(18, 25))]


def test_a_set_without_a_record_and_one_of_others_stays():
	old = StoredSet("old", NOW - 900 * DAY, True, is_recorded=False)
	foreign = StoredSet("foreign", NOW - 901 * DAY, True, is_foreign=True)
	sets = [*stored(range(0, 240, 20)), old, foreign]
	policy = RetentionPolicy(monthly=0, weekly=0)
	reasons = kept(sets, policy, NOW, MEXICO)
	assert (reasons["old"], reasons["foreign"]) == (retention.NO_RECORD, retention.FOREIGN)
	assert "foreign" not in kept(sets, replace(policy, expires_foreign=True), NOW, MEXICO)


def test_a_bad_set_stays_for_a_while_and_keeps_no_good_one_company():
	bad = [StoredSet("new bad", NOW - DAY, False), StoredSet("old bad", NOW - 30 * DAY, False)]
	reasons = kept([*stored((1, 25, 49)), *bad], RetentionPolicy(), NOW, MEXICO)
	assert reasons["new bad"] == retention.RECENT
	assert "old bad" not in reasons


_SETS = st.lists(
	st.builds(
		StoredSet,
		st.uuids().map(str),
		st.integers(0, 24 * 60 * 500).map(lambda minutes: NOW - timedelta(minutes=minutes)),
		st.booleans(),
		st.booleans(),
		st.booleans(),
	),
	max_size=40,
)


@given(
	_SETS,
	st.builds(RetentionPolicy, st.integers(1, 9), st.integers(0, 5), st.integers(0, 7), st.integers(1, 4)),
)
def test_the_newest_verified_sets_always_stay_and_never_fewer_than_two(sets, policy):
	reasons = kept(sets, policy, NOW, MEXICO)
	verified = sorted((row for row in sets if row.is_verified), key=lambda row: row.taken_at, reverse=True)
	staying = [row for row in verified if row.key in reasons]
	assert len(staying) >= min(policy.least, len(verified))
	if verified:
		assert max(row.taken_at for row in staying) == verified[0].taken_at
	assert all(row.key in reasons for row in sets if not row.is_recorded)
	if len(verified) < policy.least:
		assert len(reasons) == len(sets)
	again = kept([row for row in sets if row.key in reasons], policy, NOW, MEXICO)
	assert set(again) == set(reasons), "a second look removes nothing more"


# Copies off-site


@given(st.integers(0, 10**13), st.integers(1, 1 << 30))
def test_a_file_never_has_more_parts_than_a_store_takes(size, wanted):
	each = offsite.part_bytes(size, wanted)
	assert each >= offsite.LEAST_PART_BYTES
	assert -(-size // each) <= 10_000


@given(st.integers(0, 10_000), st.integers(1, 3_000))
def test_the_parts_of_a_file_are_the_file(size, each):
	content = bytes(i % 251 for i in range(size))
	found = list(offsite.parts(io.BytesIO(content), size, each))
	assert b"".join(found) == content
	assert list(offsite.parts(io.BytesIO(b"abcde"), 5, 2)) == [b"ab", b"cd", b"e"]
	assert len(found) == max(-(-size // each), 1)
	assert all(len(part) == each for part in found[:-1])


def test_the_checksum_of_parts_is_that_of_the_store():
	digests = [hashlib.md5(content).digest() for content in (b"a" * 10, b"b")]
	assert offsite.etag(digests) == hashlib.md5(b"".join(digests)).hexdigest() + "-2"
	assert offsite.etag(digests[:1]) == digests[0].hex()


def test_the_newest_set_in_the_store_is_one_that_is_complete():
	def names(stamp):
		start = f"{stamp}-erp_mx"
		return [
			f"{start}-database.sql.gz",
			f"{start}-files.tar",
			f"{start}-private-files.tar",
			f"{start}-site_config_backup.json",
		]

	found = [*names("20261122_010101"), *names("20261123_010101")[:3], "notes.txt"]
	assert offsite.newest_complete(found, "erp_mx") == "20261122_010101-erp_mx"
	assert offsite.newest_complete(found, "other") == ""


def test_a_copy_is_as_old_as_its_dump():
	assert offsite.is_stale(NOW, None, 86_400, 0)
	assert not offsite.is_stale(NOW, NOW - DAY, 86_400, 3_600)
	assert offsite.is_stale(NOW, NOW - DAY - 2 * HOUR, 86_400, 3_600)
