"""The monthly statement: every promise of the policy side by side, kept, broken or not proven, and why.

Each `assess_…` function takes what is known of a month and returns a `Finding`. Unknown is its own state: a month without
evidence is not proven, nothing is kept by default, and broken is only what is certain. A finding is kept as codes and
figures; its sentence is written in the language of whoever reads it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..verdicts import BROKEN, KEPT, NOT_PROVEN

SUPPORT_HOURS, LANGUAGE, AVAILABILITY, BACKUP, RESTORE, NO_CHANGES = (
	"support_hours",
	"language",
	"availability",
	"backup",
	"restore",
	"no_changes",
)
#: The promises in the order of the statement, as people read them.
PROMISE_LABELS = {
	SUPPORT_HOURS: "Support in its hours",
	LANGUAGE: "In Spanish, by mail or chat",
	AVAILABILITY: "Availability",
	BACKUP: "A backup every 24 hours",
	RESTORE: "Restored in time",
	NO_CHANGES: "No changes to your data",
}
KINDS = tuple(PROMISE_LABELS)

#: Why a promise is judged as it is. Values ending in `_seconds`, `_minutes` and `_percent` are shown with their unit.
REASON_LABELS = {
	"not_here": "This site does not measure it. See the statement on your own site.",
	"hours_none": "No request was received in the month, so there was nothing to answer.",
	"hours_fresh": "The requests of the month arrived so late that there was no whole day of support to answer them: {fresh}.",
	"hours_late": "First answers later than promised: {late} of {received} requests.",
	"hours_unanswered": "Requests without a first answer by a person after at least one whole day of support: {unanswered} of {received}. The policy promises no time for it, so the promise is not broken for certain.",
	"hours_answered": "Every request of the month that had at least one whole day of support was answered or resolved: {answered} of {received}.",
	"language_none": "No answer was written in the month.",
	"language_other": "Answers that are not in Spanish: {other} of {read} that were read.",
	"language_confirmed": "Answers that are not in Spanish, as a person confirmed: {confirmed} of {read} that were read.",
	"language_unconfirmed": "Answers that do not look like Spanish: {other} of {read} that were read. Nobody has confirmed it, so the promise is not broken for certain.",
	"language_unclear": "Answers read: {read}, in Spanish: {spanish}. In two languages at once, or in one that was not recognised: {unclear}.",
	"language_part": "Answers read: {read} of {answers}, in Spanish: {spanish}. The rest is too short to say, or was not read.",
	"language_spanish": "Answers read: {read}, in Spanish: {spanish}, too short to say: {short}. None in another language.",
	"availability_none": "There is no availability statement of the month.",
	"availability_kept": "The service was available at least {at_least_percent} of the month. Promised: {target_percent}.",
	"availability_broken": "Outages that count against the promise: {used_minutes}. The promise of {target_percent} leaves {budget_minutes} in the month.",
	"availability_unknown": "Nobody measured {unknown_minutes} of {total_minutes}. With what is known, availability was at most {at_most_percent}.",
	"backup_none": "No day of the month is recorded.",
	"backup_kept": "Every day of the month is covered by a complete and verified backup: {kept} of {days}.",
	"backup_broken": "Days without a complete and verified backup in time: {lost} of {days}.",
	"backup_unknown": "Days that are not recorded: {unknown} of {days}.",
	"restore_none": "No restoration was needed, and none was rehearsed.",
	"restore_late": "Restorations that took longer than promised: {late} of {restorations}. Promised: {target_seconds}.",
	"restore_running": "Restorations that are not finished, or that nothing proves: {running} of {restorations}.",
	"restore_kept": "Restorations within the promised {target_seconds}: {restorations}. The longest took {longest_seconds}.",
	"restore_drilled": "No restoration was needed. A rehearsal restored the whole platform in {drill_seconds}; promised: {target_seconds}.",
	"restore_failed_drill": "No restoration was needed, and rehearsals failed or took too long: {failed_drills} of {drills}.",
	"restore_unproven_drill": "No restoration was needed, and rehearsals came to no proof, without a fault of the backup: {unproven_drills} of {drills}.",
	"changes_none": "No day of the month was looked at.",
	"changes_found": "Changes by users of the provider in business documents: {changes}. Promised: none.",
	"changes_unknown": "Days on which changes cannot be ruled out: {unknown} of {days}. None was found on the others.",
	"changes_kept": "No change by users of the provider in business documents was found on any day of the month: {days} days looked at.",
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
class Requests:
	"""The requests of a month. `fresh`: not answered, and support was not yet open for a whole day since they came."""

	received: int = 0
	answered: int = 0
	fresh: int = 0
	late: int = 0

	@property
	def unanswered(self) -> int:
		return self.received - self.answered - self.fresh


@dataclass(frozen=True, slots=True)
class Answers:
	"""The answers that agents wrote. `other`: read as English, `confirmed` of them by a person too. `short`: read, and too
	short to tell. `unclear`: read, and in both languages or in neither.
	"""

	written: int = 0
	spanish: int = 0
	other: int = 0
	short: int = 0
	confirmed: int = 0
	unclear: int = 0

	@property
	def read(self) -> int:
		return self.spanish + self.other + self.short + self.unclear


@dataclass(frozen=True, slots=True)
class Days:
	"""Days of a month by what is known of them."""

	days: int = 0
	kept: int = 0
	lost: int = 0

	@property
	def unknown(self) -> int:
		return self.days - self.kept - self.lost


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


def assess_hours(found: Requests) -> Finding:
	"""«Soporte ilimitado de lunes a viernes de 9 a 18»: people answer. Broken only where an answer was due and late."""
	values = {
		"received": found.received,
		"answered": found.answered,
		"unanswered": found.unanswered,
		"fresh": found.fresh,
		"late": found.late,
	}
	if found.late:
		return Finding(SUPPORT_HOURS, BROKEN, "hours_late", values)
	if not found.received:
		return Finding(SUPPORT_HOURS, NOT_PROVEN, "hours_none", values)
	if found.unanswered:
		return Finding(SUPPORT_HOURS, NOT_PROVEN, "hours_unanswered", values)
	if not found.answered:
		return Finding(SUPPORT_HOURS, NOT_PROVEN, "hours_fresh", values)
	return Finding(SUPPORT_HOURS, KEPT, "hours_answered", values)


def assess_language(found: Answers) -> Finding:
	"""«Se comunicará contigo en español, vía email o chat». Small words are no proof: broken is what a person confirmed."""
	values = {
		"answers": found.written,
		"read": found.read,
		"spanish": found.spanish,
		"other": found.other,
		"short": found.short,
		"confirmed": found.confirmed,
		"unclear": found.unclear,
	}
	if found.confirmed:
		return Finding(LANGUAGE, BROKEN, "language_confirmed", values)
	if found.other:
		return Finding(LANGUAGE, NOT_PROVEN, "language_unconfirmed", values)
	if found.unclear:
		return Finding(LANGUAGE, NOT_PROVEN, "language_unclear", values)
	if not found.written:
		return Finding(LANGUAGE, NOT_PROVEN, "language_none", values)
	if found.read < found.written or not found.spanish:
		return Finding(LANGUAGE, NOT_PROVEN, "language_part", values)
	return Finding(LANGUAGE, KEPT, "language_spanish", values)


def assess_availability(state: str | None, figures: Mapping[str, float]) -> Finding:
	"""The availability statement of the month; None: there is none."""
	reason = {
		None: "availability_none",
		KEPT: "availability_kept",
		BROKEN: "availability_broken",
		NOT_PROVEN: "availability_unknown",
	}[state]
	return Finding(AVAILABILITY, state or NOT_PROVEN, reason, dict(figures))


def assess_backups(found: Days) -> Finding:
	"""«Un respaldo cada 24 horas de la totalidad de la plataforma»."""
	values = {"days": found.days, "kept": found.kept, "lost": found.lost, "unknown": found.unknown}
	if found.lost:
		return Finding(BACKUP, BROKEN, "backup_broken", values)
	if not found.kept:
		return Finding(BACKUP, NOT_PROVEN, "backup_none", values)
	if found.unknown:
		return Finding(BACKUP, NOT_PROVEN, "backup_unknown", values)
	return Finding(BACKUP, KEPT, "backup_kept", values)


def assess_restores(found: Restorations) -> Finding:
	"""«En un plazo no mayor a 2 horas». Where nothing had to be restored, a rehearsal in time is the proof."""
	values = {
		"restorations": found.restorations,
		"late": found.late,
		"running": found.running,
		"longest_seconds": found.longest_seconds,
		"drills": found.drills,
		"failed_drills": found.failed_drills,
		"unproven_drills": found.unproven_drills,
		"drill_seconds": found.drill_seconds,
		"target_seconds": found.target_seconds,
	}
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


def assess_changes(found: Days, changes: int) -> Finding:
	"""«No podemos hacer cambios en tus datos o flujos de trabajo». `kept`: days without any, `lost`: days with some."""
	values = {"days": found.days, "unknown": found.unknown, "changes": changes}
	if found.lost or changes:
		return Finding(NO_CHANGES, BROKEN, "changes_found", values)
	if not found.kept:
		return Finding(NO_CHANGES, NOT_PROVEN, "changes_none", values)
	if found.unknown:
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
