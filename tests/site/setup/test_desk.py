"""Where Frappe shows the app: once, where this version has its desk, and without changing where others arrive."""

import frappe
import pytest
from conftest import email
from frappe import apps

from codigo_binario_support.adapters.site import links

APP = "codigo_binario_support"


@pytest.mark.parametrize("person", ["agent", "ana"])
def test_the_app_is_shown_once_where_the_desk_is(as_user, person):
	as_user(person)
	shown = [row for row in apps.get_apps() if row["name"] == APP]

	assert [row["route"] for row in shown] == [f"{links.desk_root()}/soporte"]
	assert shown[0]["logo"].endswith("/support.svg")


def test_who_has_no_desk_is_shown_nothing():
	frappe.set_user("Guest")

	assert [row for row in apps.get_apps() if row["name"] == APP] == []


def test_who_logs_in_arrives_at_the_desk_and_not_at_a_choice_of_apps():
	frappe.set_user(email("agent"))

	assert (apps.get_default_path() or "").startswith(links.desk_root())


def test_a_link_to_a_form_is_one_that_this_frappe_makes():
	assert (
		links.form_path("Support Request", "CBS-2026-00001")
		== f"{links.desk_root()}/support-request/CBS-2026-00001"
	)


@pytest.mark.parametrize("doctype", ["Workspace Sidebar", "Desktop Icon"])
def test_what_frappe_16_shows_is_the_apps_own(doctype):
	if not frappe.db.exists("DocType", "Workspace Sidebar"):
		pytest.skip("Frappe 15 shows neither")

	assert frappe.db.get_value(doctype, "Soporte", "app") == APP


def test_what_frappe_16_made_of_the_workspace_itself_is_replaced():
	from codigo_binario_support.setup import install

	if not frappe.db.exists("DocType", "Workspace Sidebar"):
		pytest.skip("Frappe 15 has no such doctype")
	frappe.db.set_value("Workspace Sidebar", "Soporte", "app", None)
	frappe.db.delete("Workspace Sidebar Item", {"parent": "Soporte", "label": "Board"})

	install.take_over_desk()

	assert frappe.db.get_value("Workspace Sidebar", "Soporte", "app") == APP
	labels = frappe.get_all(
		"Workspace Sidebar Item", {"parent": "Soporte"}, pluck="label", order_by="idx asc"
	)
	assert labels[:4] == ["Start page", "File a request", "My queue", "Board"]
