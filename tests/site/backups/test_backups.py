"""Backups on a real site: Frappe's own dump, then the same files damaged in every way that hides a lost backup."""

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import frappe
import pytest
from frappe.utils.backups import BackupGenerator
from freezegun import freeze_time

from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.site.instants import from_text, utc_now
from codigo_binario_support.domain.backups import sets as domain
from codigo_binario_support.jobs import health
from codigo_binario_support.jobs.evidence import broken_evidence
from codigo_binario_support.operations.backups import days
from codigo_binario_support.operations.backups import observe as backups

DOCTYPE = "Backup Record"


@pytest.fixture(scope="module")
def real_set(site, tmp_path_factory) -> Path:
	"""One complete set of the site, made as the operator's command will make it: never by new_backup()."""
	from conftest import connect

	folder = tmp_path_factory.mktemp("backups")
	connect()
	try:
		BackupGenerator(
			frappe.conf.db_name,
			frappe.conf.db_user or frappe.conf.db_name,
			frappe.conf.db_password,
			backup_path=str(folder),
			db_host=frappe.conf.db_host,
			db_port=frappe.conf.db_port,
			db_type=frappe.conf.db_type or "mariadb",
		).get_backup(force=True)
	finally:
		frappe.destroy()
	return folder


@pytest.fixture
def folder(real_set, tmp_path, transaction):
	"""A copy of the real set that a test may damage; records of the site itself are out of the way."""
	frappe.db.delete("Backup Record File")
	frappe.db.delete(DOCTYPE)
	copy = tmp_path / "copy"
	shutil.copytree(real_set, copy)
	return copy


def the(folder: Path, ending: str) -> Path:
	(path,) = folder.glob(f"*-{ending}")
	return path


def database(folder: Path) -> Path:
	return the(folder, "database*.sql.gz")


def observe(folder: Path):
	return backups.observe(folder, settle_seconds=0)


def test_a_real_backup_is_recorded_with_everything_that_proves_it(folder):
	(record,) = observe(folder)

	assert (record.verdict, record.is_complete, record.problem) == ("Verified", 1, "")
	assert record.encryption == "Plain"
	assert [row.kind for row in record.files] == list(domain.KINDS)
	assert all(len(row.sha256) == 64 and row.size_bytes > 0 for row in record.files)
	tables = frappe.db.sql("select count(*) from information_schema.tables where table_schema = database()")
	assert abs(record.files[0].entries - tables[0][0]) <= 5
	assert record.dump_version == record.frappe_version == frappe.__version__
	assert "dump" in record.tool and record.erpnext_version
	assert record.location == str(folder)
	assert from_text(record.taken_at_utc) <= utc_now()
	assert utc_now() - from_text(record.taken_at_utc) < timedelta(minutes=30)


def test_a_set_is_recorded_once(folder):
	assert len(observe(folder)) == 1
	assert observe(folder) == []


def test_a_set_that_is_still_being_written_is_left_for_later(folder):
	os.utime(database(folder))
	assert backups.observe(folder, settle_seconds=600) == []


def test_the_backups_of_another_site_are_not_this_site_s(folder):
	for path in list(folder.iterdir()):
		path.rename(folder / path.name.replace(frappe.local.site.replace(".", "_"), "other_site"))
	assert observe(folder) == []


def truncate(folder):
	path = database(folder)
	os.truncate(path, path.stat().st_size // 2)


def empty(folder):
	os.truncate(database(folder), 0)


def partial(folder):
	path = database(folder)
	path.rename(path.with_name(path.name.replace("-database", "-partial-database")))


def without_private_files(folder):
	the(folder, "private-files.tar").unlink()


def falsely_encrypted(folder):
	for path in list(folder.iterdir()):
		for ending in (".sql.gz", ".tar", ".json"):
			if path.name.endswith(ending):
				path.rename(path.with_name(path.name.removesuffix(ending) + f"-enc{ending}"))


@pytest.mark.parametrize(
	("damage", "problem", "is_complete"),
	[
		(truncate, "Truncated", 1),
		(empty, "Empty", 1),
		(partial, "Partial", 0),
		(without_private_files, "Missing", 0),
		(falsely_encrypted, "False encryption", 1),
	],
)
def test_a_damaged_set_is_recorded_under_the_name_of_its_failure(folder, damage, problem, is_complete):
	damage(folder)
	(record,) = observe(folder)

	assert (record.verdict, record.problem, record.is_complete) == ("Failed", problem, is_complete)
	assert not backups.current_age().is_kept


def test_a_good_set_that_is_damaged_later_keeps_no_promise_any_more(folder):
	observe(folder)
	assert backups.current_age().is_kept
	truncate(folder)
	observe(folder)

	assert not backups.current_age().is_kept
	assert frappe.db.count(DOCTYPE) == 2


def test_records_outlive_their_files(folder):
	(record,) = observe(folder)
	shutil.rmtree(folder)

	assert observe(folder) == []
	assert frappe.db.exists(DOCTYPE, record.name)
	assert backups.current_age().is_kept


def test_nothing_seen_is_not_kept_and_25_hours_are_too_old(folder):
	assert health._backup()[0][0] == health.CRITICAL
	(record,) = observe(folder)
	assert health._backup()[0][0] == health.OK
	for hours, level in ((23, health.OK), (24, health.CRITICAL), (25, health.CRITICAL)):
		with freeze_time(from_text(record.taken_at_utc) + timedelta(hours=hours)):
			assert health._backup()[0][0] == level, hours


def test_a_day_without_a_backup_is_a_row_that_says_so(folder):
	(record,) = observe(folder)
	frappe.db.set_single_value("Support Promise Settings", "watched_since", None)
	with freeze_time(from_text(record.taken_at_utc)):
		assert days.write() == [] and backups.last_days(3) == []
	with freeze_time(from_text(record.taken_at_utc) + timedelta(days=3)):
		assert [row.state for row in backups.last_days(3)] == ["Kept", "Not kept", "Not kept"]


@pytest.mark.parametrize("person", ["it", "agent", "manager", "Administrator"])
def test_nobody_changes_or_deletes_a_record(folder, as_user, person):
	(record,) = observe(folder)
	as_user(person)
	with pytest.raises(frappe.PermissionError):
		frappe.client.set_value(DOCTYPE, record.name, "verdict", "Failed")
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc(DOCTYPE, record.name)


@pytest.mark.parametrize(("person", "can_read"), [("it", 1), ("agent", 1), ("manager", 1), ("ana", 0)])
def test_a_record_is_read_by_operators_agents_and_the_customer_s_manager(folder, as_user, person, can_read):
	(record,) = observe(folder)
	as_user(person)
	assert bool(frappe.has_permission(DOCTYPE, "read", doc=record.name)) is bool(can_read)
	assert not frappe.has_permission(DOCTYPE, "create")


def test_a_record_changed_by_sql_shows_and_so_does_one_that_is_gone(folder):
	first = observe(folder)[0]
	without_private_files(folder)
	second = observe(folder)[0]
	empty(folder)
	third = observe(folder)[0]
	assert broken_seals(DOCTYPE) == (3, [])

	frappe.db.set_value(DOCTYPE, second.name, "verdict", "Verified", update_modified=False)
	assert [row.split()[2] for row in broken_seals(DOCTYPE)[1]] == [second.name]
	assert [row for row in broken_evidence()[1] if second.name in row]
	frappe.db.set_value(DOCTYPE, second.name, "verdict", "Failed", update_modified=False)
	frappe.db.set_value("Backup Record File", first.files[0].name, "sha256", "0" * 64, update_modified=False)
	assert [row.split()[2] for row in broken_seals(DOCTYPE)[1]] == [first.name]

	frappe.db.delete(DOCTYPE, {"name": second.name})
	assert third.name in json.dumps(broken_seals(DOCTYPE)[1])
