"""Policy documents as domain values, and the terms frozen on requests.

Frozen terms are content-addressed: one immutable `Support Terms` row per hash, shared by the requests filed under
it. Editing a policy, a window or a holiday list makes a new row for new requests and touches no old one.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import frappe

from ...domain.policy.policy import FORMAT, REOPEN_DAYS, Policy, canonical
from ...domain.time.windows import WEEKDAYS
from ..site.instants import site_today, to_site
from ..site.now import utc_now

DOCTYPE = "Support Terms"
_CACHE_KEY = "codigo_binario_support:terms_in_force"


def terms_in_force() -> str | None:
	"""The name of the `Support Terms` that a request filed now falls under, frozen if nobody did before; None when no
	policy is in force. It is seen by this transaction, also when another one froze it meanwhile.
	"""
	name = _known()
	if name and frappe.db.exists(DOCTYPE, name):
		return name
	policy = policy_in_force()
	if not policy:
		return None
	name, today = freeze(mapping_of(policy)), str(site_today())
	# Other processes see only what is committed: a rolled back row must not be handed out.
	frappe.local.support_terms_in_force = {today: name}
	frappe.db.after_rollback.add(lambda: setattr(frappe.local, "support_terms_in_force", None))
	frappe.db.after_commit.add(lambda: frappe.cache.hset(_CACHE_KEY, today, name))
	return name


def policy_now() -> Policy | None:
	"""What a request filed now would stand under. Nothing is frozen by looking: many look at once, and most of them in a
	transaction that ends without a commit.
	"""
	if name := _known():
		return terms(name)
	mine = getattr(frappe.local, "support_policy_now", None) or {}
	today = str(site_today())
	if today not in mine:
		policy = policy_in_force()
		mine = {today: _parsed(canonical(mapping_of(policy))) if policy else None}
		frappe.local.support_policy_now = mine
	return mine[today]


def _known() -> str | None:
	mine = getattr(frappe.local, "support_terms_in_force", None) or {}
	today = str(site_today())
	return mine.get(today) or frappe.cache.hget(_CACHE_KEY, today)


def forget_terms_in_force() -> None:
	"""Called when a policy, a window or a holiday list changes. New requests read the documents again."""
	frappe.local.support_terms_in_force = frappe.local.support_policy_now = None
	frappe.cache.delete_value(_CACHE_KEY)
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(_CACHE_KEY))


def policy_in_force() -> Any | None:
	"""The `Support Policy` document in force today, by the site's date."""
	day = site_today()
	rows = frappe.get_all(
		"Support Policy",
		filters={"enabled": 1, "valid_from": ("<=", day)},
		fields=["name", "valid_to"],
		order_by="valid_from desc",
	)
	for row in rows:
		if not row.valid_to or row.valid_to >= day:
			return frappe.get_doc("Support Policy", row.name)
	return None


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
				"hours": row.hours,
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
