"""Replay: promises, offers, totals, memory."""

import io
import json
import tracemalloc
from datetime import datetime, timezone

import pytest

from codigo_binario_support.cli import replay as replay_module
from codigo_binario_support.cli.columns import Requests
from codigo_binario_support.cli.language import Language
from codigo_binario_support.cli.lines import Lines, Skipped
from codigo_binario_support.cli.replay import MAX_NOTABLE, MAX_SKIPPED, Replay, Tally, as_data, replayed
from codigo_binario_support.cli.report import page
from codigo_binario_support.domain.triage.verdict import Triage, verdict_for
from codigo_binario_support.shipped import policy_data

NOW = datetime(2026, 3, 24, 18, tzinfo=timezone.utc)
HEADER = "id,subject,body,created_at,events\n"


@pytest.fixture(autouse=True)
def classifier_by_subject(monkeypatch):
	"""The subject names the clause, a second clause and the severity: these tests are not about classifying."""

	def classify(policy, subject, body, headers=None):
		clause, second, severity = ([*subject.split("+"), "", ""])[:3]
		verdict = verdict_for(policy, clause or None, second or None)
		return Triage(verdict, clause or None, second or None, 0.9, severity or "question")

	monkeypatch.setattr(replay_module, "classify", classify)


def outcomes(content: str, data=None, **options):
	replay = Replay(data or policy_data(), NOW, **options)
	requests = Requests(Lines(io.BytesIO((HEADER + content).encode())), replay.support_window.zone)
	return list(replayed(replay, requests)), replay


def outcome(subject: str, events: str = "", created: str = "2026-03-02 10:00", **options):
	(found,), _ = outcomes(f"1,{subject},x,{created},{events}\n", **options)
	return found


def test_an_ordinary_request_has_no_due_time_and_no_breach():
	found = outcome("faq")
	assert (found.promises, found.due_at, found.promise_state, found.offer) == ((), None, None, None)


@pytest.mark.parametrize(
	("events", "state"),
	[
		("2026-03-02 12:00 resolve", "kept"),
		("2026-03-02 12:01 resolve", "missed"),
		("", "missed"),
		("2026-03-02 10:10 hold; 2026-03-02 11:50 resume; 2026-03-02 12:01 resolve", "missed"),
		("2026-03-02 11:00 resolve; 2026-03-02 11:30 reopen; 2026-03-02 12:20 resolve", "kept"),
	],
)
def test_a_restore_has_two_hours_of_wall_clock_whatever_waits(events, state):
	found = outcome("restore++request", events)
	assert found.promise_state == state
	if "reopen" not in events:
		assert found.due_at == datetime(2026, 3, 2, 18, tzinfo=timezone.utc)


def test_an_outage_on_a_holiday_is_promised_as_on_any_day():
	found = outcome("connectivity++outage", "2026-02-02 11:00 resolve", created="2026-02-02 10:00")
	assert found.promise_state == "kept" and not found.is_in_hours


def test_a_question_about_connectivity_is_promised_nothing():
	assert outcome("connectivity++question").promises == ()


def test_attention_skips_nights_weekends_and_statutory_holidays():
	found = outcome("faq", "2026-02-03 09:30 resolve", created="2026-01-30 17:30")
	assert found.attention_seconds == 3600


def test_a_request_that_waits_for_a_person_is_promised_and_offered_nothing():
	found = outcome("")
	assert (found.triage.verdict, found.promises, found.offer) == ("needs_review", (), None)


def test_an_offer_has_an_amount_only_where_there_is_a_price():
	assert outcome("training").offer.amount is None
	assert outcome("training", hourly_rate=950).offer.amount == 9500
	assert outcome("faq+training").offer.pack.code == "SP-10"


def test_targets_of_another_policy_count_only_open_hours():
	data = policy_data()
	for row in data["commitments"]:
		if row["kind"] == "first_response":
			row["target_minutes"] = 60
	found = outcome("faq", "2026-03-09 09:20 first_reply", created="2026-03-06 17:30", data=data)
	(promise,) = found.promises
	assert (promise.kind, promise.state, promise.elapsed_seconds) == ("first_response", "kept", 50 * 60)
	assert promise.due_at == datetime(2026, 3, 9, 15, 30, tzinfo=timezone.utc)


def test_a_file_that_cannot_say_how_it_ended_is_no_evidence_of_a_breach():
	replay = Replay(policy_data(), NOW)
	content = "id,subject,body,created_at\n1,restore++request,x,2026-03-02 10:00\n"
	(found,) = replayed(replay, Requests(Lines(io.BytesIO(content.encode())), replay.support_window.zone))
	assert found.promise_state == "unknown"


def test_holidays_are_those_of_each_rows_own_years():
	found, _ = outcomes(
		"1,faq,x,2019-02-04 10:00,2019-02-04 12:00 resolve\n2,faq,x,2025-02-03 10:00,2025-02-03 12:00 resolve\n"
		"3,faq,x,2030-02-04 10:00,2030-02-04 12:00 resolve\n4,faq,x,2026-02-03 10:00,2026-02-03 12:00 resolve\n"
	)
	assert [row.attention_seconds for row in found] == [0, 0, 0, 7200]


def test_the_second_of_two_equal_ids_is_reported_with_the_line_of_the_first():
	found, _ = outcomes("7,faq,x,2026-03-02,\n8,faq,x,2026-03-02,\n7,faq,x,2026-03-02,\n")
	assert [type(row) is Skipped for row in found] == [False, False, True]
	assert (found[2].line, found[2].values) == (4, {"id": "7", "line": 2})


def test_a_failure_that_is_not_the_rows_ends_the_run(monkeypatch):
	def broken(*_args):
		raise RuntimeError

	monkeypatch.setattr(replay_module, "classify", broken)
	with pytest.raises(RuntimeError):
		outcome("faq")


def many(count: int) -> str:
	kinds = ("faq", "training", "restore++request", "", "data_import", "connectivity++outage")
	return "".join(
		f"{n},{kinds[n % 6]},{'texto ' * 20},2026-03-{n % 28 + 1:02d} {n % 24:02d}:00,"
		f"2026-03-{n % 28 + 1:02d} {n % 24:02d}:30 first_reply\n"
		for n in range(count)
	)


def peak_of(count: int) -> int:
	stream = io.BytesIO((HEADER + many(count) + "x,y\n" * 500).encode())
	replay = Replay(policy_data(), NOW, hourly_rate=950)
	tally = Tally(replay.support_window.zone)
	tracemalloc.start()
	for row in replayed(replay, Requests(Lines(stream), tally.zone)):
		tally.skip(row) if isinstance(row, Skipped) else tally.add(row)
	page(Language("es"), replay, tally, "x.csv")
	peak = tracemalloc.get_traced_memory()[1]
	tracemalloc.stop()
	assert tally.requests == count and tally.skipped_count == 500
	return peak


@pytest.mark.measured
def test_memory_does_not_grow_with_the_file():
	peak_of(100)
	small, large = peak_of(800), peak_of(4_800)
	assert large < small + 200_000


def test_the_report_holds_a_bounded_number_of_rows():
	found, replay = outcomes(many(1000) + "x,y\n" * 300)
	tally = Tally(replay.support_window.zone)
	for row in found:
		tally.skip(row) if isinstance(row, Skipped) else tally.add(row)
	assert (len(tally.notable), len(tally.skipped)) == (MAX_NOTABLE, MAX_SKIPPED)
	assert tally.notable[0].promise_state == "missed"


def test_what_a_row_says_cannot_break_the_page():
	found, replay = outcomes('"<script>alert(1)</script>",restore++request,x,2026-03-02 10:00,\n')
	tally = Tally(replay.support_window.zone)
	tally.add(found[0])
	html = page(Language("es"), replay, tally, "<b>.csv")
	assert "<script" not in html and "&lt;script&gt;" in html and "&lt;b&gt;.csv" in html


def test_the_page_needs_no_network_and_describes_its_charts():
	found, replay = outcomes(many(50), hourly_rate=950)
	tally = Tally(replay.support_window.zone)
	for row in found:
		tally.add(row)
	html = page(Language("en"), replay, tally, "x.csv")
	assert "http" not in html and "url(" not in html and "@import" not in html
	assert html.count("<svg") == html.count("<title id=") == html.count("<desc id=") == 5


def test_a_page_without_a_single_request_can_be_written():
	_, replay = outcomes("")
	assert "<svg" in page(Language("es"), replay, Tally(replay.support_window.zone), "x.csv")


def test_equal_files_give_equal_results():
	first, replay = outcomes(many(60))
	second, _ = outcomes(many(60))
	assert [json.dumps(as_data(row, replay)) for row in first] == [
		json.dumps(as_data(row, replay)) for row in second
	]
