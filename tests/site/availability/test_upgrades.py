"""An upgrade that a customer asks for, on a real site: planned, gated, announced, checked."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
import pytest

from codigo_binario_support.adapters.policy import promises
from codigo_binario_support.adapters.site.instants import utc_now
from codigo_binario_support.api import upgrades as api
from codigo_binario_support.operations.availability import upgrades

PLAN = "Platform Upgrade"


@pytest.fixture
def night():
	"""Two hours of the next Saturday but one, as the site stores instants."""
	today = datetime.now().replace(hour=22, minute=0, second=0, microsecond=0)
	saturday = today + timedelta(days=(5 - today.weekday()) % 7 + 7)
	return str(saturday), str(saturday + timedelta(hours=2))


@pytest.fixture
def asked(file_request):
	return lambda: file_request("ana", "platform_upgrade")


@pytest.fixture
def backups(monkeypatch):
	"""A verified set of some hours ago, or none."""

	def taken(hours: float | None) -> None:
		found = [] if hours is None else [(utc_now() - timedelta(hours=hours), record())]
		monkeypatch.setattr(promises, "verified_records", lambda: found)
		monkeypatch.setattr(promises, "verified_backups", lambda: [at for at, _name in found])

	def record() -> str:
		there = frappe.get_all("Backup Record", pluck="name", order_by="name asc", limit=1)
		if there:
			return there[0]
		doc = frappe.get_doc({"doctype": "Backup Record", "set_key": "test-upgrade", "verdict": "Verified"})
		doc.db_insert()
		return doc.name

	return taken


def test_an_agent_plans_it_and_it_becomes_planned_maintenance(asked, night, as_user):
	request = asked()
	as_user("agent")
	name = api.plan(request.name, "15.106", *night)
	plan = frappe.get_doc(PLAN, name)
	assert plan.state == "Planned"
	assert {row.app: row.version_before for row in plan.versions} == upgrades.versions()
	window = frappe.get_doc("Maintenance Window", plan.maintenance_window)
	assert str(window.starts_at) == night[0] and request.name in window.reason
	assert frappe.get_doc("Support Request", request.name).clock_events[-1].action == "upgrade"
	assert api.plan(request.name, "15.106", *night) == name, "a second click plans nothing"


@pytest.mark.parametrize("person", ["ana", "beto", "manager"])
def test_nobody_but_an_agent_plans_it(person, asked, night, as_user):
	request = asked()
	as_user(person)
	with pytest.raises(frappe.PermissionError):
		api.plan(request.name, "15.106", *night)


def test_a_window_in_support_hours_is_refused(asked, night, as_user):
	request = asked()
	as_user("agent")
	monday = datetime.fromisoformat(night[0]) + timedelta(days=2)
	start, end = str(monday.replace(hour=10)), str(monday.replace(hour=12))
	with pytest.raises(frappe.ValidationError, match="support hours"):
		api.plan(request.name, "15.106", start, end)


def test_another_kind_of_request_has_no_upgrade(file_request, night, as_user):
	request = file_request("ana", "faq")
	as_user("agent")
	with pytest.raises(frappe.ValidationError, match="verdict"):
		api.plan(request.name, "15.106", *night)


@pytest.mark.parametrize("hours", [None, 25])
def test_it_does_not_begin_without_a_young_backup(hours, asked, night, backups, as_user):
	request = asked()
	as_user("agent")
	name = api.plan(request.name, "15.106", *night)
	backups(hours)
	with pytest.raises(frappe.ValidationError, match="24 hours"):
		api.begin(name)
	assert frappe.db.get_value(PLAN, name, "state") == "Planned"


def test_it_ends_done_only_when_versions_moved_and_all_is_well(asked, night, backups, as_user, monkeypatch):
	request = asked()
	as_user("agent")
	name = api.plan(request.name, "15.106", *night)
	backups(2)
	assert api.begin(name) == "In progress"
	assert api.begin(name) == "In progress", "a second click changes nothing"
	checks = {"database": True, "page": True, "worker": True, "scheduler": True}
	monkeypatch.setattr(upgrades.heartbeats, "health", lambda: {"checks": checks})
	assert api.finish(name) == "In progress"
	failed = [row.check_name for row in frappe.get_doc(PLAN, name).checks if row.result == "Failed"]
	assert failed == ["Versions changed"]
	now = {**upgrades.versions(), "frappe": "15.106.0"}
	monkeypatch.setattr(upgrades, "versions", lambda: now)
	assert api.finish(name) == "Done"
	plan = frappe.get_doc(PLAN, name)
	moved = next(row for row in plan.versions if row.app == "frappe")
	assert moved.version_before != moved.version_after == "15.106.0"
	assert plan.backup_record and plan.finished_at


def test_one_that_failed_says_why_on_both_sides(asked, night, backups, as_user):
	request = asked()
	as_user("agent")
	name = api.plan(request.name, "15.106", *night)
	backups(2)
	api.begin(name)
	with pytest.raises(frappe.ValidationError):
		api.fail(name, " ")
	assert api.fail(name, "Un parche no terminó") == "Failed"
	last = frappe.get_doc("Support Request", request.name).clock_events[-1]
	assert "Un parche no terminó" in last.detail


def test_one_that_was_called_off_makes_room_for_another(asked, night, as_user):
	request = asked()
	as_user("agent")
	first = api.plan(request.name, "15.106", *night)
	api.cancel(first, "El cliente prefiere enero")
	assert api.plan(request.name, "15.106", *night) != first


def test_a_plan_is_kept_as_it_was_announced(asked, night, as_user):
	request = asked()
	as_user("agent")
	plan = frappe.get_doc(PLAN, api.plan(request.name, "15.106", *night))
	plan.wanted_version = "16"
	with pytest.raises(frappe.PermissionError):
		plan.save()
	plan.reload()
	plan.state = "Done"
	with pytest.raises(frappe.PermissionError):
		plan.save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc(PLAN, plan.name)


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_plan_without_its_times_is_told_which_is_missing(field, asked, night, as_user):
	request = asked()
	as_user("agent")
	times = dict(zip(("starts_at", "ends_at"), night, strict=True))
	with pytest.raises(frappe.MandatoryError, match=field):
		api.plan(request.name, "15.106", **{**times, field: ""})
