"""A restore drill against the promise: «restablecer conectividad, base de datos y archivos en un plazo no mayor a 2 horas»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .errors import SupportError

PASSED, FAILED = "Passed", "Failed"
KEPT, BROKEN, NOT_PROVEN = "Kept", "Broken", "Not proven"
VERDICTS = (KEPT, BROKEN, NOT_PROVEN)


class DrillError(SupportError):
	"""A drill whose times cannot be."""


@dataclass(frozen=True, slots=True)
class Step:
	"""One step of a drill: how long it took and whether it did what it should."""

	name: str
	seconds: int
	result: str


@dataclass(frozen=True, slots=True)
class Drill:
	"""What a drill took, and what it proves."""

	elapsed_seconds: int
	target_seconds: int | None
	has_failed_step: bool

	@property
	def verdict(self) -> str:
		"""Without a promised time nothing is proven. Exactly the target is kept: «no mayor a»."""
		if self.has_failed_step:
			return BROKEN
		if self.target_seconds is None:
			return NOT_PROVEN
		return KEPT if self.elapsed_seconds <= self.target_seconds else BROKEN


def drill(
	started_at: datetime,
	finished_at: datetime,
	steps: Sequence[Step],
	target_seconds: int | None,
	now: datetime,
) -> Drill:
	"""The drill that somebody carried out. Raises `DrillError` when the times contradict each other."""
	elapsed = int((finished_at - started_at).total_seconds())
	if elapsed <= 0:
		raise DrillError("The drill must finish after it starts.")
	if finished_at > now:
		raise DrillError("The drill finishes in the future: write down what has happened.")
	if not steps:
		raise DrillError("Write down the steps of the drill, at least one.")
	if sum(step.seconds for step in steps) > elapsed:
		raise DrillError(
			"The steps take {steps} seconds and the drill {elapsed}: correct one of them.",
			steps=sum(step.seconds for step in steps),
			elapsed=elapsed,
		)
	return Drill(elapsed, target_seconds, any(step.result != PASSED for step in steps))
