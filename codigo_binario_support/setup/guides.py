"""Official pages and help articles that a new site gets. Each is made if absent and then left to its users."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.utils import markdown

from ..adapters.site.install_log import record_created
from ..adapters.triage.resource_index import DOCTYPE, clear_resource_cache
from ..domain.triage.resources import ARTICLE, PAGE, Article, article_of
from ..shipped import DATA

FOLDER = DATA / "guides"
CATEGORY, ROUTE = "Soporte de ERPNext", "guias-de-soporte"


def shipped_pages() -> list[dict[str, Any]]:
	return json.loads((FOLDER / "resources.json").read_text(encoding="utf-8"))


def shipped_articles() -> dict[str, Article]:
	"""Articles by the name of their file."""
	return {
		path.stem: article_of(path.read_text(encoding="utf-8"))
		for path in sorted((FOLDER / "articles").glob("*.md"))
	}


def create_guides() -> None:
	"""Make what is absent."""
	pages = shipped_pages()
	for row in pages:
		_page(row)
	_category()
	addresses = {row["key"]: row for row in pages}
	for slug, article in shipped_articles().items():
		_article(slug, article, addresses)
	clear_resource_cache()
	print("  " + _("{0} official pages and help articles to suggest").format(frappe.db.count(DOCTYPE)))


def _page(row: dict[str, Any]) -> None:
	if frappe.db.exists(DOCTYPE, {"url": row["url"]}):
		return
	_make(
		{
			"doctype": DOCTYPE,
			"title": row["title"],
			"kind": PAGE,
			"url": row["url"],
			"topic": row["topic"],
			"language": row["language"],
			"version": row["version"],
			"clauses": ", ".join(row["clauses"]),
			"keywords": row["keywords"],
			"is_general": int(row["topic"] == "Inicio"),
		}
	)


def _category() -> None:
	if not frappe.db.exists("Help Category", CATEGORY):
		_make(
			{
				"doctype": "Help Category",
				"category_name": CATEGORY,
				"category_description": _("Short answers to common questions."),
				"published": 1,
				"route": ROUTE,
			}
		)


def _article(slug: str, article: Article, addresses: dict[str, dict[str, Any]]) -> None:
	if frappe.db.exists("Help Article", {"title": article.title, "category": CATEGORY}):
		return
	links = "".join(
		f'<li><a href="{addresses[key]["url"]}">{addresses[key]["title"]}</a></li>'
		for key in article.resources
	)
	content = f"{markdown(article.body)}<p><b>Material oficial</b></p><ul>{links}</ul>"
	made = _make(
		{
			"doctype": "Help Article",
			"title": article.title,
			"category": CATEGORY,
			"published": 1,
			# Frappe would make the address of the title, accents and all.
			"route": f"{ROUTE}/{slug}",
			"author": "Código Binario",
			"level": "Beginner",
			"content": content,
		}
	)
	_make(
		{
			"doctype": DOCTYPE,
			"title": article.title,
			"kind": ARTICLE,
			"help_article": made.name,
			"topic": CATEGORY,
			"language": "es",
			"clauses": ", ".join(article.clauses),
			"keywords": ", ".join(article.keywords),
		}
	)


def _make(values: dict[str, Any]) -> Any:
	doc = frappe.get_doc(values)
	doc.insert(ignore_permissions=True)  # Installation runs before anybody has the roles.
	if doc.doctype != DOCTYPE:
		# Our own documents go with their doctype.
		record_created(doc.doctype, doc.name)
	return doc
