"""Answers to forms that a browser sends by itself, without a script: a page, not data."""

from typing import Any

import frappe


def answer(data: dict[str, Any], page: str) -> dict[str, Any] | None:
	"""The data for a script, which asks for JSON; for a plain form the page to go to."""
	has_request = getattr(frappe.local, "request", None)
	if not has_request or not (frappe.get_request_header("Accept") or "").startswith("text/html"):
		return data
	frappe.local.response["type"] = "redirect"
	frappe.local.response["location"] = page
	return None
