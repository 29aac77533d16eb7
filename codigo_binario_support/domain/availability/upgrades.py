"""Upgrades of the platform: «Manejar peticiones de actualizaciones a tu plataforma».

Planned outside support hours, begun only with a verified complete backup younger than a day, and done when versions
moved and every check passed.
"""

from collections.abc import Mapping
from datetime import datetime

from ..backups.sets import Age
from ..errors import SupportError
from ..time.windows import DAY_SECONDS, SlaWindow

PLANNED, IN_PROGRESS, DONE, FAILED, CANCELLED = "Planned", "In progress", "Done", "Failed", "Cancelled"
#: Each with its colour in lists.
STATES = {PLANNED: "blue", IN_PROGRESS: "orange", DONE: "green", FAILED: "red", CANCELLED: "gray"}
#: Of a check.
RESULTS = CHECK_PASSED, CHECK_FAILED = "Passed", "Failed"
#: What may follow what.
STEPS: Mapping[str, tuple[str, ...]] = {PLANNED: (IN_PROGRESS, CANCELLED), IN_PROGRESS: (DONE, FAILED)}


class UpgradeError(SupportError):
	"""An upgrade that cannot be planned, begun or finished so."""


def check_window(starts_at: datetime, ends_at: datetime, now: datetime, support: SlaWindow) -> None:
	"""Raises `UpgradeError` unless the span lies ahead, ends within a day, and touches no support hour.

	Support that is always open has no hour outside it: then any time will do.
	"""
	if starts_at <= now:
		raise UpgradeError("The maintenance window must lie ahead: choose a later start.")
	if not 0 < (ends_at - starts_at).total_seconds() <= DAY_SECONDS:
		raise UpgradeError("The maintenance window must end after it starts, within 24 hours.")
	if not support.always_open and support.open_seconds(starts_at, ends_at):
		raise UpgradeError(
			"The maintenance window touches support hours: choose one between closing and the next opening."
		)


def require_backup(age: Age | None) -> None:
	"""The gate: raises `UpgradeError` without a verified complete backup younger than 24 hours."""
	if age is None or age.seconds is None or age.seconds >= DAY_SECONDS:
		raise UpgradeError(
			"No verified complete backup is younger than 24 hours, so the upgrade does not begin: make one first."
		)


def require_step(before: str, after: str) -> None:
	"""Raises `UpgradeError` when one state does not follow another."""
	if after not in STEPS.get(before, ()):
		raise UpgradeError("The upgrade is {state}: {target} does not follow.", state=before, target=after)


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
	"""The apps whose version is another one, or that came or went.

	>>> moved({"frappe": "15.1", "erpnext": "15.1"}, {"frappe": "15.2", "erpnext": "15.1"})
	['frappe']
	"""
	return sorted(app for app in {*before, *after} if before.get(app) != after.get(app))
