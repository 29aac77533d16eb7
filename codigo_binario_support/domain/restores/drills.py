"""Restoring against the promise: «restablecer conectividad, base de datos y archivos en un plazo no mayor a 2 horas»."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import ceil
from statistics import linear_regression, median
from typing import NamedTuple

from .. import verdicts
from ..errors import SupportError
from ..verdicts import BROKEN, KEPT

#: Of a step.
RESULTS = PASSED, FAILED, NOT_PROVEN = "Passed", "Failed", verdicts.NOT_PROVEN
#: Days between drills, by the word of the setting.
SCHEDULES = {"Off": 0, "Weekly": 7, "Monthly": 30, "Yearly": 365}
#: What a restore did.
OPERATIONS = RESTORE, WENT_BACK = "Restore", "Went back"


#: Why evidence that was written since is exported and not carried.
NO_TABLE, OTHER_COLUMNS, OTHER_CHAIN = "no_table", "other_columns", "other_chain"

#: Why a forecast says nothing, or what it says.
NOT_ENOUGH, NO_GROWTH, REACHED, AHEAD = "Not enough history", "No growth", "Limit reached", "Limit ahead"
FORECASTS = (NOT_ENOUGH, NO_GROWTH, REACHED, AHEAD)
MONTH_DAYS = 365.25 / 12
#: Sets over a shorter time say nothing of growth.
HISTORY_DAYS = 14
HISTORY_SETS = 3
#: Drills whose sizes differ less say nothing of what a byte costs; the limit is then taken in proportion.
SPREAD = 1.2
#: The newest sets that a growth is taken from.
_NEWEST = 60


class DrillError(SupportError):
	"""A drill whose times cannot be."""


@dataclass(frozen=True, slots=True)
class Step:
	"""One step of a drill: how long it took and whether it did what it should."""

	name: str
	seconds: float
	result: str
	remark: str = ""


#: How records up to 0.2 name an error of this program and judge it as broken: a drill's with the step before it, as in
#: `Unpack the public files: AttributeError: ...`, a restore's without.
_OWN_ERROR = re.compile(r"(?:[^:]+: )?(?:.*; )?[A-Z]\w*(?:Error|Exception): ", re.S)


def stands_as(
	verdict: str, problem: str | None, elapsed_seconds: int | None, target_seconds: int | None
) -> str:
	"""What a record says to whoever reads it: its verdict, but for records that blame a mistake of ours on the backup.

	They are sealed and stay as they are. What did not come to its end was not kept either; too late is too late.
	"""
	is_late = bool(target_seconds and (elapsed_seconds or 0) > target_seconds)
	if verdict == BROKEN and not is_late and _OWN_ERROR.match(problem or ""):
		return NOT_PROVEN
	return NOT_PROVEN if verdict == KEPT and problem else verdict


def drill(
	started_at: datetime,
	finished_at: datetime,
	steps: Sequence[Step],
	target_seconds: int | None,
	now: datetime,
	is_finished: bool = True,
) -> tuple[int, str]:
	"""(seconds that were begun, verdict) of a drill that was carried out. Raises `DrillError` when the times contradict each other.

	`is_finished`: it came to its end, whatever it found there. Without a promised time nothing is proven. Exactly the
	target is kept: «no mayor a». What could not be compared, or was given up, cannot be proven either; too late is too
	late all the same.
	"""
	elapsed = (finished_at - started_at).total_seconds()
	if elapsed <= 0:
		raise DrillError("The drill must finish after it starts.")
	if finished_at > now:
		raise DrillError("The drill finishes in the future: write down what has happened.")
	if not steps:
		raise DrillError("Write down the steps of the drill, at least one.")
	total = sum(step.seconds for step in steps)
	# Steps are kept to a tenth of a second each.
	if total > elapsed + 0.05 * len(steps):
		template = "The steps take {steps} seconds and the drill {elapsed}: correct one of them."
		raise DrillError(template, steps=round(total), elapsed=round(elapsed))
	# A second that was begun counts: nothing is rounded in favour of the promise.
	seconds, results = ceil(elapsed), {step.result for step in steps}
	is_late = target_seconds is not None and seconds > target_seconds
	is_proven = target_seconds is not None and is_finished and NOT_PROVEN not in results
	if is_late or FAILED in results:
		return seconds, BROKEN
	return seconds, KEPT if is_proven else NOT_PROVEN


def running_since(reported_at: datetime | None, detected_at: datetime | None) -> datetime | None:
	"""When the two hours began: at the report or at the detection, the earlier; None when neither is known."""
	return min((at for at in (reported_at, detected_at) if at is not None), default=None)


class Forecast(NamedTuple):
	"""When restoring will take longer than promised, at today's growth. `months` only with a limit ahead."""

	state: str
	months: float | None = None
	limit_bytes: int | None = None


def forecast(
	drills: Sequence[tuple[int, float]], sizes: Sequence[tuple[datetime, int]], target_seconds: int | None
) -> Forecast:
	"""`drills`: (bytes of the set, seconds it took), newest last; `sizes`: (taken at, bytes) of complete sets, oldest first.

	What a byte costs comes from the drills, what a day adds from the sets: the median of the slopes between any two of
	them, so that one odd set moves nothing.
	"""
	known = [(size, seconds) for size, seconds in drills if size > 0 and seconds > 0]
	recent = sizes[-_NEWEST:]
	is_long = len(recent) >= HISTORY_SETS and recent[-1][0] - recent[0][0] >= timedelta(days=HISTORY_DAYS)
	if target_seconds is None or not known or not is_long:
		return Forecast(NOT_ENOUGH)
	fixed, per_byte = _cost(known)
	limit = int((target_seconds - fixed) / per_byte)
	growth = median(
		(later - earlier) / ((to - since) / timedelta(days=1))
		for (since, earlier), (to, later) in combinations(recent, 2)
		if to > since
	)
	today = recent[-1][1]
	if today >= limit:
		return Forecast(REACHED, 0.0, limit)
	if growth <= 0:
		return Forecast(NO_GROWTH, None, limit)
	return Forecast(AHEAD, (limit - today) / growth / MONTH_DAYS, limit)


def _cost(drills: Sequence[tuple[int, float]]) -> tuple[float, float]:
	"""(seconds that any restore takes, seconds for each byte): a line through the drills, else in proportion to the newest."""
	sizes, seconds = zip(*drills, strict=True)
	if max(sizes) >= SPREAD * min(sizes):
		per_byte, fixed = linear_regression(sizes, seconds)
		if per_byte > 0 and fixed >= 0:
			return fixed, per_byte
	return 0.0, seconds[-1] / sizes[-1]
