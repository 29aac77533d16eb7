"""Official material that may answer before anybody is asked."""

from __future__ import annotations

from typing import Any

import frappe

from ..domain.text import fold

#: How many a reader looks at while typing.
_MOST = 4


def suggestions(clause: str | None, text: str = "", language: str = "es") -> list[dict[str, Any]]:
	"""Published Help Articles that share words with a text: `title`, `url`, `kind`, the best first."""
	wanted = {word for word in fold(text).split() if len(word) > 3}
	if not wanted:
		return []
	found = []
	for row in frappe.get_all(
		"Help Article",
		filters={"published": 1},
		fields=["title", "route"],
		order_by="title asc",
		limit=500,
	):
		shared = len(wanted & set(fold(row.title).split()))
		if shared and row.route:
			found.append((-shared, row.title, {"title": row.title, "url": f"/{row.route}", "kind": "faq"}))
	return [entry for _shared, _title, entry in sorted(found, key=lambda row: row[:2])[:_MOST]]
