"""What a restore drill costs by size, beside `zcat | mariadb` of the same dump into the same server.

	cd BENCH/sites && PYTHONPATH=CHECKOUT ../env/bin/python CHECKOUT/tests/bench/restoring.py SITE [MB ...]

Sets of synthetic rows, and as many bytes of files as a tenth of it.
Needs a database user who may create databases. A Backup Record of
each size stays on the site: use one that is for tests.
"""

from __future__ import annotations

import gzip
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import frappe

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))

import small_sets

from codigo_binario_support.adapters.restores import databases
from codigo_binario_support.adapters.restores.databases import Access, Server
from codigo_binario_support.domain.restores.databases import DRILL, make_name
from codigo_binario_support.operations.restores import drills, sets

ROW_BYTES = 1000


def name() -> str:
	return make_name(DRILL, frappe.local.site, os.getpid(), secrets.token_hex(2))


def fill(server: Server, database: str, megabytes: int) -> None:
	"""Four tables with an index each, as documents have."""
	rows = megabytes * 1_000_000 // ROW_BYTES // 4
	for number in range(4):
		table = f"`{database}`.`tabSynthetic {number}`"
		server.rows(
			f"create table {table} (name varchar(140) primary key, modified datetime(6), title varchar(140), body text,"
			" key modified (modified)) row_format=dynamic"
		)
		server.rows(
			f"""insert into {table} select concat('SYN-', seq), '2026-01-04 10:00:00' + interval seq second,
			concat('Documento ', seq), concat(repeat(concat(md5(seq), sha1(seq * 7)), 6), repeat('texto llano ', 35))
			from `{database}`.seq_1_to_{rows}"""
		)


def plain(who: Access, path: Path) -> float:
	"""Seconds of `zcat FILE | mariadb DATABASE`, the database made and dropped outside of the time."""
	database = name()
	with Server(who) as server:
		server.create(database)
		# As an operator would type it: as root, because a view belongs to who made it.
		command = ["mariadb", f"--user={who.user}", *databases._client(who, database)[3:]]
		command.remove("--binary-mode")
		try:
			begun = time.perf_counter()
			unzip = subprocess.Popen(["zcat", str(path)], stdout=subprocess.PIPE)
			subprocess.run(
				command, stdin=unzip.stdout, env={**os.environ, "MYSQL_PWD": who.password}, check=True
			)
			assert unzip.wait() == 0
			return time.perf_counter() - begun
		finally:
			server.drop(database)


def measure(who: Access, megabytes: int) -> dict[str, Any]:
	folder = Path(tempfile.mkdtemp(prefix="support-bench-"))
	frappe.conf.support_scratch_folder = str(folder / "scratch")
	try:
		made = small_sets.make(
			folder / "set",
			who,
			more=lambda server, database: fill(server, database, megabytes),
			files={"private/files/big.bin": os.urandom(megabytes * 100_000)},
		)
		path = made.path("database.sql.gz")
		with gzip.open(path) as dump:
			size = sum(len(chunk) for chunk in iter(lambda: dump.read(1 << 20), b""))
		source = sets.named(made.key, made.folder)
		frappe.db.commit()
		shell = plain(who, path)
		doc = drills.carry_out(source, who)
		assert doc.verdict == "Kept", doc.problem
		steps = {row.step: row.seconds for row in doc.steps}
		return {
			"dump_mb": round(size / 1e6),
			"gzipped_mb": round(path.stat().st_size / 1e6),
			"plain_seconds": round(shell, 1),
			"drill_seconds": round(sum(steps.values()), 1),
			"steps": steps,
		}
	finally:
		frappe.db.rollback()
		shutil.rmtree(folder)


def main(site: str, *sizes: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	try:
		who = databases.access()
		for megabytes in map(int, sizes or ("50", "200", "500")):
			print(json.dumps(measure(who, megabytes), ensure_ascii=False), flush=True)
	finally:
		frappe.db.rollback()
		frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
