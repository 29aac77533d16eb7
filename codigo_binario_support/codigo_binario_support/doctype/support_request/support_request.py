from codigo_binario_support.adapters.requests.requests import seal
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.flow.clock import assignment, clock
from codigo_binario_support.flow.filing import intake, triage
from codigo_binario_support.flow.offers import quotation
from codigo_binario_support.flow.views import panel
from codigo_binario_support.jobs import seals


class SupportRequest(SupportDocument):
	"""A request of a customer. Every rule is in a station of `flow`; this is their order."""

	def before_insert(self):
		# Before Frappe draws the number, whose row stays locked until the request is committed.
		intake.bound(self)
		triage.assess(self)

	def validate(self):
		if self.is_new():
			intake.receive(self)
			triage.decide(self)
			clock.refresh(self)
			quotation.announce(self)
		else:
			seals.require_whole(self)
			intake.protect(self)
			clock.follow_board(self)
		seal(self)

	def after_insert(self):
		quotation.follow_up(self)

	def on_update(self):
		assignment.follow(self)

	def onload(self):
		self.set_onload("support", panel.panel(self))

	def on_trash(self):
		intake.refuse_deletion(self)

	def save_from_flow(self):
		"""Save what a station changed. Its own checks stand in for the user's right to write the fields."""
		self.flags.from_flow = True
		self.save(ignore_permissions=True)
		self.flags.from_flow = False
