"""The journal of a restore: what was decided before the first step, and which steps are done.

It lies beside the site's configuration while a restore is under way. Whoever runs the command again reads it and goes on
after the last step that is done; a step that is not done is done from its beginning, so each must bear that.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

from ..backups.inventory import instant
from ..errors import SupportError
from .drills import Step

FORMAT = 1

#: In this order: what the archives hide is found while the site is still open, and before hours of loading. `check`,
#: `unpack` and `compare` stand for several steps of the record.
ORDER = tuple("check unpack maintenance safety load compare evidence switch migrate reopen record".split())
#: Done after the end, when somebody goes back to what was there before.
WENT_BACK = "back"

AS_BEFORE, BETWEEN, RESTORED = "as before", "between", "restored"


class JournalError(SupportError):
	"""A journal that cannot be read."""


@dataclass(frozen=True, slots=True)
class RestoreTarget:
	"""A database and the names under which the site enters it. Passwords stay as secret as in the site's configuration."""

	db_name: str
	db_password: str
	db_user: str | None = None
	encryption_key: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
	"""`flags` are what the configuration said of maintenance and scheduler before; None: it said nothing."""

	set_key: str
	folder: str
	taken_at: datetime
	started_at: datetime
	before: RestoreTarget
	after: RestoreTarget
	flags: Mapping[str, Any]
	language: str = "es"
	zone: str = "America/Mexico_City"
	operator: str = ""
	request: str | None = None
	running_since: datetime | None = None
	target_seconds: int | None = None
	wants_safety_set: bool = True
	wants_migration: bool = True
	is_database_alive: bool = True
	safety_set: str = ""
	evidence_file: str = ""
	carried: str = ""
	finished_at: datetime | None = None
	done: tuple[str, ...] = ()
	begun: str = ""
	interruptions: int = 0
	steps: tuple[Step, ...] = ()

	@property
	def next_step(self) -> str | None:
		"""The first step that is not done; None at the end."""
		return next((step for step in ORDER if step not in self.done), None)

	@property
	def state(self) -> str:
		"""What the site is by now: as it was before, restored, or in the middle of the switch."""
		if WENT_BACK in self.done:
			return AS_BEFORE
		if "switch" in self.done:
			return RESTORED
		return BETWEEN if self.begun == "switch" else AS_BEFORE

	@property
	def kept_database(self) -> str:
		"""What was put aside: the old database, or the restored one after going back."""
		return self.after.db_name if WENT_BACK in self.done else self.before.db_name

	@property
	def is_closed(self) -> bool:
		"""Whether users are kept out."""
		return (self.begun == "maintenance" or "maintenance" in self.done) and "reopen" not in self.done

	@property
	def data_loss_seconds(self) -> int:
		"""What was written between the set and the beginning of the restore is not in it."""
		return max(0, int((self.started_at - self.taken_at).total_seconds()))

	def beginning(self, step: str) -> "Journal":
		"""Raises `JournalError` for a step that is not next: nothing is left out and nothing done twice."""
		if step != self.next_step:
			raise JournalError("The next step is {next}, not {step}.", next=self.next_step, step=step)
		return replace(self, begun=step)

	def doing(self, step: str, rows: tuple[Step, ...], **values: Any) -> "Journal":
		"""The journal with a step done and its rows for the record."""
		return replace(self, done=(*self.done, step), begun="", steps=(*self.steps, *rows), **values)


def _utc_text(at: datetime) -> str:
	return at.astimezone(timezone.utc).isoformat()


def serialize(journal: Journal) -> str:
	"""The journal as JSON, as `parse` reads it."""
	content = asdict(journal) | {"format": FORMAT}
	return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=_utc_text) + "\n"


def parse(text: str) -> Journal:
	"""The journal as values. Raises `JournalError`."""
	try:
		data = json.loads(text)
		if data.pop("format") != FORMAT:
			raise ValueError("format")
		for key in ("taken_at", "started_at", "running_since", "finished_at"):
			data[key] = None if data[key] is None else instant(data[key])
		for key in ("before", "after"):
			data[key] = RestoreTarget(**data[key])
		data["done"] = tuple(data["done"])
		data["steps"] = tuple(Step(**row) for row in data["steps"])
		return Journal(**data)
	except (AttributeError, KeyError, TypeError, ValueError) as error:
		template = "The journal of the restore cannot be read: {reason}."
		raise JournalError(template, reason=repr(error)) from None
