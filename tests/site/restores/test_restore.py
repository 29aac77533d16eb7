"""The real thing, on a site made for it: killed at every step and run again, failed, given up, gone back from.

The site is a small copy of the one under test, with a name of its own; it and its databases are gone afterwards.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import frappe
import pytest
from conftest import BENCH, connect
from frappe.utils.backups import BackupGenerator

from codigo_binario_support.adapters.availability import samples
from codigo_binario_support.adapters.backups import inventory as looks
from codigo_binario_support.adapters.restores import databases, evidence_transfer, site_folder
from codigo_binario_support.adapters.site.instants import from_site, from_text, utc_now
from codigo_binario_support.domain.availability.samples import Sample
from codigo_binario_support.domain.backups import inventory
from codigo_binario_support.domain.restores.databases import make_name, site_mark
from codigo_binario_support.jobs.evidence import broken_evidence
from codigo_binario_support.operations.backups import observe

CHECKOUT = Path(__file__).resolve().parents[3]
#: Tables of other apps that this one asks.
_NEEDED = (
	"Company",
	"Customer",
	"Employee",
	"Holiday List",
	"Holiday",
	"Item",
	"Supplier",
	"Quotation",
	"Supplier Quotation",
)


def sql(who, statement: str) -> str:
	address = (
		[f"--socket={who.socket}"]
		if who.socket
		else [f"--host={who.host or '127.0.0.1'}", f"--port={who.port or 3306}"]
	)
	return subprocess.run(
		["mariadb", f"--user={who.user}", *address, "-N", "-e", statement],
		env={**os.environ, "MYSQL_PWD": who.password},
		check=True,
		capture_output=True,
		text=True,
	).stdout


@pytest.fixture(scope="module")
def throwaway(site):
	"""(site, access) of a small copy of the site under test."""
	connect()
	name, database = f"cbs-try-{secrets.token_hex(4)}.localhost", f"cbs_try_{secrets.token_hex(4)}"
	folder, password = BENCH / "sites" / name, secrets.token_hex(8)
	try:
		who = databases.access()
		sql(who, "select 1")
	except (databases.NoAccess, subprocess.CalledProcessError) as reason:
		frappe.destroy()
		pytest.skip(f"no database user who may create databases: {reason}")
	live, config = frappe.conf.db_name, site_folder.config()
	tables = _tables_to_copy(live)
	frappe.destroy()
	for below in ("public/files", "private/files", "private/backups", "locks", "logs"):
		(folder / below).mkdir(parents=True)
	values = {"db_name": database, "db_password": password, "db_type": "mariadb", "allow_tests": True}
	values |= {"encryption_key": config.get("encryption_key"), "bench_id": "cbs-try"}
	(folder / "site_config.json").write_text(json.dumps(values))
	try:
		sql(
			who,
			f"create database `{database}` character set utf8mb4 collate utf8mb4_unicode_ci;"
			f"create user '{database}'@'%' identified by '{password}';"
			f"create user '{database}'@'localhost' identified by '{password}';"
			f"grant all on `{database}`.* to '{database}'@'%'; grant all on `{database}`.* to '{database}'@'localhost';",
		)
		_copy_tables(who, live, database, tables)
		yield name, who
	finally:
		_remove(name, database, who)


def _tables_to_copy(live: str) -> list[str]:
	rows = frappe.db.sql(
		"select table_name from information_schema.tables where table_schema = %s and table_type = 'BASE TABLE'",
		live,
	)
	apps = ("frappe", "codigo_binario_support")
	modules = frappe.get_all("Module Def", filters={"app_name": ("in", apps)}, pluck="name")
	own = frappe.get_all("DocType", filters={"module": "Codigo Binario Support"}, pluck="name")
	core = frappe.get_all("DocType", filters={"module": ("in", modules)}, pluck="name")
	# Every table of Frappe itself: which of them it reads, even when they are empty, changes with its version.
	needed = {f"tab{name}" for name in (*_NEEDED, *own, *core, "Singles", "Series", "DefaultValue")}
	return [table for (table,) in rows if table in needed or table.startswith("__")]


def _copy_tables(who, source: str, target: str, tables: list[str]) -> None:
	address = (
		[f"--socket={who.socket}"]
		if who.socket
		else [f"--host={who.host or '127.0.0.1'}", f"--port={who.port or 3306}"]
	)
	environment = {**os.environ, "MYSQL_PWD": who.password}
	dump = subprocess.Popen(
		["mariadb-dump", f"--user={who.user}", *address, "--single-transaction", "--quick", source, *tables],
		env=environment,
		stdout=subprocess.PIPE,
	)
	subprocess.run(
		["mariadb", f"--user={who.user}", *address, target], env=environment, stdin=dump.stdout, check=True
	)
	assert dump.wait() == 0


def _remove(name: str, database: str, who) -> None:
	mark = f"cbs%_{site_mark(name)}_%"
	made = sql(
		who, f"select schema_name from information_schema.schemata where schema_name like '{mark}'"
	).split()
	for found in (database, *made):
		sql(
			who,
			f"drop database if exists `{found}`; drop user if exists '{found}'@'%', '{found}'@'localhost'",
		)
	for host, user in (
		line.split("\t")
		for line in sql(who, f"select Host, User from mysql.user where User like '{mark}'").splitlines()
	):
		sql(who, f"drop user '{user}'@'{host}'")
	shutil.rmtree(BENCH / "sites" / name, ignore_errors=True)


@pytest.fixture
def on_site(throwaway, transaction):
	"""Be on the throwaway site; `again()` after another process changed it."""
	name, _who = throwaway

	def again() -> None:
		frappe.destroy()
		frappe.init(site=name, sites_path=str(BENCH / "sites"))
		frappe.connect()
		frappe.local.lang = "en"
		frappe.flags.mute_emails = True

	again()
	yield again
	frappe.destroy()
	connect()


@pytest.fixture
def before(on_site, tmp_path):
	"""A complete set with a manifest, and then what people went on writing: a note, a file, a request with an attachment."""
	folder = site_folder.site_folder()
	mark = secrets.token_hex(4)
	(folder / "private" / "files" / f"old-{mark}.txt").write_text("as it was")
	probe = frappe.get_doc({"doctype": samples.PROBE, "probe_name": f"host-{mark}"}).insert().name
	looks.create_canary()
	frappe.db.commit()
	key = _make_set(tmp_path / "sets")
	observe.observe(tmp_path / "sets", settle_seconds=0)
	(folder / "private" / "files" / f"old-{mark}.txt").write_text("overwritten")
	(folder / "public" / "files" / f"new-{mark}.txt").write_text("new")
	frappe.get_doc({"doctype": "Note", "title": f"nota {mark}"}).insert()
	request = frappe.get_doc(
		{
			"doctype": "Support Request",
			"subject": f"Se cayó {mark}",
			"description": "Restauren la base de datos",
		}
	).insert()
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"captura-{mark}.txt",
			"content": f"la pantalla {mark}",
			"is_private": 1,
			"attached_to_doctype": "Support Request",
			"attached_to_name": request.name,
		}
	).insert()
	sample = Sample(probe, 1_700_000_000, 60, True, signature="f" * 64)
	samples.store([sample], [""], 7, utc_now())
	frappe.db.set_value(samples.PROBE, probe, "deliveries", 7)
	frappe.db.commit()
	return {
		"key": key,
		"folder": str(tmp_path / "sets"),
		"mark": mark,
		"request": request.name,
		"probe": probe,
	}


def _make_set(folder: Path) -> str:
	conf, site = frappe.conf, site_folder.site_folder()
	taken_at, uploads = utc_now(), looks.uploads(site)
	with looks.snapshot() as run:
		found, version = looks.read_tables(run, conf.db_name), looks.server(run)
	maker = BackupGenerator(
		conf.db_name,
		conf.db_user or conf.db_name,
		conf.db_password,
		backup_path=str(folder),
		db_socket=conf.db_socket,
		db_host=conf.db_host,
		db_port=conf.db_port,
		db_type="mariadb",
	)
	maker.get_backup(force=True)
	key = Path(maker.backup_path_db).name.removesuffix("-database.sql.gz")
	manifest = inventory.Inventory(
		site=frappe.local.site,
		set_key=key,
		taken_at=taken_at,
		finished_at=utc_now(),
		tables=inventory.joined(found, found),
		files=looks.stored(site, uploads),
		secret=looks.secret(),
		apps=looks.versions(),
		server=version,
	)
	(folder / inventory.manifest_name(key)).write_bytes(inventory.serialize(manifest))
	return key


def run(name: str, **options) -> subprocess.CompletedProcess:
	return subprocess.run(
		[sys.executable, str(CHECKOUT / "tests" / "site" / "restore_run.py"), name, json.dumps(options)],
		cwd=BENCH / "sites",
		env={**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])},
		capture_output=True,
		text=True,
		check=False,
	)


def command(name: str, *arguments: str, answer: str = "") -> subprocess.CompletedProcess:
	return subprocess.run(
		[
			sys.executable,
			"-m",
			"frappe.utils.bench_helper",
			"frappe",
			"--site",
			name,
			"support",
			"restore",
			*arguments,
		],
		cwd=BENCH / "sites",
		env={**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])},
		input=answer,
		capture_output=True,
		text=True,
		check=False,
	)


#: Where a process dies: before and after what cannot be done twice, and in the middle of the switch.
KILLS = (
	"inside:unpack",
	"inside:safety",
	"inside:load",
	"inside:evidence",
	"halfway:switch",
	"inside:migrate",
	"inside:record",
)


def files(folder: str) -> dict[str, str]:
	return {
		path.name: path.read_text() for path in (site_folder.site_folder() / folder / "files").glob("*.txt")
	}


def test_killed_at_every_step_it_goes_on_each_time_and_comes_to_a_good_end(throwaway, before, on_site):
	name, who = throwaway
	mark, old = before["mark"], frappe.conf.db_name
	wanted = {key: before[key] for key in ("key", "folder", "request")}
	for kill in KILLS:
		killed = run(name, **wanted, kill=kill)
		assert killed.returncode == -signal.SIGKILL, f"{kill}\n{killed.stdout[-800:]}\n{killed.stderr[-800:]}"
		wanted = {}
	end = run(name)
	assert end.returncode == 0, (end.stdout, end.stderr)
	on_site()

	assert frappe.conf.db_name != old and not frappe.conf.maintenance_mode and not frappe.conf.pause_scheduler
	assert not frappe.db.exists("Note", {"title": f"nota {mark}"})
	assert files("private")[f"old-{mark}.txt"] == "as it was"
	assert f"new-{mark}.txt" not in files("public")
	assert frappe.db.exists(samples.SAMPLE, {"probe": before["probe"], "delivery": 7})
	assert frappe.db.get_value(samples.PROBE, before["probe"], "deliveries") == 7
	request = frappe.get_doc("Support Request", before["request"])
	assert f"captura-{mark}.txt" in files("private")
	assert broken_evidence()[1] == []

	doc = frappe.get_last_doc("Restore Operation")
	assert (doc.verdict, doc.problem, doc.kind) == ("Kept", "", "Restore")
	assert doc.interruptions == len(KILLS)
	assert (doc.from_database, doc.to_database, doc.support_request) == (
		old,
		frappe.conf.db_name,
		request.name,
	)
	assert from_text(doc.running_since_utc) == from_site(request.filed_at).replace(microsecond=0)
	assert {"Load the database", "Switch to the restored site"} <= {row.step for row in doc.steps}
	assert Path(doc.evidence_file).exists() and "Support Request: 1" in doc.carried
	assert f"{doc.safety_set}-database.sql.gz" in os.listdir(
		site_folder.site_folder() / "private" / "backups"
	)
	assert site_folder.running_journal() is None

	# The next number is a new one: the carried request has the last.
	newer = frappe.get_doc(
		{"doctype": "Support Request", "subject": "Otra", "description": "Otra cosa"}
	).insert()
	assert newer.name > request.name
	frappe.db.rollback()

	_goes_back(name, who, old, before, on_site)


def _goes_back(name: str, who, old: str, before: dict, on_site) -> None:
	restored, mark = frappe.conf.db_name, before["mark"]
	refused = command(name, "--back", answer="otro nombre\n")
	assert refused.returncode == 1
	back = command(name, "--back", answer=f"{name}\n")
	assert back.returncode == 0, (back.stdout, back.stderr)
	on_site()
	assert frappe.conf.db_name == old and not frappe.conf.maintenance_mode
	assert frappe.db.exists("Note", {"title": f"nota {mark}"})
	assert files("private")[f"old-{mark}.txt"] == "overwritten" and f"new-{mark}.txt" in files("public")
	assert frappe.get_last_doc("Restore Operation").kind == "Went back"
	assert broken_evidence()[1] == []

	# Killed after the switch back, before its journal knew: the command comes to the same end again.
	(ended,) = site_folder.ended_journals()
	site_folder.end_journal(replace(ended, done=ended.done[:-1]))
	site_folder.change_config({"maintenance_mode": 1})
	again = command(name, "--back", "--yes")
	assert again.returncode == 0, (again.stdout, again.stderr)
	on_site()
	assert frappe.conf.db_name == old and not frappe.conf.maintenance_mode
	assert command(name, "--back", "--yes").returncode == 2, "there is nothing left to go back from"

	assert command(name, "--drop-old", "--yes").returncode == 0
	with databases.Server(who) as server:
		assert restored not in server.names() and old in server.names()
	assert not site_folder.kept_folders(restored)


def test_a_set_that_fails_its_checks_changes_nothing_and_leaves_its_record(
	throwaway, before, on_site, tmp_path
):
	name, who = throwaway
	key = _make_set(tmp_path / "unseen")
	path = tmp_path / "unseen" / f"{key}-private-files.tar"
	path.unlink()
	subprocess.run(["tar", "-cf", str(path), "-T", "/dev/null"], check=True)
	old, shape = frappe.conf.db_name, sorted(os.listdir(site_folder.site_folder() / "private"))
	failed = run(name, key=key, folder=str(tmp_path / "unseen"))
	assert failed.returncode != 0
	assert "Missing file: private/files/" in failed.stdout
	assert "The site is as it was, and open" in failed.stderr
	on_site()
	assert frappe.conf.db_name == old and not frappe.conf.maintenance_mode
	assert frappe.db.exists("Note", {"title": f"nota {before['mark']}"})
	assert sorted(os.listdir(site_folder.site_folder() / "private")) == shape
	doc = frappe.get_last_doc("Restore Operation")
	assert doc.verdict == "Broken" and "Missing file" in doc.problem
	with databases.Server(who) as server:
		assert not [found for found in server.names() if site_mark(name) in found]


def test_a_restore_that_died_in_the_middle_of_the_switch_can_be_given_up(throwaway, before, on_site):
	name, who = throwaway
	old = frappe.conf.db_name
	killed = run(name, key=before["key"], folder=before["folder"], kill="inside:switch")
	assert killed.returncode == -signal.SIGKILL
	on_site()
	assert frappe.conf.db_name != old
	shutil.rmtree(before["folder"])
	given_up = command(name, "--abort")
	assert given_up.returncode == 0, given_up.stderr
	on_site()
	assert frappe.conf.db_name == old and not frappe.conf.maintenance_mode
	assert files("private")[f"old-{before['mark']}.txt"] == "overwritten"
	assert site_folder.running_journal() is None
	doc = frappe.get_last_doc("Restore Operation")
	assert (doc.verdict, doc.problem) == ("Not proven", "Given up by the operator.")
	with databases.Server(who) as server:
		assert not [found for found in server.names() if site_mark(name) in found]
	assert command(name, "--abort").returncode == 2


def test_a_mistake_of_our_own_leaves_the_site_as_it_was_and_breaks_no_promise(throwaway, before, on_site):
	name, _who = throwaway
	old = frappe.conf.db_name
	failed = run(name, key=before["key"], folder=before["folder"], mistake="unpack")
	assert failed.returncode != 0
	assert "An error of this program stopped the step" in failed.stdout
	assert "AttributeError: nobody thought of this" in failed.stderr
	assert "Load the database" not in failed.stdout, "the archives are read before hours of loading"
	assert "Close the site to its users" not in failed.stdout
	on_site()
	assert frappe.conf.db_name == old and not frappe.conf.maintenance_mode
	doc = frappe.get_last_doc("Restore Operation")
	assert doc.verdict == "Not proven" and doc.problem.startswith("An error of this program")
	assert site_folder.running_journal() is None


def test_an_archive_that_leads_outside_is_found_before_the_site_is_closed(
	throwaway, before, on_site, tmp_path
):
	name, _who = throwaway
	key = _make_set(tmp_path / "unseen")
	path = tmp_path / "unseen" / f"{key}-files.tar"
	with tarfile.open(path, "a") as archive:
		info = tarfile.TarInfo(f"./{name}/public/files/out")
		info.type, info.linkname = tarfile.SYMTYPE, "../../../elsewhere"
		archive.addfile(info)
	failed = run(name, key=key, folder=str(tmp_path / "unseen"))
	assert "points outside of the folder" in failed.stderr
	assert "Close the site to its users" not in failed.stdout and "Load the database" not in failed.stdout
	on_site()
	assert frappe.get_last_doc("Restore Operation").verdict == "Broken"


def test_an_encrypted_set_is_restored_with_the_key_of_the_site(throwaway, before, on_site):
	if not shutil.which("gpg"):
		pytest.skip("no gpg on this machine")
	name, _who = throwaway
	mark, folder, old = before["mark"], Path(before["folder"]), frappe.conf.db_name
	for path in [*folder.glob("*.sql.gz"), *folder.glob("*.tar"), *folder.glob("*_backup.json")]:
		stem, dot, ending = path.name.partition(".")
		encrypted = subprocess.run(
			["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0", "-o", "-", "-c", path],
			input=b"llave de prueba",
			capture_output=True,
			check=True,
		).stdout
		(folder / f"{stem}-enc{dot}{ending}").write_bytes(encrypted)
		path.unlink()
	wrong = run(name, key=before["key"], folder=str(folder))
	assert "Not decrypted" in wrong.stderr and "Unpack the public files" not in wrong.stdout
	on_site()
	site_folder.change_config({"backup_encryption_key": "llave de prueba"})
	on_site()
	observe.observe(folder, settle_seconds=0)
	frappe.db.commit()
	try:
		done = run(name, key=before["key"], folder=str(folder))
		assert done.returncode == 0, (done.stdout, done.stderr)
		on_site()
		assert frappe.conf.db_name != old
		assert files("private")[f"old-{mark}.txt"] == "as it was"
		assert frappe.get_last_doc("Restore Operation").verdict == "Kept"
	finally:
		site_folder.change_config({"backup_encryption_key": None})


def test_a_site_whose_database_is_lost_is_restored_from_the_folder_alone(throwaway, before, on_site):
	name, who = throwaway
	old = frappe.conf.db_name
	site_folder.change_config({"db_password": "forgotten"})
	frappe.destroy()
	done = command(name, before["key"], "--folder", before["folder"], "--yes")
	on_site()
	try:
		assert done.returncode == 1, (done.stdout, done.stderr)
		assert "support restore --back" in done.stdout
		doc = frappe.get_last_doc("Restore Operation")
		assert (doc.verdict, doc.from_database) == ("Not proven", old)
		assert [row for row in doc.steps if row.result == "Not proven" and old in row.remark]
		assert files("private")[f"old-{before['mark']}.txt"] == "as it was"
		assert broken_evidence()[1] == []
	finally:
		with databases.Server(who) as server:
			assert old in server.names()


def test_evidence_of_another_chain_is_exported_and_not_mixed_in(throwaway, before, on_site, tmp_path):
	name, who = throwaway
	frappe.db.sql(
		"update `tabBackup Record` set entry_hash = concat('x', substr(entry_hash, 2)) order by sequence limit 1"
	)
	first = frappe.db.sql("select min(sequence), max(sequence) from `tabBackup Record`")[0]
	frappe.db.commit()
	with databases.Server(who) as server:
		other = make_name("restore", name, os.getpid(), "0000")
		server.rows(f"create database `{other}`")
		try:
			for table in ("tabBackup Record", "tabBackup Record File"):
				server.rows(f"create table `{other}`.`{table}` like `{frappe.conf.db_name}`.`{table}`")
			server.rows(
				f"insert into `{other}`.`tabBackup Record` select * from `{frappe.conf.db_name}`.`tabBackup Record` where sequence = %s",
				(first[0],),
			)
			server.rows(f"update `{other}`.`tabBackup Record` set entry_hash = 'another'")
			transfer = evidence_transfer.Transfer(server, frappe.conf.db_name, other)
			found = transfer.delta()
			(part,) = [part for part in found.parts if part.doctype == "Backup Record"]
			assert part.problem == "other_chain" and len(part.added) >= first[1] - first[0]
			transfer.export(found, tmp_path / "delta.tar.gz")
			listed = subprocess.run(
				["tar", "-tzf", tmp_path / "delta.tar.gz"], capture_output=True, text=True, check=True
			)
			assert "backup_record.jsonl" in listed.stdout
		finally:
			server.rows(f"drop database `{other}`")
