"""Spans of time as whole seconds since 1970 (UTC), end exclusive: what a month of samples is counted with.

Every function takes and gives spans that are merged: in order, neither overlapping nor touching. Each is one pass, so
that a month of a million samples stays cheap.

>>> union([(0, 60), (60, 120), (300, 360)])
[(0, 120), (300, 360)]
>>> difference([(0, 120)], [(30, 60)]), intersection([(0, 120)], [(30, 60), (90, 200)])
([(0, 30), (60, 120)], [(30, 60), (90, 120)])
"""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]
#: Beyond every instant.
_FAR = 1 << 62


def union(spans: Iterable[Span]) -> list[Span]:
	"""The same time in merged spans; the only function whose spans may come in any order."""
	found: list[Span] = []
	for start, end in sorted(spans):
		if found and start <= found[-1][1]:
			if end > found[-1][1]:
				found[-1] = (found[-1][0], end)
		elif start < end:
			found.append((start, end))
	return found


def difference(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
	"""What is left of some spans once others are taken out."""
	starts, ends = [start for start, _end in taken], [end for _start, end in taken]
	return intersection(spans, list(zip([-_FAR, *ends], [*starts, _FAR], strict=True)))


def intersection(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
	"""The time that is in one and in the other."""
	found: list[Span] = []
	i = j = 0
	while i < len(one) and j < len(other):
		start, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
		if start < end:
			found.append((start, end))
		if one[i][1] < other[j][1]:
			i += 1
		else:
			j += 1
	return found


def seconds(spans: Iterable[Span]) -> int:
	return sum(end - start for start, end in spans)
