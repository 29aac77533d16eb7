"""A restore of the site itself: into a new database and new folders, compared there, and only then put in the old one's place.

Nothing that was there is dropped: the old database and the old folders stay beside the new ones. Every step is written
into a journal first, so that the command can be run again after any interruption and goes on where it was.
"""

import getpass
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe import _

from ...adapters.backups import inventory as looks
from ...adapters.policy import promises
from ...adapters.restores import evidence_transfer, site_folder, unpacking
from ...adapters.restores.databases import Server
from ...adapters.restores.evidence_transfer import Delta
from ...adapters.site.instants import from_site, to_site, to_text
from ...adapters.site.now import utc_now
from ...domain.availability.availability import UNPLANNED
from ...domain.restores import databases as names
from ...domain.restores.drills import NOT_CARRIED_LABELS, OTHER_CHAIN, RESTORE, Step, running_since
from ...domain.restores.journal import BETWEEN, Journal, RestoreTarget
from . import recovery, sets
from .recovery import Restored
from .sets import BackupSet
from .steps import Said, Steps, Tell

DOCTYPE = "Restore Operation"
_FLAGS = ("maintenance_mode", "pause_scheduler")
_MIGRATION_LOG = "support-restore-migrate.log"
#: Written by the machine all the time: their number says nothing of what people lose.
_NOISE = frozenset(
	"""Access Log|Activity Log|Console Log|Deleted Document|Email Queue|Error Log|Error Snapshot|Integration Request|
	Notification Log|Prepared Report|Route History|Scheduled Job Log|Scheduled Job Type|Server Script|Sessions|
	Submission Queue|Transaction Log|Version|View Log|Website Analytics|Web Page View""".replace(
		"\n\t", ""
	).split("|")
)


def plan(
	source: BackupSet,
	request: str | None,
	is_alive: bool,
	wants_safety_set: bool = True,
	wants_migration: bool = True,
) -> Journal:
	"""What a restore of a set will do, decided before anything is touched."""
	policy = (promises.policy() if is_alive else None) or promises.shipped()
	promised, conf = policy.commitment("restore"), site_folder.config()
	now = utc_now()
	before = RestoreTarget(
		conf["db_name"], conf.get("db_password") or "", conf.get("db_user"), conf.get("encryption_key")
	)
	name = names.make_name(names.RESTORE, frappe.local.site, os.getpid(), secrets.token_hex(2))
	return Journal(
		set_key=source.key,
		folder=str(source.folder),
		taken_at=source.taken_at,
		started_at=now,
		before=before,
		after=RestoreTarget(
			name, secrets.token_urlsafe(24), name if conf.get("db_user") else None, before.encryption_key
		),
		flags={key: conf.get(key) for key in _FLAGS},
		# Read by whoever is at the terminal now, and in the record afterwards.
		language=frappe.local.lang or policy.language,
		zone=policy.time_zone,
		operator=getpass.getuser(),
		request=request,
		running_since=clock_start(request) if is_alive else None,
		target_seconds=promised.target_seconds if promised else None,
		wants_safety_set=wants_safety_set and is_alive,
		wants_migration=wants_migration,
		is_database_alive=is_alive,
	)


def clock_start(request: str | None) -> datetime | None:
	"""The report of the request or the detection of an incident that names it, the earlier; without a request, the oldest
	unplanned incident that is still open."""
	if not request:
		rows = frappe.get_all(
			promises.INCIDENT,
			filters={"closed_at": ("is", "not set"), "incident_class": UNPLANNED},
			pluck="opened_at",
			order_by="opened_at asc",
			limit=1,
		)
		return from_site(rows[0]) if rows else None
	filed_at = frappe.db.get_value("Support Request", request, "filed_at")
	incidents = frappe.get_all(
		"Service Incident Request",
		filters={"support_request": request},
		pluck="parent",
		order_by="parent asc",
	)
	opened = [frappe.db.get_value(promises.INCIDENT, name, "opened_at") for name in set(incidents)]
	return running_since(from_site(filed_at), min(map(from_site, filter(None, opened)), default=None))


def lost_since(taken_at: datetime, shown: int = 8) -> tuple[int, list[tuple[str, int]]]:
	"""How many documents were written or changed since, and the kinds with most of them: they are not in the set."""
	# Rows of a future that never comes (a zone that was changed) are not what people would lose.
	span = (to_site(taken_at), to_site(utc_now()))
	tables = set(frappe.db.get_tables(cached=False))
	found = []
	for doctype in frappe.get_all(
		"DocType", filters={"istable": 0, "issingle": 0, "is_virtual": 0}, pluck="name", order_by="name asc"
	):
		if doctype not in _NOISE and f"tab{doctype}" in tables:
			count = frappe.db.count(doctype, {"modified": ("between", span)})
			if count:
				found.append((doctype, count))
	found.sort(key=lambda row: (-row[1], row[0]))
	return sum(count for _doctype, count in found), found[:shown]


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
		source = BackupSet(journal.set_key, Path(journal.folder), journal.taken_at, {})
		# Once it was compared nothing of the set is read any more: its disk may be away.
		if needs_set and "compare" not in journal.done:
			source = sets.at(source.key, source.folder, journal.taken_at, journal.is_database_alive)
		folder = site_folder.staging(journal.after.db_name)
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
			site_folder.change_config(_entry(self.journal.before))
			site_folder.drop_kept_folders(self.journal.after.db_name)
			reconnect(self.journal.language)
		self.server.drop(self.journal.after.db_name)
		unpacking.remove_scratch(self.restored.folder)
		site_folder.change_config(self.journal.flags)

	def _check(self) -> None:
		recovery.check_set(self.restored, self.steps)
		recovery.check_space(self.restored, self.steps)

	def _maintenance(self) -> None:
		with self.steps.step("maintenance"):
			site_folder.change_config({key: 1 for key in _FLAGS})

	def _safety(self) -> dict[str, Any]:
		with self.steps.step("safety") as said:
			if not self.journal.wants_safety_set:
				said.note(
					_("Left out. The present database stays as it is under its name, {0}.").format(
						self.journal.before.db_name
					)
				)
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
		recovery.load(self.restored, self.steps, frappe.conf.get("backup_encryption_key"))

	def _unpack(self) -> None:
		unpacking.remove_scratch(self.restored.folder)
		recovery.unpack(self.restored, self.steps, frappe.conf.get("backup_encryption_key"))

	def _compare(self) -> dict[str, Any]:
		self.restored.manifest = self.restored.source.manifest()
		recovery.compare(self.restored, self.steps)
		key = self.restored.key
		after = self.journal.after
		if key and key != after.encryption_key:
			after = RestoreTarget(after.db_name, after.db_password, after.db_user, key)
		return {"after": after}

	def _evidence(self) -> None:
		old, new = self.journal.before.db_name, self.journal.after.db_name
		with self.steps.step("evidence") as said:
			if not self.journal.is_database_alive:
				said.leave_open(
					_("The old database could not be read: its evidence stays in {0}.").format(old)
				)
				return
			found = evidence_transfer.delta(self.server, old, new)
			if not self.journal.evidence_file:
				# Kept before anything is carried: who comes again after a crash finds less to carry, or nothing.
				path = (
					site_folder.site_folder() / "private" / "backups" / f"support-evidence-since-{new}.tar.gz"
				)
				evidence_transfer.export(self.server, old, found, path)
				self.journal = replace(self.journal, evidence_file=str(path), carried=_summary(found))
				site_folder.write_journal(self.journal)
			self._copy_rows(found, old, new, said)
			said.note(
				_("Carried: {0}").format(self.journal.carried)
				if self.journal.carried
				else _("Nothing was written since.")
			)

	def _copy_rows(self, found: Delta, old: str, new: str, said: Said) -> None:
		with self.server.transaction():
			for part in found.parts:
				if not part.problem:
					evidence_transfer.copy_rows(self.server, old, new, part)
			if found.parts:
				evidence_transfer.copy_series(self.server, old, new, found)
			evidence_transfer.copy_probes(self.server, old, new)
		for line in _left_out(found):
			said.leave_open(_("Not carried, only exported: {0}").format(line))
		for line in evidence_transfer.dangling(self.server, old, new, found):
			said.note(_("Points to what the restored data lack: {0}").format(line))
		for below in evidence_transfer.attached(self.server, old, found):
			source, target = site_folder.site_folder() / below, self.restored.folder / below
			if source.exists() and not target.exists():
				target.parent.mkdir(parents=True, exist_ok=True)
				shutil.copy2(source, target)

	def _switch(self) -> None:
		after = self.journal.after
		with self.steps.step("switch") as said:
			site_folder.switch_folders(self.restored.folder, after.db_name)
			site_folder.change_config(_entry(after))
			said.note(
				_("The old database stays as {0}, the old folders as {1}.").format(
					self.journal.before.db_name, f"files.before-{after.db_name}"
				)
			)

	def _migrate(self) -> dict[str, Any] | None:
		reconnect(self.journal.language)
		with self.steps.step("migrate") as said:
			older = _versions_behind()
			if not older:
				said.note(_("The backup is of this version."))
				return None
			said.note(", ".join(older))
			if not self.journal.wants_migration:
				said.leave_open(_("Left out: run bench --site {0} migrate.").format(frappe.local.site))
				return None
			_migrate_in_a_process_of_its_own()
		reconnect(self.journal.language)
		return self._copy_the_rest()

	def _copy_the_rest(self) -> dict[str, Any] | None:
		"""What the restored version had no table or column for before it was brought to this one."""
		old, new = self.journal.before.db_name, self.journal.after.db_name
		if not self.journal.is_database_alive:
			return None
		found = evidence_transfer.delta(self.server, old, new)
		if not found.parts:
			return None
		self.restored.folder = site_folder.site_folder()
		with self.steps.step("evidence") as said:
			self._copy_rows(found, old, new, said)
		return {"carried": "; ".join(filter(None, (self.journal.carried, _summary(found))))}

	def _reopen(self) -> dict[str, Any]:
		with self.steps.step("reopen") as said:
			frappe.clear_cache()
			site_folder.change_config(self.journal.flags)
			if self.journal.flags.get("maintenance_mode"):
				said.note(_("It was in maintenance before, and still is."))
		unpacking.remove_scratch(site_folder.staging(self.journal.after.db_name))
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
	request = (
		journal.request if journal.request and frappe.db.exists("Support Request", journal.request) else None
	)
	finished_at = journal.finished_at or utc_now()
	since = min(filter(None, (journal.running_since, journal.started_at)))
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"kind": kind,
			"problem": problem.replace("\n", "; ")[:140],
			"set_key": journal.set_key,
			"taken_at": to_site(journal.taken_at),
			"data_loss_seconds": journal.data_loss_seconds,
			"support_request": request,
			"running_since": to_site(since),
			"running_since_utc": to_text(since),
			"started_at": to_site(journal.started_at),
			"finished_at": to_site(finished_at),
			"operator": journal.operator,
			"interruptions": journal.interruptions,
			"from_database": journal.before.db_name,
			"to_database": journal.after.db_name,
			"safety_set": journal.safety_set,
			"evidence_file": journal.evidence_file,
			"carried": journal.carried,
			"steps": [
				{"step": row.name, "seconds": row.seconds, "result": row.result, "remark": row.remark}
				for row in journal.steps
			],
		}
	)
	return doc.insert(ignore_permissions=True)  # No role may create one: it is made here, from the journal.


def go_back(journal: Journal, server: Server, tell: Tell) -> Journal:
	"""Put what was there before a restore in its place again; what was restored stays beside it. May be repeated."""
	steps = Steps(tell, ZoneInfo(journal.zone))
	old, new = journal.after.db_name, journal.before.db_name
	started_at = utc_now()
	with steps.step("maintenance"):
		site_folder.change_config({key: 1 for key in _FLAGS})
	with steps.step("evidence") as said:
		found = evidence_transfer.delta(server, old, new)
		with server.transaction():
			for part in found.parts:
				if not part.problem:
					evidence_transfer.copy_rows(server, old, new, part)
			evidence_transfer.copy_series(server, old, new, found)
			evidence_transfer.copy_probes(server, old, new)
		for line in _left_out(found):
			said.leave_open(_("Not carried: {0}").format(line))
		said.note(_("{0} documents.").format(found.count))
	with steps.step("switch") as said:
		site_folder.switch_folders_back(old)
		site_folder.change_config(_entry(journal.before))
		said.note(_("The restored database stays as {0}.").format(old))
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
		language=journal.language,
		zone=journal.zone,
		operator=getpass.getuser(),
		target_seconds=journal.target_seconds,
		finished_at=utc_now(),
		steps=tuple(steps.rows),
	)


def _summary(found: Delta) -> str:
	"""`Support Request: 2; Backup Record: 1`, of what is carried."""
	return "; ".join(f"{_(part.doctype)}: {len(part.names)}" for part in found.parts if not part.problem)


def _left_out(found: Delta) -> list[str]:
	lines = [
		f"{_(part.doctype)}: {len(part.names)} ({_(NOT_CARRIED_LABELS[part.problem])})"
		for part in found.parts
		if part.problem
	]
	return [*lines, *(f"{name} ({_(NOT_CARRIED_LABELS[OTHER_CHAIN])})" for name in found.conflicts)]


def reconnect(language: str) -> None:
	"""Read the configuration again: the site may live in another database by now."""
	site, path = frappe.local.site, frappe.local.sites_path
	frappe.destroy()
	frappe.init(site=site, sites_path=path)
	frappe.connect()
	frappe.local.lang = language


def _entry(place: RestoreTarget) -> dict[str, Any]:
	return {
		"db_name": place.db_name,
		"db_password": place.db_password,
		"db_user": place.db_user,
		"encryption_key": place.encryption_key,
	}


def _versions_behind() -> list[str]:
	"""Apps whose restored database is of another version than the code: `erpnext 15.1 -> 15.2`."""
	kept = dict(
		frappe.get_all(
			"Installed Application", fields=["app_name", "app_version"], order_by="idx asc", as_list=True
		)
	)
	return [
		f"{app} {kept.get(app) or '?'} -> {version}"
		for app, version in looks.versions().items()
		if kept.get(app) != version
	]


def _migrate_in_a_process_of_its_own() -> None:
	log = site_folder.site_folder() / "logs" / _MIGRATION_LOG
	log.parent.mkdir(exist_ok=True)
	with log.open("wb") as said:
		code = subprocess.run(
			[
				sys.executable,
				"-m",
				"frappe.utils.bench_helper",
				"frappe",
				"--site",
				frappe.local.site,
				"migrate",
			],
			cwd=frappe.local.sites_path,
			stdin=subprocess.DEVNULL,
			stdout=said,
			stderr=subprocess.STDOUT,
			check=False,
		).returncode
	if code:
		frappe.throw(_("The migration ended with an error; see {0}.").format(log))
