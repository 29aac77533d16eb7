"""What the customer thinks of the answer: a figure and a comment, theirs to change until the request is closed."""

import frappe
from frappe import _

from ...adapters.requests.requests import DOCTYPE, SupportRequest
from ...adapters.site.instants import to_site, utc_now
from ...domain.requests import status
from ..clock import clock

WORST, BEST = 1, 5
_LONGEST_COMMENT = 1000


def rate(doc: SupportRequest, rating: int, comment: str) -> bool:
	"""Rate the answer, 1 to 5. Returns False when that was the rating already. Every change leaves a row."""
	comment = (comment or "").strip()[:_LONGEST_COMMENT]
	if not WORST <= rating <= BEST:
		frappe.throw(_("Rate from 1 to 5."))
	if (doc.rating or 0, doc.rating_comment or "") == (rating, comment):
		return False
	if not may_rate(doc):
		if doc.status == status.CLOSED and doc.rating:
			frappe.throw(_("The request is closed: its rating stands."))
		frappe.throw(_("An answer can be rated once the request is resolved."))
	doc.update({"rating": rating, "rating_comment": comment, "rated_at": to_site(utc_now())})
	clock.note(doc, "rate", f"{rating}/{BEST} {comment}".strip())
	return True


def may_rate(doc: SupportRequest) -> bool:
	"""A resolved answer, and a closed one that nobody has rated; a duplicate's once the request that it joined is over."""
	if doc.duplicate_of and frappe.db.get_value(DOCTYPE, doc.duplicate_of, "status") in status.OPEN:
		return False
	return doc.status == status.RESOLVED or (doc.status == status.CLOSED and not doc.rating)
