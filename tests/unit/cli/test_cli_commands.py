"""The commands as a user calls them: output, languages, exit codes."""

import csv
import io
import json
import re
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from codigo_binario_support.cli import replay as replay_module
from codigo_binario_support.cli import triage as triage_module
from codigo_binario_support.cli.app import main
from codigo_binario_support.cli.language import Language, catalogue, from_environment
from codigo_binario_support.domain.policy.policy import CLAUSE_SIDES
from codigo_binario_support.domain.triage.verdict import Signal, Triage, verdict_for
from codigo_binario_support.shipped import policy_data

PACKAGE = Path(__file__).parents[3] / "codigo_binario_support"
SAMPLE = PACKAGE / "data" / "sample_requests.csv"
SPANISH = Language("es")
SCENARIO = {
	"id": "S1",
	"calendar_tz": "America/Mexico_City",
	"weekly": {"mon": [["09:00", "18:00"]]},
	"holidays": [],
	"targets": {"Medium": {"response_min": 60, "resolution_min": None}},
	"events": [
		{"at": "2026-03-02T10:00:00-06:00", "do": "create"},
		{"at": "2026-03-02T10:30:00-06:00", "do": "hold", "reason": "espera"},
		{"at": "2026-03-02T11:00:00-06:00", "do": "resume"},
	],
	"observe_at": "2026-03-02T12:00:00-06:00",
}


@pytest.fixture
def by_subject(monkeypatch):
	"""The subject names the clause: these tests are not about classifying."""

	def classify(policy, subject, body, headers=None):
		clause = subject if subject in CLAUSE_SIDES else None
		signals = (Signal(subject, clause, 1.0),)
		return Triage(verdict_for(policy, clause), clause, None, 0.9, "request", signals)

	monkeypatch.setattr(replay_module, "classify", classify)
	monkeypatch.setattr(triage_module, "classify", classify)


@pytest.fixture
def run(capsys, monkeypatch):
	"""Call the command line: (exit code, stdout, stderr)."""
	monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

	def call(*args, stdin: bytes | None = None):
		if stdin is not None:
			monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
		code = main([str(arg) for arg in args])
		out, err = capsys.readouterr()
		return code, out, err

	return call


@pytest.fixture
def file(tmp_path):
	def write(content: str | bytes, name: str = "in.csv") -> Path:
		path = tmp_path / name
		path.write_bytes(content if isinstance(content, bytes) else content.encode())
		return path

	return write


# -- triage --------------------------------------------------------------------------------------------------------


def test_triage_prints_one_json_line_for_each_request(run, by_subject, file):
	path = file('{"id": 1, "subject": "faq", "body": "¿Cómo?"}\n\n{"id": "b", "subject": "training"}\n')
	code, out, err = run("triage", path)
	first, second = (json.loads(line) for line in out.splitlines())
	assert (code, err) == (0, "")
	assert first == {
		"id": 1,
		"verdict": "included",
		"clause": "faq",
		"second_clause": None,
		"confidence": 0.9,
		"severity": "request",
		"signals": ["faq"],
	}
	assert (second["id"], second["verdict"]) == ("b", "excluded")


@pytest.mark.parametrize(
	"content",
	[
		'{"id": "1", "subject": "faq", "body": "b"}\n',
		"id,subject,body\n1,faq,b\n",
		"\ufeffID;Asunto;Descripción\n1;faq;b\n",
	],
)
def test_triage_tells_csv_from_json_by_content_also_on_standard_input(run, by_subject, content):
	code, out, _ = run("triage", "-", stdin=content.encode())
	assert code == 0 and json.loads(out)["clause"] == "faq"


def test_triage_reports_bad_lines_by_number_and_goes_on(run, by_subject, file):
	lines = [
		'{"id": "1", "subject": "faq"}',
		"{broken",
		'["list"]',
		'{"subject": "x"}',
		'{"id": "2", "body": 7}',
	]
	code, out, err = run("triage", file("\n".join([*lines, '{"id": "3", "subject": "faq"}']), "in.jsonl"))
	assert code == 1
	assert [json.loads(line)["id"] for line in out.splitlines()] == ["1", "3"]
	assert re.findall(r"^line (\d+): ", err, re.M) == ["2", "3", "4", "5"]


@pytest.mark.parametrize(
	"content",
	[
		'{"id": 1, "subject": "faq", "body": "b", "headers": {"Auto-Submitted": "auto-replied"}}\n',
		'{"id": 1, "subject": "faq", "body": "b", "headers": "Auto-Submitted: auto-replied\\nX-Mailer: x"}\n',
		'id,subject,body,headers\n1,faq,b,"{""Auto-Submitted"": ""auto-replied""}"\n',
		'id,asunto,mensaje,cabeceras\n1,faq,b,"Auto-Submitted: auto-replied\nX-Mailer: x"\n',
	],
)
def test_triage_knows_an_automatic_reply_by_the_headers_in_the_file(run, file, content):
	_, out, _ = run("triage", file(content))
	found = json.loads(out)
	assert (found["verdict"], found["clause"], found["signals"]) == ("needs_review", None, ["auto_reply"])


def test_triage_explains_in_the_clauses_own_words(run, by_subject, file):
	code, out, _ = run("triage", "--lang", "es", "--explain", file("id,subject,body\n1,training,b\n"))
	assert code == 0
	assert SPANISH.t("excluded") in out and "Entrenamiento y/o capacitación" in out


# -- clock ---------------------------------------------------------------------------------------------------------


def test_clock_prints_the_results_of_every_scenario(run, file):
	code, out, _ = run("clock", file(json.dumps({"scenarios": [SCENARIO]})))
	(result,) = json.loads(out)["results"]
	assert code == 0
	assert result == {
		"id": "S1",
		"response_due": "2026-03-02T11:30:00-06:00",
		"resolution_due": None,
		"response_elapsed_min": 90.0,
		"elapsed_min": 90.0,
		"paused_min": 30.0,
		"response_breached": True,
		"resolution_breached": False,
	}


@pytest.mark.parametrize(
	"bad",
	[
		"text",
		None,
		{"id": "bad"},
		{**SCENARIO, "id": "bad", "events": []},
		{**SCENARIO, "id": "bad", "events": [7]},
		{**SCENARIO, "id": "bad", "weekly": {}},
		{**SCENARIO, "id": "bad", "weekly": {"lunes": [["09:00", "18:00"]]}},
		{**SCENARIO, "id": "bad", "calendar_tz": "Mars/Olympus"},
		{**SCENARIO, "id": "bad", "observe_at": "2026-03-02"},
		{**SCENARIO, "id": "bad", "targets": []},
	],
)
def test_a_bad_scenario_is_reported_and_the_others_go_on(run, file, bad):
	code, out, err = run("clock", file(json.dumps({"scenarios": [bad, SCENARIO]})))
	first, second = json.loads(out)["results"]
	assert code == 1 and first.keys() == {"id", "error"} and second["elapsed_min"] == 90
	assert first["error"] in err


def test_clock_explains_one_scenario_segment_by_segment(run, file):
	code, out, _ = run("--lang", "es", "clock", file(json.dumps([SCENARIO])), "--explain", "S1")
	assert code == 0
	counted = SPANISH.t("Counted: {counted}. Paused in open hours: {paused}.")
	assert f"{SPANISH.t('on hold')} (espera)" in out
	assert counted.format(counted="90 min", paused="30 min") in out
	assert out.count("2026-03-02T") >= 6


def test_clock_names_the_scenarios_when_asked_for_another(run, file):
	code, _, err = run("clock", file(json.dumps([SCENARIO])), "--explain", "nope")
	assert code == 2 and "S1" in err


# -- replay --------------------------------------------------------------------------------------------------------

ROWS = (
	"id,subject,body,created_at,events\n"
	"1,restore,x,2026-03-02 10:00,2026-03-02 13:00 resolve\n"
	"2,training,x,2026-02-31 10:00,\n"
	"3,training,x,2026-03-03 10:00,\n"
)


def test_a_bad_row_is_reported_by_line_and_the_rest_goes_on(run, by_subject, file):
	code, out, err = run("replay", file(ROWS))
	assert code == 1
	assert err.startswith("line 3: 2026-02-31 10:00 does not exist in the calendar")
	assert "YES" in out and "SP-10" in out and "Rows left out: 1" in out


def test_replay_writes_a_valid_json_document_with_nothing_missing(run, by_subject, file, tmp_path):
	out_path = tmp_path / "out.json"
	assert run("replay", file(ROWS), "--json", out_path)[0] == 1
	data = json.loads(out_path.read_text(encoding="utf-8"))
	assert [row["line"] for row in data["results"]] == [2, 3, 4]
	assert data["results"][0]["promises"][0]["due_at"] == "2026-03-02T12:00:00-06:00"
	assert data["results"][0]["breached"] is True and "error" in data["results"][1]
	assert data["summary"]["requests"] == 2


@pytest.mark.parametrize("name", ["-", "out.jsonl"])
def test_replay_writes_json_lines_to_a_pipe_or_a_jsonl_file(run, by_subject, file, tmp_path, name):
	target = name if name == "-" else tmp_path / name
	_, out, _ = run("replay", file(ROWS), "--json", target)
	text = out if name == "-" else target.read_text(encoding="utf-8")
	assert [json.loads(line)["line"] for line in text.splitlines()] == [2, 3, 4]


def test_a_rate_prices_the_packs_of_this_replay_and_says_so(run, by_subject, file, tmp_path):
	report = tmp_path / "out.html"
	_, out, _ = run("replay", file(ROWS), "--lang=es", "--hourly-rate", "950", "--report", report)
	said = SPANISH.t(", at {rate} an hour: the price of this replay, not of the policy.").format(rate=950)
	assert "$9,500" in out and said in out
	html = report.read_text(encoding="utf-8")
	assert '<html lang="es">' in html and said in html and "$9,500" in html


def test_two_replays_of_one_file_are_equal(run, by_subject, file, tmp_path):
	pages = []
	for name in ("a.html", "b.html"):
		run("replay", file(ROWS), "--observe-at", "2026-03-24T12:00", "--report", tmp_path / name)
		pages.append((tmp_path / name).read_bytes())
	assert pages[0] == pages[1]


def test_a_failed_replay_leaves_the_old_report_alone(run, by_subject, file, tmp_path):
	report = tmp_path / "out.html"
	report.write_text("old")
	assert run("replay", file("no,header\n"), "--report", report)[0] == 1
	assert report.read_text() == "old" and [path.name for path in tmp_path.glob(".out*")] == []


def test_the_file_that_is_read_is_never_written(run, by_subject, file):
	path = file(ROWS)
	assert run("replay", path, "--json", path)[0] == 2
	assert path.read_text() == ROWS


def test_control_characters_of_a_row_do_not_reach_the_terminal(run, by_subject, file):
	_, out, _ = run("replay", file("id,subject,created_at\n\x1b[31m1,a\x07b,2026-03-02\n"))
	assert "\x1b[31m1" not in out and "\x07" not in out


def test_the_table_fits_eighty_columns(run, by_subject, file, monkeypatch):
	monkeypatch.setenv("COLUMNS", "80")
	_, out, _ = run("replay", file(ROWS), "--lang", "es")
	table = out[: out.index(SPANISH.t("Summary"))].splitlines()
	assert len(table) > 3 and max(len(line) for line in table) <= 80


def test_the_sample_goes_through_whole(run):
	code, out, err = run("--lang", "es", "replay", SAMPLE, "--observe-at", "2026-03-24T12:00")
	assert (code, err) == (0, "")
	with SAMPLE.open(encoding="utf-8", newline="") as lines:
		rows = list(csv.DictReader(lines))
	assert len(rows) >= 70 and all(row["id"] in out for row in rows)
	days = {row["created_at"][:10] for row in rows}
	assert {"2026-02-02", "2026-03-16"} <= days
	assert any("reopen" in row["events"] for row in rows) and any("hold" in row["events"] for row in rows)


# -- policy --------------------------------------------------------------------------------------------------------


def test_the_shipped_policy_is_shown_in_both_languages(run):
	_, spanish, _ = run("--lang", "es", "policy", "show")
	_, english, _ = run("--lang", "en", "policy", "show")
	assert "Soporte en sitio" in spanish and "On-site support" in english
	for code in CLAUSE_SIDES:
		assert code in spanish and code in english


def test_every_mistake_of_a_policy_is_listed_at_once(run, file):
	policy = policy_data()
	policy["name"] = ""
	policy["clauses"][0]["side"] = "maybe"
	policy["windows"][0]["weekly"]["mon"] = [["25:00", "26:00"]]
	path = file(json.dumps(policy), "policy.json")
	code, out, _ = run("policy", "check", path)
	assert code == 1
	for where in ("name:", "clauses[0].side:", "windows[0].weekly.mon:"):
		assert where in out
	assert run("triage", "--policy", path, file("id,subject,body\n1,a,b\n"))[0] == 1


def test_a_correct_policy_passes(run):
	assert run("policy", "check", PACKAGE / "data" / "policy.json")[:2] == (0, "The policy is correct.\n")


# -- the frame -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("args", "hint"),
	[
		(["fly"], "triage, clock, replay, policy"),
		(["triage"], "Missing: FILE"),
		(["triage", "no-such-file"], "no file no-such-file"),
		(["triage", "x", "y"], "Too many arguments: y"),
		(["clock", "x", "--explain"], "--explain needs a value"),
		(["replay", "x", "--fast"], "no option --fast"),
		(["replay", "x", "--hourly-rate", "much"], "much is not an amount"),
		(["replay", "x", "--hourly-rate", "nan"], "not an amount"),
		(["replay", str(SAMPLE), "--observe-at", "soon"], "--observe-at: soon is not a date"),
		(["replay", str(SAMPLE), "--report", "/no/such/folder/x.html"], "cannot be written"),
		(["--lang", "fr", "policy", "show"], "fr is none of es, en"),
	],
)
def test_a_wrong_call_says_what_to_do_and_exits_with_2(run, args, hint):
	code, out, err = run(*args)
	assert (code, out) == (2, "") and hint in err


@pytest.mark.parametrize(
	"args", [[], ["triage"], ["clock"], ["replay"], ["policy"], ["policy", "show"], ["policy", "check"]]
)
def test_help_is_in_the_language_asked_for(run, args):
	code, english, _ = run(*args, "--help")
	assert code == 0 and english.startswith("Usage:") and "Options:" in english
	code, spanish, _ = run("--lang", "es", *args, "--help")
	assert code == 0 and spanish.startswith(SPANISH.t("Usage:")) and SPANISH.t("Options") in spanish
	assert not re.search(r"\b(the|Show|this|file)\b", spanish)


@pytest.mark.parametrize(
	("environ", "code"),
	[
		({}, "en"),
		({"LANG": "es_MX.UTF-8"}, "es"),
		({"LANG": "es_MX.UTF-8", "LC_ALL": "C"}, "en"),
		({"LC_ALL": "", "LANG": "es"}, "es"),
		({"LANG": "de_DE"}, "en"),
	],
)
def test_the_language_is_that_of_the_locale(environ, code):
	assert from_environment(environ) == code


def messages_of(text: str) -> set[str]:
	"""Messages that a source asks the catalogue for."""
	return {
		message.encode().decode("unicode_escape").encode("latin-1", "ignore").decode("utf-8", "ignore")
		if "\\" in message
		else message
		for message in re.findall(r'\bt\(\s*"((?:[^"\\]|\\.)*)"\s*\)', text)
	}


def test_every_message_of_the_command_line_has_its_spanish():
	spanish = catalogue("es")
	sources = [*(PACKAGE / "cli").glob("*.py"), *(PACKAGE / "templates" / "report").glob("*.html")]
	used = set().union(*(messages_of(path.read_text(encoding="utf-8")) for path in sources))
	assert len(used) > 100
	assert sorted(used - spanish.keys()) == []


def test_translations_keep_the_places_of_their_values():
	for message, translation in catalogue("es").items():
		assert set(re.findall(r"\{\w+\}", message)) == set(re.findall(r"\{\w+\}", translation)), message


def test_numbers_money_and_dates_are_mexican():
	from datetime import datetime, timezone
	from zoneinfo import ZoneInfo

	spanish, zone = Language("es"), ZoneInfo("America/Mexico_City")
	at = datetime(2026, 3, 2, 16, 30, tzinfo=timezone.utc)
	assert spanish.money(19000, "MXN") == "$19,000" and spanish.money(950.5, "MXN") == "$950.50"
	assert spanish.moment(at, zone) == "lun 2 mar, 10:30"
	assert spanish.day(at, zone) == "2 de marzo de 2026"


def test_the_catalogue_is_shipped_inside_the_package():
	assert (files("codigo_binario_support") / "translations" / "es.csv").is_file()
