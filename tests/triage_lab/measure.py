"""How good `classify` is on labelled requests: the figures of issue 3, on whatever records are given."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES, EXCLUDED, Policy
from codigo_binario_support.domain.triage.linear_model import Model
from codigo_binario_support.domain.triage.verdict import MIXED, NEEDS_REVIEW, Triage
from codigo_binario_support.shipped import classify

from .corpus import POLICY


def policy() -> Policy:
	return Policy(json.loads(POLICY.read_text(encoding="utf-8")))


def answers(rows: list[dict[str, Any]], model: Model | None = None) -> list[Triage]:
	terms = policy()
	return [classify(terms, row["s"], row["b"], model=model) for row in rows]


def figures(rows: list[dict[str, Any]], triaged: list[Triage]) -> dict[str, float]:
	"""Shares of 1. `clause` counts the primary, or the second where there are two."""
	pairs = list(zip(rows, triaged, strict=True))
	named = [(row, t) for row, t in pairs if row["c"]]
	unclear = [(row, t) for row, t in pairs if not row["c"]]
	automatic = [(row, t) for row, t in named if t.verdict != NEEDS_REVIEW]
	excluded = [(row, t) for row, t in pairs if t.verdict == EXCLUDED]
	outages = [(row, t) for row, t in pairs if row["sev"] == "outage"]
	two = [(row, t) for row, t in named if row.get("c2")]
	return {
		"requests": len(rows),
		"clause": _share(t.clause in _clauses(row) for row, t in named),
		"side": _share(_side(t.clause) in _sides(row) for row, t in named),
		"automatic": _share(t.verdict != NEEDS_REVIEW for _, t in named),
		"automatic_right": _share(t.clause in _clauses(row) for row, t in automatic),
		"verdict_right": _share(t.verdict == _verdict(row) for row, t in automatic),
		"excluded_right": _share(row["c"] is not None and EXCLUDED in _sides(row) for row, t in excluded),
		"excluded_pure": _share(row["c"] is not None and _verdict(row) == EXCLUDED for row, t in excluded),
		"unclear_reviewed": _share(t.verdict == NEEDS_REVIEW for _, t in unclear),
		"unclear_null": _share(t.clause is None for _, t in unclear),
		"outages_excluded": sum(t.verdict == EXCLUDED for _, t in outages),
		"severity": _share(t.severity == row["sev"] for row, t in pairs),
		"severity_named": _share(t.severity == row["sev"] for row, t in named),
		"two_found": _share({t.clause, t.second_clause} == {row["c"], row["c2"]} for row, t in two),
		"two_invented": _share(t.second_clause is not None for row, t in named if not row.get("c2")),
		"mixed_right": _share(_verdict(row) == MIXED for row, t in named if t.verdict == MIXED),
	}


def confusions(rows: list[dict[str, Any]], triaged: list[Triage]) -> Counter:
	return Counter(
		(row["c"], t.clause)
		for row, t in zip(rows, triaged, strict=True)
		if t.clause not in (row["c"], row.get("c2") or row["c"])
	)


def text_of(figures_: dict[str, float]) -> str:
	return "\n".join(f"  {name:18} {value:.4g}" for name, value in figures_.items())


def from_sample(row: dict[str, Any]) -> dict[str, Any]:
	"""A record of `shared/triage/examples.jsonl` under the corpus's keys."""
	clause = row["label"] if row["label"] in CLAUSE_SIDES else None
	return {
		"s": row["subject"],
		"b": row["body"],
		"c": clause,
		"c2": row.get("second_label"),
		"sev": row["severity"],
	}


def _share(values) -> float:
	listed = list(values)
	return round(sum(map(bool, listed)) / len(listed), 4) if listed else float("nan")


def _side(clause: str | None) -> str | None:
	return CLAUSE_SIDES.get(clause) if clause else None


def _clauses(row: dict[str, Any]) -> set[str]:
	return {code for code in (row["c"], row.get("c2")) if code}


def _sides(row: dict[str, Any]) -> set[str]:
	return {CLAUSE_SIDES[code] for code in (row["c"], row.get("c2")) if code}


def _verdict(row: dict[str, Any]) -> str:
	sides = _sides(row)
	return MIXED if len(sides) == 2 else (sides.pop() if sides else NEEDS_REVIEW)


def main(paths: list[str]) -> int:
	for path in paths:
		rows = [
			json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()
		]
		rows = [from_sample(row) if "label" in row else row for row in rows]
		started = time.perf_counter()
		triaged = answers(rows)
		print(f"{path}: {(time.perf_counter() - started) / len(rows) * 1000:.2f} ms a request (mean)")
		print(text_of(figures(rows, triaged)))
	return 0


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
