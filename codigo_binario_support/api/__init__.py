"""Whitelisted doors: each typed, with its verbs named, and guarded before it does anything."""

from typing import Any

from ..flow.clock import clock
from ..permissions import request_of


def as_agent(name: str, ptype: str = "write") -> Any:
	"""As `request_of`, for who is on the agents' side of the request alone."""
	doc = request_of(name, ptype)
	clock.require_agent(doc)
	return doc
