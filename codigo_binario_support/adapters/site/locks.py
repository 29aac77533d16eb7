"""One at a time, across processes: a lock of the kernel on a file, which a killed process cannot leave behind.

The same library, file and folder as `frappe.utils.synchronization.filelock`, which is not used itself: it writes an Error
Log row at every timeout. That fills the log with what is ordinary, and needs a database while a restore has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe
from filelock import FileLock, Timeout

BACKUPS = "support-backups"
OFFSITE = "support-offsite"
#: One restore or drill of a site at a time.
RESTORE = "support-restore"


class Busy(Exception):
	"""Somebody else holds the lock now."""


@contextmanager
def only_one(name: str, timeout_seconds: float = 0) -> Iterator[None]:
	"""Hold the lock of the site with this name; raises `Busy` when another process does."""
	path = Path(frappe.get_site_path("locks", f"{name}.lock"))
	path.parent.mkdir(exist_ok=True)
	lock = FileLock(str(path.resolve()), timeout=timeout_seconds)
	try:
		held = lock.acquire()
	except Timeout:
		raise Busy(name) from None
	with held:
		yield
