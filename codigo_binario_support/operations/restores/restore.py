"""A restore of the site itself: into a new database and new folders, compared there, and only then put in the old one's place.

Nothing that was there is dropped: the old database and the old folders stay beside the new ones. Every step is written
into a journal first, so that the command can be run again after any interruption and goes on where it was.
"""

import getpass
import secrets
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import frappe
from frappe import _

from ...adapters.backups import inventory as looks
from ...adapters.policy import promises
from ...adapters.restores import site_folder, unpacking
from ...adapters.restores.databases import Server, new_name
from ...adapters.restores.evidence_transfer import Delta, Part, Transfer
from ...adapters.site.instants import from_site, to_site, to_text, utc_now
from ...domain.availability.availability import UNPLANNED
from ...domain.restores import databases as names
from ...domain.restores.drills import OTHER_CHAIN, RESTORE, Step, running_since
from ...domain.restores.journal import BETWEEN, Journal, RestoreTarget
from ...shipped import backup_words
from . import recovery, sets
from .recovery import Restored
from .sets import BackupSet
from .steps import Said, Steps, Tell, leave_record

DOCTYPE = "Restore Operation"
#: Written by the machine all the time: their number says nothing of what people lose.
_NOISE = """Access Log,Activity Log,Console Log,Deleted Document,Email Queue,Error Log,Error Snapshot,Integration Request,
Notification Log,Prepared Report,Route History,Scheduled Job Log,Scheduled Job Type,Server Script,Sessions,Submission Queue,
Transaction Log,Version,View Log,Website Analytics,Web Page View""".replace("\n", "").split(",")


class Wanted(NamedTuple):
	"""What the operator asks for."""

	key: str | None = None
	folder: str | None = None
	request: str | None = None
	wants_safety_set: bool = True
	wants_migration: bool = True
	is_alive: bool = True


def plan(source: BackupSet, wanted: Wanted) -> Journal:
	"""What a restore of a set will do, decided before anything is touched."""
	policy = (promises.policy() if wanted.is_alive else None) or promises.shipped()
	promised, conf = policy.commitment("restore"), site_folder.config()
	user, key, name = conf.get("db_user"), conf.get("encryption_key"), new_name(names.RESTORE)
	return Journal(
		set_key=source.key,
		folder=str(source.folder),
		taken_at=source.taken_at,
		started_at=utc_now(),
		before=RestoreTarget(conf["db_name"], conf.get("db_password") or "", user, key),
		after=RestoreTarget(name, secrets.token_urlsafe(24), name if user else None, key),
		flags={flag: conf.get(flag) for flag in site_folder.CLOSED},
		# Read by whoever is at the terminal now, and in the record afterwards.
		language=frappe.local.lang or policy.language,
		zone=policy.time_zone,
		operator=getpass.getuser(),
		request=wanted.request,
		running_since=clock_start(wanted.request) if wanted.is_alive else None,
		target_seconds=promised.target_seconds if promised else None,
		wants_safety_set=wanted.wants_safety_set and wanted.is_alive,
		wants_migration=wanted.wants_migration,
		is_database_alive=wanted.is_alive,
	)


def clock_start(request: str | None) -> datetime | None:
	"""The report of the request or the detection of an incident that names it, the earlier; without a request, the oldest
	unplanned incident that is still open."""
	if not request:
		oldest = {"closed_at": ("is", "not set"), "incident_class": UNPLANNED}
		opened_at = frappe.db.get_value(promises.INCIDENT, oldest, "opened_at", order_by="opened_at asc")
		return from_site(opened_at)
	filed_at = frappe.db.get_value("Support Request", request, "filed_at")
	naming = {"support_request": request}
	rows = frappe.get_all("Service Incident Request", filters=naming, pluck="parent", order_by="parent asc")
	named = {"name": ("in", rows), "opened_at": ("is", "set")}
	opened_at = frappe.db.get_value(promises.INCIDENT, named, "opened_at", order_by="opened_at asc")
	return running_since(from_site(filed_at), from_site(opened_at))


def lost_since(taken_at: datetime, shown: int = 8) -> tuple[int, list[tuple[str, int]]]:
	"""How many documents were written or changed since, and the kinds with most of them: they are not in the set."""
	# Rows of a future that never comes (a zone that was changed) are not what people would lose.
	span = (to_site(taken_at), to_site(utc_now()))
	tables = set(frappe.db.get_tables(cached=False))
	kinds = {"istable": 0, "issingle": 0, "is_virtual": 0, "name": ("not in", _NOISE)}
	found: Counter[str] = Counter()
	for doctype in frappe.get_all("DocType", filters=kinds, pluck="name", order_by="name asc"):
		if f"tab{doctype}" in tables:
			found[doctype] = frappe.db.count(doctype, {"modified": ("between", span)})
	return found.total(), (+found).most_common(shown)


class Restoring:
	"""The steps of one restore, each of which can be done again from its beginning. `journal` is how far it is."""

	def __init__(
		self, journal: Journal, server: Server, tell: Tell, back_up: Callable[[], str], needs_set: bool = True
	) -> None:
		self.journal = journal
		self.server = server
		self.steps = Steps(tell, ZoneInfo(journal.zone))
		self._back_up = back_up
		self._count = 0
		self._transfer = Transfer(server, journal.before.db_name, journal.after.db_name)
		source = BackupSet(journal.set_key, Path(journal.folder), journal.taken_at, {})
		# Once it was compared nothing of the set is read any more: its disk may be away.
		if needs_set and "compare" not in journal.done:
			source = sets.at(source.key, source.folder, journal.taken_at, journal.is_database_alive)
		folder = site_folder.scratches() / journal.after.db_name
		self.restored = Restored(source, server, journal.after.db_name, folder, journal.after.db_password)
		server.hold(journal.after.db_name)

	def do(self, step: str, keep: Callable[[], Any] | None = None) -> None:
		"""Do the next step; the journal says so before and after. `keep` comes between. Raises `StepFailed`."""
		self.journal = self.journal.beginning(step)
		site_folder.write_journal(self.journal)
		self._count = len(self.steps.rows)
		values = getattr(self, f"_{step}")() or {}
		if keep:
			keep()
		self.journal = self.journal.doing(step, self.rows_of_step, **values)
		site_folder.write_journal(self.journal)

	@property
	def rows_of_step(self) -> tuple[Step, ...]:
		"""What the step that is under way has left so far."""
		return tuple(self.steps.rows[self._count :])

	def abandon(self) -> None:
		"""What was made goes, and the site is open again as it was. Not for a site that was switched."""
		if self.journal.state == BETWEEN:
			site_folder.switch_folders_back(self.journal.after.db_name)
			site_folder.change_config(asdict(self.journal.before))
			site_folder.drop_kept(self.journal.after.db_name)
			reconnect(self.journal.language)
		self.server.drop(self.journal.after.db_name)
		unpacking.remove_scratch(self.restored.folder)
		site_folder.change_config(self.journal.flags)

	def _check(self) -> None:
		recovery.check_set(self.restored, self.steps)
		recovery.check_space(self.restored, self.steps)

	def _maintenance(self) -> None:
		with self.steps.step("maintenance"):
			site_folder.close_site()

	def _safety(self) -> dict[str, Any]:
		with self.steps.step("safety") as said:
			if not self.journal.wants_safety_set:
				left_out = _("Left out. The present database stays as it is under its name, {0}.")
				said.note(left_out.format(self.journal.before.db_name))
				return {}
			key = self._back_up()
			said.note(key)
			return {"safety_set": key}

	def _load(self) -> None:
		name, server = self.journal.after.db_name, self.server
		with self.steps.step("create"):
			# A load that was interrupted is begun again from nothing.
			server.drop(name)
			server.create(name, self.journal.after.db_password)
		recovery.load(self.restored, self.steps)

	def _unpack(self) -> None:
		unpacking.remove_scratch(self.restored.folder)
		recovery.unpack(self.restored, self.steps)

	def _compare(self) -> dict[str, Any]:
		self.restored.manifest = self.restored.source.manifest()
		recovery.compare(self.restored, self.steps)
		after = self.journal.after
		return {"after": replace(after, encryption_key=self.restored.key or after.encryption_key)}

	def _evidence(self) -> None:
		with self.steps.step("evidence") as said:
			if not self.journal.is_database_alive:
				unread = _("The old database could not be read: its evidence stays in {0}.")
				said.leave_open(unread.format(self.journal.before.db_name))
				return
			found = self._transfer.delta()
			if not self.journal.evidence_file:
				# Kept before anything is carried: who comes again after a crash finds less to carry, or nothing.
				path = site_folder.evidence_file(self.journal.after.db_name)
				self._transfer.export(found, path)
				self.journal = replace(self.journal, evidence_file=str(path), carried=_summary(found))
				site_folder.write_journal(self.journal)
			self._carry(found, said)
			carried = self.journal.carried
			said.note(_("Carried: {0}").format(carried) if carried else _("Nothing was written since."))

	def _carry(self, found: Delta, said: Said) -> None:
		self._transfer.copy(found)
		for line in _left_out(found):
			said.leave_open(_("Not carried, only exported: {0}").format(line))
		for line in self._transfer.dangling(found):
			said.note(_("Points to what the restored data lack: {0}").format(line))
		for below in self._transfer.attached(found):
			source, target = site_folder.site_folder() / below, self.restored.folder / below
			if source.exists() and not target.exists():
				target.parent.mkdir(parents=True, exist_ok=True)
				shutil.copy2(source, target)

	def _switch(self) -> None:
		before, after = self.journal.before, self.journal.after
		with self.steps.step("switch") as said:
			site_folder.switch_folders(self.restored.folder, after.db_name)
			site_folder.change_config(asdict(after))
			stays = _("The old database stays as {0}, the old folders as {1}.")
			said.note(stays.format(before.db_name, f"files.before-{after.db_name}"))

	def _migrate(self) -> dict[str, Any]:
		reconnect(self.journal.language)
		with self.steps.step("migrate") as said:
			older = _versions_behind()
			said.note(", ".join(older) or _("The backup is of this version."))
			if older and not self.journal.wants_migration:
				said.leave_open(_("Left out: run bench --site {0} migrate.").format(frappe.local.site))
			if not older or not self.journal.wants_migration:
				return {}
			_migrate_in_a_process_of_its_own()
		reconnect(self.journal.language)
		return self._carry_the_rest()

	def _carry_the_rest(self) -> dict[str, Any]:
		"""What the restored version had no table or column for before it was brought to this one."""
		found = self._transfer.delta() if self.journal.is_database_alive else Delta()
		if not found.parts:
			return {}
		self.restored.folder = site_folder.site_folder()
		with self.steps.step("evidence") as said:
			self._carry(found, said)
		return {"carried": "; ".join(filter(None, (self.journal.carried, _summary(found))))}

	def _reopen(self) -> dict[str, Any]:
		with self.steps.step("reopen") as said:
			frappe.clear_cache()
			site_folder.change_config(self.journal.flags)
			if self.journal.flags.get("maintenance_mode"):
				said.note(_("It was in maintenance before, and still is."))
		unpacking.remove_scratch(site_folder.scratches() / self.journal.after.db_name)
		return {"finished_at": utc_now()}

	def _record(self) -> None:
		reconnect(self.journal.language)
		with self.steps.step("record") as said:
			if not frappe.db.table_exists(DOCTYPE):
				said.leave_open(_("The restored site does not know this record yet: the journal keeps it."))
				return
			there = frappe.db.get_value(DOCTYPE, {"to_database": self.journal.after.db_name})
			said.note(there or record(self.journal).name)


def record(journal: Journal, kind: str = RESTORE, problem: str = "") -> Any:
	"""The Restore Operation, in the database that the site lives in by now."""
	is_known = journal.request and frappe.db.exists("Support Request", journal.request)
	since = min(filter(None, (journal.running_since, journal.started_at)))
	return leave_record(
		DOCTYPE,
		journal.steps,
		problem,
		kind=kind,
		set_key=journal.set_key,
		taken_at=to_site(journal.taken_at),
		data_loss_seconds=journal.data_loss_seconds,
		support_request=journal.request if is_known else None,
		running_since=to_site(since),
		running_since_utc=to_text(since),
		started_at=to_site(journal.started_at),
		finished_at=to_site(journal.finished_at or utc_now()),
		operator=journal.operator,
		interruptions=journal.interruptions,
		from_database=journal.before.db_name,
		to_database=journal.after.db_name,
		safety_set=journal.safety_set,
		evidence_file=journal.evidence_file,
		carried=journal.carried,
	)


def go_back(journal: Journal, server: Server, tell: Tell) -> Journal:
	"""Put what was there before a restore in its place again; what was restored stays beside it. May be repeated."""
	steps, started_at = Steps(tell, ZoneInfo(journal.zone)), utc_now()
	restored = journal.after.db_name
	with steps.step("maintenance"):
		site_folder.close_site()
	with steps.step("evidence") as said:
		transfer = Transfer(server, restored, journal.before.db_name)
		found = transfer.delta()
		transfer.copy(found)
		for line in _left_out(found):
			said.leave_open(_("Not carried: {0}").format(line))
		said.note(_("{0} documents.").format(sum(len(part.names) for part in found.parts)))
	with steps.step("switch") as said:
		site_folder.switch_folders_back(restored)
		site_folder.change_config(asdict(journal.before))
		said.note(_("The restored database stays as {0}.").format(restored))
	reconnect(journal.language)
	with steps.step("reopen"):
		frappe.clear_cache()
		site_folder.change_config(journal.flags)
	return Journal(
		set_key=journal.set_key,
		folder=journal.folder,
		# What is there again is as it was when the restore was switched to.
		taken_at=journal.finished_at or journal.started_at,
		started_at=started_at,
		before=journal.after,
		after=journal.before,
		flags=journal.flags,
		operator=getpass.getuser(),
		finished_at=utc_now(),
		steps=tuple(steps.rows),
	)


def _summary(found: Delta) -> str:
	"""`Support Request: 2; Backup Record: 1`, of what is carried."""
	return "; ".join(_counted(part) for part in found.parts if not part.problem)


def _left_out(found: Delta) -> list[str]:
	parts = [(_counted(part), part.problem) for part in found.parts if part.problem]
	parts += [(name, OTHER_CHAIN) for name in found.conflicts]
	return [f"{what} ({_(backup_words()['not_carried'][problem])})" for what, problem in parts]


def _counted(part: Part) -> str:
	return f"{_(part.doctype)}: {len(part.names)}"


def reconnect(language: str) -> None:
	"""Read the configuration again: the site may live in another database by now."""
	site, path = frappe.local.site, frappe.local.sites_path
	frappe.destroy()
	frappe.init(site=site, sites_path=path)
	frappe.connect()
	frappe.local.lang = language


def _versions_behind() -> list[str]:
	"""Apps whose restored database is of another version than the code: `erpnext 15.1 -> 15.2`."""
	fields = ["app_name", "app_version"]
	rows = frappe.get_all("Installed Application", fields=fields, order_by="idx asc", as_list=True)
	kept, present = dict(rows), looks.versions()
	return [f"{app} {kept.get(app) or '?'} -> {now}" for app, now in present.items() if kept.get(app) != now]


def _migrate_in_a_process_of_its_own() -> None:
	log = site_folder.site_folder() / "logs" / "support-restore-migrate.log"
	log.parent.mkdir(exist_ok=True)
	bench = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe"]
	with log.open("wb") as said:
		code = subprocess.run(
			[*bench, "--site", frappe.local.site, "migrate"],
			cwd=frappe.local.sites_path,
			stdin=subprocess.DEVNULL,
			stdout=said,
			stderr=subprocess.STDOUT,
			check=False,
		).returncode
	if code:
		frappe.throw(_("The migration ended with an error; see {0}.").format(log))
