"""Official material for a request: suggested while it is written, and carried by every answer to its clauses.

Clauses: «Auxiliar en el buen uso del sistema al proveerte con material oficial», «Respuestas a preguntas frecuentes»,
and of training «te redireccionaremos a los recursos en línea oficiales».
"""

from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, get_url

from ...adapters.requests.requests import text_of
from ...adapters.site.formatting import listed
from ...adapters.triage.resource_index import hosts, resource_index
from ...domain.policy.policy import CLAUSE_SIDES
from ...domain.requests import status
from ...domain.triage.resources import ARTICLE, GUIDED_CLAUSES, NOT_CHECKED, PAGE, is_official

#: How many a reader looks at while typing, and how many an answer carries.
_MOST, _CARRIED = 4, 2


def suggestions(clause: str | None, text: str = "", language: str = "es") -> list[dict[str, Any]]:
	"""Official pages and help articles for a clause and a text: `title`, `url`, `kind`, the best first."""
	found = resource_index().suggest(text, clause, language, _MOST)
	kinds = {ARTICLE: "faq", PAGE: "guide"}
	return [{"name": row.name, "title": row.title, "url": row.url, "kind": kinds[row.kind]} for row in found]


def is_guided(doc: Any) -> bool:
	"""Whether answers to this request carry official material."""
	return bool({doc.clause, doc.second_clause} & set(GUIDED_CLAUSES))


def for_request(doc: Any) -> list[dict[str, Any]]:
	"""What fits a request, with addresses that can be opened from a mail."""
	clause = next((code for code in (doc.clause, doc.second_clause) if code in GUIDED_CLAUSES), doc.clause)
	found = suggestions(clause, " ".join(text_of(doc)), frappe.local.lang or "es")
	for row in found:
		row["url"] = get_url(row["url"]) if row["url"].startswith("/") else row["url"]
	return found


def append_material(doc: Any, content: str) -> str:
	"""An answer (HTML) with official material: as it is where it has some or needs none, else with a list behind it."""
	if not is_guided(doc) or resource_index().is_carried_by(content):
		return content
	rows = [(escape_html(row["url"]), escape_html(row["title"])) for row in for_request(doc)[:_CARRIED]]
	if not rows:
		return content
	links = "".join(f'<li><a href="{url}">{title}</a></li>' for url, title in rows)
	return f"{content}<p>{_('Official material about this:')}</p><ul>{links}</ul>"


def check_resource(doc: Any) -> None:
	"""An official page lies on an official host; clauses are the policy's."""
	if doc.kind == PAGE:
		doc.help_article = None
		if not is_official(doc.url or "", hosts()):
			sentence = _(
				"{0} is no official page: use https and one of {1}, or allow its host in the Support Policy."
			)
			frappe.throw(sentence.format(escape_html(doc.url or ""), ", ".join(hosts())))
	else:
		doc.url = None
	codes = listed(doc.clauses)
	if unknown := escape_html(", ".join(code for code in codes if code not in CLAUSE_SIDES)):
		sentence = _("{0} is not a clause: use codes such as {1}.")
		frappe.throw(sentence.format(unknown, ", ".join(GUIDED_CLAUSES)))
	doc.clauses = ", ".join(dict.fromkeys(codes))
	if doc.has_value_changed("url") and not doc.is_new():
		doc.link_state, doc.http_status, doc.checked_at = NOT_CHECKED, 0, None


def may_reset_password(doc: Any) -> bool:
	"""Whether who asked can get Frappe's own reset mail: a person's enabled account, on a request that is not over."""
	if doc.status not in status.OPEN or doc.raised_by in frappe.STANDARD_USERS:
		return False
	return bool(frappe.db.get_value("User", doc.raised_by, "enabled"))
