"""A window is shared by the threads of a worker: what one asks never spoils the answer of another."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import UTC, calendars, instants

from codigo_binario_support.domain.time.windows import WEEKDAYS, SlaWindow

THREADS = 4
NOON = datetime(2024, 6, 7, 18, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def eager_switches():
	"""Threads change places as often as they can, as they do by chance in a month of production."""
	before = sys.getswitchinterval()
	sys.setswitchinterval(1e-6)
	yield
	sys.setswitchinterval(before)


def office() -> SlaWindow:
	hours = {day: [("09:00", "14:00"), ("16:00", "19:00")] for day in WEEKDAYS[:5]}
	return SlaWindow.weekly("Office", "America/Mexico_City", hours, [date(2024, 9, 16)])


def answers(window: SlaWindow, at: datetime) -> tuple:
	return (
		window.is_open(at),
		window.add(at, 100_000),
		window.subtract(at, 100_000),
		window.open_seconds(at, at + 30 * DAY),
		window.next_opening(at),
		window.closes_at(at),
		[*window.stretches(at, at + 9 * DAY)],
	)


def together(asks: list) -> list:
	begin = threading.Barrier(len(asks))

	def run(ask):
		begin.wait(timeout=60)
		return ask()

	with ThreadPoolExecutor(len(asks)) as pool:
		return [found.result() for found in [pool.submit(run, ask) for ask in asks]]


@pytest.mark.usefixtures("eager_switches")
def test_four_threads_that_ask_about_four_ages_hear_what_one_alone_hears():
	times = [NOON, NOON.replace(year=1990), NOON.replace(year=2050), NOON.replace(year=1950)]
	alone = [answers(office(), at) for at in times]
	for _round in range(6):
		window = office()
		heard = together(
			[lambda at=at, window=window: [answers(window, at) for _ in range(10)] for at in times]
		)
		for found, wanted in zip(heard, alone, strict=True):
			assert all(row == wanted for row in found)


@pytest.mark.usefixtures("eager_switches")
def test_who_counts_in_a_year_is_not_disturbed_by_one_who_asks_about_older_and_older_ones():
	wanted = office().add(NOON, 100_000)
	for _round in range(3):
		window = office()
		older = [NOON.replace(year=year) for year in range(2020, 1960, -5)]
		done = threading.Event()

		def look_back(window=window, older=older, done=done):
			try:
				return [window.is_open(at) for at in older]
			finally:
				done.set()

		def count(window=window, done=done):
			found = {window.add(NOON, 100_000)}
			while not done.is_set():
				found.add(window.add(NOON, 100_000))
			return found

		assert together([look_back, *[count] * (THREADS - 1)])[1:] == [{wanted}] * (THREADS - 1)


@settings(max_examples=12)
@given(st.data())
def test_stretches_that_are_half_read_go_on_whatever_is_asked_meanwhile(data):
	window, _hours, near = data.draw(calendars())
	start = data.draw(instants(near))
	end = start + data.draw(st.integers(2, 20)) * DAY
	wanted = [*window.stretches(start, end)]
	fresh = SlaWindow(window.name, window.time_zone, window.rows, window.holidays, window.always_open)
	found = []
	for number, stretch in enumerate(fresh.stretches(start, end), 1):
		found.append(stretch)
		fresh.is_open(start - min(number, 15) * 1000 * DAY)
	assert found == wanted
