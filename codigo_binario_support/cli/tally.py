"""Running totals of a replay. Their size depends on the policy, never on the number of requests."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.offers.offer import Offer
from ..domain.triage.verdict import MIXED, NEEDS_REVIEW
from .lines import Skipped
from .replay import KEPT, MISSED, RUNNING, UNKNOWN, Outcome

MAX_NOTABLE, MAX_SKIPPED = 60, 100
#: Why a request deserves a look, the most urgent first.
REASONS = (MISSED, UNKNOWN, RUNNING, KEPT, MIXED, NEEDS_REVIEW)


@dataclass
class Tally:
	"""What the summary and the report need. `zone` is the policy's: hours and weekdays are counted in it."""

	zone: ZoneInfo
	requests: int = 0
	verdicts: Counter[str] = field(default_factory=Counter)
	clauses: Counter[str] = field(default_factory=Counter)
	hours_open: Counter[int] = field(default_factory=Counter)
	hours_closed: Counter[int] = field(default_factory=Counter)
	promises: Counter[tuple[str, str]] = field(default_factory=Counter)
	without_promise: int = 0
	packs: Counter[str] = field(default_factory=Counter)
	offer_hours: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
	offer_amounts: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
	unpriced_offers: int = 0
	first_at: datetime | None = None
	last_at: datetime | None = None
	child_rows: int = 0
	notable_count: int = 0
	skipped_count: int = 0
	skipped: list[Skipped] = field(default_factory=list)
	_notable: dict[str, list[Outcome]] = field(default_factory=lambda: {reason: [] for reason in REASONS})

	def skip(self, row: Skipped) -> None:
		self.skipped_count += row.rows
		if len(self.skipped) < MAX_SKIPPED:
			self.skipped.append(row)

	def add(self, outcome: Outcome) -> None:
		self.requests += 1
		self.verdicts[outcome.triage.verdict] += 1
		if outcome.triage.verdict != NEEDS_REVIEW:
			self.clauses.update(filter(None, (outcome.triage.clause, outcome.triage.second_clause)))
		at = outcome.row.created_at
		hours = self.hours_open if outcome.is_in_hours else self.hours_closed
		hours[at.astimezone(self.zone).hour] += 1
		self.first_at, self.last_at = min(self.first_at or at, at), max(self.last_at or at, at)
		self.promises.update((promise.kind, promise.state) for promise in outcome.promises)
		self.without_promise += not outcome.promises
		if outcome.offer:
			self._add_offer(outcome.offer)
		reason = reason_to_look(outcome)
		self.notable_count += bool(reason)
		if reason and len(self._notable[reason]) < MAX_NOTABLE:
			self._notable[reason].append(outcome)

	def _add_offer(self, offer: Offer) -> None:
		self.packs[offer.pack.code] += 1
		self.offer_hours[offer.clause] += offer.pack.hours
		if offer.amount is None:
			self.unpriced_offers += 1
		else:
			self.offer_amounts[offer.clause, offer.pack.currency] += offer.amount

	@property
	def notable(self) -> list[Outcome]:
		"""The requests that deserve a look, the most urgent reason first, as many as a page can hold."""
		return [outcome for reason in REASONS for outcome in self._notable[reason]][:MAX_NOTABLE]

	@property
	def amounts(self) -> dict[str, float]:
		"""The value of all offers by currency."""
		totals: dict[str, float] = {}
		for (_clause, currency), amount in self.offer_amounts.items():
			totals[currency] = totals.get(currency, 0.0) + amount
		return totals

	def as_data(self) -> dict[str, Any]:
		"""The totals as `replay --json` writes them."""
		kinds: dict[str, dict[str, int]] = {
			kind: {} for kind in sorted({kind for kind, _state in self.promises})
		}
		for (kind, state), count in self.promises.items():
			kinds[kind][state] = count
		return {
			"requests": self.requests,
			"skipped": self.skipped_count,
			"child_rows": self.child_rows,
			"verdicts": dict(self.verdicts),
			"clauses": dict(self.clauses),
			"out_of_hours": sum(self.hours_closed.values()),
			"promises": kinds,
			"without_promise": self.without_promise,
			"packs": dict(self.packs),
			"pack_hours": sum(self.offer_hours.values()),
			"pack_amounts": self.amounts,
		}

	def promised(self, state: str) -> int:
		return sum(count for (_kind, of), count in self.promises.items() if of == state)


def reason_to_look(outcome: Outcome) -> str | None:
	verdict = outcome.triage.verdict
	return outcome.promise_state or (verdict if verdict in (MIXED, NEEDS_REVIEW) else None)
