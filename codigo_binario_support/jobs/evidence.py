"""The daily anchor, and the look at all evidence."""

from collections.abc import Iterable, Sequence
from typing import Any

import frappe

from ..adapters.evidence import chains
from ..adapters.policy.terms import broken_terms
from ..adapters.requests.requests import DOCTYPE, broken_requests
from ..adapters.site.retries import retried
from ..domain.evidence.anchors import ChainHead
from ..operations.availability import samples
from ..operations.evidence import anchors


@retried
def anchor() -> Any:
	"""Anchor all evidence as it is now; returns the anchor."""
	made = anchors.make()
	frappe.db.commit()
	return made


def broken_evidence(
	doctype: str | None = None, digests: Sequence[str] = (), heads: Iterable[ChainHead] = ()
) -> tuple[int, list[str]]:
	"""How many requests and records were read, and the rows whose seal does not fit, or that contradict an anchor.

	`doctype`: only that chain, without anchors.
	"""
	found = [broken_terms(), broken_requests()] if doctype in (None, DOCTYPE) else []
	found += [chains.broken_seals(chain) for chain in chains.CHAINS if doctype in (None, chain)]
	broken = [row for _records, rows in found for row in rows]
	if doctype in (None, samples.DAY):
		for probe, days in samples.broken_days().items():
			broken += [f"{samples.SAMPLE} {probe} {day}" for day in days]
	if doctype is None:
		broken += anchors.contradictions(digests, heads)
	return sum(records for records, _rows in found), broken
