"""What an anchor remembers of a request, and what it notices later."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.evidence.anchors import (
	AnchoredHead,
	AnchorError,
	ChainHead,
	file_of,
	marks_of,
	text_of,
)

HASHES = st.lists(st.text("0123456789abcdef", min_size=4, max_size=8), max_size=6)


@given(HASHES, HASHES, HASHES, HASHES)
def test_a_history_that_only_grew_still_holds(events, decisions, more_events, more_decisions):
	mark = AnchoredHead.of("CBS-2026-00001", events, decisions)
	assert mark.holds(events + more_events, decisions + more_decisions)


@given(HASHES.filter(bool), HASHES)
def test_a_history_whose_end_was_taken_away_does_not(events, decisions):
	assert not AnchoredHead.of("CBS-1", events, decisions).holds(events[:-1], decisions)


@given(HASHES.filter(bool), HASHES, st.text("0123456789abcdef", min_size=9, max_size=9), HASHES)
def test_a_history_with_another_last_row_does_not_whatever_was_added(events, decisions, other, more):
	assert not AnchoredHead.of("CBS-1", events, decisions).holds([*events[:-1], other, *more], decisions)


@given(HASHES.filter(bool), HASHES.filter(bool))
def test_events_and_decisions_are_not_exchanged_unseen(events, decisions):
	if len(events) == len(decisions) and events[-1] != decisions[-1]:
		assert not AnchoredHead.of("CBS-1", events, decisions).holds(decisions, events)


@given(st.lists(st.tuples(st.from_regex(r"CBS-20\d\d-\d{5}", fullmatch=True), HASHES, HASHES), max_size=5))
def test_marks_are_read_back_as_they_were_written(rows):
	marks = [AnchoredHead.of(*row) for row in rows]
	assert marks_of(text_of(marks)) == marks


def test_a_request_renamed_with_spaces_keeps_its_mark():
	mark = AnchoredHead.of("Mi solicitud 7", ["a"], [])
	assert marks_of(mark.line) == [mark]


@pytest.mark.parametrize("text", ["CBS-1", "CBS-1 one 2 abc", "a b"])
def test_a_line_that_is_none_is_said(text):
	with pytest.raises(AnchorError, match="cannot be read"):
		marks_of(text)


def test_a_file_is_read_with_the_heads_it_keeps():
	kept = file_of(
		json.dumps({"digest": "ab", "chains": [{"chain": "Backup Record", "records": 3, "head": "cd"}]})
	)
	assert (kept.digest, kept.heads) == ("ab", (ChainHead("Backup Record", 3, "cd"),))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"digest": "x", "chains": [1]}'])
def test_another_file_is_refused(text):
	with pytest.raises(AnchorError, match="not a file of an anchor"):
		file_of(text)
