"""Policy documents as domain values, and the terms frozen on requests.

Frozen terms are content-addressed: one immutable `Support Terms` row per hash, shared by the requests filed under
it. Editing a policy, a window or a holiday list makes a new row for new requests and touches no old one.
"""

import hashlib
import json
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import frappe
from frappe.utils import flt

from ...domain.policy.policy import FORMAT, REOPEN_DAYS, Policy, canonical
from ...domain.time.windows import WEEKDAYS, local_date
from ..site.instants import to_site
from ..site.now import utc_now

DOCTYPE = "Support Terms"
_CACHE_KEY = "codigo_binario_support:terms_in_force"
_CACHE_SECONDS = 86_400
#: Everything that terms are made of. Saving any of them gives it another `modified`.
_SOURCES = """
	select 'Support Policy' as kind, name, modified, enabled, valid_from, valid_to, time_zone from `tabSupport Policy`
	union all select 'SLA Window', name, modified, null, null, null, null from `tabSLA Window`
	union all select 'Holiday List', name, modified, null, null, null, null from `tabHoliday List`
"""


class _InForce(NamedTuple):
	"""The policy in force, and the revision of all that its terms are made of, both as this transaction sees them."""

	policy: str
	revision: str


def terms_in_force() -> str | None:
	"""The name of the `Support Terms` that a request filed now falls under, frozen if nobody did before; None when no
	policy is in force. It is seen by this transaction, also when another one froze it meanwhile.
	"""
	found = _in_force()
	if not found:
		return None
	name = _known(found)
	if name and frappe.db.exists(DOCTYPE, name):
		return name
	name = freeze(mapping_of(frappe.get_doc("Support Policy", found.policy)))
	# Other processes see only what is committed: a rolled back row must not be handed out.
	frappe.local.support_terms_in_force = {found: name}
	frappe.db.after_rollback.add(lambda: setattr(frappe.local, "support_terms_in_force", None))
	frappe.db.after_commit.add(
		lambda: frappe.cache.set_value(_cache_key(found), name, expires_in_sec=_CACHE_SECONDS)
	)
	return name


def policy_now() -> Policy | None:
	"""What a request filed now would stand under. Nothing is frozen by looking: many look at once, and most of them in a
	transaction that ends without a commit.
	"""
	found = _in_force()
	if not found:
		return None
	# A cache may outlive the database, after a restore.
	if (name := _known(found)) and frappe.db.exists(DOCTYPE, name):
		return terms(name)
	mine = getattr(frappe.local, "support_policy_now", None) or {}
	if found not in mine:
		policy = frappe.get_doc("Support Policy", found.policy)
		mine = {found: _parsed(canonical(mapping_of(policy)))}
		frappe.local.support_policy_now = mine
	return mine[found]


def policy_in_force() -> Any | None:
	"""The `Support Policy` document in force now, by the date of its own zone."""
	found = _in_force()
	return frappe.get_doc("Support Policy", found.policy) if found else None


def _in_force() -> _InForce | None:
	rows = _sources()
	now = utc_now()
	policies = [row for row in rows if row.kind == "Support Policy" and row.enabled and _rules(row, now)]
	if not policies:
		return None
	newest = max(policies, key=lambda row: (row.valid_from, row.name))
	content = repr(sorted([str(value) for value in row.values()] for row in rows))
	return _InForce(newest.name, hashlib.sha256(content.encode()).hexdigest()[:20])


def _rules(policy: Any, now: datetime) -> bool:
	"""Whether a policy is in force at an instant: from midnight to midnight of its own zone, never of the site's."""
	today = local_date(now, policy.time_zone)
	return bool(policy.valid_from) and policy.valid_from <= today <= (policy.valid_to or date.max)


def _sources() -> list[Any]:
	"""The rows of `_SOURCES`, read once in a transaction: what another one saves meanwhile this one does not see, or is
	seen by all from the next one on.
	"""
	rows = getattr(frappe.local, "support_sources_of_terms", None)
	if rows is None:
		rows = frappe.db.sql(_SOURCES, as_dict=True)
		frappe.local.support_sources_of_terms = rows
		frappe.db.after_commit.add(_forget_sources)
		frappe.db.after_rollback.add(_forget_sources)
	return rows


def _forget_sources() -> None:
	frappe.local.support_sources_of_terms = None


def _known(found: _InForce) -> str | None:
	"""The terms of this revision, if somebody froze them. Who still sees an older revision knows, and keeps, its own."""
	mine = getattr(frappe.local, "support_terms_in_force", None) or {}
	return mine.get(found) or frappe.cache.get_value(_cache_key(found), expires=True)


def _cache_key(found: _InForce) -> str:
	return f"{_CACHE_KEY}:{found.revision}:{found.policy}"


def forget_terms_in_force() -> None:
	"""Called when a policy, a window or a holiday list changes: this transaction reads the documents again. Others need
	no word of it, because they find another revision.
	"""
	_forget_sources()


def freeze(data: dict[str, Any]) -> str:
	"""The name of the `Support Terms` with this content, made if there is none."""
	policy = Policy(data)
	name = name_of(policy)
	if not frappe.db.exists(DOCTYPE, name):
		_insert_once(
			{
				"name": name,
				"policy": policy.name,
				"policy_version": policy.version,
				"terms_hash": policy.hash,
				"content": canonical(data),
			}
		)
	return name


def name_of(policy: Policy) -> str:
	"""What its `Support Terms` are called, or will be."""
	return policy.hash[:20]


def _insert_once(values: dict[str, Any]) -> None:
	"""One statement, so that of several that freeze at once each has the row afterwards: who comes second waits for the
	first, and two that waited for one that was rolled back do not deadlock. Touching the row that another transaction
	wrote puts it in sight of this one, which may have begun before it.
	"""
	now = to_site(utc_now())
	values |= {"creation": now, "modified": now, "owner": frappe.session.user}
	values["modified_by"] = frappe.session.user
	columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
	frappe.db.multisql(
		{
			"mariadb": f"insert into `tab{DOCTYPE}` ({columns}) values ({places})"
			" on duplicate key update modified = values(modified)",
			"postgres": f'insert into "tab{DOCTYPE}" ({columns}) values ({places})'
			" on conflict (name) do update set modified = excluded.modified",
		},
		tuple(values.values()),
	)


def broken_terms() -> tuple[int, list[str]]:
	"""How many frozen terms there are, and those whose content is not what their name says."""
	names = frappe.get_all(DOCTYPE, pluck="name", order_by="name asc")
	broken = []
	for name in names:
		content = frappe.db.get_value(DOCTYPE, name, "content") or "{}"
		if Policy(json.loads(content)).hash[: len(name)] != name:
			broken.append(f"{DOCTYPE} {name}")
	return len(names), broken


def terms(name: str | None) -> Policy | None:
	"""The policy as it was when a request was filed."""
	return _terms(frappe.local.site, name) if name else None


def language_of(name: str | None) -> str:
	"""The language of frozen terms; Spanish where there are none."""
	found = terms(name)
	return found.language if found else "es"


@lru_cache(maxsize=128)
def _terms(_site: str, name: str) -> Policy:
	# What this transaction does not see may have been frozen since it began: a locking read sees what is committed now.
	content = frappe.db.get_value(DOCTYPE, name, "content") or frappe.db.get_value(
		DOCTYPE, name, "content", for_update=True
	)
	if not content:
		frappe.throw(frappe._("The terms {0} are not on this site any more.").format(name))
	return _parsed(content)


@lru_cache(maxsize=128)
def _parsed(content: str) -> Policy:
	return Policy(json.loads(content))


def mapping_of(policy: Any) -> dict[str, Any]:
	"""A `Support Policy` with its windows and holidays as the mapping that `domain.policy` reads."""
	# A policy always knows the 24x7 and other windows it names; each is read once.
	names = dict.fromkeys(row.window for row in policy.commitments if row.window)
	data = {
		"format": FORMAT,
		"name": policy.policy_name,
		"version": policy.version or 1,
		"language": policy.language or "es",
		"time_zone": policy.time_zone,
		"review_threshold": policy.review_threshold,
		"reopen_days": REOPEN_DAYS if policy.reopen_days is None else policy.reopen_days,
		"limits": {"es": policy.limits_es or "", "en": policy.limits_en or ""},
		"recommendation": {"es": policy.recommendation_es or "", "en": policy.recommendation_en or ""},
		"clauses": [
			{
				"code": row.code,
				"side": row.side,
				"text": _text(row.text_es, row.text_en),
				"pack": row.success_pack or None,
				"signals": _lines(row.signals),
			}
			for row in policy.clauses
		],
		"commitments": [_commitment(row) for row in policy.commitments],
		"windows": [window_mapping(frappe.get_doc("SLA Window", name)) for name in names],
		"success_packs": [
			{
				"code": row.code,
				"label": _text(row.label_es, row.label_en),
				# As the database gives it back: 10 and 10.0 would be two promises.
				"hours": flt(row.hours),
				# A Currency field cannot be empty: zero is "no price yet".
				"hourly_rate": row.hourly_rate or None,
				"currency": row.currency or "MXN",
				"item": row.item or None,
			}
			for row in policy.success_packs
		],
	}
	# What the site taught is part of the terms: the same text under the same version gets the same verdict.
	if policy.get("learning"):
		data["learning"] = json.loads(policy.learning)
	return data


def window_mapping(window: Any) -> dict[str, Any]:
	"""An `SLA Window` with the dates of its holiday list."""
	weekly: dict[str, list[list[str]]] = {}
	for row in window.rows:
		weekly.setdefault(_weekday(row.weekday), []).append([row.opens, row.closes])
	holidays = []
	if window.holiday_list and not window.always_open:
		holidays = frappe.get_all(
			"Holiday",
			filters={"parent": window.holiday_list, "parenttype": "Holiday List"},
			pluck="holiday_date",
			order_by="holiday_date asc",
		)
	return {
		"name": window.window_name,
		"time_zone": window.time_zone,
		"always_open": bool(window.always_open),
		"weekly": {} if window.always_open else weekly,
		"holidays": sorted({str(day) for day in holidays}),
	}


def _weekday(label: str) -> str:
	return next((day for day in WEEKDAYS if (label or "").lower().startswith(day)), label)


def _commitment(row: Any) -> dict[str, Any]:
	data = {
		"kind": row.kind,
		"window": row.window,
		"text": _text(row.text_es, row.text_en),
		"target_minutes": row.target_minutes if row.is_promised and row.kind != "availability" else None,
		"clauses": _words(row.clauses),
		"severities": _words(row.severities),
	}
	if row.kind == "availability":
		data["target_percent"] = row.target_percent or None
	return data


def _text(spanish: str | None, english: str | None) -> dict[str, str]:
	return {key: value for key, value in (("es", spanish), ("en", english)) if value}


def _lines(value: str | None) -> list[str]:
	return [line.strip() for line in (value or "").splitlines() if line.strip()]


def _words(value: str | None) -> list[str]:
	return [word.strip() for word in (value or "").replace("\n", ",").split(",") if word.strip()]
