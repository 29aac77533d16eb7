"""Domain errors as Frappe shows them: translated first, filled in after."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import frappe
from frappe import _

from ...domain.errors import SupportError

_SPOKEN = ("action", "source", "sources", "state", "target")


#: A lock that was waited for in vain, a deadlock, a row that changed meanwhile; a server that stops, is away, or went away.
_LOCKED = frozenset((1020, 1205, 1213))
_AWAY = frozenset((1040, 1053, 1927, 2002, 2003, 2006, 2013))


def is_passing(error: BaseException) -> bool:
	"""Whether the database was busy or away, be it beneath another error: the same again may well succeed."""
	is_away = any(frappe.db.is_interface_error(link) or _number(link) in _AWAY for link in _chain(error))
	return is_away or is_locked(error)


def is_locked(error: BaseException) -> bool:
	"""Whether others held what was needed. Nothing in a document can be the reason."""
	refusals = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)
	return any(isinstance(link, refusals) or _number(link) in _LOCKED for link in _chain(error))


def _number(error: BaseException) -> Any:
	"""By which the database names an error of its own."""
	return error.args[0] if isinstance(error, frappe.db.OperationalError) and error.args else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
	seen: set[int] = set()
	while error is not None and id(error) not in seen:
		seen.add(id(error))
		yield error
		error = error.__cause__ or error.__context__


def throw(error: SupportError, title: str | None = None) -> NoReturn:
	"""Refuse in the user's language with the words of an error of the domain."""
	said = sentence(error.template, error.values)
	frappe.throw(said, frappe.ValidationError, title=title or _("Not possible"))


@contextmanager
def refusing() -> Iterator[None]:
	"""What the domain refuses within is refused in its words."""
	try:
		yield
	except SupportError as error:
		throw(error)


def refuse_deletion(reason: str) -> None:
	"""What support keeps is deleted by nothing but the uninstallation, which has exported it before."""
	if not frappe.flags.in_uninstall:
		frappe.throw(reason, frappe.PermissionError, title=_("Not allowed"))


def sentence(template: str, values: dict[str, Any]) -> str:
	"""The template in the user's language, with its values; states and actions among them are translated too."""
	return _(template).format(**{key: _shown(key, value) for key, value in values.items()})


def _shown(key: str, value: Any) -> Any:
	if not isinstance(value, str):
		return value
	if key in _SPOKEN:
		value = ", ".join(_(part) for part in value.split(", "))
	return frappe.utils.escape_html(value)
