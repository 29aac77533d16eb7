"""What a probe asks of the site, without a session: is it well, and here is what I saw."""

from typing import Any

import frappe
from frappe.rate_limiter import rate_limit

from ..adapters.site.retries import retried
from ..operations.availability import heartbeats, samples

HEADER = "X-Support-Probe"


@frappe.whitelist(allow_guest=True, methods=["GET"])
@rate_limit(limit=120, seconds=60)
def health() -> dict[str, Any]:
	"""200 when pages render, the database writes, and worker and scheduler live; else 503. Only a probe that signs its
	request reads which of them failed."""
	found = heartbeats.health()
	if not found["ok"]:
		frappe.response["http_status_code"] = 503
	answer: dict[str, Any] = {"ok": found["ok"]}
	if heartbeats.is_probe(frappe.get_request_header(HEADER) or ""):
		answer.update(found)
	return answer


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=240, seconds=60)
@retried
def deliver(probe: str, batch: str, signature: str) -> dict[str, Any]:
	"""Take a probe's signed samples. The signature is the right to deliver: whoever lacks it is told nothing else.

	Answers with how many were kept, duplicates, refused and flagged; 403 when the delivery is refused as a whole, which
	is counted, so nothing is raised that would roll the count back.
	"""
	found = samples.receive(probe, batch, signature)
	if found is None:
		frappe.response["http_status_code"] = 403
		return {"refused": True}
	return found
