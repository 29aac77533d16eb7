"""Upgrades that customers asked for, from the plan to the checks."""

from typing import Any

import frappe
from frappe import _
from frappe.modules.patch_handler import get_all_patches

from ...adapters.backups.inventory import versions
from ...adapters.policy import promises
from ...adapters.site.errors import refusing
from ...adapters.site.instants import from_site, to_site, utc_now
from ...domain.availability import upgrades
from ...domain.requests import status
from ..backups import observe
from . import heartbeats

DOCTYPE = "Platform Upgrade"
CLAUSE = "platform_upgrade"
_PLAN_FIELDS = ("support_request", "wanted_version", "starts_at", "ends_at")


def standing_plan(request: str) -> str | None:
	"""The name of the plan of a request that was not called off."""
	return frappe.db.exists(DOCTYPE, {"support_request": request, "state": ("!=", upgrades.CANCELLED)})


def can_be_planned(request: Any) -> bool:
	"""The request asks for an upgrade, is not over, and has no plan that stands."""
	is_asked = CLAUSE in (request.clause, request.second_clause)
	return is_asked and request.status in status.OPEN and not standing_plan(request.name)


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
	starts_at, ends_at = from_site(doc.starts_at), from_site(doc.ends_at)
	# A plan without its times is refused by Frappe after this, which names the field.
	if starts_at and ends_at:
		with refusing():
			upgrades.check_window(starts_at, ends_at, utc_now(), policy.support_window)
	doc.state = upgrades.PLANNED
	_note_versions(doc)


def protect(doc: Any) -> None:
	"""A plan is kept as it was announced; its steps have buttons."""
	if not doc.is_new() and not doc.flags.from_flow:
		text = _("An upgrade is kept as it was announced. Use its buttons, or call it off and plan another.")
		frappe.throw(text, frappe.PermissionError)


def announce(doc: Any) -> None:
	"""The window becomes announced maintenance, which the statements of availability know as planned."""
	reason = _("Upgrade of the platform to {0} ({1})").format(doc.wanted_version, doc.support_request)
	values = {"starts_at": doc.starts_at, "ends_at": doc.ends_at, "reason": reason}
	# Who may plan an upgrade announces it with it.
	window = frappe.get_doc({"doctype": promises.MAINTENANCE, **values}).insert(ignore_permissions=True)
	# A plan is sealed by nobody.
	doc.db_set("maintenance_window", window.name, update_modified=False)  # nosemgrep: written-past-the-seal


def begin(doc: Any) -> None:
	"""The gate, and the versions of the last moment before."""
	_step(doc, upgrades.IN_PROGRESS)
	age = observe.current_age()
	with refusing():
		upgrades.require_backup(age)
	_at, doc.backup_record = max(promises.verified_records())
	doc.began_at = to_site(utc_now())
	_note_versions(doc)


def _note_versions(doc: Any) -> None:
	doc.set("versions", [{"app": app, "version_before": old} for app, old in sorted(versions().items())])


def finish(doc: Any) -> bool:
	"""Versions and checks of now; returns whether all passed. What did not leaves the upgrade in progress."""
	before, after = {row.app: row.version_before for row in doc.versions}, versions()
	for app in sorted(after.keys() - before.keys()):
		doc.append("versions", {"app": app})
	for row in doc.versions:
		row.version_after = after.get(row.app, row.version_after)
	checks = [_versions_moved(before, after), _patches(), *_site()]
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
	with refusing():
		upgrades.require_step(doc.state, state)
	doc.state = state


def _versions_moved(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
	moved = upgrades.moved(before, after)
	detail = ", ".join(f"{app} {before.get(app, '–')} → {after.get(app, '–')}" for app in moved)
	return _check(_("Versions changed"), bool(moved), detail or _("Every app has the version it had before."))


def _patches() -> dict[str, str]:
	ran = set(frappe.get_all("Patch Log", pluck="patch", order_by="name asc"))
	left = [name for name in get_all_patches() if not ran & {name, name.split("#")[0].strip()}]
	text = _("{0} patches have not run: bench --site {1} migrate").format(len(left), frappe.local.site)
	return _check(_("Migration is complete"), not left, text if left else "")


def _site() -> list[dict[str, str]]:
	found = heartbeats.health()["checks"]
	return [
		_check(_("The database writes"), found["database"]),
		_check(_("A page renders"), found["page"]),
		_check(_("A worker is alive"), found["worker"]),
		_check(_("The scheduler is alive"), found["scheduler"]),
	]


def _check(label: str, is_passed: bool, detail: str = "") -> dict[str, str]:
	result = upgrades.CHECK_PASSED if is_passed else upgrades.CHECK_FAILED
	return {"check_name": label, "result": result, "detail": detail}
