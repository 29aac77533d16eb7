"""Reading the labelled requests, and the checks that every part of the corpus must pass."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES, SEVERITIES
from codigo_binario_support.domain.triage.cleaning import fold

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "codigo_binario_support" / "data" / "triage" / "corpus.jsonl"
#: Written apart, by somebody who did not see the corpus. Never fitted on, never tuned on.
HELD = ROOT / "tests" / "triage_lab" / "held.jsonl"
#: Requests modelled on real public messages, one file a voice, each written without seeing the others. Not fitted on yet.
VOICES = ROOT / "tests" / "triage_lab" / "voices"
POLICY = ROOT / "codigo_binario_support" / "data" / "policy.json"


def read(path: Path = CORPUS) -> list[dict[str, Any]]:
	return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def voices() -> list[dict[str, Any]]:
	"""The records of all voices. Besides the corpus' keys: `d` easy, medium or hard, `amb` two careful people could differ."""
	return [row for path in sorted(VOICES.glob("*.jsonl")) for row in read(path)]


def problems(rows: Iterable[dict[str, Any]]) -> list[str]:
	"""What is wrong with single records, by line, each with what to do."""
	found = []
	for number, row in enumerate(rows, 1):
		if not isinstance(row.get("b"), str) or not isinstance(row.get("s"), str):
			found.append(f"line {number}: s and b are texts; write both, empty if there is none.")
			continue
		if not (row["b"] + row["s"]).strip():
			found.append(f"line {number}: the record has no text; remove it.")
		for key in ("c", "c2"):
			if row.get(key) is not None and row[key] not in CLAUSE_SIDES:
				found.append(f"line {number}: {key} is {row[key]!r}; use a clause of the policy or null.")
		if row.get("c2") and row["c2"] == row.get("c"):
			found.append(f"line {number}: c2 repeats c; write null.")
		if row.get("sev") not in SEVERITIES:
			found.append(f"line {number}: sev is {row.get('sev')!r}; use one of {', '.join(SEVERITIES)}.")
		if row.get("l") not in ("es", "en", "mixed"):
			found.append(f"line {number}: l is {row.get('l')!r}; use es, en or mixed.")
		if not row.get("w"):
			found.append(f"line {number}: w is missing; name the author of the record.")
	return found


def shingles(row: dict[str, Any], size: int = 4) -> frozenset[str]:
	words = re.findall(r"\w+", fold(f"{row['s']} {row['b']}"))
	return frozenset(" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))


def near_duplicates(
	rows: list[dict[str, Any]], others: list[dict[str, Any]] | None = None, share: float = 0.6
) -> list[tuple[int, int]]:
	"""Pairs of records whose four-word sequences overlap by `share` or more; within `rows`, or against `others`."""
	base = [shingles(row) for row in rows]
	index: dict[str, list[int]] = {}
	for number, parts in enumerate(base):
		for part in parts:
			index.setdefault(part, []).append(number)
	pairs = []
	for number, parts in enumerate([shingles(row) for row in others] if others is not None else base):
		shared = Counter(other for part in parts for other in index.get(part, ()))
		for other, count in shared.items():
			if others is None and other >= number:
				continue
			if count >= share * min(len(parts), len(base[other])):
				pairs.append((other, number))
	return pairs


def distinct(rows: list[dict[str, Any]], share: float = 0.5) -> int:
	"""How many records there are when near-duplicates (Jaccard of their five-word sequences above `share`) count once."""
	parts = [shingles(row, 5) for row in rows]
	index: dict[str, list[int]] = {}
	count = 0
	for number, mine in enumerate(parts):
		shared = Counter(other for part in mine for other in index.get(part, ()))
		count += not any(same > share * len(mine | parts[other]) for other, same in shared.items())
		for part in mine:
			index.setdefault(part, []).append(number)
	return count
