"""The monthly statement: every promise of the policy side by side, kept, broken or not proven, and why.

Each `assess_…` function takes what is known of a month and returns a `Finding`. Unknown is its own state: a month without
evidence is not proven, nothing is kept by default, and broken is only what is certain. A finding is kept as codes and
figures; its sentence is written in the language of whoever reads it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..verdicts import BROKEN, KEPT, NOT_PROVEN

SUPPORT_HOURS, LANGUAGE, AVAILABILITY = "support_hours", "language", "availability"
BACKUP, RESTORE, NO_CHANGES = "backup", "restore", "no_changes"
#: The promises in the order of the statement, as people read them.
PROMISE_LABELS = {
	SUPPORT_HOURS: "Support in its hours",
	LANGUAGE: "In Spanish, by mail or chat",
	AVAILABILITY: "Availability",
	BACKUP: "A backup every 24 hours",
	RESTORE: "Restored in time",
	NO_CHANGES: "No changes to your data",
}

#: What a request says about its restoration; other records say their own state.
EVIDENCE_LABELS = {
	"kept": "In time",
	"late": "Late",
	"running": "Ongoing",
	"other": "Does not look like Spanish",
	"confirmed": "Not in Spanish",
}

#: Of a change that was found, and of a day that was looked at, with its colour in lists.
CHANGES = CREATED, CHANGED, VERSION, DELETED = "Created", "Changed", "Version", "Deleted"
NONE_FOUND, CHANGES_FOUND = "None found", "Changes found"
DAY_STATES = {NONE_FOUND: "green", CHANGES_FOUND: "red", NOT_PROVEN: "orange"}


@dataclass(frozen=True, slots=True)
class Finding:
	"""One promise of a month: its state, the code of the reason, and the figures of the reason's sentence."""

	kind: str
	state: str
	reason: str
	values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restorations:
	"""What had to be restored in a month, and what was rehearsed. `longest_seconds` of the finished ones."""

	restorations: int = 0
	late: int = 0
	running: int = 0
	longest_seconds: int = 0
	drills: int = 0
	failed_drills: int = 0
	unproven_drills: int = 0
	drill_seconds: int = 0
	target_seconds: int | None = None


def overall(states: Iterable[str]) -> str:
	"""The state of the whole month: broken if one is, kept only if all are.

	>>> overall([KEPT, NOT_PROVEN]), overall([KEPT, BROKEN, NOT_PROVEN]), overall([KEPT, KEPT]), overall([])
	('Not proven', 'Broken', 'Kept', 'Not proven')
	"""
	given = list(states)
	if BROKEN in given:
		return BROKEN
	return KEPT if given and set(given) == {KEPT} else NOT_PROVEN


def not_here(kind: str) -> Finding:
	"""A promise that another site measures."""
	return Finding(kind, NOT_PROVEN, "not_here")


def assess_hours(received: int = 0, answered: int = 0, fresh: int = 0, late: int = 0) -> Finding:
	"""«Soporte ilimitado de lunes a viernes de 9 a 18»: people answer. Broken only where an answer was due and late.

	`fresh`: not answered, and support was not yet open for a whole day since they came.
	"""
	unanswered = received - answered - fresh
	values = {
		"received": received,
		"answered": answered,
		"unanswered": unanswered,
		"fresh": fresh,
		"late": late,
	}
	if late:
		return Finding(SUPPORT_HOURS, BROKEN, "hours_late", values)
	if not received:
		return Finding(SUPPORT_HOURS, NOT_PROVEN, "hours_none", values)
	if unanswered:
		return Finding(SUPPORT_HOURS, NOT_PROVEN, "hours_unanswered", values)
	if not answered:
		return Finding(SUPPORT_HOURS, NOT_PROVEN, "hours_fresh", values)
	return Finding(SUPPORT_HOURS, KEPT, "hours_answered", values)


def assess_language(
	answers: int = 0, spanish: int = 0, other: int = 0, short: int = 0, confirmed: int = 0, unclear: int = 0
) -> Finding:
	"""«Se comunicará contigo en español, vía email o chat». Small words are no proof: broken is what a person confirmed.

	`answers`: all that agents wrote. Of those that were read: `other` as English, `confirmed` of them by a person too;
	`short`: too short to tell; `unclear`: in both languages or in neither.
	"""
	read = spanish + other + short + unclear
	values = {"answers": answers, "read": read, "spanish": spanish, "other": other, "short": short}
	values |= {"confirmed": confirmed, "unclear": unclear}
	if confirmed:
		return Finding(LANGUAGE, BROKEN, "language_confirmed", values)
	if other:
		return Finding(LANGUAGE, NOT_PROVEN, "language_unconfirmed", values)
	if unclear:
		return Finding(LANGUAGE, NOT_PROVEN, "language_unclear", values)
	if not answers:
		return Finding(LANGUAGE, NOT_PROVEN, "language_none", values)
	if read < answers or not spanish:
		return Finding(LANGUAGE, NOT_PROVEN, "language_part", values)
	return Finding(LANGUAGE, KEPT, "language_spanish", values)


def assess_availability(state: str | None, figures: Mapping[str, float]) -> Finding:
	"""The availability statement of the month; None: there is none."""
	reasons = {KEPT: "availability_kept", BROKEN: "availability_broken", NOT_PROVEN: "availability_unknown"}
	reason = reasons[state] if state else "availability_none"
	return Finding(AVAILABILITY, state or NOT_PROVEN, reason, dict(figures))


def assess_backups(days: int = 0, kept: int = 0, lost: int = 0) -> Finding:
	"""«Un respaldo cada 24 horas de la totalidad de la plataforma». What is neither `kept` nor `lost` is not recorded."""
	unknown = days - kept - lost
	values = {"days": days, "kept": kept, "lost": lost, "unknown": unknown}
	if lost:
		return Finding(BACKUP, BROKEN, "backup_broken", values)
	if not kept:
		return Finding(BACKUP, NOT_PROVEN, "backup_none", values)
	if unknown:
		return Finding(BACKUP, NOT_PROVEN, "backup_unknown", values)
	return Finding(BACKUP, KEPT, "backup_kept", values)


def assess_restores(found: Restorations) -> Finding:
	"""«En un plazo no mayor a 2 horas». Where nothing had to be restored, a rehearsal in time is the proof."""
	values = asdict(found)
	if found.late:
		return Finding(RESTORE, BROKEN, "restore_late", values)
	if found.running:
		return Finding(RESTORE, NOT_PROVEN, "restore_running", values)
	if found.restorations:
		return Finding(RESTORE, KEPT, "restore_kept", values)
	if found.failed_drills:
		return Finding(RESTORE, NOT_PROVEN, "restore_failed_drill", values)
	if found.unproven_drills:
		return Finding(RESTORE, NOT_PROVEN, "restore_unproven_drill", values)
	if found.drills:
		return Finding(RESTORE, KEPT, "restore_drilled", values)
	return Finding(RESTORE, NOT_PROVEN, "restore_none", values)


def assess_changes(changes: int = 0, days: int = 0, without: int = 0, with_some: int = 0) -> Finding:
	"""«No podemos hacer cambios en tus datos o flujos de trabajo». Days `without` any, `with_some`, or unknown."""
	unknown = days - without - with_some
	values = {"days": days, "unknown": unknown, "changes": changes}
	if with_some or changes:
		return Finding(NO_CHANGES, BROKEN, "changes_found", values)
	if not without:
		return Finding(NO_CHANGES, NOT_PROVEN, "changes_none", values)
	if unknown:
		return Finding(NO_CHANGES, NOT_PROVEN, "changes_unknown", values)
	return Finding(NO_CHANGES, KEPT, "changes_kept", values)


def day_of_changes(changes: int, was_guarded: bool) -> str:
	"""What a day's look at the business documents proves.

	A document keeps only its last change, and not every doctype keeps versions: without the guard a change that somebody
	else's hid is not ruled out.
	"""
	if changes:
		return CHANGES_FOUND
	return NONE_FOUND if was_guarded else NOT_PROVEN
