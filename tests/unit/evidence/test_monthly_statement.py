"""The monthly statement's verdicts: unknown is its own state, and nothing is kept by default."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.adapters.site import charts
from codigo_binario_support.domain.evidence.monthly_statement import (
	BROKEN,
	CHANGES_FOUND,
	KEPT,
	NONE_FOUND,
	NOT_PROVEN,
	PROMISE_LABELS,
	Restorations,
	assess_availability,
	assess_backups,
	assess_changes,
	assess_hours,
	assess_language,
	assess_restores,
	day_of_changes,
	not_here,
	overall,
)
from codigo_binario_support.domain.policy.language import ENGLISH, NOT_TOLD, SPANISH, language_of
from codigo_binario_support.domain.verdicts import VERDICTS
from codigo_binario_support.shipped import mapping

REASONS = mapping("evidence/reasons.json")
COUNT = st.integers(0, 40)


@st.composite
def requests(draw):
	answered, fresh, unanswered = draw(COUNT), draw(COUNT), draw(COUNT)
	received = answered + fresh + unanswered
	late = draw(st.integers(0, received))
	return {"received": received, "answered": answered, "fresh": fresh, "late": late}


@st.composite
def answers(draw):
	spanish, other, short, unread = draw(COUNT), draw(COUNT), draw(COUNT), draw(COUNT)
	written = spanish + other + short + unread
	return {"answers": written, "spanish": spanish, "other": other, "short": short}


@st.composite
def days(draw):
	kept, lost, unknown = draw(COUNT), draw(COUNT), draw(COUNT)
	return kept + lost + unknown, kept, lost


@st.composite
def restorations(draw):
	count, drills = draw(COUNT), draw(COUNT)
	late = draw(st.integers(0, count))
	failed = draw(st.integers(0, drills))
	return Restorations(
		restorations=count,
		late=late,
		running=draw(st.integers(0, count - late)),
		longest_seconds=draw(COUNT),
		drills=drills,
		failed_drills=failed,
		unproven_drills=draw(st.integers(0, drills - failed)),
		drill_seconds=draw(COUNT),
		target_seconds=7200,
	)


FINDINGS = st.one_of(
	requests().map(lambda found: assess_hours(**found)),
	answers().map(lambda found: assess_language(**found)),
	st.sampled_from([None, *VERDICTS]).map(
		lambda state: assess_availability(
			state,
			dict.fromkeys(
				(
					"at_least_percent",
					"at_most_percent",
					"target_percent",
					"used_minutes",
					"unknown_minutes",
					"budget_minutes",
					"total_minutes",
				),
				1.0,
			),
		)
	),
	days().map(lambda found: assess_backups(*found)),
	restorations().map(assess_restores),
	st.tuples(days(), COUNT).map(lambda row: assess_changes(row[1], *row[0])),
	st.sampled_from(list(PROMISE_LABELS)).map(not_here),
)


@given(FINDINGS)
def test_a_finding_has_a_state_a_known_reason_and_every_figure_of_its_sentence(finding):
	assert finding.state in VERDICTS and finding.kind in PROMISE_LABELS
	places = {name for _text, name, _spec, _conv in Formatter().parse(REASONS[finding.reason]) if name}
	assert places <= set(finding.values)


@pytest.mark.parametrize(
	"finding",
	[
		assess_hours(),
		assess_language(),
		assess_availability(None, {}),
		assess_backups(30),
		assess_backups(),
		assess_restores(Restorations()),
		assess_changes(0, 31),
	],
)
def test_a_month_without_evidence_is_not_proven(finding):
	assert finding.state == NOT_PROVEN


@given(requests())
def test_hours_are_kept_only_if_nobody_waits_and_somebody_was_answered(found):
	unanswered = found["received"] - found["answered"] - found["fresh"]
	assert (assess_hours(**found).state == KEPT) == (
		found["answered"] > 0 and unanswered == 0 and found["late"] == 0
	)


@given(requests())
def test_only_an_answer_that_was_due_breaks_the_hours(found):
	assert (assess_hours(**found).state == BROKEN) == (found["late"] > 0)


@given(answers())
def test_the_language_is_broken_only_by_what_a_person_confirmed_and_kept_only_if_all_were_read(found):
	assert assess_language(**found).state != BROKEN
	confirmed = found | {"other": found["other"] + 1, "confirmed": 1}
	assert assess_language(**confirmed).state == BROKEN
	assert assess_language(**found, unclear=1).state != KEPT
	is_kept = assess_language(**found).state == KEPT
	read = found["spanish"] + found["other"] + found["short"]
	assert not is_kept or (read == found["answers"] and found["spanish"] > 0 and not found["other"])


@given(days())
def test_backups_by_a_second_opinion(found):
	total, kept, lost = found
	expected = BROKEN if lost else KEPT if total and kept == total else NOT_PROVEN
	assert assess_backups(*found).state == expected


@given(days(), st.integers(1, 9))
def test_another_unknown_day_never_makes_a_promise_kept(found, more):
	total, *known = found
	assert assess_backups(total + more, *known).state != KEPT
	assert assess_changes(0, total + more, *known).state != KEPT


@given(restorations())
def test_a_restoration_that_was_late_breaks_it_whatever_was_rehearsed(found):
	finding = assess_restores(found)
	assert (finding.state == BROKEN) == (found.late > 0)
	if finding.state == KEPT:
		assert found.restorations or (found.drills and not found.failed_drills and not found.unproven_drills)
		assert not found.running


@given(st.integers(1, 9), st.integers(0, 9))
def test_a_rehearsal_that_proves_nothing_is_said_to_have_failed_nowhere(unproven, kept):
	finding = assess_restores(Restorations(drills=kept + unproven, unproven_drills=unproven))
	assert (finding.state, finding.reason) == (NOT_PROVEN, "restore_unproven_drill")


@given(days(), COUNT)
def test_one_change_breaks_the_promise_of_none(found, changes):
	assert (assess_changes(changes, *found).state == BROKEN) == bool(changes or found[2])


@given(st.lists(st.sampled_from(list(VERDICTS))))
def test_a_month_is_broken_by_one_promise_and_kept_by_all(states):
	found = overall(states)
	assert (found == BROKEN) == (BROKEN in states)
	assert (found == KEPT) == (bool(states) and all(state == KEPT for state in states))


def test_a_day_without_the_guard_proves_nothing_unless_something_is_found():
	assert [day_of_changes(0, True), day_of_changes(0, False)] == [NONE_FOUND, NOT_PROVEN]
	assert [day_of_changes(2, True), day_of_changes(1, False)] == [CHANGES_FOUND] * 2


@pytest.mark.parametrize(
	("text", "language"),
	[
		(
			"Hola Ana, ya puedes entrar. Gracias por avisarnos; quedamos al pendiente de cualquier cosa.",
			SPANISH,
		),
		("La guía está en la documentación oficial de ERPNext.", SPANISH),
		("Hello, this is fixed. You can try it again now, please let us know.", ENGLISH),
		("Listo", NOT_TOLD),
		("", NOT_TOLD),
		("Internal Server Error: 502 Bad Gateway nginx", NOT_TOLD),
		(
			"Te copio el error que nos mandaste, ya lo revisamos con el equipo:\n> you have to log in to the site",
			SPANISH,
		),
		("Obrigado, vamos verificar isso amanhã.", NOT_TOLD),
	],
)
def test_the_language_of_an_answer(text, language):
	assert language_of(text) == language


def _attributes(svg: str, name: str) -> list[float]:
	return [float(value) for value in re.findall(rf'\b{name}="(-?[\d.]+)"', svg)]


@given(st.lists(st.tuples(st.text(max_size=60), st.integers(0, 10_000)), min_size=1, max_size=17))
def test_a_chart_stays_on_the_page_and_shows_every_value(rows):
	bars = charts.bars([(label, value, charts.GREEN) for label, value in rows])
	columns = charts.columns(rows)
	for svg in (bars, columns):
		assert max(_attributes(svg, "width")) <= charts.WIDTH
		assert min(_attributes(svg, "width")) >= 0 and min(_attributes(svg, "height")) >= 0
		for _label, value in rows:
			assert f">{value}</text>" in svg


@given(st.floats(0, 50_000), st.floats(0, 500))
def test_the_budget_bar_is_red_only_beyond_the_limit(used, limit):
	svg = charts.budget(used, limit, "used", "limit")
	assert (charts.RED in svg) == (used > limit)
	assert max(_attributes(svg, "width")) <= charts.WIDTH


def test_a_label_is_never_markup():
	assert "<script>" not in charts.bars([("<script>", 1, charts.GREEN)]) + charts.columns([("<script>", 1)])
