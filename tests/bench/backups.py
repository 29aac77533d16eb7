"""What a backup costs on a real site: made, verified and written down, beside plain `mariadb-dump | gzip` and `tar`.

	cd BENCH/sites && PYTHONPATH=CHECKOUT ../env/bin/python CHECKOUT/tests/bench/backups.py SITE [MEBIBYTES]

Run by `make bench` with the bench's Python, on a site that allows tests. A table and a file of that size each are added
for the while and removed again; no record is kept.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frappe

from codigo_binario_support.adapters.backups import dumps
from codigo_binario_support.adapters.backups import inventory as site
from codigo_binario_support.adapters.backups.archives import read_file
from codigo_binario_support.domain.backups.sets import whole

TABLE = "__support_bench"
ROW_BYTES = 2_000
ROUNDS = 3


def fill(mebibytes: int) -> Path:
	"""A table of rows that shrink about as business documents do, and an upload that does not shrink."""
	frappe.db.sql_ddl(f"drop table if exists `{TABLE}`")
	frappe.db.sql_ddl(
		f"create table `{TABLE}` (name varchar(140) primary key, modified datetime(6), data longtext)"
	)
	words = [f"{random.getrandbits(40):x}" for _n in range(5_000)]
	for start in range(0, (mebibytes << 20) // ROW_BYTES, 1_000):
		rows = [
			(f"row-{start + i}", "2026-01-01 00:00:00", " ".join(random.choices(words, k=ROW_BYTES // 11)))
			for i in range(1_000)
		]
		frappe.db._cursor.executemany(f"insert into `{TABLE}` values (%s, %s, %s)", rows)
	frappe.db.commit()
	path = Path(frappe.get_site_path("private", "files", "support-bench.bin"))
	path.write_bytes(random.randbytes(mebibytes << 20))
	return path


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
	begun = time.perf_counter()
	result = run()
	return time.perf_counter() - begun, result


def plain(folder: Path) -> None:
	"""What an operator's own line in cron does, with the options that Frappe gives the dumper."""
	conf = frappe.conf
	login = [f"--user={conf.db_user or conf.db_name}", f"--password={conf.db_password}"]
	login += [f"--host={conf.db_host}", f"--port={conf.db_port or 3306}"]
	options = ["--single-transaction", "--quick", "--lock-tables=false"]
	with (folder / "dump.sql.gz").open("wb") as target:
		dumper = subprocess.Popen(
			[shutil.which("mariadb-dump") or "mysqldump", *login, *options, conf.db_name],
			stdout=subprocess.PIPE,
		)
		subprocess.run(["gzip"], stdin=dumper.stdout, stdout=target, check=True)
		if dumper.wait():
			raise SystemExit("the dumper failed")
	for kind in ("public", "private"):
		subprocess.run(
			["tar", "-cf", str(folder / f"{kind}.tar"), frappe.get_site_path(kind, "files")], check=True
		)


def look() -> dict:
	with site.snapshot() as run:
		return site.read_tables(run, frappe.conf.db_name)


def main(name: str, mebibytes: int) -> None:
	frappe.init(site=name)
	frappe.connect()
	if not frappe.conf.allow_tests:
		raise SystemExit(f"{name} does not allow tests")
	place = Path(frappe.get_site_path()).resolve()
	extra = None
	figures: dict[str, list[float]] = {}
	try:
		extra = fill(mebibytes)
		raw = 0
		for _n in range(ROUNDS):
			with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
				seconds, _nothing = timed(lambda folder=one: plain(Path(folder)))
				figures.setdefault("plain", []).append(seconds)
				seconds, hidden = timed(lambda folder=two: dumps.generate(Path(folder)))
				figures.setdefault("frappe", []).append(seconds)
				seconds, _looks = timed(lambda: (look(), look()))
				figures.setdefault("looks", []).append(seconds)
				seconds, _files = timed(lambda: site.stored(place))
				figures.setdefault("hashes", []).append(seconds)
				paths = [hidden.path(row.name) for row in hidden.names]
				for row, path in zip(hidden.names, paths, strict=True):
					path.rename(Path(two) / row.name)
				seconds, found = timed(
					lambda folder=two, names=hidden.names: whole(
						read_file(Path(folder), row, None) for row in names
					)
				)
				figures.setdefault("verify", []).append(seconds)
				unpack = subprocess.run(
					f"zcat {two}/*-database.sql.gz | wc -c", shell=True, capture_output=True, text=True
				)
				raw = int(unpack.stdout) + sum(
					row.size_bytes for row in found.files if row.kind.endswith("files")
				)
				if found.verdict != "Verified":
					raise SystemExit(f"the set is not good: {found.problem}")
	finally:
		frappe.db.sql_ddl(f"drop table if exists `{TABLE}`")
		if extra:
			extra.unlink(missing_ok=True)
		frappe.destroy()
	print(
		json.dumps(
			{"bytes": raw, "seconds": {key: sorted(rows)[len(rows) // 2] for key, rows in figures.items()}}
		)
	)


if __name__ == "__main__":
	main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 64)
