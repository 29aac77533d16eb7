"""Work for the background. A queue that takes nothing more refuses nobody: what it did not take is kept and done later.

Frappe 16 raises when its queue is full (workers that are dead for long), and for who is no system manager raises that they
may not even know it; Redis may be away. A customer's request is filed all the same.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import frappe
from redis.exceptions import RedisError

from .formatting import in_language, read_by

_KEPT = "codigo_binario_support:kept_jobs"
#: How Frappe says that the queue is full, and that a user may not even know it.
_FULL = (getattr(frappe, "QueueOverloaded", frappe.PermissionError), frappe.PermissionError)
_BELL = "frappe.desk.doctype.notification_log.notification_log.make_notification_logs"


def enqueue(
	method: str, *, queue: str = "short", job_id: str | None = None, timeout: int | None = None, **values: Any
) -> None:
	"""Call `method` with plain `values` (kept as JSON) in the background, after the commit; of one `job_id` only once."""
	said = len(frappe.local.message_log)
	named = {"job_id": job_id, "deduplicate": True} if job_id else {}
	try:
		frappe.enqueue(method, queue=queue, timeout=timeout, enqueue_after_commit=True, **named, **values)
	except (*_FULL, RedisError) as error:
		del frappe.local.message_log[said:]
		kept = {"method": method, "user": frappe.session.user, "values": values}
		frappe.logger().error(f"support: {method} was not taken by the queue and is kept: {error!r}")
		frappe.db.after_commit.add(lambda: _keep(job_id or frappe.generate_hash(length=20), kept))


def notify_on_desk(
	users: Iterable[str | None], document_type: str, name: str, write: Callable[[], str], by: str
) -> None:
	"""Ring the bell of the desk for each user, about a document, once that is committed.

	`write` gives the sentence in the language of the moment: it is asked once for each language that the users read.
	"""
	doc = {"type": "Alert", "document_type": document_type, "document_name": name, "from_user": by}
	names = {user for user in users if user}
	if not names or frappe.flags.in_install:
		return
	wanted = {"filters": {"name": ("in", sorted(names))}, "fields": ["name", "language"]}
	languages = dict(frappe.get_all("User", **wanted, order_by="name asc", as_list=True))
	readers: dict[str, list[str]] = defaultdict(list)
	for user in sorted(names):
		readers[read_by(languages.get(user))].append(user)
	for language, users_of_it in readers.items():
		with in_language(language):
			subject = write()
		enqueue(_BELL, queue="default", users=users_of_it, doc={**doc, "subject": subject})


def kept_jobs() -> Iterator[tuple[str, Callable[[], Any]]]:
	"""(method, what does it) of each job that the queue did not take. It is kept no more when it is handed out."""
	for key, text in (frappe.cache.hgetall(_KEPT) or {}).items():
		name = key.decode() if isinstance(key, bytes) else key
		frappe.cache.hdel(_KEPT, name)
		kept = json.loads(text)
		yield kept["method"], partial(_do, **kept)


def _do(method: str, user: str, values: dict[str, Any]) -> Any:
	before = frappe.session.user
	if method == _BELL:
		values["doc"] = frappe._dict(values["doc"])
	frappe.set_user(user)
	try:
		return frappe.get_attr(method)(**values)
	finally:
		frappe.set_user(before)


def _keep(name: str, kept: dict[str, Any]) -> None:
	try:
		frappe.cache.hset(_KEPT, name, json.dumps(kept))
	except RedisError as error:
		# Nothing can be kept: what the schedule looks for anyhow is all that is left.
		frappe.logger().error(f"support: {kept['method']} could not be kept: {error!r}")
