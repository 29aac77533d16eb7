"""Answers to forms that a browser sends by itself, without a script: a page, not data."""

from typing import Any

import frappe

from ..adapters.requests import requests


def is_plain() -> bool:
	"""Whether a browser asks for a page. Scripts ask for JSON."""
	has_request = bool(getattr(frappe.local, "request", None))
	return has_request and (frappe.get_request_header("Accept") or "").startswith("text/html")


def answer(data: dict[str, Any], page: str) -> dict[str, Any] | None:
	"""The data for a script; for a plain form the page to go to."""
	if not is_plain():
		return data
	frappe.local.response["type"] = "redirect"
	frappe.local.response["location"] = page
	return None


def page_of(name: str, anchor: str = "") -> str:
	"""The address of a request on the portal."""
	return f"{requests.page_of(name)}{anchor}"
