"""Each closed list has one home in the domain; forms, colours, scripts, the board and the Spanish say the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from messages import spanish
from repo import MODULE, PACKAGE, ROOT, documents, files, name_of

sys.path.insert(0, str(ROOT))

from codigo_binario_support import shipped
from codigo_binario_support.adapters.site import boot
from codigo_binario_support.cli import table
from codigo_binario_support.domain import verdicts
from codigo_binario_support.domain.availability import availability, samples, upgrades
from codigo_binario_support.domain.backups import offsite, runs, sets
from codigo_binario_support.domain.conversation import mail
from codigo_binario_support.domain.evidence import monthly_statement
from codigo_binario_support.domain.offers import hours_balance, offer
from codigo_binario_support.domain.policy import policy
from codigo_binario_support.domain.requests import status
from codigo_binario_support.domain.restores import drills
from codigo_binario_support.domain.time import clock
from codigo_binario_support.domain.triage import corrections, resources, verdict

CLAUSES = tuple(policy.CLAUSE_SIDES)
#: What the clock of a request is told.
EVENTS = {"create", "first_reply", *(row.event for row in status.ACTIONS.values() if row.event)}
PROMISES = tuple(monthly_statement.PROMISE_LABELS.values())

#: (doctype, field) -> the values that its Select offers, in their order.
HOMES = {
	("Availability Heartbeat", "kind"): samples.HEARTBEATS,
	("Availability Sample", "flag"): samples.FLAGS,
	("Availability Statement", "state"): verdicts.VERDICTS,
	("Availability Statement Incident", "incident_class"): availability.CLASSES,
	("Backup Copy", "problem"): offsite.COPY_PROBLEMS,
	("Backup Copy", "state"): offsite.STATES,
	("Backup Copy File", "problem"): offsite.COPY_PROBLEMS,
	("Backup Day", "state"): sets.DAY_STATES,
	("Backup Record", "encryption"): sets.ENCRYPTIONS,
	("Backup Record", "origin"): runs.ORIGINS,
	("Backup Record", "problem"): sets.PROBLEMS,
	("Backup Record", "verdict"): sets.VERDICTS,
	("Backup Record File", "kind"): sets.KINDS,
	("Backup Record File", "problem"): sets.PROBLEMS,
	# A run is always somebody's here.
	("Backup Run", "origin"): runs.ORIGINS[:-1],
	("Backup Run", "problem"): runs.RUN_PROBLEMS,
	("Backup Run", "state"): runs.STATES,
	("Monthly Statement", "state"): verdicts.VERDICTS,
	("Monthly Statement Evidence", "promise"): PROMISES,
	("Monthly Statement Promise", "promise"): PROMISES,
	("Monthly Statement Promise", "state"): verdicts.VERDICTS,
	("Official Resource", "kind"): resources.KINDS,
	("Official Resource", "link_state"): resources.LINK_STATES,
	("Platform Upgrade", "state"): upgrades.STATES,
	("Platform Upgrade Check", "result"): upgrades.RESULTS,
	("Provider Change", "what"): monthly_statement.CHANGES,
	("Provider Change Day", "state"): monthly_statement.DAY_STATES,
	("Restore Drill", "forecast_state"): drills.FORECASTS,
	("Restore Drill", "verdict"): verdicts.VERDICTS,
	("Restore Drill Step", "result"): drills.RESULTS,
	("Restore Operation", "kind"): drills.OPERATIONS,
	("Restore Operation", "verdict"): verdicts.VERDICTS,
	("Service Incident", "incident_class"): (*availability.CLASSES, availability.NO_OUTAGE),
	("Service Incident", "source"): availability.SOURCES,
	("Service Incident", "state"): availability.INCIDENT_STATES,
	("Support Alert", "state"): verdicts.ALERT_STATES,
	("Support Canned Answer", "clause"): CLAUSES,
	("Support Clock Event", "action"): (*status.ACTIONS, *status.NOTES),
	("Support Clock Event", "event"): (*EVENTS, "note"),
	("Support Example", "clause"): CLAUSES,
	("Support Example", "machine_clause"): CLAUSES,
	("Support Example", "state"): corrections.STATES,
	("Support Mail", "outcome"): mail.OUTCOMES,
	("Support Pack Entry", "kind"): hours_balance.MOVES,
	("Support Policy Clause", "code"): CLAUSES,
	("Support Policy Clause", "side"): policy.SIDES,
	("Support Policy Commitment", "kind"): policy.COMMITMENT_CLOCKS,
	("Support Promise Settings", "drill_schedule"): drills.SCHEDULES,
	("Support Request", "channel"): status.CHANNELS,
	("Support Request", "clause"): CLAUSES,
	("Support Request", "offer_status"): offer.OFFER_STATUSES,
	("Support Request", "second_clause"): CLAUSES,
	("Support Request", "severity"): policy.SEVERITIES,
	("Support Request", "status"): status.STATUSES,
	("Support Request", "turn"): status.TURNS,
	("Support Request", "verdict"): verdict.BY_NAME,
	("Support Scope Decision", "clause"): CLAUSES,
	("Support Scope Decision", "second_clause"): CLAUSES,
	("Support Scope Decision", "severity"): policy.SEVERITIES,
	("Support Scope Decision", "verdict"): verdict.BY_NAME,
	("Support Time Entry", "part"): hours_balance.PARTS,
}
#: Answers to a question of the settings, and days of the week: no rule of the domain is about them.
ELSEWHERE = {
	("SLA Window Row", "weekday"),
	("Support Promise Settings", "acknowledge"),
	("Support Promise Settings", "offer_mode"),
	("Support Promise Settings", "portal_access"),
	("Support Promise Settings", "site_role"),
}
#: Lists whose order no rule is about: new options came at the end.
UNORDERED = {("Support Clock Event", "action"), ("Support Clock Event", "event")}

DOCTYPES = {data["name"]: data for data in documents("doctype").values()}
SELECTS = {
	(name, field["fieldname"]): (field.get("options") or "").split("\n")
	for name, data in DOCTYPES.items()
	for field in data["fields"]
	if field["fieldtype"] == "Select"
}
#: What Frappe can colour a list's indicator and a board's column with.
COLORS = frozenset("blue cyan gray green orange pink purple red yellow".split())
ANY_COLOR = "|".join(sorted(COLORS))
TABLES = {
	**{doctype: colors for doctype, (_field, colors) in boot.INDICATORS.items()},
	"verdict": {row.name: row.color for row in verdict.VERDICTS.values()},
}
SCRIPTS = [path for path in files(".js") if "node_modules" not in path.parts]


def test_the_clock_knows_what_it_is_told():
	assert set(clock.ACTIONS) >= EVENTS


def test_every_select_has_a_home_in_the_domain():
	assert SELECTS.keys() == HOMES.keys() | ELSEWHERE


def test_a_select_offers_what_the_domain_knows():
	wrong = {}
	for where, home in HOMES.items():
		offered = [option for option in SELECTS[where] if option]
		arranged = sorted if where in UNORDERED else list
		if arranged(offered) != arranged(home):
			wrong[".".join(where)] = (offered, list(home))
	assert wrong == {}


@pytest.mark.parametrize("where", TABLES)
def test_every_value_of_an_indicator_has_a_colour_that_frappe_knows(where):
	assert set(TABLES[where].values()) <= COLORS
	if where in boot.INDICATORS:
		field = boot.INDICATORS[where][0]
		assert list(TABLES[where]) == list(HOMES[where, field])


@pytest.mark.parametrize("name", [name for name, data in DOCTYPES.items() if data.get("states")])
def test_the_states_of_a_document_have_the_colours_of_the_domain(name):
	states = {row["title"]: row["color"].lower() for row in DOCTYPES[name]["states"]}
	assert any(states == home for (doctype, _field), home in HOMES.items() if doctype == name)


def test_whatever_is_chosen_and_said_of_it_has_its_spanish():
	known = {row[0] for row in spanish() if len(row) > 1 and row[1]}
	said = {option for options in SELECTS.values() for option in options}
	for row in status.STATUSES.values():
		said |= {row.sentence, row.waits, row.waits_for_you, row.clock_sentence}
	for words in status.WORDS.values():
		said |= {words.label, words.said, words.sent_with, words.menu}
	for row in verdict.VERDICTS.values():
		said |= {row.code, row.name, row.title, row.next_step}
	remedies = (sets.PROBLEMS, runs.RUN_PROBLEMS, offsite.COPY_PROBLEMS)
	for words in (*remedies, *shipped.backup_words().values()):
		said |= set(words.values())
	assert sorted(said - known - {""}) == []


def test_the_table_of_the_command_line_has_a_word_and_a_colour_for_each_verdict():
	assert table.VERDICT_LABELS.keys() == verdict.VERDICTS.keys()
	assert table.COLOURS.keys() >= verdict.VERDICTS.keys()


def test_reports_know_the_colour_of_each_verdict():
	report = (MODULE / "report/support_scope_mix/support_scope_mix.py").read_text(encoding="utf-8")
	hues = re.search(r"^_HUES = \{(.*?)\}", report, re.MULTILINE | re.DOTALL)
	assert set(re.findall(r'"(\w+)":', hues[1])) >= {row.color for row in verdict.VERDICTS.values()}
	page = (PACKAGE / "templates/report/replay.html").read_text(encoding="utf-8")
	tones = re.search(r"for tone in \((.*?)\)", page)
	for code in verdict.VERDICTS:
		assert f'"{code}"' in tones[1], code
		assert page.count(f"--{code}: #") == 2, f"{code}: light and dark"


def test_whoever_is_waited_for_is_named():
	assert {row.name for row in status.STATUSES.values() if row.waits} == set(status.WAITING)
	for name in status.WAITING:
		assert status.STATUSES[name].waits_for_you and status.STATUSES[name].clock_sentence


def test_every_action_has_its_words_and_nothing_is_in_the_menu_that_cannot_be_done_with_many():
	assert status.WORDS.keys() - status.NOTES == status.ACTIONS.keys()
	assert {name for name, words in status.WORDS.items() if words.menu} <= set(status.BULK)
	assert all(row.name in status.WORDS for row in status.ACTIONS.values() if row.target in status.WAITING)


def test_a_script_lists_no_states_and_no_colours_of_its_own():
	"""A value of an indicator is a key with a colour, or one of a list, only in the tables that come with the boot."""
	values = {value for colors in TABLES.values() for value in colors}
	found = [
		f"{name_of(path)}: {value}"
		for path in SCRIPTS
		for pattern in (rf'^\s*"?([A-Z][\w ]*?)"?:\s*"(?:{ANY_COLOR})"', r'[\[,]\s*"([A-Z][\w ]*)"\s*[,\]]')
		for value in re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
		if value in values
	]
	assert found == []


def test_a_script_compares_with_values_that_there_are():
	options = {}
	for (_doctype, field), offered in SELECTS.items():
		options.setdefault(field, set()).update(offered)
	unknown = [
		f"{name_of(path)}: {field} {value}"
		for path in files(".js", under=MODULE)
		for field, value in re.findall(r'\bdoc\.(\w+)\s*[!=]==\s*"([^"]+)"', path.read_text(encoding="utf-8"))
		if field in options and value not in options[field]
	]
	assert unknown == []


def test_a_figure_filters_by_states_that_there_are():
	"""Open is whatever is not over, so that a new state is counted without anybody thinking of it."""
	for path in files(".json"):
		for filters in re.findall(
			r'"(?:filters|filters_json|stats_filter)": "(.*)"', path.read_text(encoding="utf-8")
		):
			for row in json.loads(filters.replace('\\"', '"') or "[]"):
				if isinstance(row, list) and row[:2] == ["Support Request", "status"]:
					given = row[3] if isinstance(row[3], list) else [row[3]]
					assert set(given) <= set(status.STATES), name_of(path)
					assert row[2] != "in" and (row[2] != "not in" or given == list(status.OVER)), name_of(
						path
					)


def test_python_and_templates_name_states_and_verdicts_by_the_domain():
	"""A literal in a comparison is a copy that nobody finds; names in data and labels are not."""
	values = "|".join(
		map(re.escape, {*status.STATES, *verdict.BY_NAME} - {"New", "Closed", "Resolved", "Mixed"})
	)
	pattern = re.compile(rf"""(?:[!=]=|\bin|\bget\()\s*\(?\s*["'](?:{values})["']""")
	found = [
		f"{name_of(path)}:{number}"
		for path in files(".py", ".html", under=PACKAGE)
		if "test_" not in path.name and "patches" not in path.parts
		for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
		if pattern.search(line)
	]
	assert found == []


def test_the_boot_can_be_sent_and_has_what_scripts_ask_of_it():
	sent = json.loads(json.dumps(boot.tables()))
	asked = {
		name
		for path in SCRIPTS
		for name in re.findall(r"frappe\.boot\.cb_support\.(\w+)", path.read_text(encoding="utf-8"))
	}
	assert asked == sent.keys()


def test_the_tables_are_there_where_frappe_is_not_installed():
	code = "import sys; sys.modules['frappe'] = None; from codigo_binario_support.adapters.site import boot; boot.tables()"
	subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
