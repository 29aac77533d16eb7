"""What the desk of Frappe 15 and of Frappe 16 both read: lists, shortcuts, sidebar, icons, links."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from repo import PACKAGE, documents, files, name_of

NODE = shutil.which("node") or shutil.which("nodejs")
SIDEBARS = sorted((PACKAGE / "workspace_sidebar").glob("*.json"))
ICONS = sorted((PACKAGE / "desktop_icon").glob("*.json"))
#: Every page of the desk has it before the script of a list.
STATES = PACKAGE / "public" / "js" / "support_states.js"
SCRIPTS = [path for path in files(".js") if "formatters" in path.read_text(encoding="utf-8")]

#: What Frappe's desk has, as far as a formatter asks it; then every formatter with every value and document.
_HARNESS = """
const seen = [];
const day = { format: () => "05/12 04:38", isSame: () => false };
const moment = Object.assign(() => day, { unix: () => day });
const escape_html = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const __ = (text) => text;
const provide = (name) => (globalThis[name] = globalThis[name] || {});
const frappe = {
	listview_settings: {}, provide,
	boot: { cb_support: { indicators: { "Support Request": { field: "status", colors: {} } }, over: [], verdicts: {}, bulk: [] } }, utils: { escape_html }, ui: { form: { on() {} } },
	datetime: { str_to_user: (text) => text, now_date: () => "2026-12-05" },
};
globalThis.cb_support = {};
%s
%s
const values = ["Prueba S.A. de C.V.", "Grupo ABC (M\u00e9xico)", "a < b & c", "customer", 1764900000, 0, "", null, undefined];
const documents = [
	{}, { due_at: "2026-12-05 04:38:00" }, { due_at: "2026-12-05 04:38:00", is_breached: 1 },
	{ customer: "Grupo ABC (M\u00e9xico)", verdict: "Mixed" },
];
for (const [doctype, settings] of Object.entries(frappe.listview_settings))
	for (const [field, format] of Object.entries(settings.formatters || {}))
		for (const value of values)
			for (const doc of documents)
				seen.push([doctype, field, value ?? null, format(value, {}, { [field]: value, ...doc }) ?? ""]);
console.log(JSON.stringify(seen));
"""


class _Roots(HTMLParser):
	"""How many elements, and how much bare text, a piece of HTML has at its top."""

	def __init__(self, html: str) -> None:
		super().__init__()
		self.depth = self.elements = 0
		self.bare = ""
		self.feed(html)
		self.close()

	def handle_starttag(self, _tag, _attrs):
		self.elements += not self.depth
		self.depth += 1

	def handle_endtag(self, _tag):
		self.depth -= 1

	def handle_data(self, data):
		self.bare += "" if self.depth else data


def is_one_element_or_nothing(html: str) -> bool:
	roots = _Roots(html)
	return not html or (roots.elements == 1 and not roots.bare and not roots.depth)


def test_the_measure_knows_one_element_from_others():
	assert is_one_element_or_nothing("") and is_one_element_or_nothing("<span>a <b>b</b></span>")
	assert not is_one_element_or_nothing("a <b>b</b>")
	assert not is_one_element_or_nothing("Grupo ABC (México)")
	assert not is_one_element_or_nothing("<b>a</b><b>b</b>")


def test_there_are_formatters_to_look_at():
	assert len(SCRIPTS) >= 2


@pytest.mark.skipif(not NODE, reason="no node: what formatters write is looked at without running them")
@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_formatter_of_a_list_gives_one_element_or_nothing(path):
	"""Frappe 16 reads anything else as a selector, and draws no row of the list."""
	run = subprocess.run(
		[NODE, "-e", _HARNESS % (STATES.read_text(encoding="utf-8"), path.read_text(encoding="utf-8"))],
		capture_output=True,
		text=True,
		timeout=60,
	)
	assert run.returncode == 0, run.stderr
	seen = json.loads(run.stdout)
	assert seen
	assert [row for row in seen if not is_one_element_or_nothing(row[3])] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_formatter_is_written_as_an_element(path):
	"""The same without node, by how it is written: what is returned begins as markup or is empty."""
	script = path.read_text(encoding="utf-8")
	block = re.search(r"\n\tformatters: \{\n(.*?)\n\t\},", script, re.S)[1]
	returned = re.findall(r"return\s+([^;]+);", block) + re.findall(r"=>\s*\n?\s*([^{\s][^\n]*)", block)
	assert returned
	for text in returned:
		for branch in re.split(r"\s[?:]\s(?=[`\"])", text)[1 if " ? " in text else 0 :]:
			assert re.match(r"""`<|""|''""", branch.strip()), text


def _filters():
	for path, card in documents("number_card").items():
		yield name_of(path), json.loads(card.get("filters_json") or "[]")
	for path, chart in documents("dashboard_chart").items():
		yield name_of(path), json.loads(chart.get("filters_json") or "[]")
	for path, workspace in documents("workspace").items():
		for row in workspace["shortcuts"]:
			yield f"{name_of(path)} {row['label']}", json.loads(row.get("stats_filter") or "[]")
	for path in SIDEBARS:
		for row in json.loads(path.read_text(encoding="utf-8"))["items"]:
			yield f"{name_of(path)} {row['label']}", json.loads(row.get("filters") or "[]")


def test_filters_have_four_parts():
	"""Of filters with a fifth part Frappe 16 drops the last one, and shows what it was to hide."""
	wrong = [
		(where, row) for where, rows in _filters() if isinstance(rows, list) for row in rows if len(row) != 4
	]
	assert wrong == []


@pytest.mark.parametrize("path", [*SIDEBARS, *ICONS], ids=name_of)
def test_what_frappe_16_shows_of_the_app_says_whose_it_is(path):
	"""Without `app` Frappe neither draws its icon nor removes it with the app."""
	document = json.loads(path.read_text(encoding="utf-8"))
	assert document["app"] == "codigo_binario_support" and document["standard"] == 1
	title = document.get("title") or document["label"]
	assert document["name"] == title
	# Migrating removes what has no file under its own name.
	assert path.stem == title.lower().replace(" ", "_")
	if logo := document.get("logo_url"):
		assert (PACKAGE / "public" / logo.split("/", 3)[3]).exists()


def test_every_workspace_has_its_sidebar_and_its_icon():
	titles = {data["title"] for data in documents("workspace").values()}
	assert {json.loads(path.read_text(encoding="utf-8"))["title"] for path in SIDEBARS} == titles
	icons = [json.loads(path.read_text(encoding="utf-8")) for path in ICONS]
	assert {icon["link_to"] for icon in icons if icon["icon_type"] == "Link"} == titles


@pytest.mark.parametrize("path", SIDEBARS, ids=name_of)
def test_a_sidebar_leads_where_its_workspace_does(path):
	sidebar = json.loads(path.read_text(encoding="utf-8"))
	(workspace,) = (data for data in documents("workspace").values() if data["title"] == sidebar["title"])
	wanted = {row["link_to"] for row in workspace["links"] if row["type"] == "Link"}
	assert wanted - {row.get("link_to") for row in sidebar["items"]} == set()
	own = {
		kind: {data["name"] for data in documents(frappe_name).values()}
		for kind, frappe_name in (("DocType", "doctype"), ("Report", "report"), ("Workspace", "workspace"))
	}
	for row in sidebar["items"]:
		if row["type"] == "Link":
			assert (row["link_type"] == "URL" and row["url"].startswith("/desk/")) or row["link_to"] in own[
				row["link_type"]
			], row


def test_links_to_the_desk_are_made_by_frappe():
	"""Frappe 15 has its desk at `/app`, Frappe 16 at `/desk`."""
	wrong = [
		name_of(path)
		for path in [*files(".html", ".js", ".jinja"), *files(".py")]
		if re.search(r"[\"'`=]/(app|desk)/", path.read_text(encoding="utf-8")) and path.name != "hooks.py"
	]
	assert wrong == []
