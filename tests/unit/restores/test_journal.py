"""The journal of a restore: what is done stays done, and whoever reads it knows what state the site is in."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.restores import databases
from codigo_binario_support.domain.restores.drills import Step
from codigo_binario_support.domain.restores.journal import (
	AS_BEFORE,
	BETWEEN,
	ORDER,
	RESTORED,
	WENT_BACK,
	Journal,
	JournalError,
	RestoreTarget,
	parse,
	serialize,
)

counts = st.integers(0, len(ORDER))


def example() -> Journal:
	"""A journal at its beginning."""
	at = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
	old, new = RestoreTarget("_old", "a"), RestoreTarget("cbsr_7396be84_7_beef", "b")
	return Journal("20261123_020000-erp_mx", "/backups", at, at, old, new, {"maintenance_mode": None})


def after(count: int) -> Journal:
	journal = example()
	for step in ORDER[:count]:
		journal = journal.beginning(step).doing(step, (Step(step, 1.5, "Passed", "línea\n«dos»"),))
	return journal


@given(counts)
def test_what_was_written_is_read_again(count):
	journal = replace(after(count), running_since=example().started_at, interruptions=count)
	assert parse(serialize(journal)) == journal


@given(counts)
def test_a_step_is_done_once_and_in_its_order(count):
	journal = after(count)
	assert journal.next_step == (ORDER[count] if count < len(ORDER) else None)
	assert [row.name for row in journal.steps] == list(ORDER[:count])
	for step in set(ORDER) - {journal.next_step}:
		with pytest.raises(JournalError, match="The next step is"):
			journal.beginning(step)


def test_before_in_the_middle_of_and_after_the_switch():
	switch = ORDER.index("switch")
	for count in range(switch + 1):
		assert after(count).state == AS_BEFORE
	assert after(switch).beginning("switch").state == BETWEEN
	for count in range(switch + 1, len(ORDER) + 1):
		assert after(count).state == RESTORED
	ended = after(len(ORDER))
	assert replace(ended, done=(*ended.done, WENT_BACK)).state == AS_BEFORE


def test_the_old_database_is_kept_and_after_going_back_the_restored_one():
	assert example().kept_database == "_old"
	assert replace(example(), done=(*ORDER, WENT_BACK)).kept_database == "cbsr_7396be84_7_beef"


def test_the_site_is_closed_from_the_first_step_that_touches_it_until_it_is_opened_again():
	closed = [after(count).is_closed for count in range(len(ORDER) + 1)]
	first, last = ORDER.index("maintenance") + 1, ORDER.index("reopen")
	assert closed == [first <= count <= last for count in range(len(ORDER) + 1)]


def test_the_window_of_lost_data_is_from_the_set_to_the_restore():
	journal = example()
	taken_at = journal.started_at - timedelta(hours=3)
	assert replace(journal, taken_at=taken_at).data_loss_seconds == 3 * 3600
	assert replace(journal, taken_at=journal.started_at + timedelta(hours=1)).data_loss_seconds == 0


@pytest.mark.parametrize(
	"change",
	[
		lambda data: data.pop("before"),
		lambda data: data.update(format=99),
		lambda data: data.update(started_at="2026-11-23T09:00:00"),
		lambda data: data.update(unknown=1),
		lambda data: data.update(steps=[{"name": 1}]),
	],
)
def test_a_journal_that_was_tampered_with_is_not_followed(change):
	data = json.loads(serialize(after(3)))
	change(data)
	with pytest.raises(JournalError, match="cannot be read"):
		parse(json.dumps(data))


@given(st.text())
def test_anything_else_is_no_journal(text):
	with pytest.raises(JournalError):
		parse(text)


def test_the_examples_of_the_docstrings():
	found = doctest.testmod(databases)
	assert found.attempted and not found.failed
