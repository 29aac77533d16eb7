"""Backups: names, sets, files read to their end, ages and days."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
import tarfile
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from codigo_binario_support.adapters.backups.archives import read_file
from codigo_binario_support.domain.backups import sets
from codigo_binario_support.domain.backups.archives import nature
from codigo_binario_support.domain.backups.sets import FileReading, age, days, parse_name, sets_of, whole

MEXICO = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=timezone.utc)
STAMP = "20261123_101530-erp_mx"


def gzipped(content: bytes) -> bytes:
	"""The same bytes whenever they are made: cases are named by them, in every worker alike."""
	return gzip.compress(content, mtime=0)


DUMP = (
	b"-- begin frappe metadata\n-- [frappe]\n-- version = 15.105.0\n-- end frappe metadata\n"
	b"-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)\n"
	+ b"".join(
		b"CREATE TABLE `tab%d` (\n);\nINSERT INTO `tab%d` VALUES ('CREATE TABLE `x`');\n" % (i, i)
		for i in range(5000)
	)
	+ b"CREATE TABLE `tabEvent` (\n);\nINSERT INTO `tabEvent` VALUES\n('2030-01-01 09:00:00.000000');\n"
	+ b"CREATE TABLE `tabUser` (\n);\nINSERT INTO `tabUser` VALUES\n"
	+ b",\n".join(
		b"('u%d','2026-11-%02d 10:00:00.000000','%s')" % (i, i, b"x" * 50_000) for i in range(1, 23)
	)
	+ b";\n"
	+ b"-- Dump completed on 2026-11-23 10:15:31\n"
)


def archive(mode: str = "w", members: int = 3) -> bytes:
	content = io.BytesIO()
	with tarfile.open(fileobj=content, mode=mode) as tar:
		for i in range(members):
			info = tarfile.TarInfo(f"./erp.mx/public/files/{'largo' * 40}-{i}.pdf")
			info.size = 5000 + i
			tar.addfile(info, io.BytesIO(bytes([i]) * info.size))
	return content.getvalue()


def names(enc: str = "") -> dict[str, str]:
	return {
		sets.DATABASE: f"{STAMP}-database{enc}.sql.gz",
		sets.PUBLIC: f"{STAMP}-files{enc}.tar",
		sets.PRIVATE: f"{STAMP}-private-files{enc}.tar",
		sets.CONFIG: f"{STAMP}-site_config_backup{enc}.json",
	}


@pytest.fixture
def write(tmp_path):
	"""Write a whole set, with some kinds replaced, and read it: `write({PRIVATE: None})` leaves one out."""

	def make(changes: dict[str, bytes | None] | None = None, enc: str = "", passphrase: str | None = None):
		contents = {
			sets.DATABASE: gzipped(DUMP),
			sets.PUBLIC: archive(),
			sets.PRIVATE: archive(),
			sets.CONFIG: json.dumps({"db_name": "erp"}).encode(),
			**(changes or {}),
		}
		for kind, name in names(enc).items():
			if contents[kind] is not None:
				(tmp_path / name).write_bytes(contents[kind])
		(parsed,) = sets_of(path.name for path in tmp_path.iterdir()).values()
		return whole(read_file(tmp_path, name, passphrase) for name in parsed)

	return make


@pytest.mark.parametrize(
	("name", "kind", "is_encrypted", "is_partial"),
	[
		("20261123_101530-site-database.sql.gz", sets.DATABASE, False, False),
		("20261123_101530-site-partial-database-enc.sql.gz", sets.DATABASE, True, True),
		("20261123_101530-my-files_mx-files.tar", sets.PUBLIC, False, False),
		("20261123_101530-site-private-files.tgz", sets.PRIVATE, False, False),
		("20261123_101530-site-private-files-enc.tar", sets.PRIVATE, True, False),
		("20261123_101530-site-site_config_backup.json", sets.CONFIG, False, False),
		("20261123_101530-site-site_config_backup-enc.json", sets.CONFIG, True, False),
	],
)
def test_a_name_says_when_of_what_and_how(name, kind, is_encrypted, is_partial):
	parsed = parse_name(name)
	assert (parsed.kind, parsed.says_encrypted, parsed.says_partial) == (kind, is_encrypted, is_partial)
	assert parsed.taken_at == datetime(2026, 11, 23, 10, 15, 30)


@pytest.mark.parametrize(
	"name",
	[
		"support-evidence-20261123-101530.tar.gz",
		"20261323_101530-site-database.sql.gz",
		"20261123_101530-site-database.sql.gz.gpg",
		"20261123_101530-site-database.sql",
		"notes.txt",
		"",
	],
)
def test_what_frappe_did_not_name_is_no_backup(name):
	assert parse_name(name) is None


@pytest.mark.parametrize(
	("first", "kind"),
	[
		(b"\x1f\x8b\x08", "gzip"),
		(b"Salted__12345678", "openssl"),
		(b'{"db_name": 1}', "json"),
		(b"", "nothing"),
	],
)
def test_a_file_is_what_its_first_bytes_say(first, kind):
	assert nature(first) == kind


def test_files_of_one_run_are_one_set_and_sets_come_oldest_first():
	later = "20261124_101530-erp_mx-database.sql.gz"
	found = sets_of([later, *names().values(), "notes.txt"])
	assert [len(rows) for rows in found.values()] == [4, 1]
	assert list(found) == [STAMP, "20261124_101530-erp_mx"]


def test_a_whole_set_is_verified_and_says_what_made_it(write):
	found = write()
	database = found.files[0]
	assert (found.verdict, found.problem, found.is_complete) == (sets.VERIFIED, "", True)
	assert found.encryption == sets.PLAIN
	assert (database.entries, database.frappe_version) == (5002, "15.105.0")
	assert database.tool.startswith("MariaDB dump 10.19")
	assert [row.entries for row in found.files[1:3]] == [3, 3]
	assert all(len(row.sha256) == 64 and row.size_bytes for row in found.files)


def test_a_dump_says_its_tables_those_with_rows_and_how_old_its_content_is(write):
	database = write().files[0]
	assert {"tab0", "tab4999", "tabEvent", "tabUser"} <= database.tables == database.filled
	assert database.newest == "2026-11-22 10:00:00", "an event of the future is no sign of age"


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_an_archive_says_its_files_and_their_sizes(write, mode, kind):
	"""Long names and names that are no ASCII, as each kind of tar writes them."""
	content, names = io.BytesIO(), ["corto.txt", "a" * 90 + ".pdf", "largo" * 30 + ".pdf", "año ñ.pdf"]
	if kind == tarfile.USTAR_FORMAT:
		names.pop(2)
	with tarfile.open(fileobj=content, mode=mode, format=kind) as tar:
		tar.addfile(tarfile.TarInfo("./erp.mx/public/files/"))
		for i, name in enumerate(names):
			info = tarfile.TarInfo(f"./erp.mx/public/files/{name}")
			info.size = i
			tar.addfile(info, io.BytesIO(bytes(i)))
	members = write({sets.PUBLIC: content.getvalue()}).files[1].members
	assert members == {f"public/files/{name}": i for i, name in enumerate(names)}


def test_compressed_archives_are_read_too(write):
	found = write({sets.PUBLIC: archive("w:gz"), sets.PRIVATE: archive("w:gz")})
	assert found.verdict == sets.VERIFIED


def test_an_archive_of_an_empty_folder_is_whole(write):
	assert write({sets.PUBLIC: archive(members=1)}).verdict == sets.VERIFIED


def without_last_line(content: bytes) -> bytes:
	return gzipped(content.split(b"-- Dump completed")[0])


def flipped(content: bytes, at: int) -> bytes:
	return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


@pytest.mark.parametrize(
	("kind", "content", "problem"),
	[
		(sets.DATABASE, b"", sets.EMPTY),
		(sets.DATABASE, gzipped(b""), sets.EMPTY),
		(sets.DATABASE, gzipped(b"-- Dump completed on 2026-11-23\n"), sets.EMPTY),
		(sets.DATABASE, gzipped(DUMP)[:-300], sets.TRUNCATED),
		(sets.DATABASE, gzipped(DUMP)[:-4], sets.TRUNCATED),
		(sets.DATABASE, without_last_line(DUMP), sets.TRUNCATED),
		(sets.DATABASE, flipped(gzipped(DUMP), 60), sets.UNREADABLE),
		(sets.DATABASE, gzipped(DUMP) + b"garbage", sets.UNREADABLE),
		(sets.DATABASE, DUMP, sets.UNREADABLE),
		(sets.DATABASE, gzipped(b"-- Partial Backup of Frappe Site erp.mx\n" + DUMP), sets.PARTIAL),
		(sets.PUBLIC, b"", sets.EMPTY),
		(sets.PUBLIC, bytes(10240), sets.UNREADABLE),
		(sets.PUBLIC, archive()[:7000], sets.TRUNCATED),
		(sets.PUBLIC, archive("w:gz")[:-20], sets.TRUNCATED),
		(sets.PUBLIC, flipped(archive(), 1030), sets.UNREADABLE),
		(sets.PRIVATE, None, sets.MISSING),
		(sets.PRIVATE, b"\x8c\x0d\x04" + bytes(600), sets.NOT_DECRYPTED),
		(sets.CONFIG, b'{"db_name": "er', sets.TRUNCATED),
		(sets.CONFIG, b"[]", sets.UNREADABLE),
	],
)
def test_every_failure_has_its_name(write, kind, content, problem):
	found = write({kind: content})
	assert found.problem == problem
	assert found.verdict != sets.VERIFIED
	assert [row.kind for row in found.files if row.problem] == [kind]


def test_an_archive_that_ends_between_two_members_is_truncated(write):
	"""Every tar program reads such a file without a word."""
	content = archive()
	end = len(content.rstrip(b"\0"))
	at_block = content[: end + -end % 512]
	assert write({sets.PUBLIC: at_block}).problem == sets.TRUNCATED


def test_a_set_is_named_after_its_worst_file(write):
	found = write({sets.DATABASE: b"", sets.PRIVATE: None})
	assert (found.problem, found.is_complete) == (sets.EMPTY, False)


@pytest.mark.parametrize("size", [b"77777777777\0", b"-7\0"])
def test_a_name_of_gigabytes_is_not_read_into_memory(write, size):
	head = bytearray(tarfile.TarInfo("public/files/a").tobuf(format=tarfile.GNU_FORMAT))
	head[124:136] = size.ljust(12, b"\0")
	head[156:157] = b"L"
	head[148:156] = b"%06o\0 " % (sum(head[:148]) + 256 + sum(head[156:]))
	assert write({sets.PUBLIC: bytes(head) + bytes(2048)}).problem == sets.UNREADABLE


def test_a_plain_file_named_enc_is_false_encryption(write):
	found = write(enc="-enc", passphrase="key")
	assert (found.problem, found.verdict) == (sets.FALSE_ENCRYPTION, sets.FAILED)
	assert found.encryption == sets.PLAIN
	assert [row.kind for row in found.files if row.problem] == list(sets.KINDS[:3]), (
		"Frappe leaves the configuration plain"
	)


@pytest.fixture(scope="module")
def encrypt(tmp_path_factory):
	home = tmp_path_factory.mktemp("gnupg")

	def run(content: bytes) -> bytes:
		command = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback"]
		command += ["--passphrase", "key", "--symmetric"]
		return subprocess.run(command, input=content, capture_output=True, check=True).stdout

	return run


@pytest.fixture(scope="module")
def encrypted_once(encrypt):
	# Deriving a key from a passphrase is made slow on purpose.
	files = encrypt(archive())
	return {sets.DATABASE: encrypt(gzipped(DUMP)), sets.PUBLIC: files, sets.PRIVATE: files}


@pytest.mark.skipif(not shutil.which("gpg"), reason="no gpg on this machine")
class TestEncrypted:
	@pytest.fixture
	def encrypted(self, encrypted_once):
		return dict(encrypted_once)

	def test_an_encrypted_set_is_read_with_the_site_s_key(self, write, encrypted):
		found = write(encrypted, enc="-enc", passphrase="key")
		assert (found.verdict, found.encryption) == (sets.VERIFIED, sets.ENCRYPTED)
		assert found.files[0].entries == 5002

	@pytest.mark.parametrize("passphrase", [None, "wrong"])
	def test_without_the_right_key_nothing_is_proven(self, write, encrypted, passphrase):
		found = write(encrypted, enc="-enc", passphrase=passphrase)
		assert (found.problem, found.verdict) == (sets.NOT_DECRYPTED, sets.NOT_PROVEN)

	def test_what_was_cut_before_it_was_encrypted_is_still_truncated(self, write, encrypt, encrypted):
		encrypted[sets.DATABASE] = encrypt(without_last_line(DUMP))
		assert write(encrypted, enc="-enc", passphrase="key").problem == sets.TRUNCATED

	def test_what_was_cut_afterwards_is_not_verified(self, write, encrypted):
		encrypted[sets.DATABASE] = encrypted[sets.DATABASE][:-30]
		assert write(encrypted, enc="-enc", passphrase="key").verdict == sets.FAILED


def test_no_backup_seen_is_not_kept():
	assert age(NOW, []).seconds is None
	assert not age(NOW, []).is_kept


@pytest.mark.parametrize(
	("old", "is_kept"),
	[
		(timedelta(0), True),
		(timedelta(hours=24) - timedelta(seconds=1), True),
		(timedelta(hours=24), False),
		(timedelta(hours=25), False),
	],
)
def test_the_promise_is_kept_by_a_set_younger_than_a_day(old, is_kept):
	assert age(NOW, [NOW - timedelta(days=3), NOW - old]).is_kept is is_kept


def test_a_set_of_the_future_proves_nothing():
	assert not age(NOW, [NOW + timedelta(minutes=1)]).is_kept


def test_a_day_on_which_nothing_was_taken_is_a_row_that_says_so():
	taken = [
		datetime(2026, 11, 23, 5, 59, tzinfo=timezone.utc),
		datetime(2026, 11, 24, 6, 0, tzinfo=timezone.utc),
	]
	rows = days(date(2026, 11, 22), date(2026, 11, 24), taken, MEXICO)
	assert [(row.day.day, row.state) for row in rows] == [
		(22, sets.KEPT),
		(23, sets.NOT_KEPT),
		(24, sets.KEPT),
	]


def test_a_kind_with_two_files_is_not_missing():
	found = whole([FileReading(kind) for kind in (*sets.KINDS, sets.PUBLIC)])
	assert len(found.files) == 5 and found.is_complete
