"""From each version that was released to this one, with data, on the scratch site.

The old version comes out of the history of this repository, makes its data by its own doors (`past.py`), and then this
checkout migrates the site, twice.
"""

import json
import subprocess
from pathlib import Path

import pytest
from conftest import email
from scratch import APP, SITE, ask, bench, is_installed, needs_scratch_site, python, uninstall

pytestmark = needs_scratch_site

ROOT = Path(__file__).resolve().parents[3]
PAST = Path(__file__).resolve().parents[1] / "past.py"
#: The commit of each version, as CHANGELOG.md has it; for 0.2.0 the last one of its line.
COMMITS = {"0.1": "ae6e66e", "0.2": "7a29bb1"}
#: What verify-evidence goes on naming: the request of 0.1 with markup in a reason (CHANGELOG, 0.2.0).
NAMED = {"0.1": ("markup",), "0.2": ()}

#: Every row of the app's tables and of what it wrote elsewhere, and the settings.
ROWS = """
import json
from codigo_binario_support.setup.install import own_doctypes
there = set(frappe.db.get_tables(cached=False))
rows = {}
theirs = ("Kanban Board", "Kanban Board Column", "Email Template", "Holiday List", "Holiday", "Has Role", "User Permission",
	"Supplier Quotation", "Supplier Quotation Item", "Item", "Communication", "Comment", "Custom DocPerm", "List Filter",
	"Help Article", "ToDo", "File")
for doctype in (*own_doctypes(), *theirs):
	if f"tab{doctype}" in there:
		found = frappe.db.sql(f"select * from `tab{doctype}`", as_dict=True)
		rows[doctype] = {row.name: {key: str(value) for key, value in row.items()} for row in found}
rows["Settings"] = {"": {key: str(value) for key, value in frappe.db.get_singles_dict("Support Promise Settings").items()}}
print(json.dumps(rows))
"""
#: What was empty and is filled.
FILLED = {"Support Request": ("seal", "turn", "turn_since", "queue_key"), "Settings": ("watched_since",)}
#: What a migration may write anew: a request that is read again saves its rows with it, unchanged; the policy's digest is that
#: of its numbers; the list of what the app made grows.
REWRITTEN = {
	"Support Clock Event": ("modified", "modified_by"),
	"Support Scope Decision": ("modified", "modified_by"),
	"Support Policy": ("terms_hash",),
	"Settings": ("manifest",),
}

#: And what is read again of a request that 0.2 merged others into: it is theirs too now.
READ_AGAIN = (
	"modified",
	"modified_by",
	"seal",
	"turn_since",
	"queue_key",
	"paused_seconds",
	"due_at",
	"is_breached",
)
READ_AGAIN += tuple(
	f"{clock}_{what}"
	for clock in ("response", "resolution", "restore")
	for what in ("due_at", "seconds", "breached")
)
READ_AGAIN += ("answered_at", "resolved_at")


@pytest.fixture(autouse=True)
def transaction():
	"""None of this process: minutes pass, and everything happens on another site."""


@pytest.fixture(params=sorted(COMMITS))
def version(request):
	return request.param


@pytest.fixture
def past(version, tmp_path):
	"""The scratch site with that version and its data; afterwards without the app. Yields what `past.py` said."""
	commit, tree = COMMITS[version], tmp_path / "tree"
	tree.mkdir()
	try:
		archive = subprocess.run(
			["git", "-C", str(ROOT), "archive", commit, APP, "tests/site"], capture_output=True, check=True
		).stdout
	except (OSError, subprocess.CalledProcessError) as error:
		pytest.skip(f"the history of {version} ({commit}) is not here: {error}")
	subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
	if is_installed():
		uninstall()
	bench("install-app", APP, tree=tree)
	try:
		done = python(str(PAST), SITE, version, tree=tree)
		assert done.returncode == 0, done.stderr[-3000:]
		yield json.loads(done.stdout.strip().splitlines()[-1])["requests"]
	finally:
		uninstall()


def test_nothing_is_lost_and_work_goes_on(past, version):
	before = json.loads(ask(ROWS))
	assert len(before["Support Request"]) == len(past)

	bench("migrate")
	once, patches = json.loads(ask(ROWS)), patch_log()
	assert lost(before, once) == []
	made, kept = (json.loads(rows["Settings"][""]["manifest"]) for rows in (before, once))
	assert [row for row in made if row not in kept] == []
	bench("migrate")
	assert lost(once, json.loads(ask(ROWS))) == []
	assert patch_log() == patches
	assert {name: patches.count(name) for name in patches_of_the_app()} == dict.fromkeys(
		patches_of_the_app(), 1
	)

	named = [past[key] for key in NAMED[version]]
	assert verify() == (named, 1 if named else 0)
	assert ask(EVERYTHING_IS_THERE) == "[]"
	assert ask(PATHS_LEAD_SOMEWHERE) == "[]"
	health = json.loads(bench("support", "health", "--json", check=False).stdout)
	assert health["site"] == SITE
	# A drill that an error of 0.2 ended is not proven, whatever its record says.
	assert [row for row in health["checks"] if row["check"] == "drill" and row["level"] == "CRITICAL"] == []

	if named:
		bench("support", "acknowledge-seal", *named, "--reason", "Marcas en el motivo, de 0.1")
	assert (
		ask(WORK.replace("PAST", repr(past)).replace("MAIL", repr([email("ana"), email("agent")]))) == "done"
	)
	assert verify() == (named, 1 if named else 0)


def lost(before: dict, after: dict) -> list[str]:
	"""Rows that are gone, and values that are not what they were."""
	found = []
	joined = {row.get("duplicate_of") for row in before["Support Request"].values()}
	for doctype, rows in before.items():
		for name, row in rows.items():
			read_again = READ_AGAIN if doctype == "Support Request" and name in joined else ()
			now = after.get(doctype, {}).get(name)
			if now is None:
				found.append(f"{doctype} {name} is gone")
				continue
			found += [
				f"{doctype} {name} {key}: {value} -> {now.get(key)}"
				for key, value in row.items()
				if now.get(key) != value
				and key not in (*REWRITTEN.get(doctype, ()), *read_again)
				and (value not in ("", "None") or key not in FILLED.get(doctype, ()))
			]
	return found


def patch_log() -> list[str]:
	return json.loads(
		ask(
			"import json; print(json.dumps(frappe.get_all('Patch Log', pluck='patch', order_by='patch asc')))"
		)
	)


def patches_of_the_app() -> list[str]:
	lines = (ROOT / APP / "patches.txt").read_text(encoding="utf-8").splitlines()
	return [line.strip() for line in lines if line.startswith(APP)]


def verify() -> tuple[list[str], int]:
	"""The requests that verify-evidence names (and nothing else may be named), and its exit code."""
	done = bench("support", "verify-evidence", check=False)
	code = "from codigo_binario_support.jobs.evidence import broken_evidence\nimport json\nprint(json.dumps(broken_evidence()[1]))"
	rows = json.loads(ask(code))
	names = sorted(
		{word.strip("(),[]") for row in rows for word in row.split() if word.startswith(("SUP-", "CBS-"))}
	)
	assert all(any(name in row for name in names) for row in rows), rows
	return names, done.returncode


#: Columns, choices, settings and parts of the desk that came after the old version.
EVERYTHING_IS_THERE = """
from pathlib import Path
import json
missing, OF_THE_SITE = [], ("creation", "docstatus", "doctype", "idx", "modified", "modified_by", "owner")
for path in Path(frappe.get_app_path("codigo_binario_support", "codigo_binario_support")).glob("*/*/*.json"):
	data = json.loads(path.read_text(encoding="utf-8"))
	if data["doctype"] != "DocType":
		doc = frappe.get_doc(data["doctype"], data["name"]) if frappe.db.exists(data["doctype"], data["name"]) else {}
		missing += [
			f"{data['doctype']} {data['name']} {key}"
			for key, value in data.items()
			if isinstance(value, (str, int)) and key not in OF_THE_SITE and str(doc.get(key) or "") != str(value or "")
		]
		continue
	meta = frappe.get_meta(data["name"], cached=False)
	stored = frappe.db.get_singles_dict(data["name"]) if meta.issingle else None
	for field in data["fields"]:
		there = meta.get_field(field["fieldname"])
		if not there or (there.options or "") != (field.get("options") or ""):
			missing.append(f"{data['name']}.{field['fieldname']}")
		elif stored is None and there.fieldtype not in frappe.model.no_value_fields:
			if field["fieldname"] not in frappe.db.get_table_columns(data["name"]):
				missing.append(f"column {data['name']}.{field['fieldname']}")
		elif stored is not None and field.get("default") and field["fieldname"] not in stored:
			missing.append(f"setting {field['fieldname']}")
from codigo_binario_support.domain.requests import status
board = frappe.get_doc("Kanban Board", "Solicitudes de soporte")
missing += [f"column of the board: {state}" for state in status.STATES if state not in [row.column_name for row in board.columns]]
if not frappe.db.get_single_value("Support Promise Settings", "watched_since"):
	missing.append("the day from which days without a backup are written")
print(missing)
"""

#: What the site keeps of dotted paths.
PATHS_LEAD_SOMEWHERE = """
wrong = []
for doctype in ("Scheduled Job Type", "Number Card"):
	for path in frappe.get_all(doctype, {"method": ("like", "codigo_binario_support.%")}, pluck="method", order_by="name asc"):
		try:
			frappe.get_attr(path)
		except Exception as error:
			wrong.append(f"{doctype} {path}: {error}")
hooked = {path for paths in frappe.get_hooks("scheduler_events", app_name="codigo_binario_support").values()
	for group in (paths.values() if isinstance(paths, dict) else [paths]) for path in group}
jobs = set(frappe.get_all("Scheduled Job Type", {"method": ("like", "codigo_binario_support.%")}, pluck="method"))
wrong += sorted(hooked ^ jobs)
print(wrong)
"""

#: Old requests are read, answered and moved, and new ones filed, by the people who do so.
WORK = """
from codigo_binario_support.api import chat, portal, queue, requests
frappe.flags.mute_emails = True
past, (ana, agent) = PAST, MAIL
for name in past.values():
	for user in (ana, agent):
		frappe.set_user(user)
		assert requests.panel(name)
	assert queue.desk(name)["html"]
	frappe.set_user(ana)
	assert chat.look(name)["messages"] is not None
def number():
	return frappe.generate_hash(length=24)
frappe.set_user(agent)
requests.answer(past["included"], "<p>Va de nuevo</p>", number(), "Chat")
queue.add_note(past["included"], "<p>Ya es la versión nueva</p>")
queue.add_time(past["excluded"], 15, "Sesión", part="Success Pack")
requests.overrule(past["review"], "faq", reason="Es un saludo")
requests.overrule(past["new"], "connectivity", reason="No es una visita: no hay red")
requests.act(past["new"], "start")
requests.act(past["second"], "resolve", "Listo")
if "markup" in past:
	requests.act(past["markup"], "resolve", "Listo")
frappe.set_user(ana)
chat.send(past["waiting"], "Es de compras", number())
portal.act(past["resolved"], "reopen", "Volvió a pasar")
if "split" not in past:
	portal.answer_offer(past["mixed"], 1)
frappe.set_user(ana)
new = portal.file("Otra contraseña", "¿Cómo la reinicio?", number())["request"]
frappe.set_user(agent)
requests.answer(new, "<p>Va la guía</p>", number(), "Chat", "resolve")
statuses = {key: frappe.db.get_value("Support Request", name, "status") for key, name in {**past, "filed": new}.items()}
assert (statuses["waiting"], statuses["resolved"], statuses["second"]) == ("In Progress", "In Progress", "Resolved"), statuses
assert statuses["filed"] == "Resolved" and statuses["closed"] == "Closed", statuses
print("done")
"""
