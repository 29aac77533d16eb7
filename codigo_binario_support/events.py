"""Doors for events of documents that are not ours: each hands over to its station."""

from __future__ import annotations

from typing import Any

from .flow import quote, reply


def communication_added(doc: Any, _event: str) -> None:
	reply.from_communication(doc)


def comment_added(doc: Any, _event: str) -> None:
	reply.from_comment(doc)


def offer_changed(doc: Any, event: str) -> None:
	quote.from_document(doc, event)


def sales_order_submitted(doc: Any, event: str) -> None:
	quote.from_sales_order(doc, event)
