"""The same body many times at once: threads of one process, processes, HTTP clients, two sites of one process.

Each is a site of production: `gunicorn --threads 4`, a bench of twenty people who press at the same moment, a worker
that serves every site of its bench. What is committed is for the test to remove again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import frappe
from conftest import BENCH, SITE

CHECKOUT = Path(__file__).resolve().parents[2]


def open_site(site: str, user: str = "Administrator", settings: Mapping[str, str] | None = None) -> None:
	"""A connection of this thread's own. `frappe.local` belongs to one thread: nothing of another's is seen.

	`settings`: variables of its database session, such as `{"innodb_snapshot_isolation": "ON"}`.
	"""
	frappe.init(site=site, sites_path=str(BENCH / "sites"))
	frappe.connect()
	frappe.local.conf.max_queued_jobs = 1_000_000
	for name, value in (settings or {}).items():
		frappe.db.sql(f"set session {name} = {value}")
	frappe.local.lang = "en"
	frappe.flags.mute_emails = True
	frappe.set_user(user)


def in_threads(
	body: Callable[[int], Any],
	count: int = 4,
	user: str = "Administrator",
	settings: Mapping[str, str] | None = None,
) -> list[Any]:
	"""`body(number)` in `count` threads that begin together, each with a connection of its own; its results in order.

	An exception of one is its result: whoever calls says which may happen.
	"""
	return in_sites([SITE] * count, body, user, settings)


def in_sites(
	sites: Sequence[str],
	body: Callable[[int], Any],
	user: str = "Administrator",
	settings: Mapping[str, str] | None = None,
) -> list[Any]:
	"""As `in_threads`, a thread for each of `sites`: one process that serves several, as every worker of a bench."""
	together = threading.Barrier(len(sites))

	def run(number: int) -> Any:
		open_site(sites[number], user, settings)
		try:
			together.wait(timeout=60)
			found = body(number)
			frappe.db.commit()
			return found
		except Exception as error:
			frappe.db.rollback()
			return error
		finally:
			frappe.destroy()

	with ThreadPoolExecutor(len(sites)) as pool:
		return list(pool.map(run, range(len(sites))))


def in_processes(code: str, count: int, *arguments: str, site: str | None = None) -> list[str]:
	"""Python text in `count` processes that begin together, each connected to the site; what each printed, in order.

	`code` finds `number` (its own) and `arguments`. Raises `AssertionError` with the traceback of one that failed.
	"""
	header = (
		"import sys, frappe\n"
		f"sys.path[:0] = [{str(CHECKOUT)!r}, {str(CHECKOUT / 'tests' / 'site')!r}]\n"
		"number, arguments = int(sys.argv[2]), sys.argv[3:]\n"
		"frappe.init(site=sys.argv[1]); frappe.connect()\n"
		"frappe.flags.mute_emails = True\n"
		"print('ready', flush=True); sys.stdin.readline()\n"
	)
	processes = [
		subprocess.Popen(
			[sys.executable, "-c", header + code, site or SITE, str(number), *arguments],
			cwd=BENCH / "sites",
			env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
		)
		for number in range(count)
	]
	for process in processes:
		process.stdout.readline()
	for process in processes:
		process.stdin.write("\n")
		process.stdin.flush()
	found = [process.communicate(timeout=300) for process in processes]
	for process, (_out, err) in zip(processes, found, strict=True):
		assert process.returncode == 0, err
	return [out for out, _err in found]
