"""Spans of time, against sets of seconds."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.time.intervals import difference, intersection, seconds, union

pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def instants(spans) -> set[int]:
	return {second for start, end in spans for second in range(start, end)}


def is_merged(spans) -> bool:
	return all(start < end for start, end in spans) and all(
		one[1] < following[0] for one, following in pairwise(spans)
	)


@given(pairs)
def test_a_union_is_the_same_time_in_merged_spans(spans):
	found = union(spans)
	assert instants(found) == instants(spans)
	assert is_merged(found)
	assert seconds(found) == len(instants(spans))


@given(pairs, pairs)
def test_what_is_left_and_what_is_shared_are_what_sets_say(one, other):
	one, other = union(one), union(other)
	assert instants(difference(one, other)) == instants(one) - instants(other)
	assert instants(intersection(one, other)) == instants(one) & instants(other)
	assert is_merged(difference(one, other)) and is_merged(intersection(one, other))
