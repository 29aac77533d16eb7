"""What a database refuses for a passing reason is done again, from the beginning of its transaction.

MariaDB since 11.6 (`innodb_snapshot_isolation`, on by default) refuses to lock a row that somebody committed after this
transaction's first read, where it used to wait and go on: error 1020. Like after a deadlock (1213) the whole transaction
is gone then. Only who began it can begin again, so this is for doors and jobs, never for a step in the middle.
"""

import copy
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import frappe
from frappe.model.naming import NamingSeries

from .errors import is_locked

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 15
_LONGEST_PAUSE_SECONDS = 1.0
#: After that nothing is begun again: a lock that is waited for in vain costs a minute each time, and a job has five.
_LONGEST_SECONDS = 60


def again(do: Callable[[], T]) -> T:
	"""Do it and return what it returns; after a passing refusal again, in a new transaction.

	Within a transaction that has written already nothing is done again: what was written before would be lost.
	"""
	if frappe.db.transaction_writes:
		return do()
	said, ends_at = len(frappe.local.message_log), time.monotonic() + _LONGEST_SECONDS
	for attempt in range(1, ATTEMPTS + 1):
		frappe.local.support_attempt = attempt
		try:
			return do()
		except Exception as error:
			if attempt == ATTEMPTS or time.monotonic() > ends_at or not is_locked(error):
				raise
			frappe.db.rollback()
			del frappe.local.message_log[said:]
			frappe.logger().info(f"support: begun again after {error!r} ({attempt})")
			time.sleep(random.uniform(0.01, min(0.05 * 2**attempt, _LONGEST_PAUSE_SECONDS)))
		finally:
			frappe.local.support_attempt = 1
	raise AssertionError("unreachable")


def insert(doc: Any, do: Callable[[Any], Any]) -> Any:
	"""Insert a document that a client sent to one of Frappe's own doors: each time as it was sent."""
	sent = copy.deepcopy(doc)

	def as_sent() -> Any:
		doc.__dict__.clear()
		doc.__dict__.update(copy.deepcopy(sent).__dict__)
		wait_in_line(doc.doctype)
		return do(doc)

	return again(as_sent)


def undo_to(save_point: str) -> None:
	"""Take back what was written since a savepoint. Frappe counts no writes after it, though those before it stand:
	whoever asks whether this transaction has written would lose them.
	"""
	writes = frappe.db.transaction_writes
	frappe.db.rollback(save_point=save_point)
	frappe.db.transaction_writes = writes


def is_repeated() -> bool:
	"""Whether what is done now was begun before: it counts once, for whoever counts."""
	return getattr(frappe.local, "support_attempt", 1) > 1


def retried(do: Callable[P, T]) -> Callable[P, T]:
	"""A door or a job that `again` may begin again: it is idempotent, or has written nothing when it fails."""

	@wraps(do)
	def doing(*args: P.args, **kwargs: P.kwargs) -> T:
		return again(lambda: do(*args, **kwargs))

	return doing


def whitelist(**options: Any) -> Callable[[Callable[P, T]], Callable[P, T]]:
	"""`frappe.whitelist` of a door that is `retried`."""
	return lambda do: frappe.whitelist(**options)(retried(do))


def wait_in_line(doctype: str) -> None:
	"""Lock the next number of a doctype before anything else is read, in a transaction of its own; for who draws one.

	Whoever draws one at the same time waits, so that fifty at once are fifty in line, not one and 49 refusals. Where this
	transaction has written already it goes on as it is.
	"""
	if not frappe.db.transaction_writes:
		frappe.db.rollback()
		hold(NamingSeries(frappe.get_meta(doctype).autoname).get_prefix())


def hold(counter: str) -> None:
	"""Lock a row of `Series` until this transaction ends; one statement, so that two first ones do not deadlock."""
	made = "insert into `tabSeries` (name, current) values (%s, 0) on duplicate key update name = name"
	frappe.db.sql(made, (counter,))
