"""A backup set of a few tables and files, with its manifest: what a drill can restore in a second, and a test can damage."""

from __future__ import annotations

import gzip
import json
import os
import secrets
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import frappe
from cryptography.fernet import Fernet

from codigo_binario_support.adapters.backups import inventory as looks
from codigo_binario_support.adapters.restores.databases import Access, Server
from codigo_binario_support.domain.backups import inventory
from codigo_binario_support.domain.restores import databases

CONTENT = {"public/files/logo.png": b"a picture" * 500, "private/files/factura.pdf": b"an invoice" * 900}


@dataclass(frozen=True)
class SmallSet:
	folder: Path
	key: str

	def path(self, ending: str) -> Path:
		return self.folder / f"{self.key}-{ending}"

	def rewrite_dump(self, change) -> None:
		path = self.path("database.sql.gz")
		path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()))))


def make(
	folder: Path,
	who: Access,
	more: Callable[[Server, str], None] | None = None,
	files: dict[str, bytes] | None = None,
) -> SmallSet:
	"""Write the files of a set of the present site into a folder; `more` may fill its database, `files` are added."""
	slug = frappe.local.site.replace(".", "_")
	made = SmallSet(folder, f"20260105_020000-{slug}")
	folder.mkdir(parents=True)
	site, key = folder / "work" / frappe.local.site, Fernet.generate_key().decode()
	for below, content in {**CONTENT, **(files or {})}.items():
		(site / below).parent.mkdir(parents=True, exist_ok=True)
		(site / below).write_bytes(content)
	for ending, below in (("files.tar", "public/files"), ("private-files.tar", "private/files")):
		with tarfile.open(made.path(ending), "w") as archive:
			archive.add(site / below, arcname=f"./{frappe.local.site}/{below}")
	config = {"db_name": "whatever", "encryption_key": key}
	made.path("site_config_backup.json").write_text(json.dumps(config))
	name = databases.make_name(databases.DRILL, frappe.local.site, os.getpid(), secrets.token_hex(2))
	with Server(who) as server:
		server.create(name)
		server.hold(name)
		try:
			_fill(server, name, key)
			if more:
				more(server, name)
			_dump(who, name, made.path("database.sql.gz"))
			found = looks.read_tables(server.rows, name)
			manifest = inventory.Inventory(
				site=frappe.local.site,
				set_key=made.key,
				taken_at=datetime(2026, 1, 5, 8, tzinfo=timezone.utc),
				finished_at=datetime(2026, 1, 5, 8, 1, tzinfo=timezone.utc),
				tables=inventory.joined(found, found),
				files=looks.stored(site),
				secret=inventory.Secret(
					"Test", "one", "password", "s", inventory.secret_digest("abretesésamo", "s")
				),
				server=looks.server(server.rows),
			)
			made.path("manifest.json").write_bytes(inventory.serialize(manifest))
		finally:
			server.drop(name)
	return made


def _fill(server: Server, name: str, key: str) -> None:
	secret = Fernet(key.encode()).encrypt("abretesésamo".encode()).decode()
	for table in inventory.KEY_TABLES:
		if table == "__Auth":
			server.rows(
				f"create table `{name}`.`__Auth` (doctype varchar(140), name varchar(255), fieldname varchar(140),"
				" password text, encrypted int)"
			)
			server.rows(f"insert into `{name}`.`__Auth` values ('Test', 'one', 'password', %s, 1)", (secret,))
			continue
		server.rows(
			f"create table `{name}`.`{table}` (name varchar(140) primary key, modified datetime(6), note text)"
		)
		for row in range(5):
			server.rows(
				f"insert into `{name}`.`{table}` values (%s, '2026-01-04 10:00:00.123456', 'línea 1\nlínea \"2\"')",
				(f"{table} {row}",),
			)
	server.rows(f"create table `{name}`.`tabFile` (name int, file_url text, is_private int, is_folder int)")
	server.rows(
		f"insert into `{name}`.`tabFile` values (1, '/files/logo.png', 0, 0), (2, '/private/files/factura.pdf', 1, 0)"
	)
	server.rows(f"create view `{name}`.`a view` as select name from `{name}`.`tabUser`")


def _dump(who: Access, name: str, path: Path) -> None:
	address = [f"--socket={who.socket}"] if who.socket else [f"--host={who.host or '127.0.0.1'}"]
	port = [f"--port={who.port}"] if who.port else []
	process = subprocess.Popen(
		["mariadb-dump", f"--user={who.user}", *address, *port, "--single-transaction", "--quick", name],
		env={**os.environ, "MYSQL_PWD": who.password},
		stdout=subprocess.PIPE,
	)
	with gzip.open(path, "wb", compresslevel=6) as target:
		shutil.copyfileobj(process.stdout, target)
	assert process.wait() == 0
