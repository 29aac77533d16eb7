"""What a set must hold, for sets without a manifest: the site as it is now, leaving out what came after the set."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import frappe

from ...domain.backups import verification
from ...domain.backups.archives import BUSY_TABLES
from ...domain.backups.inventory import KEY_TABLES
from ...domain.backups.sets import VERIFIED
from ...domain.backups.verification import Expected
from ..site.instants import from_site

#: A row may be written by a transaction that the dump did not see yet.
_OPEN_TRANSACTION = timedelta(hours=1)
_CLOCKS_APART = timedelta(hours=26)
_FOLDERS = {"/files/": "public/files/", "/private/files/": "private/files/"}
_TREND_SETS = 7


def of_site(taken_at: datetime, set_key: str) -> Expected:
	"""`taken_at` is naive site time, as the names of the files say it."""
	tables = _tables(taken_at)
	before = verified_bytes(_TREND_SETS, taken_at=("<", taken_at), set_key=("!=", set_key))
	return Expected(
		tables=tables,
		filled=tables & frozenset(KEY_TABLES),
		newest=_newest(tables, taken_at - _OPEN_TRANSACTION),
		latest=latest(taken_at),
		files=_uploads(taken_at),
		usual_bytes=verification.usual_bytes(before),
	)


def latest(taken_at: datetime) -> str:
	"""No row of a dump is newer, whatever zone the clock was set to."""
	return (taken_at + _CLOCKS_APART).isoformat(sep=" ", timespec="seconds")


def verified_bytes(count: int, **filters: Any) -> list[dict[str, int]]:
	"""Bytes by kind of each of the last verified sets, newest first; their files may be gone."""
	good = {"verdict": VERIFIED, "is_complete": 1, **filters}
	names = frappe.get_all("Backup Record", filters=good, pluck="name", order_by="taken_at desc", limit=count)
	of_them, fields = {"parent": ("in", names or [""])}, ["parent", "kind", "size_bytes"]
	rows = frappe.get_all(
		"Backup Record File", filters=of_them, fields=fields, order_by="parent asc, idx asc"
	)
	return [{row.kind: row.size_bytes for row in rows if row.parent == name} for name in names]


def _tables(taken_at: datetime) -> frozenset[str]:
	"""The tables that were there by then. One that was altered since counts as new: the server knows no more."""
	older = """select table_name from information_schema.tables
		where table_schema = %s and table_type = 'BASE TABLE' and unix_timestamp(create_time) < %s"""
	rows = frappe.db.sql(older, (frappe.conf.db_name, from_site(taken_at).timestamp()))
	return frozenset(row[0] for row in rows)


def _newest(tables: frozenset[str], before: datetime) -> str:
	newest_of = "select max(creation) from `{}` where creation <= %s"
	newest = (frappe.db.sql(newest_of.format(table), (before,))[0][0] for table in BUSY_TABLES & tables)
	return max((at.isoformat(sep=" ", timespec="seconds") for at in newest if at), default="")


def _uploads(taken_at: datetime) -> dict[str, int | None]:
	"""The files of File records that were there by then, and were not written since."""
	limit, site = from_site(taken_at).timestamp(), Path(frappe.get_site_path())
	found: dict[str, int | None] = {}
	older = {"is_folder": 0, "creation": ("<", taken_at)}
	for url in frappe.get_all("File", filters=older, pluck="file_url", order_by="creation asc"):
		folder = next((folder for start, folder in _FOLDERS.items() if (url or "").startswith(start)), None)
		if folder is None or ".." in url:
			continue
		path = folder + url.partition("/files/")[2]
		with suppress(OSError):
			stat = (site / path).stat()
			if stat.st_mtime < limit:
				found[path] = stat.st_size
	return found
