"""Samples: what is signed, what is refused, what the probes together prove; and the incidents that follow from them.

The oracle is a list with one entry for each minute, filled in by hand: it knows nothing of spans.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codigo_binario_support.domain.availability import availability, incidents, samples
from codigo_binario_support.domain.availability.availability import Incident, month_span, statement
from codigo_binario_support.domain.availability.incidents import (
	Corrected,
	Measured,
	OpenIncident,
	Withdrawn,
	horizon,
	steps,
)
from codigo_binario_support.domain.availability.samples import Sample, SampleError
from codigo_binario_support.domain.time import intervals

KEY = "0123456789abcdef" * 4
MINUTE = 60
START = 1_795_000_020  # a whole minute


def sample(minute: int, is_up: bool = True, probe: str = "host-a", key: str = KEY, **values) -> Sample:
	made = Sample(probe, START + minute * MINUTE, MINUTE, is_up, "" if is_up else "connect", **values)
	return samples.sign(key, made)


# -- spans ---------------------------------------------------------------------------------------------------------

loose = st.lists(
	st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda r: (r[0], r[0] + r[1])), max_size=9
)


def seconds_in(found) -> set[int]:
	return {second for start, end in found for second in range(start, end)}


@given(loose, loose)
def test_spans_are_sets_of_seconds(one, other):
	first, second = intervals.union(one), intervals.union(other)
	a, b = seconds_in(one), seconds_in(other)
	for found, expected in (
		(first, a),
		(intervals.difference(first, second), a - b),
		(intervals.intersection(first, second), a & b),
	):
		assert seconds_in(found) == expected
		assert intervals.seconds(found) == len(expected)
		assert all(end < following for (_, end), (following, _) in pairwise(found))
		assert all(start < end for start, end in found)


# -- signatures ----------------------------------------------------------------------------------------------------


def test_a_sample_survives_the_way_to_the_site():
	made = sample(3, is_up=False, detail="«no llegó»", http_status=502, previous="0" * 16)
	assert samples.from_mapping(samples.to_mapping(made), "host-a") == made
	assert samples.is_genuine(KEY, made)


@pytest.mark.parametrize(
	"changed",
	[
		{"probe": "host-b"},
		{"begins": START},
		{"interval_seconds": 30},
		{"is_up": True},
		{"failure": "tls"},
		{"http_status": 200},
		{"latency_ms": 4},
		{"certificate_days": 90},
		{"tries": 2},
		{"detail": "x"},
		{"previous": "f" * 16},
		{"signature": "0" * 64},
	],
)
def test_whatever_is_changed_the_signature_does_not_fit_any_more(changed):
	made = sample(3, is_up=False)._replace(**changed)
	assert not samples.is_genuine(KEY, made)


def test_another_probe_s_key_signs_nothing():
	assert not samples.is_genuine(KEY, sample(3, key="another key of sixteen"))
	assert not samples.is_signed(KEY, "text", "ñ" * 64)


def test_a_sample_that_was_taken_out_shows():
	chain, previous = [], ""
	for minute in range(6):
		chain.append(sample(minute, previous=previous))
		previous = chain[-1].link
	assert samples.breaks(chain, "") == 0
	assert samples.breaks(chain, None) == 0
	assert samples.breaks([*chain[:2], *chain[3:]], "") == 1
	assert samples.breaks(chain[1:], "f" * 16) == 1
	assert samples.breaks([chain[0], chain[2], chain[1], *chain[3:]], "") == 3


@pytest.mark.parametrize(
	"changed",
	[
		{"begins": START + 1},
		{"begins": "1795000020"},
		{"begins": True},
		{"begins": -60},
		{"interval": 0},
		{"interval": 7200},
		{"up": 2},
		{"up": 0},
		{"failure": "dns"},
		{"status": 1000},
		{"ms": -1},
		{"days": 10**6},
		{"tries": 0},
		{"detail": "x" * 141},
		{"detail": "a\nb"},
		{"detail": "a\x00b"},
		{"detail": None},
		{"previous": "abc"},
		{"signature": "g" * 64},
		{"signature": ""},
	],
)
def test_what_is_no_sample_is_refused_with_the_reason(changed):
	with pytest.raises(SampleError, match="sample"):
		samples.from_mapping({**samples.to_mapping(sample(0)), **changed}, "host-a")


@pytest.mark.parametrize("data", [None, [], "sample", 7, {}])
def test_what_is_no_object_is_refused(data):
	with pytest.raises(SampleError):
		samples.from_mapping(data, "host-a")


@pytest.mark.parametrize(
	("sent_at", "flag"),
	[(0, ""), (60, ""), (-60, ""), (61, samples.SKEWED), (-61, samples.SKEWED), (90_000, samples.SKEWED)],
)
def test_a_clock_that_is_off_by_more_than_a_minute_proves_nothing(sent_at, flag):
	assert samples.flag(sample(0), START + sent_at, START) == flag


def test_a_sample_from_the_future_proves_nothing():
	assert samples.flag(sample(2), START, START) == samples.FUTURE
	assert samples.flag(sample(1), START, START) == ""


def test_the_digest_changes_with_every_sample_flag_and_order():
	chain = [sample(minute) for minute in range(3)]
	marked = [(row, "") for row in chain]
	whole = samples.digest(marked)
	others = (
		samples.digest(marked[:2]),
		samples.digest(marked[::-1]),
		samples.digest([(chain[0], ""), (chain[1], samples.SKEWED), (chain[2], "")]),
		samples.digest([(sample(0), ""), (sample(1, is_up=False), ""), (sample(2), "")]),
	)
	assert whole not in others and len(set(others)) == 4


# -- several probes ------------------------------------------------------------------------------------------------

#: Of each probe and minute: up, down or not seen.
minutes = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=40)


def runs_of(states: list[bool | None], offset: int = 0) -> list[samples.Run]:
	rows = [
		(START + (offset + i) * MINUTE, START + (offset + i + 1) * MINUTE, is_up)
		for i, is_up in enumerate(states)
		if is_up is not None
	]
	return samples.runs(rows)


def minutes_in(found) -> set[int]:
	return {
		minute for start, end in found for minute in range((start - START) // MINUTE, (end - START) // MINUTE)
	}


@given(st.lists(minutes, min_size=1, max_size=4))
def test_a_minute_is_down_only_if_every_probe_that_reported_says_so(probes):
	found = samples.seen(run for states in probes for run in runs_of(states))
	for minute in range(40):
		said = {states[minute] for states in probes if minute < len(states)} - {None}
		assert (minute in minutes_in(found.up)) == (True in said)
		assert (minute in minutes_in(found.down)) == (said == {False})
		assert (minute in minutes_in(found.partial)) == (said == {True, False})


def test_probes_of_different_intervals_are_compared_by_the_second():
	slow = [(START, START + 300, True)]
	quick = [(START + 60, START + 120, False), (START + 300, START + 360, False)]
	found = samples.seen([*slow, *quick])
	assert found.up == [(START, START + 300)]
	assert found.down == [(START + 300, START + 360)]
	assert found.partial == [(START + 60, START + 120)]


# -- incidents -----------------------------------------------------------------------------------------------------


@dataclass
class Book:
	"""Incidents as the site keeps them: what is sealed is never touched, only taken the place of."""

	heads: dict[str, OpenIncident]
	corrected: dict[str, tuple]

	def follow(self, step) -> None:
		name = f"I{len(self.heads) + 1}"
		if isinstance(step, Measured) and not step.name:
			assert step.start < step.end
			self.heads[name] = OpenIncident(name, step.start, step.end, step.is_planned, not step.is_closed)
		elif isinstance(step, Measured):
			head = self.heads[step.name]
			assert head.is_open, "a sealed incident was moved"
			assert step.is_planned == head.is_planned
			self.heads[step.name] = head._replace(start=step.start, end=step.end, is_open=not step.is_closed)
		elif isinstance(step, Withdrawn):
			assert self.heads[step.name].is_open
			head = self.heads[step.name]
			self.heads[step.name] = head._replace(end=head.start, is_open=False)
		else:
			head = self.heads[step.name]
			assert not head.is_open and step.name not in self.corrected
			self.corrected[step.name] = step.left
			for start, end in step.left:
				name = f"I{len(self.heads) + 1}"
				self.heads[name] = OpenIncident(name, start, end, head.is_planned)

	def effective(self) -> list[OpenIncident]:
		return [row for row in self.heads.values() if row.name not in self.corrected and row.start < row.end]


def deliver(probes: list[list[bool | None]], order: list[int], planned, now_after: int) -> Book:
	"""The samples arrive in pieces, probe by probe, in any order; after each the incidents follow."""
	book, arrived = Book({}, {}), [0] * len(probes)
	for turn, i in enumerate([*order, *range(len(probes))]):
		is_last = turn >= len(order)
		arrived[i] = len(probes[i]) if is_last else min(len(probes[i]), arrived[i] + 7)
		rows = [run for states, until in zip(probes, arrived, strict=True) for run in runs_of(states[:until])]
		found = samples.seen(rows)
		ends = [
			max((end for _, end, _ in runs_of(s[:n])), default=0)
			for s, n in zip(probes, arrived, strict=True)
		]
		now = max(ends) + 5
		for step in steps(found.up, found.down, planned, book.effective(), horizon(ends, now), now):
			book.follow(step)
	rows = [run for states in probes for run in runs_of(states)]
	found = samples.seen(rows)
	reach = horizon([max((end for _, end, _ in rows), default=0)], now_after)
	for step in steps(found.up, found.down, planned, book.effective(), reach, now_after):
		book.follow(step)
	return book


@given(st.lists(minutes, min_size=1, max_size=3), st.lists(st.integers(0, 2), max_size=9), loose)
@settings(max_examples=300)
def test_whatever_arrives_when_the_incidents_say_what_the_samples_say(probes, order, windows):
	planned = intervals.union((START + a * MINUTE, START + b * MINUTE) for a, b in windows)
	order = [i for i in order if i < len(probes)]
	book = deliver(probes, order, planned, START + 100_000)
	heads = book.effective()
	assert not [row for row in heads if row.is_open], "long after the last sample nothing is open"
	counted = [minute for row in heads for minute in minutes_in([(row.start, row.end)])]
	assert len(counted) == len(set(counted)), "a minute stands in one incident"
	for minute in range(40):
		said = {states[minute] for states in probes if minute < len(states)} - {None}
		is_planned = any(start <= START + minute * MINUTE < end for start, end in planned)
		holding = [row for row in heads if minute in minutes_in([(row.start, row.end)])]
		assert len(holding) == (said == {False})
		assert all(row.is_planned == is_planned for row in holding)


@given(st.lists(minutes, min_size=1, max_size=3), loose)
def test_a_second_look_at_the_same_samples_changes_nothing(probes, windows):
	planned = intervals.union((START + a * MINUTE, START + b * MINUTE) for a, b in windows)
	book = deliver(probes, [], planned, START + 100_000)
	found = samples.seen(run for states in probes for run in runs_of(states))
	reach = horizon([START + 2400], START + 100_000)
	assert steps(found.up, found.down, planned, book.effective(), reach, START + 100_000) == []


def look(states: str, heads=(), now_minutes: float | None = None, settled: int | None = None, planned=()):
	"""`+` up, `-` down, blank unknown; a minute each."""
	found = samples.seen(runs_of([{"+": True, "-": False}.get(state) for state in states]))
	known = START + len(states.rstrip()) * MINUTE
	now = START + int((now_minutes if now_minutes is not None else len(states)) * MINUTE)
	reach = incidents.Horizon(known, known if settled is None else START + settled * MINUTE)
	return steps(found.up, found.down, planned, heads, reach, now)


def minute(n: int) -> int:
	return START + n * MINUTE


def test_an_outage_that_goes_on_is_an_open_incident():
	assert look("++--") == [Measured("", minute(2), minute(4), False, False)]


def test_the_next_failing_sample_prolongs_it():
	head = OpenIncident("I1", minute(2), minute(4), is_open=True)
	assert look("++---", [head]) == [Measured("I1", minute(2), minute(5), False)]


def test_the_first_sample_that_is_up_closes_it():
	head = OpenIncident("I1", minute(2), minute(4), is_open=True)
	assert look("++--+", [head]) == [Measured("I1", minute(2), minute(4), False, True, True)]


def test_a_probe_that_has_not_reported_yet_is_waited_for():
	head = OpenIncident("I1", minute(2), minute(4), is_open=True)
	assert look("++--+", [head], settled=3) == []


def test_without_samples_an_incident_is_lost_from_sight_after_a_while_and_its_end_is_not_claimed():
	head = OpenIncident("I1", minute(2), minute(4), is_open=True)
	assert look("++--", [head], now_minutes=4 + 15) == []
	assert look("++--", [head], now_minutes=4 + 15.1) == [
		Measured("I1", minute(2), minute(4), False, True, False)
	]


def test_a_gap_in_an_outage_is_unknown_and_makes_two_incidents():
	assert look("+-- -+") == [
		Measured("", minute(1), minute(3), False, True, False),
		Measured("", minute(4), minute(5), False, True, True),
	]


def test_an_outage_that_outlasts_its_maintenance_is_unplanned_from_then_on():
	assert look("+---+", planned=[(minute(0), minute(2))]) == [
		Measured("", minute(2), minute(4), False, True, True),
		Measured("", minute(1), minute(2), True, True, False),
	]


def test_a_sealed_incident_that_later_samples_contradict_is_corrected_by_what_is_left():
	head = OpenIncident("I1", minute(1), minute(5))
	assert look("+-+--+", [head]) == [Corrected("I1", ((minute(1), minute(2)), (minute(3), minute(5))))]
	assert look("++++++", [head]) == [Corrected("I1", ())]


def test_an_open_incident_that_later_samples_contradict_was_none():
	assert look("++++", [OpenIncident("I1", minute(1), minute(3), is_open=True)]) == [Withdrawn("I1")]


# -- a month ---------------------------------------------------------------------------------------------------------

ZONES = ("America/Mexico_City", "America/Tijuana", "Europe/Madrid", "UTC")
#: Months with the change of the hour in them, a short one, a leap one, ordinary ones.
MONTHS = ("2026-03", "2026-10", "2026-11", "2027-02", "2028-02", "2026-12")


#: Seconds of one sample in the months: a count of every minute of nine months would take a minute itself.
STEP = 300


@pytest.mark.parametrize("seed", range(9))
def test_a_month_is_what_a_plain_count_saysminute_by_minute_says(seed):
	"""A synthetic stream with gaps, duplicates, forged and skewed samples, three probes, over the ends of the month."""
	chance = random.Random(seed)
	zone, month = ZoneInfo(ZONES[seed % len(ZONES)]), MONTHS[seed % len(MONTHS)]
	start, end = month_span(month, zone)
	first, last = int(start.timestamp()), int(end.timestamp())
	begin, count = first - 200 * STEP, (last - first) // STEP + 400
	# The truth, and what each probe says of it. Changes are rare, so that there are long runs.
	said: list[set[bool]] = [set() for _ in range(count)]
	arriving: list[tuple[Sample, int, int]] = []
	for n, probe in enumerate(("host-a", "host-b", "host-c")[: 1 + seed % 3]):
		key, state = f"{KEY}{n}", "up"
		for i in range(count):
			if chance.random() < 0.01:
				state = chance.choice(["up", "up", "up", "down", "down", "gap", "forged", "skewed"])
			if state == "gap":
				continue
			is_up = state != "down"
			made = Sample(probe, begin + i * STEP, STEP, is_up, "" if is_up else "timeout")
			signed = samples.sign("not the key" if state == "forged" else key, made)
			sent_at = signed.ends + (3600 if state == "skewed" else chance.randrange(50))
			arriving += [(signed, n, sent_at)] * chance.choice([1, 1, 1, 2])
			if state in ("up", "down"):
				said[i].add(is_up)
	chance.shuffle(arriving)

	kept: dict[tuple[str, int], Sample] = {}
	for made, n, sent_at in arriving:
		if samples.is_genuine(f"{KEY}{n}", made) and not samples.flag(made, sent_at, made.ends):
			kept.setdefault((made.probe, made.begins), made)
	rows = [(made.begins, made.ends, made.is_up) for _key, made in sorted(kept.items())]
	found = samples.seen(samples.runs(rows))
	window = [(first + 3000 * STEP, first + 6000 * STEP)]
	now = begin + count * STEP + 5000
	made_incidents = steps(found.up, found.down, window, [], horizon([now - 5000], now), now)
	rows = [
		Incident(
			str(i),
			availability.PLANNED if row.is_planned else availability.UNPLANNED,
			datetime.fromtimestamp(row.start, tz=ZoneInfo("UTC")),
			datetime.fromtimestamp(row.end, tz=ZoneInfo("UTC")),
		)
		for i, row in enumerate(made_incidents)
	]
	result = statement(start, end, rows, 99.99, found, window)

	counted = {"up": 0, "unplanned": 0, "planned": 0, "unknown": 0, "partial": 0}
	for i in range(200, count - 200):
		at = begin + i * STEP
		if True in said[i]:
			counted["up"] += 1
			counted["partial"] += False in said[i]
		elif said[i]:
			counted["planned" if window[0][0] <= at < window[0][1] else "unplanned"] += 1
		else:
			counted["unknown"] += 1
	assert result.total_seconds == (count - 400) * STEP
	assert {
		"up": result.observed_up_seconds // STEP,
		"unplanned": result.down_seconds // STEP,
		"planned": result.announced_seconds // STEP,
		"unknown": result.unknown_seconds // STEP,
		"partial": result.partial_seconds // STEP,
	} == counted
	assert result.seconds[availability.PLANNED] == result.announced_seconds
	budget = (count - 400) * 0.0001
	if counted["unplanned"] > budget:
		assert result.state == availability.BROKEN
	else:
		doubtful = counted["unplanned"] + counted["unknown"]
		assert (result.state == availability.KEPT) == (doubtful <= budget)
