"""The newest verified set, copied to a store elsewhere. A copy is as old as its dump, whenever it was sent."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import frappe

from ...adapters.backups import s3 as stores
from ...adapters.backups.s3 import CopyError
from ...adapters.backups.settings import Store, store
from ...adapters.policy import promises
from ...adapters.site.instants import from_site, from_text, to_site, to_text
from ...adapters.site.now import utc_now
from ...domain.backups.inventory import manifest_name
from ...domain.backups.offsite import (
	COPIED,
	COPY_FAILED,
	COPY_PROBLEMS,
	NOT_REACHED,
	PART_BYTES,
	STALE_REMEDY,
	is_stale,
	newest_complete,
)
from ...domain.backups.sets import VERIFIED, parse_name
from . import observe

DOCTYPE = "Backup Copy"
#: What sending may take on top of the promise before the copy is called stale.
SLACK_SECONDS = 6 * 3_600


def pending() -> Any:
	"""The record of the newest verified set if its copy has not arrived yet; older ones are not sent after it."""
	rows = frappe.get_all(
		observe.DOCTYPE,
		filters={"verdict": VERIFIED, "is_complete": 1},
		pluck="name",
		order_by="taken_at_utc desc, sequence desc",
		limit=1,
	)
	if not rows:
		return None
	record = frappe.get_doc(observe.DOCTYPE, rows[0])
	arrived = frappe.db.exists(
		DOCTYPE, {"set_key": record.set_key, "state": COPIED, **_where(_required_store())}
	)
	return None if arrived else record


def copy(record: Any, part_bytes: int = PART_BYTES) -> Any:
	"""Send one set and put down how it arrived; returns the Backup Copy, or None when the same failure is down already."""
	target = _required_store()
	began, rows, problem, found = time.monotonic(), [], "", ""
	try:
		client = stores.connect(target)
		for name, sha256 in _files(record):
			key = f"{target.prefix}{name}"
			sent = stores.upload_file(
				client, target.bucket, key, Path(record.location, name), sha256, part_bytes
			)
			rows.append((name, key, sha256, sent))
	except CopyError as error:
		problem, found = error.problem, error.found
	if problem and _is_known(record.set_key, problem):
		return None
	now = utc_now()
	return frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"backup_record": record.name,
			"set_key": record.set_key,
			"taken_at": record.taken_at,
			"taken_at_utc": record.taken_at_utc,
			"copied_at": to_site(now).replace(microsecond=0),
			"copied_at_utc": to_text(now),
			"elapsed_seconds": round(time.monotonic() - began),
			"state": COPY_FAILED if problem else COPIED,
			"problem": problem,
			"found": found,
			"size_bytes": sum(sent.size_bytes for *_names, sent in rows),
			"sent_bytes": sum(sent.sent_bytes for *_names, sent in rows),
			**_where(target),
			"files": [
				{
					"file_name": name,
					"object_key": key,
					"sha256": sha256,
					"size_bytes": sent.size_bytes,
					"etag": sent.etag,
					"parts": sent.parts,
					"parts_sent": sent.parts_sent,
				}
				for name, key, sha256, sent in rows
			],
		}
	).insert(
		ignore_permissions=True
	)  # No role may create one: it is written here, from what the store answers.


def newest_copied() -> datetime | None:
	"""When the dump of the newest copy was taken, by the records."""
	target = store()
	if target is None:
		return None
	rows = frappe.get_all(
		DOCTYPE,
		filters={"state": COPIED, **_where(target)},
		pluck="taken_at_utc",
		order_by="taken_at_utc desc",
		limit=1,
	)
	return from_text(rows[0]) if rows else None


def newest_in_store() -> datetime | None:
	"""When the newest complete set in the store was taken, by the store itself: records outlive objects too."""
	target = _required_store()
	found = stores.names(stores.connect(target), target)
	key = newest_complete(found, frappe.local.site.replace(".", "_"))
	name = parse_name(f"{key}-database.sql.gz") if key else None
	return from_site(name.taken_at) if name else None


def is_copy_stale(newest: datetime | None, now: datetime | None = None) -> bool:
	return is_stale(now or utc_now(), newest, promises.backup_seconds(), SLACK_SECONDS)


def advice(copy: Any) -> str:
	"""What to do about a copy that failed, in English; empty for one that arrived."""
	return COPY_PROBLEMS.get(copy.problem, "")


def stale_advice() -> str:
	return STALE_REMEDY


def _files(record: Any) -> list[tuple[str, str]]:
	"""(name, SHA-256) of what makes a set, its manifest last."""
	rows = [(row.file_name, row.sha256) for row in record.files if row.file_name]
	if record.manifest_sha256:
		rows.append((manifest_name(record.set_key), record.manifest_sha256))
	return rows


def _where(target: Store) -> dict[str, str]:
	return {"endpoint": target.endpoint, "bucket": target.bucket, "prefix": target.prefix}


def _is_known(set_key: str, problem: str) -> bool:
	"""A store that is away for a day is one row, not one an hour."""
	last = frappe.get_all(
		DOCTYPE, filters={"set_key": set_key}, fields=["state", "problem"], order_by="sequence desc", limit=1
	)
	return bool(last and last[0].state == COPY_FAILED and last[0].problem == problem)


def _required_store() -> Store:
	target = store()
	if target is None:
		raise CopyError(NOT_REACHED, "no store is set up")
	return target
