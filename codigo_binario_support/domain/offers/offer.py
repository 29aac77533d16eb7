"""The Success Pack for excluded work: «te recomendamos obtener un Success Pack (consultoría a la medida)»."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..policy.policy import Policy, SuccessPack

#: What became of the offer of a request.
NOT_NEEDED, ON_REQUEST, WAITING = "Not needed", "On request", "Waiting"
#: Those of an offer that was made.
MADE = DRAFT, ACCEPTED, DECLINED, CANCELLED = "Draft", "Accepted", "Declined", "Cancelled"
OFFER_STATUSES = (NOT_NEEDED, ON_REQUEST, WAITING, *MADE)


@dataclass(frozen=True, slots=True)
class Offer:
	"""A pack for a clause. `amount` is None while the provider has set no price."""

	clause: str
	pack: SuccessPack

	@property
	def amount(self) -> float | None:
		return self.pack.amount


def offer_for(policy: Policy, clauses: Iterable[str | None]) -> Offer | None:
	"""The offer for the first excluded clause; None when nothing is excluded or the policy has no packs.

	The clause names its pack; one that names none gets the smallest.
	"""
	for code in clauses:
		clause = policy.clauses.get(code)
		if clause and not clause.is_included and policy.packs:
			pack = policy.packs.get(clause.pack) or min(policy.packs.values(), key=lambda row: row.hours)
			return Offer(clause.code, pack)
	return None
