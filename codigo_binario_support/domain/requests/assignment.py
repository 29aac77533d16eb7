"""Who gets a request: somebody who may see it, works now, is not away, and has the least to do."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from ..time.windows import SlaWindow


class Agent(NamedTuple):
	"""An agent as the chooser sees one. `load` counts the requests that wait for them; `max_open` 0 is no limit."""

	user: str
	window: SlaWindow
	load: int = 0
	max_open: int = 0
	away_from: date | None = None
	away_until: date | None = None
	does_billing: bool = False

	def is_on_duty(self, at: datetime) -> bool:
		"""Within their hours and not away; the days away are whole days of their window's zone, both included."""
		return self.window.is_open(at) and not self.is_away(at.astimezone(self.window.zone).date())

	def is_away(self, day: date) -> bool:
		if self.away_from is None and self.away_until is None:
			return False
		return (self.away_from or day) <= day <= (self.away_until or day)

	@property
	def has_room(self) -> bool:
		return not self.max_open or self.load < self.max_open


def choose(agents: Iterable[Agent], is_billing: bool, now: datetime, requester: str = "") -> str | None:
	"""The agent with the least to do of those who can take it now; None when nobody can, and the request waits.

	Nobody is given their own request. Equal loads go by name, so the same state gives the same answer.
	"""
	fit = [
		agent
		for agent in agents
		if agent.user != requester
		and (agent.does_billing or not is_billing)
		and agent.is_on_duty(now)
		and agent.has_room
	]
	return min(fit, key=lambda agent: (agent.load, agent.user)).user if fit else None
