"""The policy file: the shipped one keeps the promise's words, and a wrong one is told every mistake at once."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import codigo_binario_support
from codigo_binario_support.domain.policy.policy import (
	CLAUSE_SIDES,
	COMMITMENT_CLOCKS,
	EXCLUDED,
	INCLUDED,
	Policy,
	PolicyError,
	canonical,
	check,
	words,
)

SHIPPED = json.loads(
	(Path(codigo_binario_support.__file__).parent / "data" / "policy.json").read_text(encoding="utf-8")
)


def changed(*path, to) -> dict:
	"""The shipped policy with one value put in place of another."""
	data = copy.deepcopy(SHIPPED)
	here = data
	for key in path[:-1]:
		here = here[key]
	here[path[-1]] = to
	return data


def without(*path) -> dict:
	data = copy.deepcopy(SHIPPED)
	here = data
	for key in path[:-1]:
		here = here[key]
	del here[path[-1]]
	return data


def mistakes(data) -> list[str]:
	return [str(problem) for problem in check(data)]


# -- the shipped policy ------------------------------------------------------------------------------------------------


def test_the_shipped_policy_has_no_mistakes():
	assert mistakes(SHIPPED) == []


def test_the_shipped_policy_has_the_sixteen_clauses_on_their_sides():
	policy = Policy(SHIPPED)
	assert {code: clause.side for code, clause in policy.clauses.items()} == CLAUSE_SIDES
	assert sum(clause.is_included for clause in policy.clauses.values()) == 7


def test_every_clause_has_its_words_in_spanish_and_english():
	for clause in Policy(SHIPPED).clauses.values():
		assert clause.text["es"].strip(), clause.code
		assert clause.text["en"].strip(), clause.code
		assert clause.text["es"] != clause.text["en"], clause.code


def test_support_is_open_monday_to_friday_nine_to_six_in_mexico_city():
	window = Policy(SHIPPED).support_window
	assert window.time_zone == "America/Mexico_City"
	assert [(row.weekday, row.opens // 3600, row.closes // 3600) for row in window.rows] == [
		(n, 9, 18) for n in range(5)
	]


def test_the_policy_promises_a_restoration_in_two_hours_on_the_platform_clock():
	policy = Policy(SHIPPED)
	restore = policy.commitment("restore", ["restore"], "outage")
	assert restore.target_seconds == 2 * 3600
	assert policy.windows[restore.window].always_open
	assert COMMITMENT_CLOCKS["restore"] == "platform"


def test_the_policy_promises_no_time_for_ordinary_requests():
	policy = Policy(SHIPPED)
	for kind in ("first_response", "resolution"):
		assert policy.commitment(kind).target_seconds is None


def test_the_policy_promises_a_daily_backup_and_four_nines():
	policy = Policy(SHIPPED)
	assert policy.commitment("backup").target_seconds == 24 * 3600
	assert policy.commitment("availability").target_percent == 99.99


def test_a_question_about_a_feature_has_no_restoration_promise():
	assert Policy(SHIPPED).commitment("restore", ["faq"], "question") is None


# -- reading -------------------------------------------------------------------------------------------------------------


def test_two_files_that_promise_the_same_have_one_hash_whatever_the_order_of_their_keys():
	reordered = json.loads(json.dumps(SHIPPED, sort_keys=True))
	assert Policy(reordered).hash == Policy(SHIPPED).hash
	assert Policy(changed("version", to=SHIPPED["version"] + 1)).hash != Policy(SHIPPED).hash


def test_the_canonical_text_keeps_accents_and_reads_back_as_the_same():
	text = canonical(SHIPPED)
	assert "ó" in text
	assert json.loads(text) == SHIPPED


def test_words_come_in_the_language_asked_for_else_in_spanish():
	text = {"es": "hola", "en": "hello"}
	assert [words(text, language) for language in ("en", "en-US", "es_MX", "fr")] == [
		"hello",
		"hello",
		"hola",
		"hola",
	]
	assert words({"en": "hello"}, "es") == "hello"
	assert words({}, "es") == ""


def test_a_commitment_without_clauses_covers_all_and_one_with_some_covers_those():
	policy = Policy(
		changed(
			"commitments",
			to=[
				{"kind": "support_hours", "text": {"es": "x"}, "window": "24x7"},
				{
					"kind": "resolution",
					"text": {"es": "x"},
					"window": "24x7",
					"target_minutes": 5,
					"clauses": ["faq"],
				},
				{"kind": "resolution", "text": {"es": "x"}, "window": "24x7", "target_minutes": 9},
			],
		)
	)
	assert policy.commitment("resolution", ["faq"], "question").target_seconds == 300
	assert policy.commitment("resolution", ["training"], "question").target_seconds == 540
	assert policy.commitment("restore") is None


def test_a_target_of_half_a_minute_is_thirty_seconds():
	data = changed("commitments", 1, "target_minutes", to=0.5)
	assert Policy(data).commitments[1].target_seconds == 30


# -- checking ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("data", "says"),
	[
		(None, "policy: Write an object"),
		([], "policy: Write an object"),
		({}, "name: Give the policy a name."),
		(changed("format", to="support-policy/9"), "format: This is support-policy/9; only support-policy/1"),
		(changed("version", to=0), "version: Give a whole number"),
		(changed("version", to=1.5), "version: Give a whole number"),
		(changed("version", to=float("nan")), "version: Give a whole number"),
		(changed("version", to=True), "version: Give a whole number"),
		(changed("version", to="1"), "version: Give a whole number"),
		(changed("time_zone", to=""), "time_zone: Name the time zone"),
		(changed("time_zone", to="Mexico City"), "time_zone: Mexico City is not a time zone"),
		(changed("time_zone", to=["UTC"]), "time_zone: ['UTC'] is not a time zone"),
		(changed("review_threshold", to=2), "review_threshold: Give a number from 0 to 1."),
		(changed("reopen_days", to=-1), "reopen_days: Give whole days from 0 upwards."),
		(changed("reopen_days", to=1.5), "reopen_days: Give whole days from 0 upwards."),
		(without("clauses"), "clauses: Write a list of objects."),
		(changed("clauses", to=["faq"]), "clauses: Write a list of objects."),
		(changed("clauses", 0, "code", to="sales"), "clauses[0].code: sales is not a clause"),
		(changed("clauses", 0, "code", to=["faq"]), "clauses[0].code: ['faq'] is not a clause"),
		(changed("clauses", 0, "side", to="maybe"), "clauses[0].side: maybe is not a side"),
		(
			changed("clauses", 0, "text", to={"en": "only English"}),
			"clauses[0].text: Write the words at least in Spanish",
		),
		(changed("clauses", 0, "text", to="hola"), "clauses[0].text: Write the words at least in Spanish"),
		(changed("clauses", 9, "pack", to="SP-99"), "clauses[9].pack: There is no Success Pack SP-99"),
		(changed("clauses", 9, "pack", to=["SP-5"]), "clauses[9].pack: There is no Success Pack ['SP-5']"),
		(changed("clauses", 0, "signals", to="internet"), "clauses[0].signals: Write a list of words"),
		(changed("clauses", 1, to=SHIPPED["clauses"][0]), "clauses: connectivity stands twice: keep one."),
		(changed("clauses", 1, to=SHIPPED["clauses"][0]), "clauses: The clause backup is missing: add it."),
		(changed("commitments", 0, "kind", to="speed"), "commitments[0].kind: speed is not a commitment"),
		(
			changed("commitments", 0, "kind", to="speed"),
			"commitments: Add a commitment of the kind support_hours",
		),
		(changed("commitments", 0, "window", to="Never"), "commitments[0].window: There is no window Never"),
		(changed("commitments", 0, "window", to={}), "commitments[0].window: There is no window {}"),
		(changed("commitments", 1, "target_minutes", to=-1), "commitments[1].target_minutes: Give minutes"),
		(
			changed("commitments", 1, "target_minutes", to=float("inf")),
			"commitments[1].target_minutes: Give minutes",
		),
		(
			changed("commitments", 1, "target_percent", to=101),
			"commitments[1].target_percent: Give a percentage",
		),
		(changed("commitments", 1, "clauses", to="faq"), "commitments[1].clauses: Write a list"),
		(changed("commitments", 1, "clauses", to=["sales"]), "commitments[1].clauses: sales is unknown"),
		(changed("commitments", 1, "severities", to=["bad"]), "commitments[1].severities: bad is unknown"),
		(changed("windows", 0, "name", to=""), "windows[0].name: Give the window a name."),
		(changed("windows", 0, "name", to=["x"]), "windows[0].name: Give the window a name."),
		(changed("windows", 0, "weekly", to=[]), "windows[0].weekly: The window never opens"),
		(changed("windows", 0, "weekly", to="mon"), "windows[0].weekly: Write an object such as"),
		(
			changed("windows", 0, "weekly", to={"lun": [["09:00", "18:00"]]}),
			"windows[0].weekly: lun is not a weekday",
		),
		(
			changed("windows", 0, "weekly", to={"mon": [["9", "18"]]}),
			"windows[0].weekly.mon: 9 is not a time of day",
		),
		(
			changed("windows", 0, "weekly", to={"mon": ["09:00"]}),
			"windows[0].weekly.mon: Write pairs such as",
		),
		(changed("windows", 0, "weekly", to={"mon": 9}), "windows[0].weekly.mon: Write pairs such as"),
		(changed("windows", 0, "weekly", to={"mon": []}), "windows[0].weekly: The window never opens"),
		(
			changed("windows", 0, "holidays", to=["25/12/2026"]),
			"windows[0].holidays: 25/12/2026 is not a date",
		),
		(changed("windows", 0, "holidays", to=5), "windows[0].holidays: 5 is not a date"),
		(
			changed("windows", 0, "holiday_country", to="mx"),
			"windows[0].holiday_country: mx is not a country",
		),
		(changed("windows", 0, "time_zone", to="Mars"), "windows[0].time_zone: Mars is not a time zone"),
		(changed("windows", 1, "name", to=SHIPPED["windows"][0]["name"]), "stands twice"),
		(changed("success_packs", 0, "code", to=""), "success_packs[0].code: Give the Success Pack a code."),
		(changed("success_packs", 0, "hours", to=0), "success_packs[0].hours: Give the hours"),
		(changed("success_packs", 0, "hourly_rate", to=-5), "success_packs[0].hourly_rate: Give the price"),
		(changed("success_packs", 0, "label", to={}), "success_packs[0].label: Write the words"),
		(changed("success_packs", to={}), "success_packs: Write a list of objects."),
	],
)
def test_a_mistake_is_named_with_its_place_and_what_to_do(data, says):
	found = mistakes(data)
	assert any(says in mistake for mistake in found), found


def test_all_mistakes_come_at_once_in_the_order_of_the_text():
	data = changed("version", to=0)
	data["clauses"] = data["clauses"][2:]
	data["clauses"][0]["side"] = "maybe"
	data["windows"][0]["weekly"]["mon"] = [["9", "18:00"]]
	data["success_packs"][0]["hours"] = -1
	places = [problem.where for problem in check(data)]
	assert places == [
		"version",
		"clauses[0].side",
		"clauses",
		"clauses",
		"windows[0].weekly.mon",
		"success_packs[0].hours",
	]


def test_missing_clauses_are_listed_in_the_order_of_the_policy():
	problems = check(changed("clauses", to=[SHIPPED["clauses"][0]]))
	assert [problem.values["code"] for problem in problems] == list(CLAUSE_SIDES)[1:]


def test_a_wrong_policy_cannot_be_read_and_the_error_carries_every_mistake():
	with pytest.raises(PolicyError, match="The policy has 2 mistakes") as caught:
		Policy({**changed("version", to=0), "name": ""})
	assert [problem.where for problem in caught.value.problems] == ["name", "version"]


_anything = st.recursive(
	st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("09:00")),
	lambda inner: st.one_of(
		st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(("mon", "es", "x")), inner, max_size=2)
	),
	max_leaves=4,
)


def _places(value, path=()):
	yield path
	rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
	for key, inner in rows:
		if key != "signals":
			yield from _places(inner, (*path, key))


PLACES = [path for path in _places(SHIPPED) if path]


@given(st.sampled_from(PLACES), _anything)
def test_whatever_stands_anywhere_in_the_file_checking_it_answers(path, value):
	data = changed(*path, to=value)
	problems = [str(problem) for problem in check(data)]
	if not problems:
		assert Policy(data).support_window is not None
		assert {clause.side for clause in Policy(data).clauses.values()} <= {INCLUDED, EXCLUDED}


def test_words_are_those_of_the_language_else_spanish_else_whatever_there_is():
	both = {"en": "hello", "es": "hola"}
	assert [words(both, code) for code in ("en", "en_US", "en-GB", "es_MX", "fr")] == [
		"hello",
		"hello",
		"hello",
		"hola",
		"hola",
	]
	assert words({"de": "hallo"}, "en") == "hallo"
	assert words({}, "en") == ""


def test_one_content_has_one_text_because_terms_are_named_by_its_hash():
	assert canonical({"b": [1, 2], "a": "ñ"}) == '{"a":"ñ","b":[1,2]}'


def test_a_pack_and_a_commitment_are_read_whole():
	data = copy.deepcopy(SHIPPED)
	data["success_packs"][0].update({"currency": "USD", "item": "PACK-1", "hourly_rate": 10})
	pack = Policy(data).packs[data["success_packs"][0]["code"]]
	assert (pack.currency, pack.item, pack.label) == ("USD", "PACK-1", data["success_packs"][0]["label"])
	for key in ("currency", "item"):
		data["success_packs"][0].pop(key)
	pack = Policy(data).packs[data["success_packs"][0]["code"]]
	assert (pack.currency, pack.item) == ("MXN", None)
	read = [(row.kind, row.text) for row in Policy(SHIPPED).commitments]
	assert read == [(row["kind"], row["text"]) for row in SHIPPED["commitments"]]
	with_severity = changed("commitments", 0, "severities", to=["outage"])
	assert Policy(with_severity).commitments[0].severities == ("outage",)
	assert Policy(SHIPPED).commitments[0].severities == tuple(
		SHIPPED["commitments"][0].get("severities") or ()
	)


def test_a_clause_is_said_in_the_language_that_is_asked_for():
	policy = Policy(SHIPPED)
	code, clause = next(iter(policy.clauses.items()))
	assert policy.clause_text(code) == clause.text["es"]
	assert policy.clause_text(code, "en") == clause.text["en"]
	assert policy.clause_text("nothing") == policy.clause_text(None) == ""


def test_a_policy_is_read_whole_and_has_its_defaults_where_it_says_nothing():
	policy = Policy({**SHIPPED, "language": "en", "review_threshold": 0.7, "reopen_days": 3})
	assert (policy.name, policy.version, policy.language) == (SHIPPED["name"], SHIPPED["version"], "en")
	assert (policy.review_threshold, policy.reopen_days) == (0.7, 3)
	optional = ("language", "review_threshold", "reopen_days", "format", "success_packs")
	bare = {key: value for key, value in SHIPPED.items() if key not in optional}
	bare["clauses"] = [{**row, "pack": None, "signals": None} for row in SHIPPED["clauses"]]
	policy = Policy(bare)
	assert (policy.language, policy.review_threshold, policy.reopen_days, policy.packs) == ("es", 0.5, 7, {})
	assert {clause.signals for clause in policy.clauses.values()} == {()}


def test_a_clause_keeps_the_words_by_which_it_is_recognised():
	signals = {code: list(clause.signals) for code, clause in Policy(SHIPPED).clauses.items()}
	assert signals == {row["code"]: row["signals"] for row in SHIPPED["clauses"]}


@pytest.mark.parametrize("key", ["limits", "recommendation"])
def test_limits_and_recommendation_are_the_policy_s_words_or_none(key):
	policy, silent = Policy(SHIPPED), Policy(without(key))
	for language in ("es", "en"):
		assert getattr(policy, key)(language) == SHIPPED[key][language]
		assert getattr(silent, key)(language) == ""


def test_a_window_has_its_name_and_keeps_to_its_own_zone_else_to_the_policy_s():
	policy = Policy(changed("windows", 0, "time_zone", to="America/Tijuana"))
	assert [(name, window.name) for name, window in policy.windows.items()] == [
		(row["name"], row["name"]) for row in SHIPPED["windows"]
	]
	assert [window.time_zone for window in policy.windows.values()] == [
		"America/Tijuana",
		"America/Mexico_City",
		"America/Mexico_City",
	]


def test_a_promise_that_the_policy_does_not_make_is_asked_for_by_name():
	data = {**SHIPPED, "commitments": SHIPPED["commitments"][:1]}
	with pytest.raises(KeyError, match="restore"):
		Policy(data).promised("restore")


# -- the edges of what is allowed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"path_and_value",
	[
		("review_threshold", 0),
		("review_threshold", 1),
		("reopen_days", 0),
		("version", 10**15 - 1),
		("commitments", 1, "target_minutes", 0),
		("commitments", 1, "target_percent", 0.5),
		("commitments", 1, "target_percent", 100),
		("success_packs", 0, "hourly_rate", 0),
	],
)
def test_the_last_value_that_is_allowed_is_no_mistake(path_and_value):
	*path, value = path_and_value
	assert mistakes(changed(*path, to=value)) == []


@pytest.mark.parametrize(
	("path_and_value", "where"),
	[
		(("version", 10**15), "version"),
		(("commitments", 1, "target_percent", 0), "commitments[1].target_percent"),
		(("commitments", 1, "clauses", "faq"), "commitments[1].clauses"),
		(("commitments", 1, "clauses", 5), "commitments[1].clauses"),
		(("commitments", 1, "severities", "bad"), "commitments[1].severities"),
		(("windows", 1, SHIPPED["windows"][2]), "windows"),
		(("success_packs", 1, SHIPPED["success_packs"][0]), "success_packs"),
	],
)
def test_one_mistake_is_told_once_at_its_place(path_and_value, where):
	*path, value = path_and_value
	found = [
		problem.where for problem in check(changed(*path, to=value)) if "There is no" not in str(problem)
	]
	assert found == [where]


def test_a_zone_that_is_wrong_for_the_whole_policy_is_told_once():
	data = changed("time_zone", to="Mars")
	data["windows"][0]["time_zone"] = "Mars"
	assert [problem.where for problem in check(data)] == ["time_zone"]


_CLAUSES = ", ".join(CLAUSE_SIDES)


@pytest.mark.parametrize(
	("path_and_value", "sentence"),
	[
		(("clauses", 0, "code", "sales"), f"clauses[0].code: sales is not a clause: use one of {_CLAUSES}."),
		(
			("clauses", 0, "text", "hola"),
			'clauses[0].text: Write the words at least in Spanish: {"es": "...", "en": "..."}.',
		),
		(
			("commitments", 0, "kind", "speed"),
			"commitments[0].kind: speed is not a commitment: use one of support_hours, first_response, resolution,"
			" restore, backup, availability.",
		),
		(
			("commitments", 1, "severities", ["bad"]),
			"commitments[1].severities: bad is unknown: use one of outage, degraded, question, request.",
		),
		(
			("commitments", 1, "clauses", ["sales"]),
			f"commitments[1].clauses: sales is unknown: use one of {_CLAUSES}.",
		),
		(
			("windows", 0, "weekly", "mon"),
			'windows[0].weekly: Write an object such as {"mon": [["09:00", "18:00"]]}.',
		),
		(
			("windows", 0, "weekly", {"lun": [["09:00", "18:00"]]}),
			"windows[0].weekly: lun is not a weekday: use one of mon, tue, wed, thu, fri, sat, sun.",
		),
		(
			("windows", 0, "holidays", ["25/12/2026"]),
			"windows[0].holidays: 25/12/2026 is not a date: write YYYY-MM-DD.",
		),
		(
			("windows", 0, "holiday_country", "mx"),
			"windows[0].holiday_country: mx is not a country: write its two capital letters, for example MX.",
		),
	],
)
def test_a_mistake_of_the_policy_is_a_whole_sentence(path_and_value, sentence):
	*path, value = path_and_value
	assert sentence in mistakes(changed(*path, to=value))


def test_the_error_of_a_wrong_policy_is_its_mistakes_one_after_the_other():
	with pytest.raises(PolicyError) as caught:
		Policy({**changed("version", to=0), "name": ""})
	assert str(caught.value) == (
		"The policy has 2 mistakes: name: Give the policy a name.; version: Give a whole number from 1 upwards."
	)
