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

from ...domain.policy.policy import FORMAT, REOPEN_DAYS, Policy, canonical, window_of
from ...domain.time.windows import WEEKDAYS, SlaWindow, local_date
from ..site.formatting import listed
from ..site.instants import to_site, utc_now

DOCTYPE = "Support Terms"
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
	policy = policy_now()
	return freeze(policy) if policy else None


def policy_now() -> Policy | None:
	"""What a request filed now would stand under. Nothing is frozen by looking: many look, and commit nothing."""
	found = _in_force()
	return _of_revision(frappe.local.site, found) if found else None


@lru_cache(maxsize=128)
def _of_revision(_site: str, found: _InForce) -> Policy:
	"""Read once in a process: what changes has another revision, and who still sees an older one keeps its own."""
	return _parsed(canonical(mapping_of(frappe.get_doc("Support Policy", found.policy))))


def policy_in_force() -> Any | None:
	"""The `Support Policy` document in force now, by the date of its own zone."""
	found = _in_force()
	return frappe.get_doc("Support Policy", found.policy) if found else None


def _in_force() -> _InForce | None:
	rows, now = _sources(), utc_now()
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
	"""The rows of `_SOURCES`, read once in a transaction; what others save meanwhile the next one sees."""
	rows = getattr(frappe.local, "support_sources_of_terms", None)
	if rows is None:
		rows = frappe.local.support_sources_of_terms = frappe.db.sql(_SOURCES, as_dict=True)
		frappe.db.after_commit.add(forget_terms_in_force)
		frappe.db.after_rollback.add(forget_terms_in_force)
	return rows


def forget_terms_in_force() -> None:
	"""This transaction reads policies, windows and holidays again; others find another revision by themselves."""
	frappe.local.support_sources_of_terms = None


def freeze(policy: Policy) -> str:
	"""The name of the `Support Terms` with this content, made if there is none.

	One statement makes it, so that of several that freeze at once each has the row afterwards: who comes second waits for
	the first, and two that waited for one that was rolled back do not deadlock. Touching the row that another transaction
	wrote puts it in sight of this one, which may have begun before it.
	"""
	name = name_of(policy)
	if frappe.db.exists(DOCTYPE, name):
		return name
	now, user = to_site(utc_now()), frappe.session.user
	values = dict(name=name, creation=now, modified=now, owner=user, modified_by=user)
	values |= dict(policy=policy.name, policy_version=policy.version, terms_hash=policy.hash)
	values["content"] = canonical(policy.data)
	columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
	frappe.db.sql(
		f"insert into `tab{DOCTYPE}` ({columns}) values ({places})"
		" on duplicate key update modified = values(modified)",
		tuple(values.values()),
	)
	return name


def name_of(policy: Policy) -> str:
	"""What its `Support Terms` are called, or will be."""
	return policy.hash[:20]


def broken_terms() -> tuple[int, list[str]]:
	"""How many frozen terms there are, and those whose content is not what their name says."""
	rows = frappe.get_all(DOCTYPE, fields=["name", "content"], order_by="name asc")
	named = [(row.name, Policy(json.loads(row.content or "{}")).hash) for row in rows]
	return len(rows), [f"{DOCTYPE} {name}" for name, found in named if not found.startswith(name)]


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
		"clauses": [_clause(row) for row in policy.clauses],
		"commitments": [_commitment(row) for row in policy.commitments],
		"windows": [window_mapping(frappe.get_doc("SLA Window", name)) for name in names],
		"success_packs": [_pack(row) for row in policy.success_packs],
	}
	# What the site taught is part of the terms: the same text under the same version gets the same verdict.
	if policy.get("learning"):
		data["learning"] = json.loads(policy.learning)
	return data


def sla_window(name: str) -> SlaWindow:
	"""An `SLA Window` of the site, as it is now."""
	window = frappe.get_cached_doc("SLA Window", name)
	return window_of(window_mapping(window), window.time_zone)


def window_mapping(window: Any) -> dict[str, Any]:
	"""An `SLA Window` with the dates of its holiday list."""
	weekly: dict[str, list[list[str]]] = {}
	for row in () if window.always_open else window.rows:
		label = (row.weekday or "").lower()
		weekday = next((day for day in WEEKDAYS if label.startswith(day)), row.weekday)
		weekly.setdefault(weekday, []).append([row.opens, row.closes])
	holidays = []
	if window.holiday_list and not window.always_open:
		rows = {"parent": window.holiday_list, "parenttype": "Holiday List"}
		holidays = frappe.get_all("Holiday", filters=rows, pluck="holiday_date", order_by="holiday_date asc")
	return {
		"name": window.window_name,
		"time_zone": window.time_zone,
		"always_open": bool(window.always_open),
		"weekly": weekly,
		"holidays": sorted({str(day) for day in holidays}),
	}


def _clause(row: Any) -> dict[str, Any]:
	text, pack = _text(row.text_es, row.text_en), row.success_pack or None
	signals = [line.strip() for line in (row.signals or "").splitlines() if line.strip()]
	return {"code": row.code, "side": row.side, "text": text, "pack": pack, "signals": signals}


def _pack(row: Any) -> dict[str, Any]:
	return {
		"code": row.code,
		"label": _text(row.label_es, row.label_en),
		# As the database gives it back: 10 and 10.0 would be two promises.
		"hours": flt(row.hours),
		# A Currency field cannot be empty: zero is "no price yet".
		"hourly_rate": row.hourly_rate or None,
		"currency": row.currency or "MXN",
		"item": row.item or None,
	}


def _commitment(row: Any) -> dict[str, Any]:
	data = {
		"kind": row.kind,
		"window": row.window,
		"text": _text(row.text_es, row.text_en),
		"target_minutes": row.target_minutes if row.is_promised and row.kind != "availability" else None,
		"clauses": listed(row.clauses),
		"severities": listed(row.severities),
	}
	if row.kind == "availability":
		data["target_percent"] = row.target_percent or None
	return data


def _text(spanish: str | None, english: str | None) -> dict[str, str]:
	return {key: value for key, value in (("es", spanish), ("en", english)) if value}
