"""Sets that the app makes itself: whole and verified, or named and gone; killed, crowded out, encrypted, removed by policy."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import frappe
import pytest
from conftest import SITE
from frappe.utils import getdate
from frappe.utils.backups import BackupGenerator
from freezegun import freeze_time

from codigo_binario_support.adapters.backups import dumps, expectations
from codigo_binario_support.adapters.backups.inventory import read_tables, secret, server, snapshot, stored
from codigo_binario_support.adapters.backups.settings import SETTINGS, backup_settings
from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.policy import promises
from codigo_binario_support.adapters.site.instants import from_text, utc_now
from codigo_binario_support.adapters.site.locks import BACKUPS, RESTORE, Busy, only_one
from codigo_binario_support.domain.backups import inventory, runs
from codigo_binario_support.jobs import backups as jobs
from codigo_binario_support.jobs import health
from codigo_binario_support.operations import alerts
from codigo_binario_support.operations.backups import days, observe, retention
from codigo_binario_support.operations.backups import run as watch
from codigo_binario_support.operations.restores import sets
from codigo_binario_support.setup import defaults, install

EVIDENCE = ("Backup Record", "Backup Run", "Backup Day", "Backup Removal", "Backup Copy")
PREAMBLE = f"""
import os, sys, time
from pathlib import Path
import frappe
frappe.init(site={SITE!r}); frappe.connect()
"""


@pytest.fixture
def folder(tmp_path, transaction, monkeypatch) -> Path:
	"""A backup folder of its own; nothing is committed, and what the site has recorded is out of the way."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	for doctype in (*EVIDENCE, "Backup Record File", "Support Alert"):
		frappe.db.delete(doctype)
	use(tmp_path / "backups", makes_backups=1, backup_every_hours=20, expires_sets=1)
	(tmp_path / "backups").mkdir()
	return tmp_path / "backups"


def use(folder: Path, **settings) -> None:
	for fieldname, value in {"backup_folder": str(folder), **settings}.items():
		frappe.db.set_single_value(SETTINGS, fieldname, value, update_modified=False)


@pytest.fixture(scope="module")
def good_set(site, tmp_path_factory) -> Path:
	"""One set that the app made, with its manifest, for tests that only need one."""
	from conftest import connect

	folder = tmp_path_factory.mktemp("good")
	connect()
	try:
		hidden = dumps.generate(folder)
		with snapshot() as run:
			found = read_tables(run, frappe.conf.db_name)
			held = inventory.Inventory(
				site=frappe.local.site,
				set_key=hidden.set_key,
				taken_at=utc_now(),
				finished_at=utc_now(),
				tables=inventory.joined(found, found),
				files=stored(Path(frappe.get_site_path()).resolve()),
				secret=secret(),
				server=server(run),
			)
		dumps.write_manifest(hidden, inventory.serialize(held))
		dumps.publish(hidden, {})
		dumps.clear_ready_mark(folder, hidden.set_key)
	finally:
		frappe.destroy()
	return folder


@pytest.fixture
def quick(good_set, monkeypatch):
	"""The dump of the good set in place of a new one, where the test is about something else."""
	(dump,) = good_set.glob("*-database.sql.gz")
	monkeypatch.setattr(
		BackupGenerator, "take_dump", lambda generator: shutil.copy(dump, generator.backup_path_db)
	)


@pytest.fixture
def aged(monkeypatch):
	"""A copy of a set under an older name has rows of its future: here that is no sign of a wrong clock."""
	monkeypatch.setattr(expectations, "latest", lambda taken_at: "")


def put(good_set: Path, folder: Path, taken_at: datetime | None = None) -> str:
	"""A copy of the good set in the folder, as if it had been taken then (UTC); returns its key."""
	from codigo_binario_support.adapters.site.instants import to_site

	(old,) = {path.name.split("-")[0] for path in good_set.iterdir()}
	new = to_site(taken_at).strftime("%Y%m%d_%H%M%S") if taken_at else old
	for path in good_set.iterdir():
		shutil.copy2(path, folder / path.name.replace(old, new))
	manifest = next(folder.glob(f"{new}-*-manifest.json"))
	key = manifest.name.removesuffix("-manifest.json")
	manifest.write_bytes(manifest.read_bytes().replace(old.encode(), new.encode()))
	return key


def names(folder: Path) -> list[str]:
	return sorted(path.name for path in folder.iterdir())


def test_a_run_makes_a_complete_set_that_is_verified_and_says_who_asked_for_it(folder):
	run = jobs.make(runs.COMMAND, "Administrator")

	assert (run.state, run.problem) == ("Made", "")
	record = frappe.get_doc("Backup Record", run.backup_record)
	assert (record.verdict, record.is_complete, record.problem) == ("Verified", 1, "")
	assert (record.origin, record.triggered_by) == ("Command", "Administrator")
	assert len(names(folder)) == 5 and not [name for name in names(folder) if name.startswith(".")]
	assert run.needed_bytes < run.free_bytes and run.size_bytes == record.size_bytes
	assert observe.current_age().is_kept
	assert observe.observe(folder, settle_seconds=0) == [], "it is recorded already"
	for doctype in ("Backup Record", "Backup Run"):
		assert broken_seals(doctype)[1] == []


def test_the_manifest_says_what_the_site_held_and_its_hash_is_in_the_record(folder, quick):
	run = jobs.make()
	record = frappe.get_doc("Backup Record", run.backup_record)
	content = (folder / inventory.manifest_name(record.set_key)).read_bytes()
	held = inventory.parse(content)

	import hashlib

	assert hashlib.sha256(content).hexdigest() == record.manifest_sha256
	assert held.tables["tabUser"].before.rows == held.tables["tabUser"].after.rows > 1
	assert held.tables["tabDocType"].is_exact and held.tables["tabDocType"].after.checksum
	assert all(len(row.sha256) == 64 for row in held.files.values())
	with snapshot() as database:
		changed = inventory.differences(held, tables=read_tables(database, frappe.conf.db_name))
	assert [row for row in changed if row.where in ("tabDocType", "tabDocField", "tabRole")] == []


@pytest.mark.parametrize(
	("damage", "problem"),
	[
		("truncated", "Truncated"),
		("emptied", "Empty"),
		("without private files", "Missing"),
		("falsely encrypted", "False encryption"),
		("a table is gone", "Missing tables"),
		("a table is empty", "Empty tables"),
		("a file is gone from the archive", "Missing files"),
		("the content is old", "Old content"),
	],
)
def test_a_good_set_that_is_damaged_is_named_after_its_damage(folder, good_set, damage, problem):
	import gzip
	import re
	import tarfile

	put(good_set, folder)
	(dump,) = folder.glob("*-database.sql.gz")
	(public,) = (path for path in folder.glob("*-files.tar") if "-private-" not in path.name)
	sql = gzip.decompress(dump.read_bytes()) if damage.startswith(("a table", "the content")) else b""
	if damage == "truncated":
		os.truncate(dump, dump.stat().st_size // 2)
	elif damage == "emptied":
		os.truncate(dump, 0)
	elif damage == "without private files":
		next(folder.glob("*-private-files.tar")).unlink()
	elif damage == "falsely encrypted":
		dump.rename(dump.with_name(dump.name.replace(".sql.gz", "-enc.sql.gz")))
	elif damage == "a table is gone":
		dump.write_bytes(gzip.compress(sql.replace(b"\nCREATE TABLE `tabRole`", b"\n-- `tabRole`"), 1))
	elif damage == "a table is empty":
		dump.write_bytes(gzip.compress(sql.replace(b"\nINSERT INTO `tabDocType`", b"\n-- `tabDocType`"), 1))
	elif damage == "the content is old":
		dump.write_bytes(gzip.compress(re.sub(rb"'20\d\d-(\d\d-\d\d \d\d:)", rb"'2019-\1", sql), 1))
	else:
		with tarfile.open(public, "w") as archive:
			archive.addfile(tarfile.TarInfo(f"./{SITE}/public/files/"))
	if damage == "a file is gone from the archive" and not any((Path(SITE) / "public/files").iterdir()):
		pytest.skip("the site has no public files")
	(record,) = observe.observe(folder, settle_seconds=0)
	assert (record.verdict, record.problem) == ("Failed", problem)
	assert record.run_method("onload") is None and record.get_onload("advice")
	assert not observe.current_age().is_kept


def test_a_set_without_a_manifest_is_compared_with_the_site(folder, good_set):
	key = put(good_set, folder)
	(folder / inventory.manifest_name(key)).unlink()
	(record,) = observe.observe(folder, settle_seconds=0)
	assert (record.verdict, record.origin, record.manifest_sha256 or "") == ("Verified", "Elsewhere", "")


def test_a_set_far_smaller_than_those_before_it_proves_nothing_unless_a_manifest_vouches_for_it(
	folder, good_set, aged
):
	for n in range(3):
		put(good_set, folder, utc_now() - timedelta(days=n + 2))
	observe.observe(folder, settle_seconds=0)
	frappe.db.sql("update `tabBackup Record File` set size_bytes = size_bytes * 10")
	key = put(good_set, folder)
	vouched = observe.observe(folder, settle_seconds=0)
	assert [row.verdict for row in vouched] == ["Verified"]
	(folder / inventory.manifest_name(key)).unlink()
	os.utime(next(folder.glob(f"{key}-database.sql.gz")), (1, 1))
	(record,) = observe.observe(folder, settle_seconds=0)
	assert (record.verdict, record.problem) == ("Not proven", "Shrunken")


# Room


@pytest.fixture
def small_disk(tmp_path):
	"""A file system of one mebibyte."""
	place = tmp_path / "small"
	place.mkdir()
	mount = subprocess.run(
		["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, text=True
	)
	if mount.returncode:
		pytest.skip(f"no small file system can be mounted here: {mount.stderr.strip()}")
	yield place
	subprocess.run(["umount", str(place)], check=True)


def test_without_room_nothing_is_begun_and_the_run_says_how_much_is_missing(folder, small_disk):
	use(small_disk)
	run = jobs.make()
	assert (run.state, run.problem) == ("Failed", "Too little disk")
	assert "MiB needed" in run.found and run.needed_bytes > run.free_bytes
	assert names(small_disk) == []


def test_a_disk_that_fills_up_on_the_way_leaves_the_sets_before_it(folder, small_disk, monkeypatch):
	(small_disk / "20200101_000000-other_site-database.sql.gz").write_bytes(b"somebody's")
	use(small_disk)
	monkeypatch.setattr(runs, "needed_bytes", lambda *_sizes: 0)
	(small_disk / "filler").write_bytes(bytes(700_000))
	run = jobs.make()
	assert (run.state, run.problem) == ("Failed", "Too little disk")
	assert names(small_disk) == ["20200101_000000-other_site-database.sql.gz", "filler"]
	assert [row[1] for row in health._keeping() if row[0]][:1] == ["backup_run"]


# One at a time, and killed


def start(code: str) -> subprocess.Popen:
	return subprocess.Popen(
		[sys.executable, "-c", PREAMBLE + code],
		stdout=subprocess.PIPE,
		stderr=subprocess.DEVNULL,
		text=True,
		start_new_session=True,
	)


def kill(process: subprocess.Popen) -> None:
	os.killpg(process.pid, signal.SIGKILL)
	process.wait()


def test_two_writers_at_once_are_one_writer_and_a_killed_one_leaves_no_lock(folder):
	other = start(
		"from codigo_binario_support.adapters.site.locks import *\n"
		"with only_one(BACKUPS):\n print('held', flush=True); time.sleep(60)"
	)
	assert other.stdout.readline() == "held\n"
	with pytest.raises(Busy):
		jobs.make()
	assert jobs.make_ordered(runs.DESK, "Administrator") is None
	assert names(folder) == [] and frappe.db.count("Backup Run") == 0
	kill(other)
	with only_one(BACKUPS):
		assert True, "the kernel gave the lock back"


def test_no_set_is_removed_while_one_is_restored(folder):
	with only_one(RESTORE), pytest.raises(Busy):
		jobs.expire()
	assert jobs.expire()[1] == []


def test_a_step_that_breaks_hides_no_missing_backup(folder, monkeypatch):
	looked = []
	monkeypatch.setattr(jobs.backup_run, "prepare", lambda: 1 / 0)
	monkeypatch.setattr(jobs.retention, "decide", lambda: 1 / 0)
	monkeypatch.setattr(jobs, "observe", lambda: 1 / 0)
	monkeypatch.setattr(jobs, "_notify_of_age", lambda: looked.append("age"))
	monkeypatch.setattr(jobs.days, "write", lambda: looked.append("days"))
	jobs.keep()
	assert looked == ["days", "age"]


def test_a_frappe_that_takes_no_socket_is_given_none(tmp_path, quick, transaction, monkeypatch):
	"""Frappe 15.44, whose connection and whose generator know nothing of one."""
	connect, begin = frappe.database.get_db, BackupGenerator.__init__

	def get_db(host=None, user=None, password=None, port=None, cur_db_name=None):
		return connect(host=host, user=user, password=password, port=port, cur_db_name=cur_db_name)

	def generator(
		self,
		name,
		user,
		password,
		backup_path=None,
		db_host=None,
		db_port=None,
		db_type=None,
		ignore_conf=False,
	):
		more = {"backup_path": backup_path, "db_host": db_host, "db_port": db_port, "db_type": db_type}
		begin(self, name, user, password, ignore_conf=ignore_conf, **more)

	monkeypatch.setattr(frappe.database, "get_db", get_db)
	monkeypatch.setattr(BackupGenerator, "__init__", generator)
	with snapshot() as run:
		assert read_tables(run, frappe.conf.db_name)
	hidden = dumps.generate(tmp_path)
	assert all(hidden.path(name.name).exists() for name in hidden.names)


@pytest.mark.parametrize("whole_group", [True, False])
def test_a_run_that_is_killed_half_way_is_cleared_by_the_next_one_and_never_taken_for_a_set(
	folder, quick, whole_group
):
	other = start(
		"from codigo_binario_support.adapters.backups import dumps\n"
		# The dump is held open at its end, as a large one would be.
		"dumps._Generator.copy_site_config = lambda self: time.sleep(60)\n"
		f"dumps.generate(Path({str(folder)!r}))"
	)
	deadline = time.monotonic() + 30
	while not (left := [name for name in names(folder) if "database" in name]):
		assert time.monotonic() < deadline and other.poll() is None
		time.sleep(0.02)
	kill(other) if whole_group else (other.kill(), other.wait())
	assert left[0].startswith(".making-")
	assert observe.observe(folder, settle_seconds=0) == []

	run = jobs.make()
	assert run.state == "Made"
	(dead,) = frappe.get_all("Backup Run", filters={"state": "Failed"}, fields=["problem", "origin"])
	assert (dead.problem, dead.origin or "") == ("Run was killed", ""), "who asked for it died with it"
	assert frappe.db.count("Backup Record") == 1
	if not whole_group:
		# The dumper outlived the run and may have written once more.
		with suppress(ProcessLookupError):
			os.killpg(other.pid, signal.SIGKILL)
		assert watch.prepare() == []
	assert [name for name in names(folder) if name.startswith(".")] == []


def test_a_run_that_dies_while_it_moves_a_verified_set_is_finished_by_the_next_one(
	folder, quick, monkeypatch
):
	moved = dumps._move

	def die(place, wanted):
		moved(place, wanted[:2])
		raise KeyboardInterrupt

	monkeypatch.setattr(dumps, "_move", die)
	monkeypatch.setattr(dumps, "discard", lambda hidden: None)
	with pytest.raises(KeyboardInterrupt):
		jobs.make(runs.DESK, "Administrator")
	monkeypatch.setattr(dumps, "_move", moved)
	assert observe.observe(folder, settle_seconds=0) == [], "a set in the making is not looked at"

	(record,) = watch.prepare()
	assert (record.verdict, record.origin, record.triggered_by) == ("Verified", "Desk", "Administrator")
	assert [name for name in names(folder) if name.startswith(".")] == []


# Encryption


@pytest.fixture
def encrypted(monkeypatch):
	if not shutil.which("gpg"):
		pytest.skip("no gpg on this machine")
	settings = frappe.get_doc("System Settings")
	settings.encrypt_backup = 1
	monkeypatch.setattr(frappe.local, "system_settings", settings, raising=False)
	monkeypatch.setattr(dumps, "is_encryption_wanted", lambda: True)
	frappe.local.conf.backup_encryption_key = "a key of this test"


def test_a_site_that_asks_for_it_gets_encrypted_sets_that_were_opened_again(folder, quick, encrypted):
	run = jobs.make()
	record = frappe.get_doc("Backup Record", run.backup_record)
	assert (record.verdict, record.encryption) == ("Verified", "Encrypted")
	assert [row.nature for row in record.files] == ["gpg", "gpg", "gpg", "gpg"]
	assert all("-enc." in row.file_name for row in record.files)
	assert b"a key of this test" not in b"".join(path.read_bytes() for path in folder.iterdir())
	assert sets.choose(record.set_key, folder).config()["db_name"] == frappe.conf.db_name


def test_an_encryption_that_fails_keeps_no_plain_file(folder, quick, encrypted, monkeypatch, tmp_path):
	gpg = tmp_path / "gpg"
	gpg.write_text("#!/bin/sh\necho 'gpg: agent is broken' >&2\nexit 2\n")
	gpg.chmod(0o755)
	monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
	run = jobs.make()
	assert (run.state, run.problem) == ("Failed", "Encryption failed")
	assert "agent is broken" in run.found
	assert names(folder) == []


def test_a_plain_set_of_a_site_that_asks_for_encryption_is_not_kept(folder, quick, monkeypatch):
	monkeypatch.setattr(dumps, "is_encryption_wanted", lambda: True)
	if not shutil.which("gpg"):
		pytest.skip("no gpg on this machine")
	frappe.local.conf.backup_encryption_key = "a key of this test"
	run = jobs.make()
	assert (run.state, run.problem) == ("Failed", "Set is not good")
	assert "Not encrypted" in run.found
	assert names(folder) == []


# When one is due


def test_a_set_is_due_before_the_newest_is_a_day_old(folder, good_set):
	assert watch.is_due()
	key = put(good_set, folder, utc_now() - timedelta(hours=1))
	observe.observe(folder, settle_seconds=0)
	record = frappe.get_last_doc("Backup Record")
	taken_at = from_text(record.taken_at_utc)
	assert not watch.is_due() and key
	assert not watch.is_due(taken_at + timedelta(hours=19, minutes=59))
	assert watch.is_due(taken_at + timedelta(hours=20))
	use(folder, makes_backups=0)
	assert not watch.is_due(taken_at + timedelta(hours=30))


def test_settings_with_which_the_promise_could_not_be_kept_are_refused(folder):
	for fieldname, value in (
		("backup_every_hours", 24),
		("keep_daily", 0),
		("backup_folder", "relative/folder"),
		("keep_monthly", -1),
	):
		settings = frappe.get_doc(SETTINGS)
		settings.set(fieldname, value)
		with pytest.raises(frappe.ValidationError):
			settings.save()


@pytest.mark.parametrize(("person", "is_allowed"), [("it", 1), ("agent", 0), ("manager", 0), ("ana", 0)])
def test_only_system_managers_order_a_backup_from_the_desk(folder, as_user, monkeypatch, person, is_allowed):
	from codigo_binario_support.api.backups import back_up_now

	ordered = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **values: ordered.append((method, values)))
	as_user(person)
	if not is_allowed:
		with pytest.raises(frappe.PermissionError):
			back_up_now()
		assert ordered == []
		return
	assert back_up_now() is True
	((method, values),) = ordered
	assert (method, values["queue"]) == ("codigo_binario_support.jobs.backups.make_ordered", "long")
	assert (values["origin"], values["triggered_by"]) == ("Desk", frappe.session.user)


# Retention


def test_old_sets_go_by_policy_their_records_stay_and_a_row_says_what_went(folder, good_set, aged):
	keys = [put(good_set, folder, utc_now() - timedelta(hours=20 * n)) for n in range(8)]
	made = observe.observe(folder, settle_seconds=0)
	assert {row.verdict for row in made} == {"Verified"}
	frappe.db.sql("update `tabBackup Record` set origin = 'Scheduler'")
	unseen = put(good_set, folder, utc_now() - timedelta(days=300))
	use(folder, keep_daily=3, keep_weekly=0, keep_monthly=0)

	reasons, would_go = jobs.expire(is_rehearsal=True)
	assert would_go and len(names(folder)) == 45
	_reasons, gone = jobs.expire()
	assert gone == would_go
	assert set(keys[:2]) <= set(reasons) and unseen in reasons
	assert not [name for name in names(folder) for key in gone if name.startswith(key)]
	assert frappe.db.count("Backup Record") == 8, "records outlive their files"
	assert set(frappe.get_all("Backup Removal", pluck="set_key")) == set(gone)
	row = frappe.get_last_doc("Backup Removal")
	assert row.backup_record and len(row.files.split("\n")) == 5 and row.sets_left >= 2
	assert broken_seals("Backup Removal")[1] == []
	assert jobs.expire()[1] == []


def test_sets_of_others_and_the_last_good_ones_are_never_removed(folder, good_set, aged):
	keys = [put(good_set, folder, utc_now() - timedelta(days=30 * (n + 1))) for n in range(4)]
	observe.observe(folder, settle_seconds=0)
	use(folder, keep_daily=1, keep_weekly=0, keep_monthly=0)
	assert jobs.expire()[1] == [], "made elsewhere"
	use(folder, expires_foreign=1)
	for key in keys[:2]:
		os.truncate(next(folder.glob(f"{key}-database.sql.gz")), 100)
	assert set(jobs.expire()[1]) == set(), "two verified ones are left, and two that were written into"
	observe.observe(folder, settle_seconds=0)
	jobs.expire()
	assert {key for key in keys if list(folder.glob(f"{key}-*"))} >= set(keys[2:])


# Days, absence, and who is told


def test_three_days_with_scheduler_and_workers_off_leave_three_rows(folder, good_set):
	put(good_set, folder)
	(record,) = observe.observe(folder, settle_seconds=0)
	taken_at = from_text(record.taken_at_utc)
	frappe.db.set_single_value(SETTINGS, "watched_since", (taken_at - timedelta(days=1)).date())
	with freeze_time(taken_at + timedelta(days=1, hours=3)):
		jobs.check_promises()
	before = frappe.db.count("Backup Day")
	with freeze_time(taken_at + timedelta(days=4, hours=3)):
		written = jobs.check_promises()
		assert [row.state for row in written] == ["Not kept"] * 3
		assert all(row.gap_seconds > 86_400 and not row.gap_until_utc for row in written[1:])
		assert jobs.check_promises() == [], "a day is written once"
	assert frappe.db.count("Backup Day") == before + 3
	assert broken_seals("Backup Day")[1] == []
	assert health.checks() and frappe.db.get_single_value(SETTINGS, "promises_checked_at", cache=False)


NEVER_PLANTED = {"no row": (), "an empty row": (None,), "an empty text": ("",), "the year 1": ("0001-01-01",)}


@pytest.fixture(params=NEVER_PLANTED.values(), ids=NEVER_PLANTED.keys())
def never_planted(request, folder):
	"""The settings as an installation, or a version before, left them: nobody ever wrote when watching began."""
	frappe.db.delete("Singles", {"doctype": SETTINGS, "field": "watched_since"})
	for value in request.param:
		row = ("doctype", "field", "value")
		frappe.db.bulk_insert("Singles", row, [(SETTINGS, "watched_since", value)])
	frappe.db.value_cache.clear()
	assert backup_settings().watched_since is None
	return folder


def policy_day() -> date:
	return utc_now().astimezone(promises.zone()).date()


@pytest.mark.parametrize(
	"begin", [defaults.begin_to_watch, install.after_migrate, jobs.check_promises, jobs.keep]
)
def test_days_without_a_backup_are_rows_from_the_day_on_which_the_app_came(never_planted, monkeypatch, begin):
	use(never_planted, makes_backups=0)
	now = utc_now()
	begin()
	today = policy_day()
	assert backup_settings().watched_since == today
	assert days.write() == [] and observe.last_days(7) == [], "nothing is said of days that nobody watched"
	with freeze_time(now + timedelta(days=5)):
		written = jobs.check_promises()
		assert [row.state for row in observe.last_days(7)] == ["Not kept"] * 4
		defaults.begin_to_watch()
		assert backup_settings().watched_since == today, "once set it stays"
		assert jobs.check_promises() == []
	assert [getdate(row.day) for row in written] == [today + timedelta(days=n) for n in range(1, 5)]
	assert {row.state for row in written} == {"Not kept"}
	assert frappe.db.count("Backup Day") == 4 and broken_seals("Backup Day")[1] == []


def test_the_day_on_which_watching_began_is_a_row_when_a_set_was_taken_on_it(folder, good_set):
	put(good_set, folder)
	(record,) = observe.observe(folder, settle_seconds=0)
	taken_at = from_text(record.taken_at_utc)
	frappe.db.delete("Singles", {"doctype": SETTINGS, "field": "watched_since"})
	with freeze_time(taken_at):
		assert jobs.check_promises() == []
	with freeze_time(taken_at + timedelta(days=1, hours=3)):
		(row,) = jobs.check_promises()[:1]
		assert (getdate(row.day), row.state) == (taken_at.astimezone(promises.zone()).date(), "Kept")
	with freeze_time(taken_at + timedelta(days=2, hours=3)):
		frappe.db.sql("update `tabBackup Record` set verdict = 'Failed'")
		assert "Not kept" in {row.state for row in days.write() if row.revision == 2}, (
			"it was spoken of already"
		)


@pytest.mark.parametrize(("kept", "read"), [(None, None), ("", None), ("0001-01-01 00:00:00", None)])
def test_an_empty_instant_of_the_settings_is_none(folder, kept, read):
	frappe.db.set_single_value(SETTINGS, "promises_checked_at", kept)
	assert backup_settings().checked_at is read
	assert "absence" in [check for _level, check, _text in health._keeping()]
	jobs.check_promises()
	assert abs((utc_now() - backup_settings().checked_at).total_seconds()) < 60


def test_a_day_that_is_learned_of_later_is_a_row_of_its_own(folder, good_set, aged):
	now = utc_now().replace(microsecond=0)
	frappe.db.set_single_value(SETTINGS, "watched_since", (now - timedelta(days=3)).date())
	first = jobs.check_promises()
	assert {row.state for row in first} == {"Not kept"}
	put(good_set, folder, now - timedelta(days=2))
	os.utime(folder, None)
	observe.observe(folder, settle_seconds=0)
	later = [row for row in days.write() if row.sets]
	assert [(row.state, row.sets, row.revision) for row in later] == [("Kept", 1, 2)]
	assert later[0].newest_record


def test_a_missing_backup_is_told_once_and_so_is_its_end(folder, good_set):
	def told():
		return frappe.get_all(
			"Notification Log",
			filters={"document_type": "Support Alert", "for_user": ("like", "support-test-it@%")},
			pluck="subject",
			order_by="creation asc",
		)

	frappe.db.delete("Notification Log", {"document_type": "Support Alert"})
	use(folder, operators="ops@example.com\nnight@example.com")
	for _hour in range(3):
		jobs.check_promises()
	assert len(told()) == 1
	(alert,) = frappe.get_all("Support Alert", fields=["code", "state", "subject"])
	assert (alert.code, alert.state) == ("backup-age", "Open")
	put(good_set, folder)
	observe.observe(folder, settle_seconds=0)
	for _hour in range(2):
		jobs.check_promises()
	assert len(told()) == 2
	assert frappe.get_all("Support Alert", pluck="state") == ["Over"]


def test_operators_are_mailed_once(folder, monkeypatch):
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **values: sent.append(values))
	use(folder, operators="ops@example.com, night@example.com")
	for _hour in range(3):
		with alerts.spoken():
			jobs._notify_of_age()
	assert [mail["recipients"] for mail in sent] == [["ops@example.com", "night@example.com"]]
	assert "bench --site" in sent[0]["message"]


def test_mails_of_alerts_go_out_without_a_scheduler_and_one_that_fails_holds_up_none(folder, monkeypatch):
	def waiting(address):
		return frappe.get_doc(
			{
				"doctype": "Email Queue",
				"reference_doctype": "Support Alert",
				"sender": "erp@example.com",
				"message": "the backup is missing",
				"status": "Not Sent",
				"recipients": [{"recipient": address}],
			}
		).insert(ignore_permissions=True)

	frappe.db.delete("Email Queue", {"reference_doctype": "Support Alert"})
	first, second = waiting("gone@example.com"), waiting("ops@example.com")
	sent = []

	def send(mail, *_arguments, **_options):
		if mail.name == first.name:
			raise ConnectionError("no such server")
		sent.append(mail.name)

	monkeypatch.setattr(type(first), "send", send)
	alerts.deliver()
	assert sent == [second.name]
	assert frappe.db.exists("Error Log", {"reference_doctype": "Email Queue", "reference_name": first.name})


def test_a_site_without_outgoing_mail_still_has_its_alert(folder, monkeypatch):
	def refuse(**_values):
		raise frappe.OutgoingEmailError("no account")

	monkeypatch.setattr(frappe, "sendmail", refuse)
	jobs._notify_of_age()
	assert frappe.db.count("Support Alert", {"state": "Open"}) == 1


@pytest.mark.parametrize("doctype", EVIDENCE[1:])
@pytest.mark.parametrize("person", ["it", "agent", "manager"])
def test_nobody_makes_changes_or_deletes_a_row_of_evidence(folder, as_user, doctype, person):
	as_user(person)
	assert frappe.has_permission(doctype, "read")
	for right in ("create", "write", "delete"):
		assert not frappe.has_permission(doctype, right)


def test_the_command_says_what_it_made_as_one_object(folder, quick):
	other = subprocess.run(
		[sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", SITE, "support", "cron-line"],
		capture_output=True,
		text=True,
		check=False,
	)
	assert other.returncode == 0, other.stderr
	lines = other.stdout.strip().splitlines()
	assert [line.split("support ")[1].split(" ")[0] for line in lines] == ["backup", "check-promises"]
	from codigo_binario_support.commands.backups import _run_values

	run = jobs.make(runs.COMMAND)
	values = json.loads(json.dumps(_run_values(run, frappe.get_doc("Backup Record", run.backup_record))))
	assert values["state"] == "Made" and len(values["files"]) == 4
	assert backup_settings().folder == folder
	assert retention.decide()[1] == []


def test_an_error_that_nobody_foresaw_leaves_a_row_too(folder, monkeypatch):
	monkeypatch.setattr(frappe.db, "rollback", lambda: None)
	monkeypatch.setattr(dumps, "generate", lambda place: 1 / 0)
	run = jobs.make()
	assert (run.state, run.problem) == ("Failed", "Unforeseen error")
	assert "ZeroDivisionError" in frappe.db.get_value("Error Log", run.found, "error")


def test_the_scheduler_orders_work_with_the_time_that_a_large_platform_takes(folder, monkeypatch):
	ordered = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **values: ordered.append((method, values)))
	jobs.order_keeping()
	use(folder, offsite_enabled=0)
	jobs.order_copy()
	((method, values),) = ordered
	assert method.endswith("jobs.backups.keep") and values["timeout"] >= 6 * 3600 and values["deduplicate"]
	assert {
		row.removeprefix("codigo_binario_support.")
		for row in frappe.get_hooks("scheduler_events")["hourly_long"]
	} >= {"jobs.backups.order_keeping", "jobs.backups.order_copy"}
