"""Which documents are the customer's business, who of the provider could touch them, and what those people changed.

The same test decides what the guard refuses and what is looked at afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import get_datetime
from redis.exceptions import RedisError

from ...domain.evidence.monthly_statement import CHANGED, CREATED, DELETED, VERSION
from ..site.settings import SETTINGS, promise_settings
from . import people

#: Support's own tools: nothing in them is the customer's business.
_SUPPORT_APPS = ("codigo_binario_support", "helpdesk", "telephony")
#: Parts of Frappe itself that hold a customer's data or workflows.
_MODULES = frozenset(
	{"Automation", "Contacts", "Custom", "Data Migration", "Geo", "Integrations", "Printing", "Workflow"}
)
_PERMISSIONS = frozenset({"Custom DocPerm", "Custom Role", "Role", "Role Profile", "User", "User Permission"})
_SETUP = frozenset({"Data Import", "DocType", "Email Account", "Notification", "Report", "Server Script"})
_DOCTYPES = _PERMISSIONS | _SETUP | {"System Settings"}
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
	return module in _MODULES if app == "frappe" else app not in _SUPPORT_APPS


def doctypes() -> list[Any]:
	"""The business doctypes that have documents of their own: `name`, `issingle`, `track_changes`."""
	stored = {"istable": 0, "is_virtual": 0}
	fields = ["name", "module", "custom", "issingle", "track_changes"]
	rows = frappe.get_all("DocType", filters=stored, fields=fields, order_by="name asc")
	return [row for row in rows if is_business(row.name, row.module, bool(row.custom))]


def provider_users(start: datetime, end: datetime) -> list[str]:
	"""Who holds the agent's role, enabled or not, and who lost it in a span as the versions of users tell."""
	users = set(frappe.get_all("Has Role", {"role": people.AGENT, "parenttype": "User"}, pluck="parent"))
	named = {"creation": ("between", (start, end)), "data": ("like", f"%{people.AGENT}%")}
	users |= set(frappe.get_all("Version", {"ref_doctype": "User", **named}, pluck="docname"))
	return sorted(users - {"Administrator", "Guest"})


def is_guarded() -> bool:
	"""Whether agents are refused to change business documents here, by the settings."""
	settings = promise_settings()
	return bool(settings.agent_guard) and settings.site_role == "Customer"


def was_guarded(since: datetime) -> bool:
	"""Whether the guard is on, and no version of the settings says that it was touched since."""
	if not is_guarded():
		return False
	since_then = {"ref_doctype": SETTINGS, "creation": (">=", since)}
	versions = set(frappe.get_all("Version", since_then, pluck="data"))
	return not [data for data in versions if "agent_guard" in (data or "") or "site_role" in (data or "")]


def changes(users: Sequence[str], start: datetime, end: datetime) -> list[Change]:
	"""Every trace that some users left in business documents in a span of the site's time, oldest first."""
	if not users:
		return []
	rows = doctypes()
	tables = set(frappe.db.get_tables())
	names = [row.name for row in rows if not row.issingle and f"tab{row.name}" in tables]
	batches = [names[first : first + _BATCH] for first in range(0, len(names), _BATCH)]
	span = (users, start, end)
	traces = [change for batch in batches for change in _documents(batch, *span)]
	traces += _singles(*span)
	traces += _logged("Version", "ref_doctype", "docname", VERSION, *span)
	traces += _logged("Deleted Document", "deleted_doctype", "deleted_name", DELETED, *span)
	business = {row.name for row in rows}
	found: dict[tuple[str, str], Change] = {}
	for change in traces:
		is_own_account = (change.doctype, change.name) == ("User", change.user) and change.what != DELETED
		if change.doctype in business and not is_own_account:
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
	return [
		Change(row.kind, row.name, row.owner, row.creation, CREATED)
		if row.owner in users and start <= row.creation < end
		else Change(row.kind, row.name, row.modified_by, row.modified, CHANGED)
		for row in frappe.db.sql(" union all ".join(parts), values, as_dict=True)
	]


def _singles(users: Sequence[str], start: datetime, end: datetime) -> list[Change]:
	rows = frappe.db.sql(
		"""select doctype, max(if(field = 'modified', value, null)) as at,
			max(if(field = 'modified_by', value, null)) as user
		from tabSingles where field in ('modified', 'modified_by') group by doctype""",
		as_dict=True,
	)
	theirs = [row for row in rows if row.user in users and row.at and start <= get_datetime(row.at) < end]
	return [Change(row.doctype, row.doctype, row.user, get_datetime(row.at), CHANGED) for row in theirs]


def _logged(
	log: str, doctype: str, name: str, what: str, users: Sequence[str], start: datetime, end: datetime
) -> list[Change]:
	"""What Frappe's own `log` says that some users did to documents, which two columns of it name."""
	in_span = [["modified", ">=", start], ["creation", ">=", start], ["creation", "<", end]]
	theirs, fields = [*in_span, ["owner", "in", users]], [doctype, name, "owner", "creation"]
	rows = frappe.get_all(log, filters=theirs, fields=fields, order_by="creation asc")
	return [Change(row[doctype], row[name], row.owner, row.creation, what) for row in rows]
