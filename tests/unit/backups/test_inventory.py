"""The manifest of a backup: written, read, and compared with what a restore brought back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codigo_binario_support.domain.backups import inventory
from codigo_binario_support.domain.backups.inventory import (
	Inventory,
	InventoryError,
	Secret,
	StoredFile,
	Table,
	TableReading,
	differences,
	joined,
	parse,
	secret_digest,
	serialize,
)

AT = datetime(2026, 11, 23, 16, 15, 30, tzinfo=timezone.utc)
USERS = TableReading(6, "2026-11-23 10:00:00.000000", "ana@example.com", 61896376)
SERIES = TableReading(3, checksum=7)
SERVER = "10.11.19-MariaDB"


def made(**changes) -> Inventory:
	values = {
		"site": "erp.mx",
		"set_key": "20261123_101530-erp_mx",
		"taken_at": AT,
		"finished_at": AT + timedelta(minutes=4),
		"tables": joined({"tabUser": USERS, "tabSeries": SERIES}, {"tabUser": USERS, "tabSeries": SERIES}),
		"files": {"public/files/logo.png": StoredFile(70, "a" * 64)},
		"secret": Secret("User", "ana", "api_secret", "salt", secret_digest("hush", "salt")),
		"apps": {"frappe": "15.105.0"},
		"server": SERVER,
	}
	return Inventory(**{**values, **changes})


def found(**changes) -> dict:
	return {
		"tables": {"tabUser": USERS, "tabSeries": SERIES},
		"files": {"public/files/logo.png": StoredFile(70, "a" * 64)},
		"decrypted": "hush",
		"server": SERVER,
		**changes,
	}


def kinds(expected: Inventory, **changes) -> list[str]:
	return [row.kind for row in differences(expected, **found(**changes))]


def test_what_came_back_as_it_was_differs_in_nothing():
	assert differences(made(), **found()) == []


@pytest.mark.parametrize(
	("changes", "kind"),
	[
		({"tables": {"tabUser": USERS}}, inventory.MISSING_TABLE),
		({"tables": {"tabUser": USERS, "tabSeries": SERIES, "tabX": SERIES}}, inventory.EXTRA_TABLE),
		({"tables": {"tabUser": USERS._replace(rows=5), "tabSeries": SERIES}}, inventory.ROWS),
		(
			{"tables": {"tabUser": USERS._replace(newest="2026-11-22 10:00:00.000000"), "tabSeries": SERIES}},
			inventory.NEWEST,
		),
		({"tables": {"tabUser": USERS._replace(checksum=1), "tabSeries": SERIES}}, inventory.CONTENT),
		({"files": {}}, inventory.MISSING_FILE),
		({"files": {**found()["files"], "public/files/b": StoredFile(1, "b")}}, inventory.EXTRA_FILE),
		({"files": {"public/files/logo.png": StoredFile(70, "b" * 64)}}, inventory.FILE_CONTENT),
		({"decrypted": "other"}, inventory.SECRET),
		({"decrypted": ""}, inventory.SECRET),
	],
)
def test_every_difference_has_its_name(changes, kind):
	assert kinds(made(), **changes) == [kind]


def test_checksums_of_another_server_are_not_compared():
	altered = {"tabUser": USERS._replace(checksum=1), "tabSeries": SERIES}
	assert kinds(made(), tables=altered, server="11.4.2-MariaDB") == []


def test_what_was_not_looked_at_is_not_compared():
	assert differences(made()) == []


def test_a_table_that_changed_during_the_dump_is_a_range():
	busy = Table(USERS, USERS._replace(rows=9, newest="2026-11-23 10:17:00.000000", checksum=2))
	expected = made(tables={"tabUser": busy})
	assert not busy.is_exact
	for rows in (6, 7, 9):
		assert kinds(expected, tables={"tabUser": USERS._replace(rows=rows, checksum=3)}) == []
	assert kinds(expected, tables={"tabUser": USERS._replace(rows=6000)}) == [inventory.ROWS]
	later = USERS._replace(newest="2026-11-24 10:00:00.000000")
	assert kinds(expected, tables={"tabUser": later}) == [inventory.NEWEST]


def test_a_file_that_changed_during_the_backup_proves_nothing():
	expected = made(files={"public/files/logo.png": StoredFile(70, "a" * 64, is_exact=False)})
	assert kinds(expected, files={}) == []
	assert kinds(expected, files={"public/files/logo.png": StoredFile(71, "b" * 64)}) == []


def test_a_table_of_one_look_only_is_left_out():
	assert list(joined({"a": SERIES, "b": SERIES}, {"b": SERIES, "c": SERIES})) == ["b"]


def test_the_secret_is_not_in_the_manifest():
	assert b"hush" not in serialize(made())


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_LOOKS = st.builds(TableReading, st.integers(0, 10**9), _TEXT, _TEXT, st.none() | st.integers(0, 2**32))


@given(
	st.dictionaries(_TEXT, st.builds(Table, _LOOKS, _LOOKS), max_size=4),
	st.dictionaries(_TEXT, st.builds(StoredFile, st.integers(0, 2**50), _TEXT, st.booleans()), max_size=4),
	st.none() | st.builds(Secret, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT),
)
def test_what_is_written_is_read_and_written_the_same(tables, files, secret):
	made_now = made(tables=tables, files=files, secret=secret)
	content = serialize(made_now)
	assert parse(content) == made_now
	assert serialize(parse(content)) == content


def test_a_file_name_that_is_no_utf_8_survives():
	name = b"public/files/a\xf1o.pdf".decode("utf-8", "surrogateescape")
	expected = made(files={name: StoredFile(1, "a")})
	assert parse(serialize(expected)).files == expected.files


@pytest.mark.parametrize(
	"content",
	[
		b"",
		b"[]",
		b"null",
		b'{"format": 1}',
		serialize(made())[:-20],
		serialize(made()).replace(b'"format":1', b'"format":2'),
		serialize(made()).replace(b"+00:00", b""),
	],
)
def test_what_is_no_manifest_is_refused(content):
	with pytest.raises(InventoryError):
		parse(content)


def test_the_manifest_is_one_json_object_that_other_programs_read():
	data = json.loads(serialize(made()))
	assert data["tables"]["tabUser"]["rows"] == [6, 6]
	assert data["files"]["public/files/logo.png"]["size"] == 70
	assert data["taken_at_utc"] == "2026-11-23T16:15:30+00:00"
