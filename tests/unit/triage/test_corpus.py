"""The corpus keeps its own rules: closed vocabulary, no repeats, balance, and nothing of the held part."""

import hashlib
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES, SEVERITIES
from codigo_binario_support.shipped import triage_model
from tests.triage_lab.corpus import CORPUS, HELD, distinct, near_duplicates, problems, read, voices


@pytest.fixture(scope="module")
def rows():
	return read()


@pytest.fixture(scope="module")
def held():
	return read(HELD)


def test_every_record_uses_the_policy_s_vocabulary(rows):
	assert problems(rows) == []


def test_every_held_record_uses_the_policy_s_vocabulary(held):
	assert problems({**row, "w": "held"} for row in held) == []


def test_a_record_outside_the_vocabulary_is_named_with_what_to_do():
	row = {"s": "", "b": "x y", "c": "billing", "c2": None, "sev": "question", "l": "es", "w": "w9"}
	assert problems([row]) == ["line 1: c is 'billing'; use a clause of the policy or null."]


def test_no_record_says_what_another_says(rows):
	assert near_duplicates(rows) == []


def test_a_copy_with_another_ending_is_found():
	one = {"s": "Respaldo", "b": "¿Dónde guardan las copias de cada noche y por cuánto tiempo?"}
	other = {"s": "Respaldo", "b": "¿Dónde guardan las copias de cada noche y por cuántos días?"}
	assert near_duplicates([one, other]) == [(0, 1)]


def test_nothing_of_the_held_part_was_fitted(rows, held):
	assert near_duplicates(rows, held) == []


def test_every_clause_is_told_by_every_author(rows):
	told = Counter((row["w"], row["c"]) for row in rows)
	# Small authors lend another voice, large ones most of the records.
	least = {author: 30 if count > 500 else 1 for author, count in Counter(row["w"] for row in rows).items()}
	missing = [(w, c) for w, few in least.items() for c in (*CLAUSE_SIDES, None) if told[w, c] < few]
	assert missing == []


def test_no_clause_has_twice_the_records_of_another(rows):
	counts = Counter(row["c"] for row in rows if row["c"])
	assert max(counts.values()) < 2 * min(counts.values())


def test_the_parts_are_large_and_in_both_languages(rows, held):
	assert len(rows) >= 4000 and len(held) >= 400
	for part in (rows, held):
		english = sum(row["l"] == "en" for row in part) / len(part)
		assert 0.1 < english < 0.35
		assert {row["sev"] for row in part} == set(SEVERITIES)


def test_the_shipped_model_was_fitted_on_this_corpus():
	fitted = triage_model().head["corpus_sha256"]
	assert fitted == hashlib.sha256(CORPUS.read_bytes()).hexdigest(), "Run `make triage-fit`."


def test_the_voices_use_the_policy_s_vocabulary():
	rows = voices()
	assert problems(rows) == []
	assert {row["d"] for row in rows} == {"easy", "medium", "hard"}
	assert {type(row["amb"]) for row in rows} == {bool}


def test_twelve_voices_tell_three_thousand_requests_and_every_clause_each():
	rows = voices()
	assert distinct(rows) >= 3000
	told = Counter((row["w"], row["c"]) for row in rows)
	names = {row["w"] for row in rows}
	assert len(names) >= 12
	assert [(name, code) for name in names for code in (*CLAUSE_SIDES, None) if told[name, code] < 8] == []
	# A situation is what happened to somebody: leaving one out leaves out a handful of records at most.
	assert max(Counter(row["g"] for row in rows).values()) <= 3


def test_near_duplicates_count_once():
	one = {"s": "Respaldo", "b": "¿Dónde guardan las copias de cada noche y por cuánto tiempo las guardan?"}
	other = {**one, "b": one["b"] + " Gracias"}
	assert distinct([one, other, {"s": "", "b": "no abre"}]) == 2
