"""Domain errors as Frappe shows them: translated first, filled in after."""

from __future__ import annotations

from typing import Any, NoReturn

import frappe
from frappe import _

from ..domain.errors import SupportError

_SPOKEN = ("action", "source", "sources", "state", "target")


def throw(error: SupportError, title: str | None = None) -> NoReturn:
	frappe.throw(
		sentence(error.template, error.values), frappe.ValidationError, title=title or _("Not possible")
	)


def sentence(template: str, values: dict[str, Any]) -> str:
	"""The template in the user's language, with its values; states and actions among them are translated too."""
	return _(template).format(**{key: _shown(key, value) for key, value in values.items()})


def _shown(key: str, value: Any) -> Any:
	"""States and actions as people read them; codes as they must be written."""
	if not isinstance(value, str):
		return value
	if key in _SPOKEN:
		value = ", ".join(_(part) for part in value.split(", "))
	return frappe.utils.escape_html(value)
