"""Official pages and help articles that a new site gets. Each is made if absent and then left to its users."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.utils import markdown

from ..adapters.site.settings import record_created
from ..adapters.triage.resource_index import DOCTYPE, clear_resource_cache
from ..domain.triage.resources import ARTICLE, PAGE, article_of
from ..shipped import DATA

FOLDER = DATA / "guides"
CATEGORY, ROUTE = "Soporte de ERPNext", "guias-de-soporte"


def create_guides() -> None:
	"""Make what is absent."""
	pages = json.loads((FOLDER / "resources.json").read_text(encoding="utf-8"))
	for row in pages:
		values = {key: row[key] for key in ("title", "url", "topic", "language", "version", "keywords")}
		kinds = {"kind": PAGE, "is_general": int(row["topic"] == "Inicio")}
		_make(DOCTYPE, {"url": row["url"]}, {**values, **kinds, "clauses": ", ".join(row["clauses"])})
	category = {"category_name": CATEGORY, "published": 1, "route": ROUTE}
	category["category_description"] = _("Short answers to common questions.")
	_make("Help Category", CATEGORY, category)
	addresses = {row["key"]: row for row in pages}
	for path in sorted((FOLDER / "articles").glob("*.md")):
		_article(path.stem, article_of(path.read_text(encoding="utf-8")), addresses)
	clear_resource_cache()
	print("  " + _("{0} official pages and help articles to suggest").format(frappe.db.count(DOCTYPE)))


def _article(slug: str, article: dict[str, str], addresses: dict[str, dict[str, Any]]) -> None:
	pages = (addresses[key] for key in article["resources"].split(", "))
	links = "".join(f'<li><a href="{page["url"]}">{page["title"]}</a></li>' for page in pages)
	values = {
		"title": article["title"],
		"category": CATEGORY,
		"published": 1,
		# Frappe would make the address of the title, accents and all.
		"route": f"{ROUTE}/{slug}",
		"author": "Código Binario",
		"level": "Beginner",
		"content": f"{markdown(article['body'])}<p><b>Material oficial</b></p><ul>{links}</ul>",
	}
	name = _make("Help Article", {"title": article["title"], "category": CATEGORY}, values)
	if name:
		about = {"kind": ARTICLE, "topic": CATEGORY, "language": "es", "help_article": name}
		said = {key: article[key] for key in ("title", "clauses", "keywords")}
		_make(DOCTYPE, {"help_article": name}, {**about, **said})


def _make(doctype: str, same: str | dict[str, str], values: dict[str, Any]) -> str | None:
	"""The name of what was made; None where there was one already."""
	if frappe.db.exists(doctype, same):
		return None
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.insert(ignore_permissions=True)  # Installation runs before anybody has the roles.
	if doctype != DOCTYPE:
		# Our own documents go with their doctype.
		record_created(doctype, doc.name)
	return doc.name
