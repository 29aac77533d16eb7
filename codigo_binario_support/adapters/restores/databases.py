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
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

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


class Access(NamedTuple):
	"""Somebody who may make databases, and where the server is."""

	user: str
	password: str
	host: str
	port: int
	socket: str | None


def access(user: str | None = None, password: str | None = None) -> Access:
	"""Who makes databases: as given, else of the environment, else of the bench's configuration. Raises `NoAccess`."""
	conf = frappe.conf
	if (conf.db_type or "mariadb") != "mariadb":
		raise NoAccess(_("Restoring is made for MariaDB: this site runs on {0}.").format(conf.db_type))
	user = user or conf.root_login or "root"
	password = password or os.environ.get(PASSWORD_VARIABLE) or conf.root_password
	if not password:
		needed = _(
			"A database user who may create databases is needed. Give --db-root-username and set {0}, or set root_login and root_password with bench set-config -g."
		)
		raise NoAccess(needed.format(PASSWORD_VARIABLE))
	return Access(user, password, conf.db_host or "127.0.0.1", int(conf.db_port or 3306), conf.db_socket)


def live_names() -> set[str]:
	"""The database of every site of the bench. A configuration that cannot be read stops everything: nothing is guessed."""
	# This site's as this process knows it, should its file have changed meanwhile.
	names = {frappe.conf.db_name}
	for path in sorted(Path(frappe.local.sites_path).glob("*/site_config.json")):
		try:
			names.add(json.loads(path.read_text(encoding="utf-8")).get("db_name"))
		except (OSError, ValueError, AttributeError):
			raise Refused(
				"{path} cannot be read, so it is not known which databases are in use: mend it first.",
				path=str(path),
			) from None
	return set(filter(None, names))


def new_name(purpose: str) -> str:
	"""A name that no database has yet."""
	return databases.make_name(purpose, frappe.local.site, os.getpid(), secrets.token_hex(2))


class Server(contextlib.AbstractContextManager["Server"]):
	"""A connection that may make databases. Use as a context manager."""

	def __init__(self, who: Access) -> None:
		self.who = who
		address = {"unix_socket": who.socket} if who.socket else {"host": who.host, "port": who.port}
		# The connection waits while a dump is loaded, and must not be put out meanwhile.
		session = {"autocommit": True, "init_command": "set session wait_timeout = 172800"}
		login = {"user": who.user, "password": who.password, "charset": "utf8mb4"}
		try:
			self._connection = pymysql.connect(**address, **login, **session)
		except pymysql.MySQLError as error:
			said = _("The database server does not let {0} in: {1}")
			raise NoAccess(said.format(who.user, said_by_server(error))) from None

	def __exit__(self, *_raised: Any) -> None:
		self._connection.close()

	def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
		with self._connection.cursor() as cursor:
			cursor.execute(statement, values or None)
			return list(cursor.fetchall())

	def column(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
		"""The first value of each row."""
		return [row[0] for row in self.rows(statement, values)]

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
		return self.column("show databases")

	def size_bytes(self, name: str) -> int:
		"""Data and indexes of a database, as the server estimates them."""
		sizes = "select data_length + index_length from information_schema.tables where table_schema = %s"
		return int(sum(filter(None, self.column(sizes, (name,)))))

	def create(self, name: str, password: str | None = None) -> str:
		"""Make a database that must not exist, and its user; returns the user's password."""
		self._guard(name)
		password = password or secrets.token_urlsafe(24)
		self.rows(f"create database `{name}` character set utf8mb4 collate utf8mb4_unicode_ci")
		rights = _MANAGED_RIGHTS if frappe.conf.rds_db else "all privileges"
		# From where this site's own user may come in, the new one may.
		hosts = self._hosts_of(frappe.conf.db_user or frappe.conf.db_name)
		for host in hosts or self.column("select substring_index(user(), '@', -1)"):
			self.rows(f"create user '{name}'@%s identified by %s", (host, password))
			self.rows(f"grant {rights} on `{name}`.* to '{name}'@%s", (host,))
		return password

	def drop(self, name: str) -> None:
		"""Drop a database that a restore made, and its user. One that is gone already is no error."""
		self._guard(name)
		self._drop(name)

	def drop_kept(self, name: str, kept: Collection[str]) -> None:
		"""Drop a database that a restore put aside: one of `kept`, and no site's any more."""
		databases.require_kept(name, live_names(), kept)
		self._drop(name)

	def _drop(self, name: str) -> None:
		# A client that outlived its drill may still hold locks in there.
		for number in self.column("select id from information_schema.processlist where user = %s", (name,)):
			with contextlib.suppress(pymysql.MySQLError):
				self.rows("kill %s", (number,))
		self.rows(f"drop database if exists `{name}`")
		for host in self._hosts_of(name):
			self.rows("drop user if exists %s@%s", (name, host))

	def leftovers(self, purpose: str) -> list[str]:
		"""Databases that dead processes of this site left behind."""
		wanted = (purpose, databases.site_mark(frappe.local.site))
		found = [name for name in self.names() if databases.parse_name(name) == wanted]
		return [name for name in found if not self.is_held(name)]

	def hold(self, name: str) -> None:
		"""Say that somebody works on a database: the server forgets it when this connection ends, however it ends."""
		self.rows("select get_lock(%s, 0)", (name,))

	def is_held(self, name: str) -> bool:
		return self.column("select is_used_lock(%s)", (name,)) != [None]

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
			if process.returncode:
				said.seek(0)
				text = said.read().decode("utf-8", "replace").strip()
				raise LoadFailed(text[:_SAID_LIMIT] or f"exit code {process.returncode}")
		return dump

	def _guard(self, name: str) -> None:
		databases.require_scratch(name, live_names(), frappe.local.site)

	def _hosts_of(self, user: str) -> list[str]:
		return self.column("select Host from mysql.user where User = %s", (user,))


def require_client() -> str:
	"""The program that loads a dump. Raises `NoAccess` when it is not on this machine."""
	program = shutil.which("mariadb") or shutil.which("mysql")
	if not program:
		raise NoAccess(_("The program mariadb is not on this machine: install the MariaDB client."))
	return program


def said_by_server(error: pymysql.MySQLError) -> str:
	"""The server's own words, without the number."""
	return str(error.args[1] if len(error.args) > 1 else error)


def _client(who: Access, name: str) -> list[str]:
	"""The client that loads: commands of its own (a shell among them) are off, only SQL is read."""
	tcp = ["--protocol=tcp", f"--host={who.host}", f"--port={who.port}"]
	place = [f"--socket={who.socket}"] if who.socket else tcp
	options = ["--batch", "--binary-mode", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"]
	return [require_client(), "--no-defaults", f"--user={name}", *place, *options, name]
