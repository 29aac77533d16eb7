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
