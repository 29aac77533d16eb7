"""The workspace: today's figures, for those who may read what they are about."""

from datetime import timedelta

import frappe
import pytest
from conftest import default_company
from frappe.desk.desktop import Workspace
from frappe.desk.query_report import run

from codigo_binario_support.adapters.policy import promises
from codigo_binario_support.adapters.policy.promises import zone
from codigo_binario_support.adapters.site.instants import to_site, to_text, utc_now
from codigo_binario_support.api import cards
from codigo_binario_support.jobs import health
from codigo_binario_support.operations.statements import cards as today
from codigo_binario_support.operations.statements import monthly_statement
from codigo_binario_support.operations.statements.agent_status import agent_status
from codigo_binario_support.operations.statements.portal_status import portal_status
from codigo_binario_support.operations.statements.promise_status import CACHE

CARDS = ("backup_age", "last_drill", "budget_left", "days_kept", "last_statement")
NAMES = {
	"Support Backup Age",
	"Support Days Kept",
	"Support Last Drill",
	"Support Budget Left",
	"Support Open Incidents",
	"Support Last Statement",
}


@pytest.fixture(autouse=True)
def nothing_kept(transaction):
	for doctype in ("Backup Day", "Backup Record", "Restore Drill", "Monthly Statement"):
		frappe.db.delete(doctype)
	frappe.cache.delete_value(CACHE)
	yield
	frappe.cache.delete_value(CACHE)


def day(back: int, state: str, revision: int = 1):
	date = utc_now().astimezone(zone()).date() - timedelta(days=back)
	values = {"day": date, "state": state, "revision": revision}
	return frappe.get_doc({"doctype": "Backup Day", **values}).insert()


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("person", ["manager", "agent", "Administrator"])
def test_a_card_says_something_also_of_nothing(as_user, name, person):
	as_user(person)
	card = getattr(cards, name)()
	assert card["value"].startswith("<span>") and len(card["value"]) > len("<span></span>")
	assert card["route"][0] == "List"


@pytest.mark.parametrize("name", CARDS)
def test_a_clerk_may_not_ask_and_does_not_see_the_card(as_user, name):
	as_user("ana")
	with pytest.raises(frappe.PermissionError):
		getattr(cards, name)()


@pytest.mark.parametrize(("person", "sees"), [("manager", True), ("agent", True), ("ana", False)])
def test_the_workspace_shows_the_cards_of_the_promises_to_these(as_user, person, sees):
	as_user(person)
	page = Workspace({"name": "Soporte", "title": "Soporte", "public": 1})
	shown = {card.number_card_name for card in page.get_number_cards()}
	assert (NAMES <= shown) == sees
	assert bool(NAMES & shown) == sees
	charts = {chart.chart_name for chart in page.get_charts()}
	assert ("Support Promises by Day" in charts) == sees


def test_the_last_row_of_a_day_counts_and_unrecorded_days_are_not_lost():
	day(1, "Kept")
	day(2, "Not kept")
	day(2, "Kept", 2)
	day(3, "Late")
	day(40, "Not kept")
	assert today.days_kept() == "2 of 3"


def test_the_report_has_a_row_for_each_of_thirty_days(as_user):
	day(1, "Kept")
	day(3, "Not kept")
	as_user("manager")
	answer = run("Support Promises by Day", filters={}, ignore_prepared_report=True)
	assert len(answer["result"]) == today.DAYS
	assert [row["backup"] for row in answer["result"]][-3:] == ["Not kept", "Not recorded", "Kept"]
	kept, late, lost, unknown = (row["values"] for row in answer["chart"]["data"]["datasets"])
	assert (sum(kept), sum(late), sum(lost), sum(unknown)) == (1, 0, 1, today.DAYS - 2)


@pytest.mark.parametrize(
	("problem", "word", "state", "level"),
	[
		(
			"Desempacar los archivos públicos: AttributeError: no attribute 'FilterError'",
			"Not proven",
			"Not proven",
			1,
		),
		("Desempacar los archivos públicos: Truncado: ends inside", "Broken", "Broken", 1),
	],
)
def test_a_sealed_drill_that_our_own_mistake_broke_is_shown_as_broken_to_nobody(
	as_user, problem, word, state, level
):
	doc = frappe.new_doc("Restore Drill")
	doc.update({"verdict": "Broken", "problem": problem, "elapsed_seconds": 44, "target_seconds": 7200})
	doc.update({"started_at": frappe.utils.now_datetime(), "finished_at": frappe.utils.now_datetime()})
	doc.db_insert()
	frappe.db.set_value("Restore Drill", doc.name, {"sequence": 1}, update_modified=False)
	(row,) = [row for row in portal_status() if row["label"] == "Last restore drill"]
	assert row["state"] == state and "restored in" not in row["text"]
	((_level, _check, text),) = [row for row in health._drill() if row[1] == "drill"]
	assert text.startswith(f"The newest restore drill: {word}, in ") and _level == level
	as_user("manager")
	assert today.last_drill().startswith(f"{word} in ")
	form = frappe.get_doc("Restore Drill", doc.name)
	form.run_method("onload")
	assert (form.get("__onload") or {}).get("stands_as") == (word if word != "Broken" else None)


def test_a_manager_reads_the_last_statement_of_their_own_company(as_user):
	month = (utc_now().astimezone(zone()).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
	monthly_statement.make(month, default_company())
	as_user("manager")
	assert "Not proven" in today.last_statement() or "Broken" in today.last_statement()
	as_user("other_manager")
	assert today.last_statement() == "None yet"


def test_a_month_that_nobody_measured_has_no_minutes_left(monkeypatch):
	from codigo_binario_support.operations.availability import availability

	def month(**figures):
		found = {
			"is_broken": False,
			"budget_left_minutes": 4.32,
			"budget_minutes": 4.32,
			"observed_up_minutes": 0,
			"unplanned_minutes": 0,
		}
		monkeypatch.setattr(availability, "month_so_far", lambda: {**found, **figures})
		frappe.cache.delete_value(CACHE)
		return today.budget_left()

	assert month() == "Not measured"
	assert "4.32" in month(observed_up_minutes=10)
	assert month(unplanned_minutes=120, budget_left_minutes=-115.68) != "Not measured"


def verified_set(taken_at):
	"""A whole set, taken then; nothing is kept of an earlier look."""
	values = {
		"set_key": f"set-{taken_at}",
		"verdict": "Verified",
		"is_complete": 1,
		"taken_at_utc": to_text(taken_at),
	}
	frappe.get_doc({"doctype": "Backup Record", "taken_at": to_site(taken_at), **values}).db_insert()
	frappe.cache.delete_value(CACHE)


def test_portal_queue_and_workspace_say_the_same_of_the_last_set():
	verified_set(utc_now() + timedelta(days=1))
	assert (today.backup_age(), portal_status()[0]["state"]) == ("None yet", "Not proven")
	assert agent_status()["backup"]["color"] == "red"
	verified_set(utc_now() - timedelta(hours=3))
	assert "3 h" in today.backup_age() and "3 h" in portal_status()[0]["text"]
	assert agent_status()["backup"]["color"] == "green"


def test_who_asks_again_within_a_minute_reads_no_records(monkeypatch):
	today.backup_age()
	monkeypatch.setattr(promises, "verified_backups", lambda: 1 / 0)
	portal_status(), agent_status(), today.backup_age()
