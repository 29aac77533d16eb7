"""Real mail servers on the loopback, each a process of its own with its own folder: Dovecot for IMAP, Exim for SMTP."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATHS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"))
PASSWORD = "solo-para-pruebas"
#: A recipient that the SMTP server refuses for good.
REFUSED = "rechazado@clientes.test"


def missing() -> str:
	"""Which of the programs is not here, or nothing."""
	lacking = [name for name in ("dovecot", "exim4") if not shutil.which(name, path=PATHS)]
	return (
		f"not installed: {', '.join(lacking)} (apt-get install dovecot-imapd exim4-daemon-light)"
		if lacking
		else ""
	)


def free_port() -> int:
	with socket.socket() as found:
		found.bind(("127.0.0.1", 0))
		return found.getsockname()[1]


class Server:
	"""A program in the foreground that can be stopped and started again on the same port."""

	def __init__(self, folder: Path) -> None:
		self.folder = folder
		self.port = free_port()
		self._process: subprocess.Popen | None = None

	def command(self) -> list[str]:
		raise NotImplementedError

	def answers(self) -> None:
		"""Raise when it does not."""
		raise NotImplementedError

	def start(self) -> None:
		log = (self.folder / "stdout.log").open("ab")
		self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, start_new_session=True)
		_wait(self.answers, self.folder)

	def stop(self) -> None:
		if self._process is None:
			return
		self._process.terminate()
		with suppress(subprocess.TimeoutExpired):
			self._process.wait(10)
		with suppress(ProcessLookupError):
			os.killpg(self._process.pid, signal.SIGKILL)
		self._process.wait(10)
		self._process = None


#: What stayed and what was renamed between Dovecot 2.3 and 2.4, which refuses the other's file.
_DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = no
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
_USERS = """
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
"""
_DOVECOT_23 = (
	_USERS
	+ """
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
)
_DOVECOT_24 = (
	"""dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
"""
	+ _USERS
	+ """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb passwd-file {{
  default_password_scheme = plain
  passwd_file_path = {folder}/passwd
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""
)


def _dovecot_version() -> tuple[int, ...]:
	command = [shutil.which("dovecot", path=PATHS) or "dovecot", "--version"]
	said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
	return tuple(int(part) for part in said.split()[0].split(".")[:2])


class Imap(Server):
	"""Dovecot with one mailbox per user name, kept as Maildir."""

	def __init__(self, folder: Path) -> None:
		super().__init__(folder)
		folder.chmod(0o755)
		is_root = os.geteuid() == 0
		owner = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.geteuid())
		self._owner = owner
		internal, login = ("dovecot", "dovenull") if is_root else (owner.pw_name, owner.pw_name)
		group = "dovecot" if is_root else _group(owner.pw_gid)
		for name in ("run", "mail"):
			(folder / name).mkdir()
		self._own(folder / "mail")
		(folder / "passwd").write_text("")
		(folder / "passwd").chmod(0o644)
		settings = _DOVECOT_24 if _dovecot_version() >= (2, 4) else _DOVECOT_23
		(folder / "dovecot.conf").write_text(
			settings.format(
				folder=folder, uid=owner.pw_uid, gid=owner.pw_gid, internal=internal, group=group, login=login
			)
			+ _DOVECOT.format(folder=folder, port=self.port)
		)

	def command(self) -> list[str]:
		return [shutil.which("dovecot", path=PATHS), "-F", "-c", str(self.folder / "dovecot.conf")]

	def answers(self) -> None:
		with imaplib.IMAP4("127.0.0.1", self.port, timeout=2):
			return

	def add_user(self, user: str) -> None:
		with (self.folder / "passwd").open("a") as passwords:
			passwords.write(f"{user}:{PASSWORD}\n")

	def deliver(self, user: str, messages: list[bytes]) -> None:
		"""Put messages into the inbox, as a delivery agent does, byte for byte."""
		for name in ("new", "cur", "tmp"):
			(self.folder / "mail" / user / name).mkdir(parents=True, exist_ok=True)
		self._delivered = getattr(self, "_delivered", 0)
		for message in messages:
			self._delivered += 1
			path = (
				self.folder
				/ "mail"
				/ user
				/ "new"
				/ f"{1_700_000_000 + self._delivered}.M{self._delivered}.test"
			)
			path.write_bytes(message)
		self._own(self.folder / "mail" / user)

	def renumber(self, user: str) -> None:
		"""Make the server forget its numbers: another UIDVALIDITY, as after a move to another server."""
		for path in (self.folder / "mail" / user).glob("dovecot*"):
			path.unlink()
		listing = self.folder / "mail" / user / "dovecot-uidlist"
		if listing.exists():
			listing.unlink()
		time.sleep(1.1)  # The new validity is the second it was made in.

	def client(self, user: str) -> imaplib.IMAP4:
		client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
		client.login(user, PASSWORD)
		client.select("INBOX")
		return client

	def _own(self, path: Path) -> None:
		if os.geteuid() == 0:
			for entry in (path, *path.rglob("*")):
				os.chown(entry, self._owner.pw_uid, self._owner.pw_gid)


class Smtp(Server):
	"""Exim that accepts everything but one recipient, and keeps the others as files, one for each recipient."""

	def __init__(self, folder: Path) -> None:
		super().__init__(folder)
		is_root = os.geteuid() == 0
		owner = pwd.getpwnam("Debian-exim") if is_root else pwd.getpwuid(os.geteuid())
		for name in ("spool", "log", "out"):
			(folder / name).mkdir()
			if is_root:
				os.chown(folder / name, owner.pw_uid, owner.pw_gid)
		folder.chmod(0o755)
		(folder / "exim.conf").write_text(
			f"""
primary_hostname = correo.test
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {self.port}
never_users =
acl_smtp_rcpt = recipients
acl_smtp_data = accept
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = 100M
keep_environment =
tls_advertise_hosts =

begin acl
recipients:
  deny condition = ${{if eq{{$local_part@$domain}}{{{REFUSED}}}}}
       message = no such user
  accept

begin routers
everybody:
  driver = accept
  transport = files

begin transports
files:
  driver = appendfile
  directory = {folder}/out
  maildir_format
  create_directory
  user = {owner.pw_name}
  delivery_date_add
  envelope_to_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{PASSWORD}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{PASSWORD}}}}}
  server_set_id = $auth1
"""
		)

	def command(self) -> list[str]:
		return [shutil.which("exim4", path=PATHS), "-C", str(self.folder / "exim.conf"), "-bdf", "-q1m"]

	def answers(self) -> None:
		with smtplib.SMTP("127.0.0.1", self.port, timeout=2):
			return

	def received(self, address: str, count: int) -> list[bytes]:
		"""What arrived for an address, oldest first; waits until there are that many."""

		def enough() -> None:
			if len(self._mails(address)) < count:
				raise OSError(f"{len(self._mails(address))} of {count} mails for {address}")

		_wait(enough, self.folder)
		return self._mails(address)

	def _mails(self, address: str) -> list[bytes]:
		mark = f"Envelope-to: {address}\n".lower().encode()
		files = sorted((self.folder / "out" / "new").glob("*"))
		return [mail for path in files if mark in (mail := path.read_bytes()).lower()]


def _group(gid: int) -> str:
	import grp

	return grp.getgrgid(gid).gr_name


def _wait(answers: Callable[[], None], folder: Path, seconds: float = 10) -> None:
	ends_at = time.monotonic() + seconds
	while True:
		try:
			answers()
			return
		except (OSError, imaplib.IMAP4.error, smtplib.SMTPException) as error:
			if time.monotonic() > ends_at:
				logs = "\n".join(
					path.read_text(errors="replace")[-2000:]
					for path in folder.rglob("*log")
					if path.is_file()
				)
				raise AssertionError(f"{error}\n{logs}") from error
			time.sleep(0.05)
