"""Domain errors as Frappe shows them: translated first, filled in after."""

from __future__ import annotations

from typing import Any, NoReturn

import frappe
from frappe import _

from ..domain.errors import SupportError


def throw(error: SupportError, title: str | None = None) -> NoReturn:
	frappe.throw(
		sentence(error.template, error.values), frappe.ValidationError, title=title or _("Not possible")
	)


def sentence(template: str, values: dict[str, Any]) -> str:
	"""The template in the user's language, with its values; states and actions among them are translated too."""
	return _(template).format(**{key: _shown(value) for key, value in values.items()})


def _shown(value: Any) -> Any:
	if not isinstance(value, str):
		return value
	return frappe.utils.escape_html(", ".join(_(part) if part else part for part in value.split(", ")))
