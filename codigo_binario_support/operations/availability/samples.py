"""Samples: who may deliver them, what becomes of them, and the day that is sealed over them."""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _

from ...adapters.availability import samples as rows
from ...adapters.site.errors import refusing
from ...adapters.site.instants import to_site, utc_now
from ...adapters.site.settings import promise_settings
from ...domain.availability import samples
from ...domain.availability.samples import Sample, SampleError
from ...domain.time.windows import DAY_SECONDS
from . import incidents

PROBE, SAMPLE, DAY = rows.PROBE, rows.SAMPLE, rows.DAY
_KEY_CHARACTERS = 32
#: What the server alone counts of a probe, as a new one has it.
_COUNTERS = "samples deliveries duplicates refused flagged lost skew_seconds last_ends unfollowed_from"
_COUNTED = {**dict.fromkeys(_COUNTERS.split(), 0), "last_delivery_at": None, "last_refusal": None}
#: Samples that arrive later than this after the end of their day are sealed in a second version of it.
SEAL_AFTER_SECONDS = 3600
#: An enabled probe that delivers nothing for so long is worth a look.
SILENT_SECONDS = 600
#: Days that one run of the job seals at most, so that it ends.
DAYS_AT_ONCE = 400


def keep_counters(doc: Any) -> None:
	"""A new probe has delivered nothing, whatever a client says; one without a key gets one."""
	doc.update(_COUNTED)
	if not doc.probe_key:
		doc.probe_key = secrets.token_hex(_KEY_CHARACTERS)


def check_probe(doc: Any) -> None:
	if not samples.is_probe_name(doc.probe_name or ""):
		frappe.throw(_("Name the probe with small letters, digits and dashes, for example host-a."))
	if doc.is_new():
		if len(doc.probe_key) < _KEY_CHARACTERS:
			text = _("A key has at least {0} characters. Leave it empty to get one.")
			frappe.throw(text.format(_KEY_CHARACTERS))
		return
	is_given = doc.probe_key and not doc.is_dummy_password(doc.probe_key)
	if is_given and doc.probe_key != rows.key_of_any(doc.name):
		text = _("The key of a probe stays: old samples are proven with it. Make a new probe for a new key.")
		frappe.throw(text)
	before = doc.get_doc_before_save()
	doc.update({key: before.get(key) for key in _COUNTED})


def silent_probes() -> list[str]:
	"""The enabled probes that have delivered nothing for a while; one that has just been made has still time."""
	limit = to_site(utc_now() - timedelta(seconds=SILENT_SECONDS))
	made = {"enabled": 1, "creation": ("<", limit)}
	silent = [["last_delivery_at", "is", "not set"], ["last_delivery_at", "<", limit]]
	return frappe.get_all(PROBE, filters=made, or_filters=silent, pluck="name", order_by="name asc")


def refuse_by_hand(doc: Any) -> None:
	text = _("{0} is written by the probes and by the server, never by hand.").format(_(doc.doctype))
	frappe.throw(text, frappe.PermissionError, title=_("Not allowed"))


def receive(probe: str, batch: str, signature: str) -> dict[str, Any] | None:
	"""Take a delivery; None when it was refused as a whole (unknown probe, wrong signature), which is counted.

	`batch` is the JSON text that was signed: `sent_at` (the probe's clock, seconds since 1970), `lost` (samples that the
	probe could not keep, ever), `more` (others are waiting), `samples`. Delivering it again changes nothing.
	"""
	key = rows.key_of(probe) if samples.is_probe_name(probe) else None
	if key is None:
		return None
	if len(batch) > samples.BATCH_CHARACTERS or not samples.is_signed(key, batch, signature):
		frappe.db.sql(
			"update `tabAvailability Probe` set refused = refused + 1, last_refusal = %s where name = %s",
			(_("The delivery is not signed with the key of this probe.")[:140], probe),
		)
		return None
	with refusing():
		content = _content(batch)
	now = utc_now()
	taken, flags, refusal = [], [], ""
	for data in content["samples"]:
		try:
			row = samples.from_mapping(data, probe)
			if not samples.is_genuine(key, row):
				raise SampleError("A sample is not signed with the key of this probe.")
		except SampleError as error:
			refusal = str(error)
			continue
		taken.append(row)
		flags.append(samples.flag(row, content["sent_at"], int(now.timestamp())))
	return _store(probe, content, taken, flags, refusal, now)


def _content(batch: str) -> dict[str, Any]:
	"""Raises `SampleError`."""
	try:
		content = json.loads(batch)
		sent_at, lost, given = content["sent_at"], content.get("lost") or 0, content["samples"]
		if not (isinstance(sent_at, int) and isinstance(lost, int) and isinstance(given, list)):
			raise TypeError
	except (ValueError, TypeError, KeyError, RecursionError):
		raise SampleError("A delivery is an object with sent_at and samples.") from None
	if len(given) > samples.BATCH:
		raise SampleError("A delivery has at most {count} samples.", count=samples.BATCH)
	return {"sent_at": sent_at, "lost": lost, "samples": given, "more": bool(content.get("more"))}


def _store(
	probe: str, content: dict[str, Any], taken: list[Sample], flags: list[str], refusal: str, now: datetime
) -> dict[str, Any]:
	state = next(row for row in rows.lock() if row.name == probe)
	new = rows.store(taken, flags, state.deliveries + 1, now)
	proof = [row for row, flag in zip(taken, flags, strict=True) if not flag]
	counts = {
		"kept": new,
		"duplicates": len(taken) - new,
		"refused": len(content["samples"]) - len(taken),
		"flagged": sum(map(bool, flags)),
		"skew_seconds": content["sent_at"] - int(now.timestamp()),
	}
	first = min((row.begins for row in proof), default=0)
	unfollowed = min(filter(None, (state.unfollowed_from, first)), default=0)
	last_ends = max([state.last_ends, *(row.ends for row in proof)])
	today = rows.day_of(int(now.timestamp()))
	late = {day for row in taken if (day := rows.day_of(row.begins)) < today} if new else set()
	is_quiet = not content["more"] and not state.unfollowed_from and not incidents.concerns(proof, first)
	values = {
		"deliveries": state.deliveries + 1,
		"samples": state.samples + new,
		**{name: state[name] + counts[name] for name in ("duplicates", "refused", "flagged")},
		"skew_seconds": counts["skew_seconds"],
		"lost": max(state.lost, min(content["lost"], 2**31 - 1)),
		"last_ends": last_ends,
		"unfollowed_from": 0 if is_quiet else unfollowed,
		"last_delivery_at": to_site(now).replace(microsecond=0),
		"late_days": json.dumps(sorted(late | _late_days(state))),
		"last_refusal": refusal[:140] or state.last_refusal,
	}
	frappe.db.set_value(PROBE, probe, values, update_modified=False)
	if proof and not is_quiet and not content["more"]:
		incidents.follow_from(unfollowed)
	return counts


def _late_days(probe: Any) -> set[str]:
	return set(json.loads(probe.late_days or "[]"))


def seal_days() -> list[str]:
	"""Seal the days (UTC) that are over; returns the new records. A day is sealed again when more of it has arrived, unless
	what was sealed was changed meanwhile: then it stays as evidence of that."""
	until = rows.epoch_of(rows.day_of(int(utc_now().timestamp()) - SEAL_AFTER_SECONDS))
	made: list[str] = []
	for probe in rows.lock():
		sealed, late = _latest(probe.name), _late_days(probe)
		settled = set()
		for day, delivery in _days_to_seal(probe.name, sealed, late, until).items():
			before = sealed.get(day)
			if len(made) >= DAYS_AT_ONCE or (before and _is_changed(before)):
				continue
			if not before or before.last_delivery < delivery:
				made.append(_seal_day(probe.name, day, delivery, before))
			settled.add(day)
		if late & settled:
			left = json.dumps(sorted(late - settled))
			frappe.db.set_value(PROBE, probe.name, "late_days", left, update_modified=False)
	return made


def _days_to_seal(probe: str, sealed: dict[str, Any], late: set[str], until: int) -> dict[str, int]:
	"""The days after the last sealed one, and those that samples arrived for since, with the number of the last delivery."""
	following = rows.epoch_of(max(sealed)) + DAY_SECONDS if sealed else 0
	found = rows.last_deliveries(probe, following, until)
	for start in map(rows.epoch_of, late):
		if start < min(following, until):
			found |= rows.last_deliveries(probe, start, start + DAY_SECONDS)
	return dict(sorted(found.items()))


def prune() -> int:
	"""Remove the samples of sealed days that are older than the settings keep; returns how many days that were."""
	limit = _oldest_kept()
	if not limit:
		return 0
	count = 0
	for probe in rows.probes():
		sealed = _latest(probe)
		for day in rows.last_deliveries(probe, 0, rows.epoch_of(limit)):
			if day in sealed and not _is_changed(sealed[day]):
				rows.remove_day(probe, day, sealed[day].last_delivery)
				count += 1
	return count


def broken_days() -> dict[str, list[str]]:
	"""Of each probe the days (UTC) whose samples are not the ones that were sealed: changed, removed before their time, or wrongly signed."""
	# A day's grace: pruning runs once a day.
	limit = _oldest_kept(grace_days=1)
	broken: dict[str, list[str]] = {}
	for probe in rows.probes():
		key = rows.key_of_any(probe)
		for day, record in _latest(probe).items():
			held = rows.of_day(probe, day, record.last_delivery)
			is_pruned = not held and day <= limit
			is_changed = not is_pruned and (record.samples_hash != samples.digest(held) or _forged(key, held))
			if is_changed or record.forged:
				broken.setdefault(probe, []).append(day)
	return broken


def _oldest_kept(grace_days: int = 0) -> str:
	"""The first day (UTC) whose samples the settings keep; empty when they keep all."""
	keep_days = promise_settings().sample_days
	if not keep_days:
		return ""
	return rows.day_of(int(utc_now().timestamp()) - (keep_days + grace_days) * DAY_SECONDS)


def chain_breaks() -> list[tuple[str, str, int]]:
	"""(probe, day, how many) of the sealed days in which samples do not follow on the one before: lost on the way, or removed
	before the day was sealed."""
	query = {"filters": {"breaks": (">", 0)}, "fields": ["probe", "day", "breaks"], "as_list": True}
	return frappe.get_all(DAY, **query, order_by="day asc, version asc")


def _latest(probe: str) -> dict[str, Any]:
	fields = ["probe", "day", "version", "last_delivery", "samples_hash", "forged"]
	return rows.sealed_days(probe, fields)


def _is_changed(record: Any) -> bool:
	return record.samples_hash != samples.digest(rows.of_day(record.probe, record.day, record.last_delivery))


def _forged(key: str | None, held: list[tuple[Sample, str]]) -> set[Sample]:
	"""What the probe did not sign so; nothing where its key is lost."""
	return {row for row, _flag in held if key and not samples.is_genuine(key, row)}


def _seal_day(probe: str, day: str, delivery: int, before: Any | None) -> str:
	held = rows.of_day(probe, day, delivery)
	forged = _forged(rows.key_of_any(probe), held)
	# What was changed since it was stored proves nothing either.
	proof = [row for row, flag in held if not flag and row not in forged]
	runs = samples.runs((row.begins, row.ends, row.is_up) for row in proof)
	values = {
		"doctype": DAY,
		"probe": probe,
		"day": day,
		"version": (before.version if before else 0) + 1,
		"samples": len(held),
		"up_samples": sum(row.is_up for row in proof),
		"down_samples": sum(not row.is_up for row in proof),
		"flagged_samples": sum(bool(flag) for _row, flag in held),
		"breaks": samples.breaks([row for row, _flag in held], rows.link_before(probe, day)),
		"forged": len(forged),
		"last_delivery": delivery,
		"samples_hash": samples.digest(held),
		"last_link": held[-1][0].link,
		"runs": json.dumps(runs, separators=(",", ":")),
	}
	# No role may create one: it is made from the samples, or not at all.
	return frappe.get_doc(values).insert(ignore_permissions=True).name
