"""Which documents are the customer's business, who of the provider could touch them, and what those people changed.

The same test decides what the guard refuses and what is looked at afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from redis.exceptions import RedisError

from ...domain.evidence.monthly_statement import CHANGED, CREATED, DELETED, VERSION
from . import people

#: Support's own tools: nothing in them is the customer's business.
_SUPPORT_APPS = ("codigo_binario_support", "helpdesk", "telephony")
#: Parts of Frappe itself that hold a customer's data or workflows.
_MODULES = frozenset(
	{"Automation", "Contacts", "Custom", "Data Migration", "Geo", "Integrations", "Printing", "Workflow"}
)
from ..site.settings import SETTINGS, promise_settings

_DOCTYPES = frozenset(
	{
		"Custom DocPerm",
		"Custom Role",
		"Data Import",
		"DocType",
		"Email Account",
		"Notification",
		"Report",
		"Role",
		"Role Profile",
		"Server Script",
		"System Settings",
		"User",
		"User Permission",
	}
)
_REFUSALS = "codigo_binario_support:refusals"
#: Doctypes looked at in one query.
_BATCH = 60


@dataclass(frozen=True, slots=True)
class Change:
	"""One trace of a change: `at` as the site stores instants."""

	doctype: str
	name: str
	user: str
	at: datetime
	what: str


def is_business(doctype: str, module: str | None, is_custom: bool) -> bool:
	"""Whether documents of a doctype are the customer's data or workflows."""
	if doctype in _DOCTYPES or is_custom:
		return True
	app = frappe.local.module_app.get(frappe.scrub(module)) if module else None
	if app == "frappe":
		return module in _MODULES
	return app not in _SUPPORT_APPS


def doctypes() -> list[Any]:
	"""The business doctypes that have documents of their own: `name`, `issingle`, `track_changes`."""
	rows = frappe.get_all(
		"DocType",
		filters={"istable": 0, "is_virtual": 0},
		fields=["name", "module", "custom", "issingle", "track_changes"],
		order_by="name asc",
	)
	return [row for row in rows if is_business(row.name, row.module, bool(row.custom))]


def provider_users(start: datetime, end: datetime) -> list[str]:
	"""Who holds the agent's role, enabled or not, and who lost it in a span as the versions of users tell."""
	users = set(frappe.get_all("Has Role", {"role": people.AGENT, "parenttype": "User"}, pluck="parent"))
	users |= set(
		frappe.get_all(
			"Version",
			{
				"ref_doctype": "User",
				"creation": ("between", (start, end)),
				"data": ("like", f"%{people.AGENT}%"),
			},
			pluck="docname",
		)
	)
	return sorted(users - {"Administrator", "Guest"})


def was_guarded(since: datetime) -> bool:
	"""Whether the guard is on, and no version of the settings says that it was touched since."""
	settings = promise_settings()
	if not settings.agent_guard or settings.site_role != "Customer":
		return False
	versions = frappe.get_all(
		"Version", {"ref_doctype": SETTINGS, "creation": (">=", since)}, pluck="data", order_by="creation asc"
	)
	return not [data for data in versions if "agent_guard" in (data or "") or "site_role" in (data or "")]


def changes(users: Sequence[str], start: datetime, end: datetime) -> list[Change]:
	"""Every trace that some users left in business documents in a span of the site's time, oldest first."""
	if not users:
		return []
	rows = doctypes()
	tables = set(frappe.db.get_tables())
	names = [row.name for row in rows if not row.issingle and f"tab{row.name}" in tables]
	found = {}
	for first in range(0, len(names), _BATCH):
		for change in _documents(names[first : first + _BATCH], users, start, end):
			found[(change.doctype, change.name)] = change
	business = {row.name for row in rows}
	for change in (*_singles(users, start, end), *_versions(users, start, end), *_deleted(users, start, end)):
		if change.doctype in business:
			found.setdefault((change.doctype, change.name), change)
	return sorted(found.values(), key=lambda change: (change.at, change.doctype, change.name))


def count_refusal(day: str) -> None:
	"""Remember that the guard refused a change. The transaction is rolled back, so only the cache can; it may forget."""
	try:
		frappe.cache.hincrby(frappe.cache.make_key(_REFUSALS), day, 1)
	except RedisError:
		frappe.logger().warning("a refused change could not be counted")


def refusals(day: str) -> int:
	"""How many changes the guard refused on a day, at least."""
	try:
		return int(frappe.cache.execute_command("HGET", frappe.cache.make_key(_REFUSALS), day) or 0)
	except RedisError:
		return 0


def forget_refusals(days: Iterable[str]) -> None:
	for day in days:
		frappe.cache.hdel(_REFUSALS, day)


def _documents(names: Sequence[str], users: Sequence[str], start: datetime, end: datetime) -> list[Change]:
	# A document that was made in the span was modified in it or later: the index on `modified` serves both.
	parts = [
		f"select {frappe.db.escape(name)} as kind, name, owner, creation, modified_by, modified from `tab{name}`"
		" where modified >= %(start)s and ((modified_by in %(users)s and modified < %(end)s)"
		" or (owner in %(users)s and creation >= %(start)s and creation < %(end)s))"
		for name in names
	]
	values = {"users": tuple(users), "start": start, "end": end}
	rows = frappe.db.sql(" union all ".join(parts), values, as_dict=True)
	found = []
	for row in rows:
		is_made = row.owner in users and start <= row.creation < end
		user = row.owner if is_made else row.modified_by
		if row.kind != "User" or row.name != user:
			at = row.creation if is_made else row.modified
			found.append(Change(row.kind, row.name, user, at, CREATED if is_made else CHANGED))
	return found


def _singles(users: Sequence[str], start: datetime, end: datetime) -> list[Change]:
	singles = frappe.qb.DocType("Singles")
	rows = (
		frappe.qb.from_(singles)
		.select(singles.doctype, singles.field, singles.value)
		.where(singles.field.isin(["modified", "modified_by"]))
		.run(as_dict=True)
	)
	facts: dict[str, dict[str, str]] = {}
	for row in rows:
		facts.setdefault(row.doctype, {})[row.field] = row.value
	found = []
	for doctype, fact in facts.items():
		at = frappe.utils.get_datetime(fact.get("modified")) if fact.get("modified") else None
		if at and fact.get("modified_by") in users and start <= at < end:
			found.append(Change(doctype, doctype, fact["modified_by"], at, CHANGED))
	return found


def _versions(users: Sequence[str], start: datetime, end: datetime) -> list[Change]:
	rows = frappe.get_all(
		"Version",
		filters=[
			["modified", ">=", start],
			["creation", ">=", start],
			["creation", "<", end],
			["owner", "in", users],
		],
		fields=["ref_doctype", "docname", "owner", "creation"],
		order_by="creation asc",
	)
	return [
		Change(row.ref_doctype, row.docname, row.owner, row.creation, VERSION)
		for row in rows
		if row.ref_doctype != "User" or row.docname != row.owner
	]


def _deleted(users: Sequence[str], start: datetime, end: datetime) -> list[Change]:
	rows = frappe.get_all(
		"Deleted Document",
		filters=[
			["modified", ">=", start],
			["creation", ">=", start],
			["creation", "<", end],
			["owner", "in", users],
		],
		fields=["deleted_doctype", "deleted_name", "owner", "creation"],
		order_by="creation asc",
	)
	return [Change(row.deleted_doctype, row.deleted_name, row.owner, row.creation, DELETED) for row in rows]
