"""Each of the project's semgrep rules finds its bad lines and leaves the good ones alone."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci"))

import lint_all

PACKAGE = "codigo_binario_support"
ROW = f"{PACKAGE}/codigo_binario_support/doctype/support_clock_event/support_clock_event.py"
#: rule -> (where such a file lies, lines that are found, each by itself, and lines that are not)
CASES: dict[str, tuple[str, list[str], list[str]]] = {
	"getdate-outside-the-site-adapter": (
		f"{PACKAGE}/jobs/x.py",
		["from frappe.utils import getdate\nx = getdate(row.day)", "x = frappe.utils.getdate()"],
		["x = as_date(row.day)", "from frappe.utils import get_datetime\nx = get_datetime(row.at)"],
	),
	"written-past-the-seal": (
		f"{PACKAGE}/operations/x.py",
		[
			'doc.db_set("state", "Kept")',
			'frappe.db.set_value("Backup Day", name, "state", "Kept")',
			'frappe.db.set_value("Support Request", name, {"status": "Closed"})',
		],
		[
			'communication.db_set("reference_name", name)',
			'frappe.db.set_value("Support Mailbox", name, "seen", 1)',
			"doc.save_from_flow()",
		],
	),
	"every-document-event-without-its-reason": (
		f"{PACKAGE}/hooks.py",
		[
			'doc_events = {\n\t"*": {"validate": "x.y"},\n}',
			'doc_events = {\n\t# Why.\n\t"User": {},\n\t"*": {},\n}',
		],
		[
			'doc_events = {\n\t# Support may change no document.\n\t"*": {"validate": "x.y"},\n}',
			'x = {\n\t"User": {},\n}',
		],
	),
	"class-made-at-import": (
		f"{PACKAGE}/x.py",
		['Made = type("Made", (Mine, _base()), {})', "class Made(Mine, _base()):\n\tpass"],
		[
			"class Made(Mine):\n\tpass",
			'def make():\n\treturn type("Made", (Mine,), {})',
			"kind = type(value)",
		],
	),
	"truth-of-an-empty-single": (
		f"{PACKAGE}/jobs/x.py",
		[
			'if frappe.db.get_single_value("S", "since"):\n\tpass',
			'x = not frappe.db.get_single_value("S", "since", cache=False)',
			'x = frappe.db.get_single_value("S", "since") or None',
			'since = frappe.db.get_single_value("S", "since")\nif since:\n\tpass',
		],
		[
			'x = frappe.db.get_single_value("S", "since")',
			'x = frappe.db.get_single_value("S", "kind") == "Weekly"',
		],
	),
	"expression-over-uncut-text": (
		f"{PACKAGE}/flow/x.py",
		[
			'x = re.sub(r"\\s+", " ", mail.text)',
			"x = _QUOTE.search(mail.text)",
			'x = _QUOTE.sub("", mail.text)',
			'x = re.findall(r"\\w+", mail.text)',
		],
		[
			'x = re.sub(r"\\s+", " ", mail.text[:LIMIT])',
			"x = _QUOTE.search(mail.text[:LIMIT])",
			"text = mail.text[:LIMIT]\nx = _QUOTE.search(text)",
			'_QUOTE = re.compile("x")',
		],
	),
	"row-without-a-controller": (
		ROW,
		["class SupportClockEvent(Document):\n\tpass", 'class SupportClockEvent(Document):\n\t"""A row."""'],
		[
			"class SupportClockEvent(RecordRow):\n\tpass",
			"class SupportClockEvent(Document):\n\tdef validate(self):\n\t\trefuse(self)",
		],
	),
	"link-to-a-request-on-a-foreign-doctype": (
		f"{PACKAGE}/setup/x.py",
		[
			'F = {"fieldname": "x", "fieldtype": "Link", "label": "X", "options": "Support Request"}',
			'F = {"options": "Support Request", "fieldtype": "Link"}',
		],
		[
			'F = {"fieldname": "x", "fieldtype": "Data", "label": "X"}',
			'F = {"fieldtype": "Link", "options": "Customer"}',
		],
	),
	"future-annotations-in-a-door": (
		f"{PACKAGE}/api/x.py",
		['"""A door."""\n\nfrom __future__ import annotations'],
		['"""A door."""\n\nfrom typing import Any'],
	),
	"order-by-with-backticks": (
		f"{PACKAGE}/flow/x.py",
		[
			'frappe.get_all("X", order_by="`order` asc")',
			'frappe.get_all("X", fields=["name"], order_by="count(name) desc", limit=1)',
			'frappe.get_all("X", order_by=f"`tabX`.{column} asc")',
		],
		[
			'frappe.get_all("X", order_by="creation desc, name desc")',
			'frappe.get_all("X", order_by=f"{column} asc")',
		],
	),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
	"""(rule, "bad" or "good", number) -> the rules that spoke. One run of semgrep over all of it."""
	root = tmp_path_factory.mktemp("rules")
	places = []
	for rule, (path, bad, good) in CASES.items():
		for kind, sources in (("bad", bad), ("good", good)):
			for number, source in enumerate(sources):
				file = root / rule / kind / str(number) / path
				file.parent.mkdir(parents=True)
				file.write_text(source + "\n", encoding="utf-8")
				places.append((rule, kind, number))
	spoke: dict[tuple[str, str, int], set[str]] = {place: set() for place in places}
	for rule, path, *_rest in lint_all.findings(root, "."):
		of, kind, number, *_below = Path(path).parts
		spoke[of, kind, int(number)].add(rule)
	return spoke


def test_there_are_ten_rules_and_each_is_tried():
	named = re.findall(r"^  - id: (\S+)$", lint_all.RULES.read_text(encoding="utf-8"), re.M)
	assert sorted(named) == sorted(CASES)
	assert len(named) == 10


def test_a_bad_line_is_found(found):
	missed = [
		CASES[rule][1][n] for (rule, kind, n), spoke in found.items() if kind == "bad" and rule not in spoke
	]
	assert missed == []


def test_a_good_line_is_left_alone(found):
	taken = [
		CASES[rule][2][n] for (rule, kind, n), spoke in found.items() if kind == "good" and rule in spoke
	]
	assert taken == []


def test_the_rule_for_rows_looks_at_every_child_doctype():
	looked_at = set(re.findall(r"doctype/(\w+)/\*\.py", lint_all.RULES.read_text(encoding="utf-8")))
	folder = ROOT / PACKAGE / PACKAGE / "doctype"
	children = {
		path.parent.name
		for path in folder.glob("*/*.json")
		if json.loads(path.read_text(encoding="utf-8")).get("istable")
	}
	assert looked_at == children


def test_the_rule_for_seals_knows_every_sealed_doctype():
	source = (ROOT / PACKAGE / "adapters" / "evidence" / "chains.py").read_text(encoding="utf-8")
	chains = next(
		ast.literal_eval(node.value)
		for node in ast.parse(source).body
		if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHAINS"
	)
	named = re.search(r'regex: "\^\((Availability[^)]*)\)\$"', lint_all.RULES.read_text(encoding="utf-8"))
	assert named
	request = {"Support Request", "Support Scope Decision", "Support Clock Event", "Support Terms"}
	assert set(named.group(1).split("|")) == {*chains} | request


def test_more_than_the_baseline_knows_is_a_failure_and_so_is_less():
	known = {("rule", "a.py"): 2}
	assert lint_all.problems(lint_all.Counter({("rule", "a.py"): 2}), known) == []
	assert lint_all.problems(lint_all.Counter({("rule", "a.py"): 3}), known)
	assert lint_all.problems(lint_all.Counter({("rule", "a.py"): 1}), known)
	assert lint_all.problems(lint_all.Counter({("rule", "b.py"): 1, ("rule", "a.py"): 2}), known)
