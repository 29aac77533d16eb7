"""Errors of the domain. The message is a template, so that a door can translate it before filling it in."""

from typing import Any


class SupportError(ValueError):
	"""Something the user can mend. `str()` is the English message; `template` and `values` serve translation."""

	def __init__(self, template: str, **values: Any) -> None:
		self.template = template
		self.values = values
		super().__init__(template.format(**values))

	def __reduce__(self) -> tuple[Any, ...]:
		return _rebuild, (type(self), self.template, self.values)


def _rebuild(cls: type[SupportError], template: str, values: dict[str, Any]) -> SupportError:
	return cls(template, **values)


class CalendarError(SupportError):
	"""A window that cannot be read."""


class NoWorkingTime(CalendarError):
	"""The window never opens (again), so a due time does not exist."""


class ClockError(SupportError):
	"""A history of events that no clock can follow."""


class TransitionError(SupportError):
	"""An action that the state of the request does not allow."""
