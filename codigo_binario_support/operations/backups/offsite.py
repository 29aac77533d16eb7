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
from ...adapters.site.instants import from_site, from_text, utc_now
from ...adapters.site.record_rows import insert_record
from ...domain.backups import offsite as rules
from ...domain.backups.inventory import manifest_name
from ...domain.backups.offsite import COPIED, COPY_FAILED, PART_BYTES
from ...domain.backups.sets import VERIFIED, parse_name
from . import observe

DOCTYPE = "Backup Copy"
#: What sending may take on top of the promise before the copy is called stale.
SLACK_SECONDS = 6 * 3_600


def pending() -> Any:
	"""The record of the newest verified set if its copy has not arrived yet; older ones are not sent after it."""
	good = {"verdict": VERIFIED, "is_complete": 1}
	newest = frappe.db.get_value(observe.DOCTYPE, good, order_by="taken_at_utc desc, sequence desc")
	if not newest:
		return None
	record = frappe.get_doc(observe.DOCTYPE, newest)
	copied = {"set_key": record.set_key, "state": COPIED, **_where(_required_store())}
	return None if frappe.db.exists(DOCTYPE, copied) else record


def copy(record: Any, part_bytes: int = PART_BYTES) -> Any:
	"""Send one set and put down how it arrived; returns the Backup Copy, or None when the same failure is down already."""
	target = _required_store()
	began, rows, sent_bytes, problem, found = time.monotonic(), [], 0, "", ""
	try:
		client = stores.connect(target)
		for name, sha256 in _files(record):
			key = f"{target.prefix}{name}"
			path = Path(record.location, name)
			sent = stores.upload_file(client, target.bucket, key, path, sha256, part_bytes)._asdict()
			sent_bytes += sent.pop("sent_bytes")
			rows.append({"file_name": name, "object_key": key, "sha256": sha256, **sent})
	except CopyError as error:
		problem, found = error.problem, error.found
	if problem:
		# A store that is away for a day is one row, not one an hour.
		of_set, fields = {"set_key": record.set_key}, ["state", "problem"]
		last = frappe.db.get_value(DOCTYPE, of_set, fields, order_by="sequence desc")
		if tuple(last or ()) == (COPY_FAILED, problem):
			return None
	values = {
		"backup_record": record.name,
		"set_key": record.set_key,
		"taken_at": record.taken_at,
		"taken_at_utc": record.taken_at_utc,
		"elapsed_seconds": round(time.monotonic() - began),
		"state": COPY_FAILED if problem else COPIED,
		"problem": problem,
		"found": found,
		"size_bytes": sum(row["size_bytes"] for row in rows),
		"sent_bytes": sent_bytes,
		"files": rows,
		**_where(target),
	}
	return insert_record(DOCTYPE, values, copied_at=utc_now())


def newest_copied() -> datetime | None:
	"""When the dump of the newest copy was taken, by the records."""
	target = store()
	if target is None:
		return None
	copied = {"state": COPIED, **_where(target)}
	taken_at = frappe.db.get_value(DOCTYPE, copied, "taken_at_utc", order_by="taken_at_utc desc")
	return from_text(taken_at) if taken_at else None


def newest_in_store() -> datetime | None:
	"""When the newest complete set in the store was taken, by the store itself: records outlive objects too."""
	target = _required_store()
	found = stores.names(stores.connect(target), target)
	key = rules.newest_complete(found, frappe.local.site.replace(".", "_"))
	name = parse_name(f"{key}-database.sql.gz") if key else None
	return from_site(name.taken_at) if name else None


def is_copy_stale(newest: datetime | None) -> bool:
	return rules.is_stale(utc_now(), newest, promises.backup_seconds(), SLACK_SECONDS)


def _files(record: Any) -> list[tuple[str, str]]:
	"""(name, SHA-256) of what makes a set, its manifest last."""
	rows = [(row.file_name, row.sha256) for row in record.files if row.file_name]
	if record.manifest_sha256:
		rows.append((manifest_name(record.set_key), record.manifest_sha256))
	return rows


def _where(target: Store) -> dict[str, str]:
	return {"endpoint": target.endpoint, "bucket": target.bucket, "prefix": target.prefix}


def _required_store() -> Store:
	target = store()
	if target is None:
		raise CopyError(rules.NOT_REACHED, "no store is set up")
	return target
