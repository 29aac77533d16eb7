"""What the site knows of itself: heartbeats of its inside, and the answer of the health address.

A heartbeat proves that scheduler, worker and database lived; by design it is no proof that anybody could reach them.
"""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import frappe
from frappe.utils.background_jobs import get_queue_list, get_workers
from frappe.utils.scheduler import is_scheduler_inactive
from frappe.website.serve import get_response_without_exception_handling

from ...adapters.availability import samples as rows
from ...adapters.site.certificates import certificate_ends
from ...adapters.site.instants import utc_now
from ...domain.availability import samples
from ...domain.availability.availability import epochs
from ...domain.availability.samples import BACKGROUND, CERTIFICATE, WEB
from ...domain.time import intervals

DOCTYPE = "Availability Heartbeat"
#: Frappe's scheduler beats every four minutes unless it is told otherwise: three missed beats are a pause.
PAUSE_BEATS, DEFAULT_BEAT_SECONDS = 3, 240
#: A worker writes to Redis at least every seven minutes while it lives.
WORKER_SECONDS = 600
CERTIFICATE_SECONDS = 6 * 3600
#: However often the health address is asked, the site looks at itself once in so many seconds.
FRESH_SECONDS = 10
PAGE = "login"

_CACHE_KEY = "codigo_binario_support:health"


def beat(kind: str) -> None:
	"""One row is prolonged while the beats come regularly; a new one begins after a pause."""
	now = int(utc_now().timestamp())
	lately = {"kind": kind, "last": (">=", now - _pause_seconds())}
	if name := frappe.db.get_value(DOCTYPE, lately, order_by="last desc"):
		frappe.db.sql(
			"update `tabAvailability Heartbeat` set last = greatest(last, %s), beats = beats + 1 where name = %s",
			(now, name),
		)
	else:
		_insert(kind, now, 0)


def lived_seconds(start: datetime, end: datetime) -> int:
	"""How long scheduler, worker and database lived for certain in a span of time: the lower bound from inside."""
	filters = {"kind": BACKGROUND}
	found = frappe.get_all(DOCTYPE, filters=filters, fields=["began", "last"], order_by="began asc")
	lived = intervals.union((row.began, row.last) for row in found)
	return intervals.seconds(intervals.intersection(lived, [epochs(start, end)]))


def check_certificate() -> None:
	"""A few times a day: connecting to oneself costs more than a health check may."""
	now = int(utc_now().timestamp())
	if frappe.db.exists(DOCTYPE, {"kind": CERTIFICATE, "last": (">", now - CERTIFICATE_SECONDS)}):
		return
	try:
		ends = certificate_ends()
	except OSError:
		frappe.log_error(title="Support: the site's own certificate could not be read")
		ends = 0
	frappe.db.delete(DOCTYPE, {"kind": CERTIFICATE})
	_insert(CERTIFICATE, now, ends)


def health() -> dict[str, Any]:
	"""`ok`, `failed` (names of checks), `checks` and `certificate_days` (None without https); at most ten seconds old."""
	found = frappe.cache.get_value(_CACHE_KEY, expires=True)
	if found is None:
		found = _examine()
		frappe.cache.set_value(_CACHE_KEY, found, expires_in_sec=FRESH_SECONDS)
	return found


def is_probe(header: str) -> bool:
	"""Whether `NAME SECONDS SIGNATURE` is signed by a probe of this site, now. The key itself never travels."""
	name, _space, rest = (header or "").partition(" ")
	at, _space, signature = rest.partition(" ")
	if not samples.is_probe_name(name) or not at.isdecimal() or len(at) > 12:
		return False
	if abs(int(at) - utc_now().timestamp()) > samples.SKEW_SECONDS:
		return False
	key = rows.key_of(name)
	return bool(key and samples.is_signed(key, samples.greeting(name, int(at)), signature))


def _examine() -> dict[str, Any]:
	looks = {"database": _database, "page": _page, "worker": _worker, "scheduler": _scheduler}
	checks = {name: _is_well(look) for name, look in looks.items()}
	failed = [name for name, is_well in checks.items() if not is_well]
	ends = frappe.db.get_value(DOCTYPE, {"kind": CERTIFICATE}, "certificate_ends")
	days = (int(ends) - int(utc_now().timestamp())) // 86_400 if ends else None
	return {"ok": not failed, "failed": failed, "checks": checks, "certificate_days": days}


def _is_well(check: Callable[[], bool]) -> bool:
	try:
		return check()
	except Exception:
		# Whatever a broken site raises, the answer is that it is broken; the reason goes to the site's own log.
		frappe.logger("support").error("health check failed", exc_info=True)
		return False


def _database() -> bool:
	"""A row is written, and the request commits it: a full disk shows."""
	beat(WEB)
	frappe.local.flags.commit = True
	return True


def _page() -> bool:
	return get_response_without_exception_handling(PAGE).status_code < 400


def _worker() -> bool:
	queues, now = set(get_queue_list(build_queue_name=True)), utc_now()
	beats = [row.last_heartbeat for row in get_workers() if queues & set(row.queue_names())]
	aware = [at if at.tzinfo else at.replace(tzinfo=timezone.utc) for at in beats if at]
	return any((now - at).total_seconds() < WORKER_SECONDS for at in aware)


def _scheduler() -> bool:
	if is_scheduler_inactive(verbose=False):
		return False
	limit = int(utc_now().timestamp()) - _pause_seconds()
	return bool(frappe.db.exists(DOCTYPE, {"kind": BACKGROUND, "last": (">=", limit)}))


def _pause_seconds() -> int:
	return PAUSE_BEATS * int(frappe.conf.scheduler_interval or DEFAULT_BEAT_SECONDS)


def _insert(kind: str, now: int, certificate: int) -> None:
	values = (frappe.generate_hash(length=10), kind, now, now, 1, certificate)
	frappe.db.bulk_insert(DOCTYPE, ["name", "kind", "began", "last", "beats", "certificate_ends"], [values])
