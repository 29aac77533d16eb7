"""Drills on a real database server: a good set passes, every other one fails under its own name, and nothing is left behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import frappe
import pytest
import small_sets
from conftest import BENCH, SITE

from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.restores import databases, unpacking
from codigo_binario_support.adapters.site.instants import utc_now
from codigo_binario_support.domain.restores.databases import DRILL, Refused, make_name
from codigo_binario_support.operations.restores import drills, recovery, sets
from codigo_binario_support.operations.statements.portal_status import portal_status

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def who(site):
	from conftest import connect

	connect()
	try:
		found = databases.access()
		with databases.Server(found) as server:
			server.rows("select 1")
			yield found
	except databases.NoAccess as reason:
		pytest.skip(f"no database user who may create databases: {reason}")
	finally:
		frappe.destroy()


@pytest.fixture(scope="module")
def original(who, tmp_path_factory):
	return small_sets.make(tmp_path_factory.mktemp("drills") / "set", who)


@pytest.fixture
def small_set(original, tmp_path, transaction):
	"""A copy of the small set that a test may damage."""
	frappe.conf.support_scratch_folder = str(tmp_path / "scratch")
	shutil.copytree(original.folder, tmp_path / "set")
	return small_sets.SmallSet(tmp_path / "set", original.key)


@pytest.fixture
def rehearse(who, small_set):
	"""Observe the set and rehearse it; afterwards neither a database nor a folder of it is there."""

	def run(**values):
		doc = drills.carry_out(sets.named(small_set.key, small_set.folder), who, **values)
		with databases.Server(who) as server:
			assert not server.leftovers(DRILL)
		assert not list(Path(frappe.conf.support_scratch_folder).glob("*"))
		return doc

	return run


def results(doc) -> dict[str, str]:
	return {row.step: row.result for row in doc.steps}


def failed(doc) -> list[tuple[str, str]]:
	return [(row.step, row.remark) for row in doc.steps if row.result == "Failed"]


@pytest.fixture(autouse=True)
def in_english(transaction, monkeypatch):
	"""Records are written in the policy's language; here they are read in English."""
	monkeypatch.setattr(drills, "in_language", lambda _language: nullcontext())


def test_a_good_set_keeps_the_promise_and_the_record_says_by_what(rehearse):
	told = []
	frappe.db.delete("Backup Record")
	doc = rehearse(tell=told.append)

	assert (doc.verdict, doc.problem, doc.has_manifest) == ("Kept", "", 1)
	assert set(results(doc).values()) == {"Passed"}
	assert 0 < doc.elapsed_seconds <= doc.target_seconds == 7200
	assert (doc.tables, doc.files) == (11, 2)
	assert doc.set_bytes > 0 and doc.database_bytes > 0
	assert doc.forecast_state == "Not enough history" and doc.forecast
	assert broken_seals("Restore Drill")[1] == []
	assert [line for line in told if "Load the database" in line]
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc("Restore Drill", doc.name).save()


def test_one_altered_row_fails_by_the_table_s_name(rehearse, small_set):
	small_set.rewrite_dump(lambda text: text.replace(b"tabRole 3", b"tabRole 9"))
	doc = rehearse()

	assert doc.verdict == "Broken"
	assert failed(doc) == [("Compare tables, rows and content", "Altered content: tabRole")]
	assert doc.problem.startswith("Compare tables, rows and content: Altered content: tabRole")


def test_a_row_that_is_gone_and_a_table_that_is_gone_have_names_of_their_own(rehearse, small_set):
	small_set.rewrite_dump(
		lambda text: re.sub(rb",\s*\('tabUser 4',[^)]*\)", b"", text).replace(b"`tabSingles`", b"`tabOther`")
	)
	(_step, remark) = failed(rehearse())[0]
	assert "Missing table: tabSingles" in remark
	assert "Table that was not there: tabOther" in remark
	assert "Other number of rows: tabUser (5 / 4)" in remark


def test_a_missing_file_fails_by_its_path(rehearse, small_set):
	path = small_set.path("private-files.tar")
	path.unlink()
	with tarfile.open(path, "w") as archive:
		archive.addfile(_directory(f"./{frappe.local.site}/private/files"))
	doc = rehearse()
	assert failed(doc) == [("Compare the files", "Missing file: private/files/factura.pdf")]


def test_a_missing_archive_and_one_that_was_changed_since_it_was_recorded_fail_before_anything_is_loaded(
	rehearse, small_set
):
	sets.named(small_set.key, small_set.folder)
	small_set.rewrite_dump(lambda text: text + b"-- one more\n")
	small_set.path("files.tar").unlink()
	source = sets.named(small_set.key, small_set.folder)
	(step, remark) = failed(drills.carry_out(source, databases.access()))[0]
	assert step == "Files of the set as recorded"
	assert "Missing: Public files" in remark
	assert "database.sql.gz is not the file that was recorded" in remark


@pytest.mark.parametrize("has_manifest", [True, False])
def test_a_wrong_key_fails(rehearse, small_set, has_manifest):
	small_set.path("site_config_backup.json").write_text(
		json.dumps({"db_name": "x", "encryption_key": frappe.generate_hash(length=42) + "A="})
	)
	if not has_manifest:
		small_set.path("manifest.json").unlink()
	assert failed(rehearse()) == [
		("Open a secret with the key", "Secret that the key does not open: Test one password")
	]


@pytest.mark.parametrize("is_cut_in_gzip", [True, False])
def test_a_truncated_dump_fails_while_it_is_loaded(rehearse, small_set, is_cut_in_gzip):
	path = small_set.path("database.sql.gz")
	if is_cut_in_gzip:
		os.truncate(path, path.stat().st_size // 2)
	else:
		small_set.rewrite_dump(lambda text: text[: text.index(b"`tabUser`")])
	((step, remark),) = failed(rehearse())
	assert (step, remark.split(":")[0]) == ("Load the database", "Truncated")


def test_a_dump_that_leads_into_another_database_is_refused(rehearse, small_set):
	small_set.rewrite_dump(lambda text: f"USE `{frappe.conf.db_name}`;\n".encode() + text)
	((step, remark),) = failed(rehearse())
	assert step == "Load the database" and frappe.conf.db_name in remark


def test_a_dump_that_hides_another_database_from_us_meets_a_user_without_rights(rehearse, small_set):
	hidden = f"SET @a = 'DROP TABLE `{frappe.conf.db_name}`.`tabUser`'; EXECUTE IMMEDIATE @a;\n"
	small_set.rewrite_dump(
		lambda text: text.replace(b"-- Dump completed", hidden.encode() + b"-- Dump completed")
	)
	((step, remark),) = failed(rehearse())
	assert step == "Load the database" and "denied" in remark
	assert frappe.db.exists("User", "Administrator")


def test_a_dump_cannot_run_a_program(rehearse, small_set, tmp_path):
	made = tmp_path / "made-by-the-dump"
	small_set.rewrite_dump(lambda text: f"\\! touch {made}\nsystem touch {made}\n".encode() + text)
	assert failed(rehearse()) and not made.exists()


def test_without_a_manifest_what_cannot_be_compared_is_not_proven(rehearse, small_set):
	small_set.path("manifest.json").unlink()
	doc = rehearse()
	assert (doc.verdict, doc.has_manifest) == ("Not proven", 0)
	assert results(doc)["Compare tables, rows and content"] == "Not proven"
	assert results(doc)["Open a secret with the key"] == "Passed"


def test_without_a_manifest_a_file_that_is_gone_shows_by_its_file_record(rehearse, small_set):
	small_set.path("manifest.json").unlink()
	small_set.path("files.tar").unlink()
	with tarfile.open(small_set.path("files.tar"), "w") as archive:
		archive.addfile(_directory(f"./{frappe.local.site}/public/files"))
	((step, remark),) = failed(rehearse())
	assert (step, remark.splitlines()[0]) == ("Compare the files", "Missing file: public/files/logo.png")


def test_an_archive_that_points_outside_writes_nothing_there(rehearse, small_set, tmp_path):
	with tarfile.open(small_set.path("files.tar"), "w") as archive:
		archive.addfile(_directory("./x/public/files/../../../escaped"))
		archive.addfile(tarfile.TarInfo("./x/public/files/../../../../escaped.txt"))
	doc = rehearse()
	((step, _remark),) = failed(doc)
	assert step == "Unpack the public files" and doc.verdict == "Broken"
	assert "Load the database" not in results(doc), "hours of loading come after what the archives say"
	assert not list(tmp_path.rglob("escaped*"))


def test_an_encrypted_set_passes_with_its_key_and_fails_without(rehearse, small_set, monkeypatch):
	if not shutil.which("gpg"):
		pytest.skip("no gpg on this machine")
	for ending in ("database.sql.gz", "files.tar", "private-files.tar"):
		path = small_set.path(ending)
		stem, _dot, suffix = ending.partition(".")
		_encrypt(path, small_set.path(f"{stem}-enc.{suffix}"), "llave de prueba")
		path.unlink()
	monkeypatch.setitem(frappe.local.conf, "backup_encryption_key", "llave de prueba")
	assert rehearse().verdict == "Kept"
	monkeypatch.setitem(frappe.local.conf, "backup_encryption_key", "otra")
	doc = rehearse()
	((step, remark),) = failed(doc)
	assert step == "Files of the set as recorded"
	assert [line.split(": ")[1] for line in remark.splitlines()] == ["Not decrypted"] * 3
	assert "Load the database" not in results(doc)


@pytest.mark.parametrize("program", ["gpg", "mariadb"])
def test_a_program_that_the_machine_lacks_is_named_before_anything_is_made(
	rehearse, small_set, monkeypatch, program
):
	path = small_set.path("files.tar")
	if program == "gpg":
		path.write_bytes(b"\x8c" + bytes(600))
	monkeypatch.setitem(frappe.local.conf, "backup_encryption_key", "llave de prueba")
	there = shutil.which
	lacking = ("gpg",) if program == "gpg" else ("mariadb", "mysql")
	monkeypatch.setattr(shutil, "which", lambda name, *rest, **more: None if name in lacking else there(name))
	doc = rehearse()
	((step, remark),) = failed(doc)
	assert step == "Files of the set as recorded" and program in remark
	assert "Load the database" not in results(doc)


def test_a_configuration_that_nobody_can_read_is_a_finding_and_no_mistake_of_ours(rehearse, small_set):
	small_set.path("site_config_backup.json").write_text('{"db_name": "x", ')
	doc = rehearse()
	((step, remark),) = failed(doc)
	assert (step, doc.verdict) == ("Files of the set as recorded", "Broken") and "Truncated" in remark


def test_a_disk_without_room_is_seen_before_anything_is_made(rehearse, monkeypatch):
	monkeypatch.setattr(unpacking, "free_bytes", lambda _folder: 1000)
	doc = rehearse()
	assert doc.verdict == "Broken"
	assert [step for step, _remark in failed(doc)] == ["Free disk space"]
	assert "Load the database" not in results(doc)


def test_a_disk_that_holds_either_the_database_or_the_files_has_no_room_for_both(rehearse, who, monkeypatch):
	with databases.Server(who) as server:
		tables = Path(server.column("select @@datadir")[0])
	scratch = unpacking.existing(Path(frappe.conf.support_scratch_folder))
	if not tables.exists() or tables.stat().st_dev != scratch.stat().st_dev:
		pytest.skip("tables and files do not share a disk here")
	monkeypatch.setattr(databases.Server, "size_bytes", lambda _server, _name: 1 << 40)
	monkeypatch.setattr(unpacking, "free_bytes", lambda _folder: (1 << 40) + recovery.RESERVE_BYTES)
	doc = rehearse()
	assert [step for step, _remark in failed(doc)] == ["Free disk space"]
	assert "Unpack the public files" not in results(doc)


def test_a_disk_that_fills_up_on_the_way_fails_and_is_cleared(rehearse, small_set, tmp_path, monkeypatch):
	small = tmp_path / "small-disk"
	small.mkdir()
	mounted = subprocess.run(
		["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(small)], capture_output=True, check=False
	)
	if mounted.returncode:
		pytest.skip("no small file system can be mounted here")
	try:
		frappe.conf.support_scratch_folder = str(small)
		monkeypatch.setattr(unpacking, "free_bytes", lambda _folder: 1 << 40)
		doc = rehearse()
		((step, remark),) = failed(doc)
		assert step.startswith("Unpack the") and "No space left" in remark
	finally:
		subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize("kind", [RuntimeError, AttributeError, TypeError, RecursionError])
def test_a_mistake_of_our_own_ends_the_drill_and_breaks_no_promise(rehearse, monkeypatch, kind):
	def break_down(*_arguments):
		raise kind("nobody thought of this")

	monkeypatch.setattr(unpacking, "unpack", break_down)
	doc = rehearse()
	said = (
		f"An error of this program stopped the step, and says nothing of the backup: {kind.__name__}: nobody"
	)
	assert (doc.verdict, failed(doc)) == ("Not proven", [])
	((step, result),) = {row: found for row, found in results(doc).items() if found != "Passed"}.items()
	assert (step, result) == ("Unpack the public files", "Not proven")
	assert doc.problem.startswith(f"Unpack the public files: {said}")
	assert "Load the database" not in results(doc)
	(row,) = [row for row in portal_status() if row["label"] == "Last restore drill"]
	assert (
		row["state"] == "Not proven" and "error of ours" in row["text"] and "restored in" not in row["text"]
	)


def test_what_was_found_before_a_mistake_of_our_own_stays_found(rehearse, small_set, monkeypatch):
	def break_down(*_arguments):
		raise TypeError("nobody thought of this")

	monkeypatch.setattr(recovery, "_open_secret", break_down)
	small_set.rewrite_dump(lambda text: text.replace(b"tabRole 3", b"tabRole 9"))
	doc = rehearse()
	assert doc.verdict == "Broken" and "Altered content: tabRole" in doc.problem


def test_a_drill_that_is_killed_half_way_is_cleared_up_by_the_next(rehearse, small_set, who):
	slow = small_set.folder.with_name("slow")
	shutil.copytree(small_set.folder, slow)
	small_sets.SmallSet(slow, small_set.key).rewrite_dump(
		lambda text: text.replace(b"-- Dump completed", b"SELECT SLEEP(300);\n-- Dump completed")
	)
	code = (
		"import frappe, sys; frappe.init(site=sys.argv[1]); frappe.connect();"
		"from codigo_binario_support.adapters.restores import databases;"
		"from codigo_binario_support.operations.restores import drills, sets;"
		"frappe.conf.support_scratch_folder = sys.argv[4];"
		"drills.carry_out(sets.named(sys.argv[2], sys.argv[3]), databases.access())"
	)
	arguments = [SITE, small_set.key, str(slow), frappe.conf.support_scratch_folder]
	process = subprocess.Popen(
		[sys.executable, "-c", code, *arguments],
		cwd=BENCH / "sites",
		env={**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])},
	)
	try:
		with databases.Server(who) as server:
			name = _wait_for(lambda: _sleeping(server, process.pid))
			assert server.is_held(name) and server.leftovers(DRILL) == [], "a living drill is left alone"
			process.send_signal(signal.SIGKILL)
			process.wait()
			_wait_for(lambda: not server.is_held(name))
			assert server.leftovers(DRILL) == [name]
			doc = rehearse()
			assert doc.verdict == "Kept"
			assert name in doc.steps[0].remark
			assert name not in server.names() and not server.rows(
				"select 1 from mysql.user where User = %s", (name,)
			)
	finally:
		process.kill()
		process.wait()


def _sleeping(server, pid: int) -> str | None:
	rows = server.rows("select user from information_schema.processlist where info like 'SELECT SLEEP%'")
	return next((name for (name,) in rows if f"_{pid}_" in name), None)


def _wait_for(look, seconds: float = 20.0):
	until = time.monotonic() + seconds
	while time.monotonic() < until:
		if found := look():
			return found
		time.sleep(0.05)
	raise AssertionError("it never happened")


def test_the_live_database_is_refused_at_every_door(who, small_set):
	live = frappe.conf.db_name
	with databases.Server(who) as server:
		for touch in (server.create, server.drop, lambda name: server.load(name, "x", [b"select 1;\n"])):
			with pytest.raises(Refused):
				touch(live)
	assert frappe.db.sql("select 1")


def test_a_database_with_our_own_kind_of_name_is_refused_once_a_site_lives_in_it(
	who, small_set, monkeypatch, tmp_path
):
	name = make_name(DRILL, frappe.local.site, os.getpid(), "beef")
	(tmp_path / "sites" / "otro.mx").mkdir(parents=True)
	config = tmp_path / "sites" / "otro.mx" / "site_config.json"
	config.write_text(json.dumps({"db_name": name}))
	monkeypatch.setattr(frappe.local, "sites_path", str(tmp_path / "sites"))
	with databases.Server(who) as server:
		with pytest.raises(Refused, match="database of a site"):
			server.drop(name)
		config.write_text("{")
		with pytest.raises(Refused, match="cannot be read"):
			server.drop(name)


def test_without_a_user_who_may_make_databases_it_is_said_what_to_do(monkeypatch, transaction):
	monkeypatch.delenv(databases.PASSWORD_VARIABLE, raising=False)
	monkeypatch.setitem(frappe.local.conf, "root_password", None)
	with pytest.raises(databases.NoAccess, match="--db-root-username"):
		databases.access()
	with pytest.raises(databases.NoAccess, match="does not let nobody in"):
		databases.Server(databases.access("nobody", "wrong"))


def test_the_newest_verified_set_is_taken_and_without_one_it_is_said_how_to_get_there(small_set):
	frappe.db.delete("Backup Record")
	with pytest.raises(sets.NoSet, match="observe-backups"):
		sets.choose()
	with pytest.raises(sets.NoSet, match="There are"):
		sets.choose("20250101_000000-x", small_set.folder)


@pytest.mark.parametrize(
	("schedule", "days", "is_due"),
	[
		("Off", 4000, False),
		("Weekly", 6, False),
		("Weekly", 7, True),
		("Monthly", 30, True),
		("Yearly", 364, False),
	],
)
def test_the_schedule_of_the_settings(rehearse, schedule, days, is_due):
	frappe.db.set_single_value("Support Promise Settings", "drill_schedule", schedule)
	rehearse(is_scheduled=True)
	assert drills.due(utc_now() + timedelta(days=days)) is is_due


@pytest.mark.parametrize("person", ["it", "agent", "manager"])
def test_nobody_writes_a_drill_by_hand(as_user, person):
	as_user(person)
	assert not frappe.has_permission("Restore Drill", "create")
	assert frappe.has_permission("Restore Drill", "read")


def _directory(name: str) -> tarfile.TarInfo:
	info = tarfile.TarInfo(name)
	info.type, info.mode = tarfile.DIRTYPE, 0o755
	return info


def _encrypt(source: Path, target: Path, passphrase: str) -> None:
	subprocess.run(
		[
			"gpg",
			"--batch",
			"--yes",
			"--pinentry-mode",
			"loopback",
			"--passphrase-fd",
			"0",
			"-o",
			str(target),
			"-c",
			str(source),
		],
		input=passphrase.encode(),
		check=True,
		capture_output=True,
	)
