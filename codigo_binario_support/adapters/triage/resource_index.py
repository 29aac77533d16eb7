"""Official Resources of the site as a shelf of the domain."""

from typing import Any

import frappe

from ...domain.triage.resources import ARTICLE, DEAD, OFFICIAL_HOSTS, Resource, ResourceIndex

DOCTYPE = "Official Resource"
_FIELDS = "name title url kind help_article clauses keywords language is_general".split()
_CACHE_KEY = "codigo_binario_support:official_resources"


def resource_index() -> ResourceIndex:
	"""What may be suggested now: enabled, not known to be dead, and published where it is an article."""
	return ResourceIndex(Resource(**row) for row in frappe.cache.get_value(_CACHE_KEY, generator=_rows))


def clear_resource_cache() -> None:
	"""Called when a resource or an article changes."""
	frappe.cache.delete_value(_CACHE_KEY)
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(_CACHE_KEY))


def hosts() -> tuple[str, ...]:
	"""Whose pages are official: Frappe's own, and what the policy in force allows beside them."""
	allowed = frappe.get_all(
		"Support Policy", filters={"enabled": 1}, pluck="official_hosts", order_by="valid_from desc"
	)
	more = " ".join(text or "" for text in allowed).replace(",", " ").lower().split()
	return tuple(dict.fromkeys((*OFFICIAL_HOSTS, *more)))


def _rows() -> list[dict[str, Any]]:
	articles = frappe.get_all(
		"Help Article", filters={"published": 1}, fields=["name", "route"], order_by="name asc"
	)
	urls = {article.name: f"/{article.route}" for article in articles}
	rows = frappe.get_all(
		DOCTYPE, filters={"enabled": 1, "link_state": ("!=", DEAD)}, fields=_FIELDS, order_by="name asc"
	)
	found = []
	for row in rows:
		published = urls.get(row.pop("help_article"))
		row.url = published or row.url
		if row.url and (published or row.kind != ARTICLE):
			row.clauses, row.keywords = _parts(row.clauses), _parts(row.keywords)
			row.language, row.is_general = row.language or "es", bool(row.is_general)
			found.append(dict(row))
	return found


def _parts(text: str | None) -> tuple[str, ...]:
	return tuple(part.strip() for part in (text or "").replace("\n", ",").split(",") if part.strip())
