"""Official Resources of the site as a shelf of the domain."""

from typing import Any

import frappe

from ...domain.triage.resources import ARTICLE, DEAD, OFFICIAL_HOSTS, Resource, ResourceIndex
from ..site.formatting import listed

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
	enabled = {"enabled": 1}
	allowed = frappe.get_all("Support Policy", enabled, pluck="official_hosts", order_by="valid_from desc")
	more = " ".join(text or "" for text in allowed).replace(",", " ").lower().split()
	return tuple(dict.fromkeys((*OFFICIAL_HOSTS, *more)))


def _rows() -> list[dict[str, Any]]:
	published, fields = {"published": 1}, ["name", "route"]
	articles = frappe.get_all("Help Article", filters=published, fields=fields, order_by="name asc")
	urls = {article.name: f"/{article.route}" for article in articles}
	alive = {"enabled": 1, "link_state": ("!=", DEAD)}
	rows = frappe.get_all(DOCTYPE, filters=alive, fields=_FIELDS, order_by="name asc")
	found = []
	for row in rows:
		article = urls.get(row.pop("help_article"))
		row.url = article or row.url
		if row.url and (article or row.kind != ARTICLE):
			row.clauses, row.keywords = tuple(listed(row.clauses)), tuple(listed(row.keywords))
			row.language, row.is_general = row.language or "es", bool(row.is_general)
			found.append(dict(row))
	return found
