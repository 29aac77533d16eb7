"""Official Resources of the site as a shelf of the domain."""

from typing import Any

import frappe

from ...domain.triage.resources import ARTICLE, DEAD, OFFICIAL_HOSTS, Resource, ResourceIndex

DOCTYPE = "Official Resource"
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
	routes = {
		row.name: row.route
		for row in frappe.get_all(
			"Help Article", filters={"published": 1}, fields=["name", "route"], order_by="name asc"
		)
	}
	found = []
	for row in frappe.get_all(
		DOCTYPE,
		filters={"enabled": 1, "link_state": ("!=", DEAD)},
		fields=[
			"name",
			"title",
			"url",
			"kind",
			"help_article",
			"clauses",
			"keywords",
			"language",
			"is_general",
		],
		order_by="name asc",
	):
		url = f"/{routes[row.help_article]}" if row.help_article in routes else row.url
		if not url or (row.kind == ARTICLE and row.help_article not in routes):
			continue
		found.append(
			{
				"name": row.name,
				"title": row.title,
				"url": url,
				"kind": row.kind,
				"clauses": tuple(_parts(row.clauses)),
				"keywords": tuple(_parts(row.keywords)),
				"language": row.language or "es",
				"is_general": bool(row.is_general),
			}
		)
	return found


def _parts(text: str | None) -> list[str]:
	return [part.strip() for part in (text or "").replace("\n", ",").split(",") if part.strip()]
