"""Every shared scenario, worked by hand, comes out exactly; so does the oracle that judges the random ones."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from pathlib import Path

import pytest
from oracle import walk_scenario

from codigo_binario_support.domain.errors import CalendarError, ClockError, SupportError
from codigo_binario_support.domain.time.scenarios import Scenario

SHARED = json.loads((Path(__file__).parent / "scenarios" / "shared.json").read_text(encoding="utf-8"))[
	"scenarios"
]
BY_ID = {data["id"]: data for data in SHARED}


@pytest.mark.parametrize("data", SHARED, ids=lambda data: data["id"])
def test_the_clock_reads_what_was_worked_out_by_hand(data):
	result = Scenario.from_dict(data).result()
	assert result.keys() == data["expected"].keys()
	assert result == data["expected"]


@pytest.mark.parametrize("data", SHARED, ids=lambda data: data["id"])
def test_the_ledger_accounts_for_every_second(data):
	scenario = Scenario.from_dict(data)
	segments = scenario.ledger()
	assert segments[0].start == min(event.at for event in scenario.events)
	assert segments[-1].end == max(scenario.observe_at, *(event.at for event in scenario.events))
	assert all(before.end == after.start for before, after in itertools.pairwise(segments))
	assert sum(segment.counted_seconds for segment in segments) == data["expected"]["elapsed_min"] * 60


@pytest.mark.parametrize("data", [d for d in SHARED if "old" not in d["tags"]], ids=lambda data: data["id"])
def test_the_oracle_agrees_with_the_hand(data):
	result = walk_scenario(data)
	for key, expected in data["expected"].items():
		if key.endswith("_due") and expected is not None:
			expected = datetime.fromisoformat(expected)
		assert result[key] == expected, key


def test_due_times_are_shown_in_the_zone_of_the_calendar_whoever_looks():
	data = BY_ID["E10"]
	assert data["user_tz"] == "Europe/Madrid"
	assert Scenario.from_dict(data).result()["response_due"].endswith("-06:00")


@pytest.mark.parametrize("key", ["calendar_tz", "weekly", "targets", "events", "observe_at"])
def test_a_scenario_that_lacks_a_key_is_refused_by_its_name(key):
	data = {name: value for name, value in BY_ID["A01"].items() if name != key}
	with pytest.raises(ClockError, match=f"lacks {key}"):
		Scenario.from_dict(data)


@pytest.mark.parametrize(
	("key", "value", "says"),
	[
		("calendar_tz", "America/Atlantis", "not a time zone"),
		("calendar_tz", None, "calendar_tz: None is not the name of a time zone"),
		("weekly", {}, "no open hours"),
		("weekly", {"lun": [["09:00", "18:00"]]}, "lun is not a weekday"),
		("weekly", {"mon": [["9 am", "18:00"]]}, "9 am is not a time of day"),
		("weekly", {"mon": [["09:00"]]}, "Write pairs"),
		("weekly", {"mon": 9}, "Write pairs"),
		("weekly", "mon 9-18", "not an object of weekdays"),
		("holidays", ["2024-13-01"], "not a date"),
		("holidays", [20240101], "not a date"),
		("holidays", "2024-01-01", "not a list of dates"),
		("targets", [], "not an object of priorities"),
		("targets", {"Medium": 60}, "not a target"),
		("targets", {"Medium": {"response_min": -1}}, "give minutes, or null"),
		("targets", {"Medium": {"response_min": "60"}}, "give minutes, or null"),
		("targets", {"Medium": {"response_min": float("nan")}}, "give minutes, or null"),
		("targets", {"Medium": {"response_min": True}}, "give minutes, or null"),
		("priority", "Urgent", "no priority Urgent"),
		("events", [], "begins with the event create"),
		("events", {}, "not a list of events"),
		("events", ["create"], "not an event"),
		("events", [{"do": "create"}], "not an instant"),
		("events", [{"at": "2024-06-03T10:00:00", "do": "create"}], "has no offset"),
		("events", [{"at": "yesterday", "do": "create"}], "yesterday is not an instant"),
		("events", [{"at": "2024-06-03T10:00:00-06:00"}], "not an event of the clock"),
		("events", [{"at": "1824-06-03T10:00:00-06:00", "do": "create"}], "out of range"),
		("observe_at", "2024-06-03", "has no offset"),
		("observe_at", 20240603, "not an instant"),
	],
)
def test_a_mistake_in_a_scenario_is_named(key, value, says):
	with pytest.raises(SupportError, match=says):
		Scenario.from_dict({**BY_ID["A01"], key: value}).result()


def test_a_scenario_without_a_priority_takes_the_first():
	data = {key: value for key, value in BY_ID["A01"].items() if key != "priority"}
	assert Scenario.from_dict(data).result() == BY_ID["A01"]["expected"]


def test_errors_carry_their_template_so_that_a_door_can_translate_them():
	with pytest.raises(CalendarError) as caught:
		Scenario.from_dict({**BY_ID["A01"], "calendar_tz": "Nowhere"})
	assert "{zone}" in caught.value.template
	assert caught.value.values == {"zone": "Nowhere"}


def test_a_scenario_has_no_holidays_unless_it_lists_some():
	data = {key: value for key, value in BY_ID["A01"].items() if key != "holidays"}
	for without in (data, {**data, "holidays": None}):
		assert Scenario.from_dict(without).result() == BY_ID["A01"]["expected"]


def test_a_scenario_keeps_its_name_as_text_and_may_be_without():
	data = {key: value for key, value in BY_ID["A01"].items() if key != "id"}
	assert [Scenario.from_dict(row).id for row in (BY_ID["A01"], {**data, "id": 7}, data)] == ["A01", "7", ""]


def test_a_scenario_without_targets_has_no_priority_to_take():
	data = {key: value for key, value in BY_ID["A01"].items() if key != "priority"}
	scenario = Scenario.from_dict({**data, "targets": {}})
	assert scenario.priority == ""
	with pytest.raises(ClockError, match="no priority"):
		scenario.reading()


def test_the_ledger_of_a_scenario_tells_the_reason_of_a_pause_or_none():
	hold = {"at": "2024-06-03T11:00:00-06:00", "do": "hold"}
	created = BY_ID["A01"]["events"][0]
	for event, detail in (({**hold, "reason": "customer"}, "customer"), (hold, "")):
		segments = Scenario.from_dict({**BY_ID["A01"], "events": [created, event]}).ledger()
		assert [(row.why, row.detail) for row in segments] == [("running", ""), ("on_hold", detail)]


@pytest.mark.parametrize(
	("key", "value", "sentence"),
	[
		(
			"weekly",
			{},
			"The window scenario has no open hours: add at least one row, or mark it as always open.",
		),
		("holidays", ["2024-13-01"], "2024-13-01 is not a date (YYYY-MM-DD)."),
		("targets", {"Medium": 60}, "60 is not a target with the keys response_min and resolution_min."),
		(
			"targets",
			{"Medium": {"response_min": 1e9}},
			"The target response_min is 1000000000.0: give minutes, or null.",
		),
		("events", ["create"], "'create' is not an event with the keys at and do."),
		(
			"events",
			[{"at": "2024-06-03T10:00:00-06:00"}],
			" is not an event of the clock: use one of create, first_reply, hold, resume, resolve, reopen, close,"
			" set_priority, edit_agreement.",
		),
		(
			"events",
			[{"at": "2024-06-03T10:00:00", "do": "create"}],
			"The instant 2024-06-03T10:00:00 has no offset: write -06:00 or the like after it.",
		),
		("observe_at", "today", "today is not an instant (YYYY-MM-DDTHH:MM:SS+HH:MM)."),
	],
)
def test_a_mistake_in_a_scenario_is_a_whole_sentence(key, value, sentence):
	with pytest.raises(SupportError) as error:
		Scenario.from_dict({**BY_ID["A01"], key: value}).result()
	assert str(error.value) == sentence


def test_all_that_a_scenario_lacks_is_said_at_once():
	with pytest.raises(ClockError) as error:
		Scenario.from_dict({})
	assert str(error.value) == "The scenario lacks calendar_tz, weekly, targets, events, observe_at."
