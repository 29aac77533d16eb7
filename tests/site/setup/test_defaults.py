"""What installation makes, and that it stays its users' own."""

import frappe
import pytest
from conftest import email, policy_in_force
from frappe.utils import getdate

from codigo_binario_support.adapters.policy.terms import mapping_of, terms, terms_in_force
from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES
from codigo_binario_support.domain.requests import status
from codigo_binario_support.setup import defaults, install
from codigo_binario_support.shipped import policy_data


def test_the_policy_in_force_has_the_sixteen_clauses_in_the_words_of_the_shipped_file():
	shipped = {row["code"]: row["text"] for row in policy_data()["clauses"]}
	policy = terms(terms_in_force())

	assert list(policy.clauses) == list(CLAUSE_SIDES)
	assert {code: dict(clause.text) for code, clause in policy.clauses.items()} == shipped


def test_the_windows_are_in_the_policys_zone_and_closed_on_statutory_holidays():
	window = frappe.get_doc("SLA Window", "Lunes a Viernes 9-18")
	assert window.time_zone == "America/Mexico_City"
	assert {(row.weekday, row.opens, row.closes) for row in window.rows} == {
		(day, "09:00", "18:00") for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
	}
	assert frappe.db.get_value("SLA Window", "24x7", "always_open") == 1
	days = frappe.get_all("Holiday", filters={"parent": window.holiday_list}, pluck="holiday_date")
	assert getdate(f"{getdate().year}-09-16") in days
	assert getdate(f"{getdate().year + 1}-12-25") in days


def test_nothing_a_user_changed_is_overwritten_by_migrate_or_by_seeding_again():
	policy = policy_in_force()
	policy.clauses[0].text_es = "Nuestras propias palabras."
	policy.save()
	window = frappe.get_doc("SLA Window", "Lunes a Viernes 9-18")
	window.rows[0].opens = "08:00"
	window.save()
	install.after_migrate()
	defaults.create_defaults()

	assert frappe.get_doc("Support Policy", policy.name).clauses[0].text_es == "Nuestras propias palabras."
	assert frappe.get_doc("SLA Window", window.name).rows[0].opens == "08:00"


def test_a_change_of_the_terms_is_a_new_version_and_a_save_without_one_is_not():
	policy = policy_in_force()
	version = policy.version
	policy.save()
	assert policy.version == version
	policy.clauses[0].text_es = "Otra redacción."
	policy.save()

	assert policy.version == version + 1


def test_every_mistake_of_a_policy_is_listed_at_once():
	policy = policy_in_force()
	policy.clauses[0].success_pack = "SP-999"
	policy.commitments[0].severities = "catastrophe"
	with pytest.raises(frappe.ValidationError) as error:
		policy.save()

	assert "SP-999" in str(error.value) and "catastrophe" in str(error.value)


def test_two_policies_cannot_be_in_force_on_the_same_date():
	policy = policy_in_force()
	second = frappe.copy_doc(policy)
	second.policy_name = "Segunda"
	second.terms_hash = None
	with pytest.raises(frappe.ValidationError, match="is in force on some of these dates"):
		second.insert()


def test_a_window_without_open_hours_is_refused():
	window = frappe.get_doc(
		{"doctype": "SLA Window", "window_name": "Nunca", "time_zone": "America/Mexico_City"}
	)
	with pytest.raises(frappe.ValidationError, match="no open hours"):
		window.insert()


@pytest.mark.parametrize(
	("opens", "closes"), [("9", "18:00"), ("09:00", "25:00"), ("09:60", "18:00"), ("", "18:00")]
)
def test_a_time_that_is_not_a_time_is_refused(opens, closes):
	window = frappe.get_doc("SLA Window", "Lunes a Viernes 9-18")
	window.rows[0].opens, window.rows[0].closes = opens, closes
	with pytest.raises(frappe.ValidationError):
		window.save()


def test_frozen_terms_cannot_be_changed_or_deleted():
	name = terms_in_force()
	doc = frappe.get_doc("Support Terms", name)
	doc.content = "{}"
	with pytest.raises(frappe.PermissionError):
		doc.save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Support Terms", name)


@pytest.mark.parametrize("taken", ["role", "doctype", "field", "workspace"])
def test_a_name_that_somebody_else_holds_is_refused_with_the_name(monkeypatch, taken):
	if taken == "role":
		found = "role Support Agent"
		# The role is ours here; somebody else's is one that people hold before the app is installed.
		assert frappe.db.exists("Has Role", {"role": "Support Agent", "parent": email("agent")})
	elif taken == "doctype":
		found = "DocType SLA Window"
		frappe.db.set_value("DocType", "SLA Window", "module", "Support", update_modified=False)
	elif taken == "field":
		found = "field support_request of Quotation"
		frappe.db.set_value(
			"Custom Field",
			{"dt": "Quotation", "fieldname": "support_request"},
			"module",
			None,
			update_modified=False,
		)
	else:
		found = "Workspace Soporte"
		frappe.db.set_value("Workspace", "Soporte", "module", "Support", update_modified=False)
	with pytest.raises(frappe.ValidationError, match=found):
		install.before_install()


def test_holidays_of_a_later_year_are_added_without_touching_the_rows_that_are_there():
	window = frappe.get_doc("SLA Window", "Lunes a Viernes 9-18")
	before = set(frappe.get_all("Holiday", filters={"parent": window.holiday_list}, pluck="name"))
	added = defaults.add_holidays(window.holiday_list, [2031])

	assert added >= 7
	assert before <= set(frappe.get_all("Holiday", filters={"parent": window.holiday_list}, pluck="name"))
	assert defaults.add_holidays(window.holiday_list, [2031]) == 0


def test_a_calendar_that_ends_within_sixty_days_is_an_alert():
	from codigo_binario_support.jobs.clocks import calendars_ending

	assert calendars_ending() == []
	last = getdate(frappe.db.get_value("Holiday List", mapping_holiday_list(), "to_date"))
	assert [row[1] for row in calendars_ending(today=last)] == [mapping_holiday_list()]


def mapping_holiday_list() -> str:
	return frappe.db.get_value("SLA Window", "Lunes a Viernes 9-18", "holiday_list")


def test_the_health_checks_see_a_missing_policy_and_an_overdue_request(file_request):
	from freezegun import freeze_time

	from codigo_binario_support.jobs.health import CRITICAL, checks

	with freeze_time("2026-01-05 16:00:00"):
		request = file_request("ana", clause="restore", severity="outage")
	frappe.set_user("Administrator")
	overdue = [text for level, name, text in checks() if name == "overdue" and level == CRITICAL]
	assert overdue and request.name in overdue[0]
	policy = policy_in_force()
	assert mapping_of(policy)["name"] == policy.policy_name
	policy.enabled = 0
	policy.save()
	assert (CRITICAL, "policy") in {(level, name) for level, name, _text in checks()}


def test_a_board_gets_the_columns_that_it_lacks_in_their_place_and_keeps_what_its_users_did():
	board = frappe.get_doc("Kanban Board", defaults.BOARD)
	first, _second, third = board.columns[:3]
	first.status, third.indicator = "Archived", "Pink"
	board.remove(board.columns[1])
	board.remove(board.columns[-1])
	board.save(ignore_permissions=True)

	for _migration in range(2):
		defaults.complete_board()

	columns = frappe.get_doc("Kanban Board", defaults.BOARD).columns
	assert [row.column_name for row in columns] == list(status.STATES)
	assert columns[0].status == "Archived" and columns[2].indicator == "Pink"
	assert columns[1].indicator == status.STATUSES[columns[1].column_name].color.title()
