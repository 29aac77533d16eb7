"""Anchors: what is given out of the house, so that evidence cannot be rewritten by whoever can calculate its hashes.

An anchor is itself sealed in a chain. Its hash, the digest, goes to the customer with the monthly statement and to
whoever the operator gives it; from then on nothing that was written before can change without showing.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import create_batch, get_datetime

from ...adapters.evidence import chains
from ...adapters.requests.requests import DOCTYPE as REQUEST
from ...adapters.requests.requests import row_hashes
from ...adapters.site.instants import to_site, to_text, utc_now
from ...domain.evidence.anchors import AnchoredHead, ChainHead, marks_of, text_of

DOCTYPE = "Evidence Anchor"
#: Requests in one anchor; a site's first anchors may be several.
_MARKS = 50_000
_OVERLAP = timedelta(hours=1)
_PAGE = 1000


def make() -> Any:
	"""Anchor everything as it is now; returns the last anchor made."""
	last = newest()
	since = last.requests_until if last else ""
	# What was saved while the anchor before was read is looked at again.
	changed = {"modified": (">=", get_datetime(since) - _OVERLAP)} if since else {}
	fields = ["name", "modified"]
	rows = frappe.get_all(REQUEST, filters=changed, fields=fields, order_by="modified asc, name asc")
	made = None
	for start in range(0, max(len(rows), 1), _MARKS):
		part = rows[start : start + _MARKS]
		made = frappe.get_doc({"doctype": DOCTYPE})
		made.flags.requests = [row.name for row in part]
		# A part that is not the last one does not move the line: whatever failed after it is taken again.
		made.flags.until = str(rows[-1].modified) if rows and start + _MARKS >= len(rows) else since
		# No role may create one: it is read from the chains, or not at all.
		made.insert(ignore_permissions=True)
	return made


def account(doc: Any) -> None:
	"""Fill a new anchor from the chains and the requests."""
	now = utc_now()
	marks = list(_marks(doc.flags.requests or []))
	doc.update(
		{
			"taken_at": to_site(now).replace(microsecond=0),
			"taken_at_utc": to_text(now),
			"requests": len(marks),
			"requests_until": doc.flags.until or "",
			"marks": text_of(marks),
			"chains": [
				{"chain": head.chain, "records": head.records, "head": head.entry_hash}
				for head in map(chains.head, chains.CHAINS)
				if head.chain != DOCTYPE
			],
		}
	)


def newest() -> Any | None:
	"""The last anchor, without its marks; None when there is none."""
	fields = ["name", "sequence", "entry_hash", "taken_at_utc", "requests_until"]
	return chains.newest(DOCTYPE, fields)


def contents(name: str) -> dict[str, Any]:
	"""What an operator gives to somebody else: plain values, without any customer's data."""
	doc = frappe.get_doc(DOCTYPE, name)
	heads = [{"chain": row.chain, "records": row.records, "head": row.head or ""} for row in doc.chains]
	return {
		"site": frappe.local.site,
		"anchor": doc.name,
		"taken_at_utc": doc.taken_at_utc,
		"digest": doc.entry_hash,
		"chains": heads,
	}


def contradictions(digests: Sequence[str] = (), heads: Iterable[ChainHead] = ()) -> list[str]:
	"""What no longer fits an anchor: those of digests kept elsewhere, else the newest of this site.

	`heads` are those of an anchor's file: they say which chain was rewritten even when the anchor itself is gone.
	"""
	found = [_lost(head) for head in heads]
	names = [(digest, frappe.db.get_value(DOCTYPE, {"entry_hash": digest}, "name")) for digest in digests]
	if not digests and (last := newest()):
		names = [(last.entry_hash, last.name)]
	for digest, name in names:
		if name:
			found += _against(frappe.get_doc(DOCTYPE, name))
		else:
			text = _("No anchor has the digest {0}: what was written before it was rewritten or removed.")
			found.append(text.format(digest))
	return list(dict.fromkeys(filter(None, found)))


def _against(doc: Any) -> list[str]:
	found = [_lost(ChainHead(row.chain, row.records, row.head or "")) for row in doc.chains]
	if not chains.is_whole(doc):
		found.append(_("The anchor {0} was changed after it was given out.").format(doc.name))
	return [*found, *_lost_requests(doc.sequence)]


def _lost(head: ChainHead) -> str:
	if not head.records:
		return ""
	if head.chain in chains.CHAINS and chains.hashes_at(head.chain, head.records) == [head.entry_hash]:
		return ""
	text = _("{0}: the record number {1} is not the one that was anchored.")
	return text.format(_(head.chain), head.records)


def _lost_requests(sequence: int) -> list[str]:
	"""The requests whose history no longer begins with the one that an anchor up to this one marked."""
	text = _("{0} {1}: its history is not the one that {2} anchored.")
	found: list[str] = []
	seen: set[str] = set()
	names = frappe.get_all(
		DOCTYPE,
		filters=[["sequence", ">", 0], ["sequence", "<=", sequence]],
		pluck="name",
		order_by="sequence desc",
	)
	for name in names:
		anchored = marks_of(frappe.db.get_value(DOCTYPE, name, "marks") or "")
		marks = [mark for mark in anchored if mark.request not in seen]
		seen.update(mark.request for mark in marks)
		for page in create_batch(marks, _PAGE):
			rows = row_hashes([mark.request for mark in page])
			lost = [mark.request for mark in page if not mark.holds(*rows[mark.request])]
			found += [text.format(_(REQUEST), request, name) for request in lost]
	return found


def _marks(names: list[str]) -> Iterable[AnchoredHead]:
	for page in create_batch(names, _PAGE):
		rows = row_hashes(page)
		yield from (AnchoredHead.of(name, *rows[name]) for name in page)
