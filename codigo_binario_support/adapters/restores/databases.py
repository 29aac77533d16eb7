"""The database server as a restore needs it: new databases, each with a user of its own who can reach nothing else.

Passwords travel in the environment of the client, never on a command line. The names of every site's database are read
again before each statement that makes, fills or drops one.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import frappe
import pymysql
from frappe import _

from ...domain.backups.members import CHUNK
from ...domain.restores import databases
from ...domain.restores.databases import Dump, Refused

#: Where the password of the database's administrator may wait, for who does not want it on a command line.
PASSWORD_VARIABLE = "CODIGO_BINARIO_DB_ROOT_PASSWORD"
#: Rights that a managed server grants, where ALL is refused. The same as Frappe's own.
_MANAGED_RIGHTS = (
	"SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, CREATE VIEW, EVENT, TRIGGER, "
	"SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, LOCK TABLES"
)
_SAID_LIMIT = 500


class NoAccess(frappe.ValidationError):
	"""Nobody here may make databases; the text says what to do."""


class LoadFailed(Exception):
	"""What the client said when it refused a dump."""


@dataclass(frozen=True, slots=True)
class Access:
	"""Somebody who may make databases, and where the server is."""

	user: str
	password: str
	host: str | None
	port: int | None
	socket: str | None


def access(user: str | None = None, password: str | None = None) -> Access:
	"""Who makes databases: as given, else of the environment, else of the bench's configuration. Raises `NoAccess`."""
	conf = frappe.conf
	if (conf.db_type or "mariadb") != "mariadb":
		raise NoAccess(_("Restoring is made for MariaDB: this site runs on {0}.").format(conf.db_type))
	user = user or conf.root_login or "root"
	password = password or os.environ.get(PASSWORD_VARIABLE) or conf.root_password
	if not password:
		raise NoAccess(
			_(
				"A database user who may create databases is needed. Give --db-root-username and set {0}, or set root_login and root_password with bench set-config -g."
			).format(PASSWORD_VARIABLE)
		)
	return Access(user, password, conf.db_host, int(conf.db_port) if conf.db_port else None, conf.db_socket)


def live_names() -> set[str]:
	"""The database of every site of the bench. A configuration that cannot be read stops everything: nothing is guessed."""
	names = set()
	for path in sorted(Path(frappe.local.sites_path).glob("*/site_config.json")):
		try:
			name = json.loads(path.read_text(encoding="utf-8")).get("db_name")
		except (OSError, ValueError, AttributeError):
			raise Refused(
				"{path} cannot be read, so it is not known which databases are in use: mend it first.",
				path=str(path),
			) from None
		if name:
			names.add(name)
	# This site's as this process knows it, should its file have changed meanwhile.
	return names | ({frappe.conf.db_name} if frappe.conf.db_name else set())


class Server:
	"""A connection that may make databases. Use as a context manager."""

	def __init__(self, who: Access) -> None:
		self.who = who
		try:
			self._connection = pymysql.connect(
				**_address(who),
				user=who.user,
				password=who.password,
				charset="utf8mb4",
				autocommit=True,
				# The connection waits while a dump is loaded, and must not be put out meanwhile.
				init_command="set session wait_timeout = 172800",
			)
		except pymysql.MySQLError as error:
			raise NoAccess(
				_("The database server does not let {0} in: {1}").format(who.user, _text(error))
			) from None

	def __enter__(self) -> "Server":
		return self

	def __exit__(self, *_raised: Any) -> None:
		self._connection.close()

	def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
		with self._connection.cursor() as cursor:
			cursor.execute(statement, values or None)
			return list(cursor.fetchall())

	@contextlib.contextmanager
	def transaction(self) -> Iterator[None]:
		"""All statements inside, or none of them."""
		self._connection.begin()
		try:
			yield
			self._connection.commit()
		except BaseException:
			self._connection.rollback()
			raise

	def names(self) -> list[str]:
		return [name for (name,) in self.rows("show databases")]

	def has(self, name: str) -> bool:
		return bool(self.rows("select 1 from information_schema.schemata where schema_name = %s", (name,)))

	def size_bytes(self, name: str) -> int:
		"""Data and indexes of a database, as the server estimates them."""
		(size,) = self.rows(
			"select sum(data_length + index_length) from information_schema.tables where table_schema = %s",
			(name,),
		)[0]
		return int(size or 0)

	def create(self, name: str, password: str | None = None) -> str:
		"""Make a database that must not exist, and its user; returns the user's password."""
		self._guard(name)
		password = password or secrets.token_urlsafe(24)
		self.rows(f"create database `{name}` character set utf8mb4 collate utf8mb4_unicode_ci")
		rights = _MANAGED_RIGHTS if frappe.conf.rds_db else "all privileges"
		for host in self._hosts():
			self.rows(f"create user '{name}'@%s identified by %s", (host, password))
			self.rows(f"grant {rights} on `{name}`.* to '{name}'@%s", (host,))
		return password

	def drop(self, name: str) -> None:
		"""Drop a database that a restore made, and its user. One that is gone already is no error."""
		self._guard(name)
		self._drop(name)

	def _drop(self, name: str) -> None:
		# A client that outlived its drill may still hold locks in there.
		for (number,) in self.rows("select id from information_schema.processlist where user = %s", (name,)):
			with contextlib.suppress(pymysql.MySQLError):
				self.rows("kill %s", (number,))
		self.rows(f"drop database if exists `{name}`")
		for (host,) in self.rows("select Host from mysql.user where User = %s", (name,)):
			self.rows("drop user if exists %s@%s", (name, host))

	def drop_kept(self, name: str, kept: Iterable[str]) -> None:
		"""Drop a database that a restore put aside: one of `kept`, and no site's any more."""
		databases.require_kept(name, live_names(), kept)
		self._drop(name)

	def leftovers(self, purpose: str) -> list[str]:
		"""Databases that dead processes of this site left behind."""
		mark = databases.site_mark(frappe.local.site)
		found = filter(None, map(databases.parse_name, self.names()))
		return [
			row.name
			for row in found
			if (row.purpose, row.site_mark) == (purpose, mark) and not self.is_held(row.name)
		]

	def hold(self, name: str) -> None:
		"""Say that somebody works on a database: the server forgets it when this connection ends, however it ends."""
		self.rows("select get_lock(%s, 0)", (name,))

	def is_held(self, name: str) -> bool:
		return self.rows("select is_used_lock(%s)", (name,))[0][0] is not None

	def load(self, name: str, password: str, lines: Iterable[bytes]) -> Dump:
		"""Load a dump's lines into a database that was just made, as its own user. Raises `LoadFailed` or `Refused`."""
		self._guard(name)
		dump = Dump(lines)
		with tempfile.TemporaryFile() as said:
			process = subprocess.Popen(
				_client(self.who, name),
				stdin=subprocess.PIPE,
				stdout=subprocess.DEVNULL,
				stderr=said,
				env={**os.environ, "MYSQL_PWD": password},
				# A dump may hold a row a line: written one by one they would cost a switch of processes each.
				bufsize=CHUNK,
			)
			try:
				with contextlib.suppress(BrokenPipeError), cast(IO[bytes], process.stdin) as statements:
					for line in dump:
						statements.write(line)
			except BaseException:
				process.kill()
				raise
			finally:
				process.wait()
			said.seek(0)
			text = said.read().decode("utf-8", "replace").strip()
			if process.returncode:
				raise LoadFailed(text[:_SAID_LIMIT] or f"exit code {process.returncode}")
		return dump

	def _guard(self, name: str) -> None:
		databases.require_scratch(name, live_names(), frappe.local.site)

	def _hosts(self) -> list[str]:
		"""From where this site's own user may come in: the new one may from there."""
		user = frappe.conf.db_user or frappe.conf.db_name
		hosts = [host for (host,) in self.rows("select Host from mysql.user where User = %s", (user,))]
		return hosts or [self.rows("select substring_index(user(), '@', -1)")[0][0]]


def require_client() -> str:
	"""The program that loads a dump. Raises `NoAccess` when it is not on this machine."""
	program = shutil.which("mariadb") or shutil.which("mysql")
	if not program:
		raise NoAccess(_("The program mariadb is not on this machine: install the MariaDB client."))
	return program


def _address(who: Access) -> dict[str, Any]:
	if who.socket:
		return {"unix_socket": who.socket}
	return {"host": who.host or "127.0.0.1", "port": who.port or 3306}


def _client(who: Access, name: str) -> list[str]:
	"""The client that loads: commands of its own (a shell among them) are off, only SQL is read."""
	address = (
		[f"--socket={who.socket}"]
		if who.socket
		else ["--protocol=tcp", f"--host={who.host or '127.0.0.1'}", f"--port={who.port or 3306}"]
	)
	return [
		require_client(),
		"--no-defaults",
		f"--user={name}",
		*address,
		"--batch",
		"--binary-mode",
		"--default-character-set=utf8mb4",
		"--max-allowed-packet=1G",
		name,
	]


def _text(error: pymysql.MySQLError) -> str:
	return str(error.args[1] if len(error.args) > 1 else error)
