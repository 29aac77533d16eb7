"""Copies off-site, to a real S3 server on loopback: whole, broken off, gone on with, altered, and grown old."""

import hashlib
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import frappe
import pytest
import s3_server
from frappe.utils.password import set_encrypted_password
from freezegun import freeze_time

from codigo_binario_support.adapters.backups import s3 as stores
from codigo_binario_support.adapters.backups.s3 import CopyError
from codigo_binario_support.adapters.backups.settings import SETTINGS, store
from codigo_binario_support.adapters.evidence.chains import broken_seals
from codigo_binario_support.adapters.site.instants import from_text, to_site, to_text, utc_now
from codigo_binario_support.domain.backups.offsite import LEAST_PART_BYTES, advice
from codigo_binario_support.jobs import backups as jobs
from codigo_binario_support.jobs import health
from codigo_binario_support.operations.backups import offsite

BUCKET, PREFIX = "respaldos", "cliente"
PARTS = 8


@pytest.fixture(scope="module")
def address(site):
	yield from s3_server.serve()


@pytest.fixture
def client(address, transaction, monkeypatch):
	"""The site copies to the server; nothing is committed, and the site's own records are out of the way."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	for doctype in (
		"Backup Record",
		"Backup Record File",
		"Backup Copy",
		"Backup Copy File",
		"Support Alert",
	):
		frappe.db.delete(doctype)
	for fieldname, value in {
		"offsite_enabled": 1,
		"offsite_endpoint": address,
		"offsite_bucket": BUCKET,
		"offsite_prefix": PREFIX,
		"offsite_access_key": "key",
	}.items():
		frappe.db.set_single_value(SETTINGS, fieldname, value, update_modified=False)
	set_encrypted_password(SETTINGS, SETTINGS, "hush", "offsite_secret")
	found = stores.connect(store())
	found.create_bucket(Bucket=BUCKET)
	yield found
	for upload in found.list_multipart_uploads(Bucket=BUCKET).get("Uploads") or []:
		found.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
	for row in found.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
		found.delete_object(Bucket=BUCKET, Key=row["Key"])
	found.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def record(tmp_path, client):
	"""The record of a verified set of four small files, an hour old."""
	at = (utc_now() - timedelta(hours=1)).replace(microsecond=0)
	stamp, slug = to_site(at).strftime("%Y%m%d_%H%M%S"), frappe.local.site.replace(".", "_")
	rows = []
	for kind, ending in (
		("Database", "database.sql.gz"),
		("Public files", "files.tar"),
		("Private files", "private-files.tar"),
		("Site configuration", "site_config_backup.json"),
	):
		path = tmp_path / f"{stamp}-{slug}-{ending}"
		path.write_bytes(os.urandom(1000))
		sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
		rows.append({"kind": kind, "file_name": path.name, "size_bytes": 1000, "sha256": sha256})
	return frappe.get_doc(
		{
			"doctype": "Backup Record",
			"taken_at": to_site(at),
			"taken_at_utc": to_text(at),
			"set_key": f"{stamp}-{slug}",
			"location": str(tmp_path),
			"verdict": "Verified",
			"is_complete": 1,
			"files": rows,
		}
	).insert(ignore_permissions=True)


def large(path: Path) -> SimpleNamespace:
	path.write_bytes(os.urandom(LEAST_PART_BYTES * (PARTS - 1) + 12_345))
	return SimpleNamespace(path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def send(client, source, key="large", each=LEAST_PART_BYTES):
	return stores.upload_file(client, BUCKET, key, source.path, source.sha256, each)


def test_a_set_is_copied_compared_and_recorded_with_the_time_of_its_dump(client, record):
	made = jobs.copy_offsite()
	assert (made.state, made.problem, made.set_key) == ("Copied", "", record.set_key)
	assert made.taken_at_utc == record.taken_at_utc < made.copied_at_utc
	assert (made.size_bytes, made.sent_bytes) == (4000, 4000)
	assert [row.sha256 for row in made.files] == [row.sha256 for row in record.files]
	there = {row["Key"]: row["Size"] for row in client.list_objects_v2(Bucket=BUCKET)["Contents"]}
	assert there == {f"{PREFIX}/{row.file_name}": 1000 for row in record.files}
	assert broken_seals("Backup Copy")[1] == []
	assert jobs.copy_offsite() is None, "it has arrived"
	assert [row[0] for row in health._copies()] == [health.OK]


def test_a_large_file_goes_in_parts_and_comes_back_the_same(client, tmp_path):
	source = large(tmp_path / "large")
	sent = send(client, source)
	assert (sent.parts, sent.parts_sent, sent.etag.split("-")[1]) == (PARTS, PARTS, str(PARTS))
	body = client.get_object(Bucket=BUCKET, Key="large")["Body"].read()
	assert hashlib.sha256(body).hexdigest() == source.sha256
	assert send(client, source).sent_bytes == 0, "what is there is compared, not sent again"


def test_an_upload_that_is_killed_half_way_goes_on_where_it_stopped(client, tmp_path, address):
	source = large(tmp_path / "large")
	code = f"""
import sys, time
from pathlib import Path
from codigo_binario_support import shipped
from codigo_binario_support.adapters.backups import s3 as stores
from codigo_binario_support.adapters.backups.settings import Store
client = stores.connect(Store({address!r}, "", {BUCKET!r}, "", "key", "hush"))
send = client.upload_part
def slow(**values):
	if values["PartNumber"] == 4:
		print("three parts are there", flush=True)
		time.sleep(60)
	return send(**values)
client.upload_part = slow
stores.upload_file(client, {BUCKET!r}, "large", Path({str(source.path)!r}), {source.sha256!r}, {LEAST_PART_BYTES})
"""
	other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
	assert other.stdout.readline() == "three parts are there\n"
	os.kill(other.pid, signal.SIGKILL)
	other.wait()
	assert client.list_objects_v2(Bucket=BUCKET).get("KeyCount") == 0

	sent = send(client, source)
	assert (sent.parts, sent.parts_sent) == (PARTS, PARTS - 3)
	assert sent.sent_bytes == source.path.stat().st_size - 3 * LEAST_PART_BYTES
	body = client.get_object(Bucket=BUCKET, Key="large")["Body"].read()
	assert hashlib.sha256(body).hexdigest() == source.sha256
	assert not client.list_multipart_uploads(Bucket=BUCKET).get("Uploads")


def test_parts_of_another_file_under_the_same_name_are_sent_again(client, tmp_path):
	old, new = large(tmp_path / "old"), large(tmp_path / "new")
	upload = client.create_multipart_upload(Bucket=BUCKET, Key="large")["UploadId"]
	client.upload_part(
		Bucket=BUCKET,
		Key="large",
		UploadId=upload,
		PartNumber=1,
		Body=old.path.read_bytes()[:LEAST_PART_BYTES],
	)
	assert send(client, new).parts_sent == PARTS


def test_a_file_that_was_written_into_since_it_was_verified_is_not_copied(client, record):
	Path(record.location, record.files[0].file_name).write_bytes(b"something else")
	made = jobs.copy_offsite()
	assert (made.state, made.problem) == ("Failed", "Source was changed")
	source = large(Path(record.location, "large"))
	with pytest.raises(CopyError, match="Source was changed"):
		stores.upload_file(client, BUCKET, "large", source.path, "0" * 64, LEAST_PART_BYTES)
	assert client.list_objects_v2(Bucket=BUCKET).get("KeyCount") == 0
	assert not client.list_multipart_uploads(Bucket=BUCKET).get("Uploads"), (
		"nothing half done is left to pay for"
	)


@pytest.mark.parametrize(("body", "problem"), [(b"short", "Wrong size"), (bytes(1000), "Wrong checksum")])
def test_what_arrives_as_something_else_shows(client, record, monkeypatch, body, problem):
	put = client.put_object

	def alter(**values):
		values.pop("ContentMD5")
		return put(**{**values, "Body": body})

	monkeypatch.setattr(client, "put_object", alter)
	monkeypatch.setattr(stores, "connect", lambda target: client)
	made = jobs.copy_offsite()
	assert (made.state, made.problem) == ("Failed", problem)
	assert advice(made.problem)


def test_a_store_whose_checksum_is_no_md5_must_give_every_byte_back(client, tmp_path, monkeypatch):
	path = tmp_path / "small"
	path.write_bytes(b"content")
	source = SimpleNamespace(path=path, sha256=hashlib.sha256(b"content").hexdigest())
	head = client.head_object
	monkeypatch.setattr(client, "head_object", lambda **values: {**head(**values), "ETag": '"opaque"'})
	assert send(client, source, "small").parts_sent == 1


def test_a_store_that_is_away_is_one_row_and_one_alert_however_often_it_is_tried(client, record):
	frappe.db.set_single_value(SETTINGS, "offsite_endpoint", "http://127.0.0.1:9", update_modified=False)
	first = jobs.copy_offsite()
	assert (first.state, first.problem) == ("Failed", "Store not reached")
	assert jobs.copy_offsite() is None
	assert frappe.db.count("Backup Copy") == 1
	assert frappe.get_all("Support Alert", pluck="state") == ["Open"]
	assert health._copies()[0][0] == health.CRITICAL


def test_a_bucket_that_is_not_there_is_refused_by_name(client, record):
	frappe.db.set_single_value(SETTINGS, "offsite_bucket", "another", update_modified=False)
	made = jobs.copy_offsite()
	assert (made.state, made.problem) == ("Failed", "Store refuses")


def test_an_old_dump_that_was_sent_today_is_a_stale_upload(client, record):
	jobs.copy_offsite()
	assert not offsite.is_copy_stale(offsite.newest_copied())
	assert offsite.newest_in_store() == offsite.newest_copied() == from_text(record.taken_at_utc)
	with freeze_time(from_text(record.taken_at_utc) + timedelta(hours=31)):
		assert offsite.is_copy_stale(offsite.newest_copied())
		with pytest.MonkeyPatch.context() as patch:
			patch.setattr(offsite, "newest_in_store", offsite.newest_copied)
			jobs._notify_of_copies(None)
	(subject,) = frappe.get_all("Support Alert", filters={"state": "Open"}, pluck="subject")
	assert subject


def test_objects_that_were_deleted_in_the_store_are_no_copy(client, record):
	jobs.copy_offsite()
	client.delete_object(Bucket=BUCKET, Key=f"{PREFIX}/{record.files[0].file_name}")
	assert offsite.newest_in_store() is None
	assert offsite.newest_copied(), "the record stays, and is not believed alone"


def test_without_the_library_a_copy_fails_with_a_sentence(client, record, monkeypatch):
	monkeypatch.setitem(sys.modules, "boto3", None)

	made = jobs.copy_offsite()

	assert (made.state, made.problem) == ("Failed", "Library is missing")
	assert "bench pip install 'codigo_binario_support[s3]'" in advice(made.problem)
	assert [row[:2] for row in health._copies()] == [(health.CRITICAL, "offsite_library")]


def test_without_a_store_nothing_is_copied(client, record):
	frappe.db.set_single_value(SETTINGS, "offsite_enabled", 0, update_modified=False)
	assert jobs.copy_offsite() is None and store() is None
	assert health._copies() == [(health.OK, "offsite", "Backups are not copied off-site.")]
