"""Upgrades that customers asked for, from the plan to the checks."""

from typing import Any

import frappe
from frappe import _
from frappe.modules.patch_handler import get_all_patches

from ...adapters.backups.inventory import versions
from ...adapters.policy import promises
from ...adapters.site.errors import throw
from ...adapters.site.instants import from_site, to_site
from ...adapters.site.now import utc_now
from ...domain.availability import upgrades
from ...domain.errors import SupportError
from ...domain.requests import status
from ..backups import observe
from . import heartbeats

DOCTYPE = "Platform Upgrade"
CLAUSE = "platform_upgrade"
_PLAN_FIELDS = ("support_request", "wanted_version", "starts_at", "ends_at")


def can_be_planned(request: Any) -> bool:
	"""The request asks for an upgrade, is not over, and has no plan that stands."""
	return (
		CLAUSE in (request.clause, request.second_clause)
		and request.status in status.OPEN
		and not frappe.db.exists(
			DOCTYPE, {"support_request": request.name, "state": ("!=", upgrades.CANCELLED)}
		)
	)


def prepare(doc: Any) -> None:
	"""A new plan: the request asks for an upgrade, the window is outside support hours, versions are the present ones."""
	request = frappe.get_doc("Support Request", doc.support_request)
	request.check_permission("write")
	if CLAUSE not in (request.clause, request.second_clause):
		frappe.throw(_("{0} is no request for an upgrade: change its verdict first.").format(request.name))
	policy = promises.policy()
	if policy is None:
		frappe.throw(_("No Support Policy is in force, so support hours are not known: enable one."))
	plan = {name: doc.get(name) for name in _PLAN_FIELDS}
	for field in doc.meta.get("fields"):
		doc.set(field.fieldname, [] if field.fieldtype == "Table" else plan.get(field.fieldname))
	try:
		upgrades.check_window(
			from_site(doc.starts_at), from_site(doc.ends_at), utc_now(), policy.support_window
		)
	except SupportError as error:
		throw(error)
	doc.state = upgrades.PLANNED
	for app, version in sorted(versions().items()):
		doc.append("versions", {"app": app, "version_before": version})


def protect(doc: Any) -> None:
	"""A plan is kept as it was announced; its steps have buttons."""
	if not doc.is_new() and not doc.flags.from_flow:
		frappe.throw(
			_("An upgrade is kept as it was announced. Use its buttons, or call it off and plan another."),
			frappe.PermissionError,
		)


def announce(doc: Any) -> None:
	"""The window becomes announced maintenance, which the statements of availability know as planned."""
	window = frappe.get_doc(
		{
			"doctype": promises.MAINTENANCE,
			"starts_at": doc.starts_at,
			"ends_at": doc.ends_at,
			"reason": _("Upgrade of the platform to {0} ({1})").format(
				doc.wanted_version, doc.support_request
			),
		}
		# Who may plan an upgrade announces it with it.
	).insert(ignore_permissions=True)
	# A plan is sealed by nobody.
	doc.db_set("maintenance_window", window.name, update_modified=False)  # nosemgrep: written-past-the-seal


def begin(doc: Any) -> None:
	"""The gate, and the versions of the last moment before."""
	_step(doc, upgrades.IN_PROGRESS)
	try:
		upgrades.require_backup(observe.current_age())
	except SupportError as error:
		throw(error)
	_at, doc.backup_record = max(promises.verified_records())
	doc.began_at = to_site(utc_now())
	doc.set(
		"versions", [{"app": app, "version_before": version} for app, version in sorted(versions().items())]
	)


def finish(doc: Any) -> bool:
	"""Versions and checks of now; returns whether all passed. What did not leaves the upgrade in progress."""
	upgrades_before = {row.app: row.version_before for row in doc.versions}
	after = versions()
	known = {row.app: row for row in doc.versions}
	for app in sorted(after):
		row = known.get(app) or doc.append("versions", {"app": app})
		row.version_after = after[app]
	checks = [_versions_moved(upgrades_before, after), _patches(), *_site()]
	doc.set("checks", checks)
	if any(row["result"] == upgrades.CHECK_FAILED for row in checks):
		return False
	_step(doc, upgrades.DONE)
	doc.finished_at = to_site(utc_now())
	return True


def end(doc: Any, state: str, reason: str) -> None:
	"""Failed, or called off, with the reason."""
	if not (reason or "").strip():
		frappe.throw(_("Write the reason: both sides can read it later."))
	_step(doc, state)
	doc.note = reason.strip()
	doc.finished_at = to_site(utc_now())


def _step(doc: Any, state: str) -> None:
	try:
		upgrades.require_step(doc.state, state)
	except SupportError as error:
		throw(error)
	doc.state = state


def _versions_moved(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
	moved = upgrades.moved(before, after)
	detail = ", ".join(f"{app} {before.get(app, '–')} → {after.get(app, '–')}" for app in moved)
	return _check(_("Versions changed"), bool(moved), detail or _("Every app has the version it had before."))


def _patches() -> dict[str, str]:
	ran = set(frappe.get_all("Patch Log", pluck="patch", order_by="name asc"))
	open_patches = [
		patch for patch in get_all_patches() if patch.split("#")[0].strip() not in ran and patch not in ran
	]
	detail = _("{0} patches have not run: bench --site {1} migrate").format(
		len(open_patches), frappe.local.site
	)
	return _check(_("Migration is complete"), not open_patches, detail if open_patches else "")


def _site() -> list[dict[str, str]]:
	labels = {
		"database": _("The database writes"),
		"page": _("A page renders"),
		"worker": _("A worker is alive"),
		"scheduler": _("The scheduler is alive"),
	}
	found = heartbeats.health()["checks"]
	return [_check(label, found.get(name, False), "") for name, label in labels.items()]


def _check(label: str, is_passed: bool, detail: str) -> dict[str, str]:
	return {
		"check_name": label,
		"result": upgrades.CHECK_PASSED if is_passed else upgrades.CHECK_FAILED,
		"detail": detail,
	}
