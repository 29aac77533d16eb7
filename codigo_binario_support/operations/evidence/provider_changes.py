"""What the provider's people changed in the customer's business documents: promised is nothing, and each day says so.

Clause: «A través del servicio de soporte no podemos hacer cambios en tus datos o flujos de trabajo». Users with the role
Support Agent are the provider's people on a customer's site. Limits, which the statement repeats: what Administrator or
somebody with a shell does carries no agent's name, and refused attempts are counted in a cache that may forget.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

import frappe

from ...adapters.access import business_documents, people
from ...adapters.evidence import chains
from ...adapters.policy import promises
from ...adapters.site.instants import as_date, to_site, to_text, utc_now
from ...adapters.site.record_rows import insert_record
from ...domain.evidence.monthly_statement import day_of_changes

DOCTYPE = "Provider Change Day"
#: Days looked at behind the last one when nothing ran meanwhile.
_BEHIND = 62
#: Changes listed by name; all are counted.
_LISTED = 100


def write() -> list[Any]:
	"""A record for each day that is over and has none, oldest first; none on the provider's own site."""
	if people.is_provider_site():
		return []
	zone = promises.zone()
	yesterday = utc_now().astimezone(zone).date() - timedelta(days=1)
	first = max(yesterday - timedelta(days=_BEHIND - 1), promises.known_from().astimezone(zone).date())
	there = set(frappe.get_all(DOCTYPE, filters={"day": (">=", first)}, pluck="day"))
	count = (yesterday - first).days + 1
	days = [first + timedelta(days=number) for number in range(count)]
	return [_record(day) for day in days if day not in there]


def account(doc: Any) -> None:
	"""Fill the record of a day from the documents."""
	zone = promises.zone()
	day = as_date(doc.day)
	start, end = (datetime.combine(at, time(), zone) for at in (day, day + timedelta(days=1)))
	span = (to_site(start), to_site(end))
	users = sorted({*business_documents.provider_users(*span), *_users_before(day)})
	changes = business_documents.changes(users, *span)
	is_guarded = business_documents.was_guarded(span[0])
	looked_at = business_documents.doctypes()
	doc.update(
		{
			"from_utc": to_text(start),
			"to_utc": to_text(end),
			"time_zone": str(zone),
			"written_at_utc": to_text(utc_now()),
			"users": "\n".join(users),
			"was_guarded": int(is_guarded),
			"doctypes": len(looked_at),
			"untracked": sum(not row.track_changes for row in looked_at),
			"refusals": business_documents.refusals(str(day)),
			"changes": len(changes),
			"state": day_of_changes(len(changes), is_guarded),
			"rows": [
				{
					"document_type": change.doctype,
					"document_name": change.name,
					"user": change.user,
					"changed_at": change.at,
					"what": change.what,
				}
				for change in changes[:_LISTED]
			],
		}
	)


def note_refusal() -> None:
	"""The guard refused something today."""
	business_documents.count_refusal(str(utc_now().astimezone(promises.zone()).date()))


def _record(day: date) -> Any:
	doc = insert_record(DOCTYPE, {"day": day})
	frappe.db.after_commit.add(lambda: business_documents.forget_refusals([str(day)]))
	return doc


def _users_before(day: date) -> list[str]:
	"""The agents of the last day before: somebody may have lost the role since."""
	before = chains.newest(DOCTYPE, ["users"], {"day": ("<", day)}, "day desc, sequence desc")
	return (before.users or "").splitlines() if before else []
