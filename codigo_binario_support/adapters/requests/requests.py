"""Support Request documents as domain values, and domain values written back as evidence rows."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.utils import get_datetime, sanitize_html

from ...domain.conversation import pictures
from ...domain.time.clock import ACTIONS as CLOCK_ACTIONS
from ...domain.time.clock import ClockReading, Event
from ...domain.triage import markup
from ...domain.triage.cleaning import LONGEST_TEXT
from ...domain.triage.verdict import TO_REVIEW, VERDICTS, Triage
from ..evidence.chains import strays
from ..site.instants import from_site, read_text, to_site, to_text

if TYPE_CHECKING:
	from ...codigo_binario_support.doctype.support_request.support_request import SupportRequest
else:
	# The controller is a door: what stands below it may name it, and not load it.
	SupportRequest = Any

DOCTYPE = "Support Request"

_VERDICT_KEYS = ("verdict", "clause", "second_clause", "severity")
_BASIS_KEYS = ("confidence", "signals", "against", "nearest", "reason")
_DECISION_KEYS = ("at_utc", "decided_at", "decided_by", "is_automatic", *_VERDICT_KEYS, *_BASIS_KEYS)
_EVENT_KEYS = ("at_utc", "happened_at", "event", "action", "user", "detail", "source")
_DUE_KEYS = ("response_due_at", "resolution_due_at", "restore_due_at", "is_breached")
_FILED_KEYS, _OFFER_KEYS = ("raised_by", "filed_at", "terms", "status"), ("offer_status", "offer")
#: What the rows stand for on the request itself; a change of it, or a row that is gone, breaks the request's seal.
_SEALED_KEYS = (*_FILED_KEYS, *_VERDICT_KEYS, *_OFFER_KEYS, *_DUE_KEYS)
_ANGLES = str.maketrans("<>", "‹›")
#: The action of a clock event by which an operator says that a seal is known not to fit; its source says which.
ACKNOWLEDGE = "acknowledge_seal"
#: The action of a clock event by which a request joins another one, its source.
MERGE = "merge"
#: The action of a clock event by which a person confirms that an answer on the request is not in Spanish.
OTHER_LANGUAGE = "other_language"
_ADDED = "added "
#: The tables of a request: field, doctype of its rows, and what is sealed of each.
_TABLES = (
	("decisions", "Support Scope Decision", _DECISION_KEYS),
	("clock_events", "Support Clock Event", _EVENT_KEYS),
)
#: Rows of 0.1 were sealed without these: the first two follow from `at_utc`, and the others did not exist.
_SINCE_0_1 = ("decided_at", "happened_at", "against", "nearest")
_QUARTER_SECONDS, _LARGEST_OFFSET_SECONDS = 900, 14 * 3600
#: Requests read at a time when all are verified.
_PAGE = 1000


def hold(*names: str) -> None:
	"""Lock requests together with their duplicates, for what will write on several of them; before any of them is read.

	What was merged into another comes first, then the others, each by name. A customer's answer goes the same way, from
	the duplicate that it was written on to the request that it was merged into.
	"""
	# To Frappe an empty name is a duplicate of nothing: that is every request there is.
	names = tuple(name for name in names if str(name or "").strip())
	if not names:
		return
	theirs = {"name": ("in", names), "duplicate_of": ("in", names)}
	rows = frappe.get_all(DOCTYPE, or_filters=theirs, fields=["name", "duplicate_of"], order_by="name asc")
	if not frappe.db.transaction_writes:
		# What is read under the locks is what is committed then, not what was when they were asked for.
		frappe.db.rollback()
	for row in sorted(rows, key=lambda row: (not row.duplicate_of, row.name)):
		frappe.db.get_value(DOCTYPE, row.name, "name", for_update=True)


def page_of(name: str) -> str:
	"""The path of a request's page, which people open who have no desk."""
	return f"/soporte/{frappe.utils.quoted(name)}"


def text_of(doc: Any) -> tuple[str, str]:
	"""Subject and plain body, as the classifier reads them: without pictures, which say no words."""
	body = pictures.words_only(doc.description or "")
	return doc.subject or "", markup.words_of(body, LONGEST_TEXT) if "<" in body else body


def shown_text_of(doc: Any) -> str:
	"""The whole body in plain words, as its writer reads it again: with the notes on pictures that were not kept."""
	body = pictures.without_pictures(doc.description or "")
	return (markup.said_in(body) if "<" in body else body).strip()


def events_of(doc: Any) -> list[Event]:
	"""The clock's history: rows that no clock reacts to are left out, and so is what cannot be part of a history and was
	put there by no station: a row from before the filing, a second filing, one that is acknowledged as added.
	Verification names them; the clock goes on without them. Joining another request is no event either, though it was
	once written as one.
	"""
	acknowledged = {row.source for row in _acknowledgements(doc)}
	events = [
		Event(at, row.event, row.detail or None)
		for at, row in _dated(doc)
		if row.event in CLOCK_ACTIONS and row.action != MERGE and f"{_ADDED}{row.name}" not in acknowledged
	]
	filed = next((event for event in events if event.do == "create"), None)
	filed = filed or Event(from_site(doc.filed_at or doc.creation), "create")
	return [filed, *(event for event in events if event.do != "create" and event.at >= filed.at)]


def joinings_of(doc: Any) -> list[tuple[datetime, str]]:
	"""When a duplicate joined which request, in order; the last is the one that it is a duplicate of now."""
	if not doc.duplicate_of:
		return []
	rows = [(at, row.source) for at, row in _dated(doc) if row.action == MERGE]
	# Without a source: another one joined it, or, as once written, the request that it joined was itself merged.
	found = [(at, source) for at, source in rows if source]
	if found and found[-1][1] != doc.duplicate_of:
		found.append((rows[-1][0], doc.duplicate_of))
	return found or [(from_site(doc.closed_at or doc.modified), doc.duplicate_of)]


def pauses_of(doc: Any) -> list[tuple[datetime, str]]:
	"""When it began to wait, and by which action; a row without an instant is none of its history."""
	return [(at, row.action) for at, row in _dated(doc) if row.event == "hold"]


def _dated(doc: Any) -> list[tuple[datetime, Any]]:
	"""The rows of the history that have an instant, with it."""
	return [(at, row) for row in doc.clock_events if (at := read_text(row.at_utc))]


def duplicates_of(name: str) -> list[str]:
	"""Requests that were merged into one, whose askers wait for the same answer."""
	return frappe.get_all(DOCTYPE, filters={"duplicate_of": name}, pluck="name", order_by="creation asc")


def add_event(doc: Any, at: datetime, event: str, action: str, detail: str = "", source: str = "") -> None:
	"""Append one clock event of the present user. Rows are never changed: `intake.protect` sees to it."""
	values = {"event": event, "action": action, "detail": _kept(detail), "source": _kept(source)}
	_append(doc, "clock_events", _EVENT_KEYS, at, happened_at=to_site(at), user=frappe.session.user, **values)


def add_decision(
	doc: Any, at: datetime, triage: Triage, reason: str = "", is_automatic: bool = False
) -> None:
	"""Append one scope decision and put it on the request."""
	values = {
		"verdict": VERDICTS[triage.verdict].name,
		"clause": triage.clause or "",
		"second_clause": triage.second_clause or "",
		"severity": triage.severity,
		"confidence": round(triage.confidence, 3),
	}
	_append(
		doc,
		"decisions",
		_DECISION_KEYS,
		at,
		**values,
		decided_at=to_site(at),
		# Who files does not decide: an automatic decision is nobody's.
		decided_by=None if is_automatic else frappe.session.user,
		is_automatic=int(is_automatic),
		signals=_kept(_spoken(signal.text for signal in triage.signals if signal.weight >= 0)),
		against=_kept(_spoken(signal.text for signal in triage.signals if signal.weight < 0)),
		nearest=_kept(triage.nearest.quoted[:500]) if triage.nearest else "",
		reason=_kept(reason or triage.reason),
	)
	doc.update(values)
	first = doc.decisions[0]
	doc.first_verdict = first.verdict if first.is_automatic else ""
	is_other = (doc.verdict, doc.clause) != (first.verdict, first.clause or "")
	doc.is_overruled = int(is_other and doc.first_verdict not in ("", TO_REVIEW))


def _append(doc: Any, table: str, keys: Sequence[str], at: datetime, **values: Any) -> None:
	"""Append one row of evidence, sealed over the one before it."""
	row = doc.append(table, {"at_utc": to_text(at), **values})
	row.previous_hash = next((before.entry_hash or "" for before in doc.get(table)[-2:-1]), "")
	row.entry_hash = _hash(row, keys, row.previous_hash, doc.name)


def apply_reading(doc: Any, attention: ClockReading, platform: ClockReading | None) -> None:
	"""Write what the clocks read on the request: due times only where promised."""
	response, resolution = attention.response, attention.resolution
	restore = platform.resolution if platform else None
	for kind, face in (("response", response), ("resolution", resolution), ("restore", restore)):
		doc.set(f"{kind}_due_at", to_site(face.due_at) if face else None)
		doc.set(f"{kind}_seconds", face.elapsed_seconds if face else 0)
		doc.set(f"{kind}_breached", int(bool(face and face.is_breached)))
	doc.answered_at, doc.resolved_at = to_site(response.stopped_at), to_site(resolution.stopped_at)
	doc.paused_seconds = attention.paused_seconds
	doc.is_breached = int(doc.response_breached or doc.resolution_breached or doc.restore_breached)
	# No first answer is due while the customer is waited for.
	running = [resolution, restore] if attention.state == "held" else [response, resolution, restore]
	dues = [face.due_at for face in running if face and face.due_at and not face.stopped_at]
	doc.due_at = to_site(min(dues)) if dues else None


def seal(doc: Any) -> None:
	"""Seal the request over its rows and what they stand for. The last thing before a save."""
	doc.seal = _request_seal(doc)


def _request_seal(doc: Any, without: Collection[str | None] = ()) -> str:
	"""`without`: rows, by name, to find out which was added."""
	rows = [[row.entry_hash for row in doc.get(name) if row.name not in without] for name, *_rest in _TABLES]
	return _hash(doc, _SEALED_KEYS, rows, doc.name)


def breaks(doc: Any) -> dict[str, str]:
	"""The request, if a row is gone or a fact was changed, and the rows whose seal does not fit their content, each by the
	mark with which it can be acknowledged; what an operator acknowledged is left out as long as it stays as it was then.
	"""
	known = {row.source for row in _acknowledgements(doc)}
	broken = {}
	if doc.seal != _request_seal(doc):
		added = _added(doc)
		broken[f"seal {doc.seal or ''}"] = f"{doc.doctype} {doc.name}"
		for row in added:
			broken[f"{_ADDED}{row.name}"] = f"{row.doctype} {row.name} ({doc.name}, {row.idx}) [+]"
	for fieldname, _child, keys in _TABLES:
		previous = ""
		for row in sorted(doc.get(fieldname), key=lambda row: row.idx):
			if not _is_as_sealed(row, keys, previous, doc.name):
				mark = f"{row.name} {_hash(row, (*keys, 'entry_hash'), previous, doc.name)}"
				if mark not in known:
					broken[mark] = f"{row.doctype} {row.name} ({doc.name}, {row.idx})"
			previous = row.entry_hash or ""
	return broken


def seal_as_0_1_left_it(doc: Any) -> bool:
	"""Seal a request that was filed before requests had a seal; False, and it stays without one, where it is not whole:
	where a row was changed, or the verdict is not that of the last decision.
	"""
	last = doc.decisions[-1] if doc.decisions else None
	if doc.seal or not last or any(_plain(last.get(key)) != _plain(doc.get(key)) for key in _VERDICT_KEYS):
		return False
	seal(doc)
	if breaks(doc):
		doc.seal = None
	return bool(doc.seal)


def _is_as_sealed(row: Any, keys: Sequence[str], previous: str, request_key: str) -> bool:
	if (row.previous_hash or "") != previous:
		return False
	if row.entry_hash == _hash(row, keys, previous, request_key):
		return True
	of_0_1 = [key for key in keys if key not in _SINCE_0_1]
	return row.entry_hash == _hash(row, of_0_1, previous, request_key) and _is_of_0_1(row)


def _is_of_0_1(row: Any) -> bool:
	"""Whether nothing was put where 0.1 sealed nothing. The zone of the site may be another by now."""
	at, shown = read_text(row.at_utc), row.get("decided_at") or row.get("happened_at")
	if at is None or not shown or row.get("against") or row.get("nearest"):
		return False
	shown_at = get_datetime(shown).replace(microsecond=0)
	offset = (shown_at - at.astimezone(timezone.utc).replace(tzinfo=None)).total_seconds()
	return offset % _QUARTER_SECONDS == 0 and abs(offset) <= _LARGEST_OFFSET_SECONDS


def _added(doc: Any) -> list[Any]:
	"""The rows without which the seal fits: one anywhere, or some at the ends."""
	decisions, events = (sorted(doc.get(name), key=lambda row: row.idx) for name, *_rest in _TABLES)
	ends = (
		[*decisions[len(decisions) - some :], *events[len(events) - more :]]
		for some in range(len(decisions) + 1)
		for more in range(len(events) + 1)
	)
	for rows in ([row] for row in (*decisions, *events)), ends:
		for found in rows:
			if found and doc.seal == _request_seal(doc, without={row.name for row in found}):
				return found
	return []


def _acknowledgements(doc: Any) -> list[Any]:
	return [row for row in doc.clock_events if row.action == ACKNOWLEDGE and row.source]


def broken_requests() -> tuple[int, list[str]]:
	"""How many requests there are, and what `breaks` says of each, or was acknowledged; read a page at a time."""
	count, broken, last = 0, [], ""
	columns = ["name", "seal", *_SEALED_KEYS]
	while page := frappe.get_all(
		DOCTYPE, filters={"name": (">", last)}, fields=columns, order_by="name asc", limit=_PAGE
	):
		decisions, events = _rows_of([doc.name for doc in page], with_content=True)
		for doc in page:
			doc.update(doctype=DOCTYPE, decisions=decisions[doc.name], clock_events=events[doc.name])
			known = [f"{_('acknowledged')}: {row.detail}" for row in _acknowledgements(doc)]
			broken += [*breaks(doc).values(), *(f"{DOCTYPE} {doc.name} [{text}]" for text in known)]
		count, last = count + len(page), page[-1].name
	return count, broken + strays(DOCTYPE)


def row_hashes(names: Sequence[str]) -> dict[str, tuple[list[str], list[str]]]:
	"""The hashes of the events and of the decisions of some requests, in the order they were written."""
	decisions, events = (
		{name: [row.entry_hash or "" for row in rows[name]] for name in names} for rows in _rows_of(names)
	)
	return {name: (events[name], decisions[name]) for name in names}


def _rows_of(names: Sequence[str], with_content: bool = False) -> Iterator[dict[str, list[Any]]]:
	"""For each table of some requests: request -> its rows, in order."""
	for fieldname, child, keys in _TABLES:
		table = frappe.qb.DocType(child)
		columns = ("name", "parent", "idx", "previous_hash", "entry_hash", *(keys if with_content else ()))
		found: dict[str, list[Any]] = defaultdict(list)
		for row in (
			frappe.qb.from_(table)
			.select(*columns)
			.where((table.parenttype == DOCTYPE) & (table.parentfield == fieldname))
			.where(table.parent.isin(list(names) or [""]))
			.orderby(table.idx)
			.run(as_dict=True)
		):
			row.doctype = child
			found[row.parent].append(row)
		yield found


def _kept(text: str) -> str:
	"""A text that Frappe stores as it is. Its filter rewrites markup at the save, which would break the seal made before;
	so what it would rewrite has no markup: `550 ‹ana@example.com›`.
	"""
	return text if "<" not in text or sanitize_html(text) == text else text.translate(_ANGLES)


def _spoken(words: Iterable[str]) -> str:
	"""The words that say something to a person; `nos` and `que` weigh, but explain nothing."""
	return ", ".join(word for word in words if len(word.strip("… ")) > 3 or any(map(str.isdigit, word)))


def _hash(row: Any, keys: Iterable[str], previous: Any, request_key: str) -> str:
	"""The seal of what some fields of a row, or of a request, hold: over the row before it, or over its rows."""
	content = {key: _plain(row.get(key)) for key in keys}
	text = json.dumps([request_key, previous, content], sort_keys=True, ensure_ascii=False)
	return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
	"""One text for a value before and after the database: empty is empty, 0.5 is 0.5."""
	if value is None or value == "":
		return ""
	if isinstance(value, (int, float)):
		return f"{float(value):.3f}"
	return str(value)
