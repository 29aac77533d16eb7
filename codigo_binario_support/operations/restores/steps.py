"""The steps of a drill or a restore: named, timed, told while they run, and kept for the record."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import frappe
import pymysql
from frappe import _

from ...adapters.policy import promises
from ...adapters.restores.databases import LoadFailed, said_by_server
from ...adapters.site.errors import sentence
from ...adapters.site.instants import ticks, utc_now
from ...adapters.site.record_rows import insert_record
from ...domain.backups.sets import Damaged
from ...domain.errors import SupportError
from ...domain.restores.drills import FAILED, NOT_PROVEN, PASSED, Step
from ...shipped import backup_words

Tell = Callable[[str], None]
#: What may go wrong in a step without being a mistake of this program.
EXPECTED = (Damaged, SupportError, LoadFailed, OSError, pymysql.MySQLError, frappe.ValidationError)
_REMARK_LENGTH, _PROBLEM_LENGTH = 1000, 140
_PROGRESS_SECONDS = 20
_INDENT = " " * 10


class StepFailed(Exception):
	"""A step that did not do what it should; `key` names it, the text says why."""

	def __init__(self, key: str, why: str) -> None:
		self.key = key
		super().__init__(why)

	@property
	def with_label(self) -> str:
		return f"{step_label(self.key)}: {self}"


@dataclass
class Said:
	"""What a running step wants to have written down."""

	result: str = PASSED
	remarks: list[str] = field(default_factory=list)

	def note(self, remark: str) -> None:
		# A file's name may hold bytes that are no UTF-8: neither a terminal nor the database takes them.
		self.remarks.append(remark.encode("utf-8", "replace").decode())

	def fail(self, remark: str) -> None:
		self.result = FAILED
		self.note(remark)

	def leave_open(self, remark: str) -> None:
		"""Neither passed nor failed: it could not be looked at."""
		if self.result == PASSED:
			self.result = NOT_PROVEN
		self.note(remark)

	@property
	def remark(self) -> str:
		return "\n".join(self.remarks)[:_REMARK_LENGTH]


def step_label(key: str) -> str:
	return _(backup_words()["steps"][key])


class Steps:
	"""Collects steps in their order. `tell` gets one line for each that begins, ends or takes long."""

	def __init__(self, tell: Tell | None = None, zone: ZoneInfo | None = None) -> None:
		self.rows: list[Step] = []
		self.tell = tell or (lambda _line: None)
		self._zone = zone or promises.zone()
		self._told_at = 0.0

	@contextmanager
	def step(self, key: str) -> Iterator[Said]:
		"""Raises `StepFailed` when what is inside fails, or says that it failed.

		What nobody expected is no finding about the set: the step is left open, and the error is in the site's log too.
		"""
		label, said, begun = step_label(key), Said(), ticks()
		stopped_by: Exception | None = None
		self._told_at = begun
		self.tell(f"{utc_now().astimezone(self._zone):%H:%M:%S}  {label} ...")
		try:
			yield said
		except EXPECTED as error:
			stopped_by = error
			said.fail(words(error))
		except Exception as error:
			# A mistake of a program is no reason to leave somebody alone with it: it ends the step, and proves nothing.
			stopped_by = error
			frappe.logger("support-restore", allow_site=True).exception(key)
			stopped = _("An error of this program stopped the step, and says nothing of the backup: {0}")
			said.leave_open(stopped.format(f"{type(error).__name__}: {error}"))
		except BaseException as error:
			said.leave_open(type(error).__name__)
			raise
		finally:
			seconds = round(ticks() - begun, 1)
			self.rows.append(Step(label, seconds, said.result, said.remark))
			self.tell(f"{_INDENT}{_(said.result)}, {seconds:.1f} s")
			for line in said.remarks:
				self.tell(f"{_INDENT}{line}")
		if stopped_by or said.result == FAILED:
			raise StepFailed(key, said.remark) from stopped_by

	def progress(self, text: str) -> None:
		"""Tell how far a long step is, now and then."""
		now = ticks()
		if now - self._told_at >= _PROGRESS_SECONDS:
			self._told_at = now
			self.tell(f"{_INDENT}{text}")


def leave_record(doctype: str, steps: Iterable[Step], problem: str, **values: Any) -> Any:
	"""The record of a drill or a restore, whose other fields are `values`."""
	rows = [
		{"step": row.name, "seconds": row.seconds, "result": row.result, "remark": row.remark}
		for row in steps
	]
	problem = problem.replace("\n", "; ")[:_PROBLEM_LENGTH]
	return insert_record(doctype, {"problem": problem, "steps": rows, **values})


def words(error: BaseException) -> str:
	"""What an expected error says, in the user's language."""
	if isinstance(error, SupportError):
		return sentence(error.template, error.values)
	if isinstance(error, Damaged):
		return f"{_(error.problem)}: {error}"
	if isinstance(error, pymysql.MySQLError):
		return said_by_server(error)
	if isinstance(error, OSError):
		return f"{error.strerror or type(error).__name__} {error.filename or ''}".strip()
	return frappe.utils.strip_html(str(error))
