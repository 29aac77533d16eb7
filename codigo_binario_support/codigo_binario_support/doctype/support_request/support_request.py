from codigo_binario_support.adapters.requests.requests import seal
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from frappe import _
from codigo_binario_support.adapters.site.errors import refuse_deletion
import frappe
from codigo_binario_support.adapters.site import retries
from codigo_binario_support.flow.clock import assignment, clock
from codigo_binario_support.flow.filing import intake, triage
from codigo_binario_support.flow.offers import quotation
from codigo_binario_support.flow.views import panel
from codigo_binario_support.jobs import seals


class SupportRequest(SupportDocument):
	"""A request of a customer. Every rule is in a station of `flow`; this is their order."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.support_clock_event.support_clock_event import SupportClockEvent
		from codigo_binario_support.codigo_binario_support.doctype.support_scope_decision.support_scope_decision import SupportScopeDecision
		from frappe.types import DF

		acknowledged_at: DF.Datetime | None
		answered_at: DF.Datetime | None
		attachment: DF.Attach | None
		channel: DF.Literal["Desk", "Portal", "Email", "Chat", "API"]
		clause: DF.Literal["", "connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		clock_events: DF.Table[SupportClockEvent]
		closed_at: DF.Datetime | None
		company: DF.Link | None
		confidence: DF.Float
		customer: DF.Link | None
		decisions: DF.Table[SupportScopeDecision]
		description: DF.TextEditor
		due_at: DF.Datetime | None
		duplicate_of: DF.Link | None
		filed_at: DF.Datetime | None
		filing_key: DF.Data | None
		first_verdict: DF.Data | None
		is_breached: DF.Check
		is_contested: DF.Check
		is_overruled: DF.Check
		is_stranger: DF.Check
		is_undelivered: DF.Check
		offer: DF.DynamicLink | None
		offer_answered_at: DF.Datetime | None
		offer_answered_by: DF.Link | None
		offer_clause: DF.Data | None
		offer_doctype: DF.Link | None
		offer_hours: DF.Float
		offer_missing: DF.SmallText | None
		offer_pack: DF.Data | None
		offer_status: DF.Literal["Not needed", "On request", "Waiting", "Draft", "Accepted", "Declined", "Cancelled"]
		paused_seconds: DF.Duration | None
		policy_version: DF.Int
		previous_request: DF.Link | None
		queue_key: DF.Data | None
		raised_by: DF.Link | None
		rated_at: DF.Datetime | None
		rating: DF.Int
		rating_comment: DF.SmallText | None
		resolution_breached: DF.Check
		resolution_due_at: DF.Datetime | None
		resolution_note: DF.SmallText | None
		resolution_seconds: DF.Duration | None
		resolved_at: DF.Datetime | None
		response_breached: DF.Check
		response_due_at: DF.Datetime | None
		response_seconds: DF.Duration | None
		restore_breached: DF.Check
		restore_due_at: DF.Datetime | None
		restore_seconds: DF.Duration | None
		seal: DF.Data | None
		second_clause: DF.Literal["", "connectivity", "backup", "restore", "usage_guidance", "faq", "account_billing", "platform_upgrade", "onsite_visit", "data_import", "process_consulting", "misconfiguration", "training", "design_improvement", "native_bug", "workflow_permissions", "third_party"]
		sender_email: DF.Data | None
		service_incident: DF.Link | None
		severity: DF.Literal["outage", "degraded", "question", "request"]
		split_from: DF.Link | None
		status: DF.Literal["New", "In Progress", "Waiting for Customer", "Waiting for Acceptance", "Resolved", "Closed"]
		subject: DF.Data
		terms: DF.Link | None
		times_reopened: DF.Int
		turn: DF.Literal["Support", "Customer", "Nobody"]
		turn_since: DF.Datetime | None
		verdict: DF.Literal["In scope", "Out of scope", "Mixed", "Needs review"]
	# end: auto-generated types

	def insert(self, *details, **named):
		"""What a desk, an API or another app sends to Frappe's own doors begins here, and waits in line for its number."""
		if self.flags.requester or not getattr(frappe.local, "request", None):
			return super().insert(*details, **named)
		self.read_first()
		return retries.insert(self, lambda doc: super().insert(*details, **named))

	def read_first(self):
		"""Before Frappe draws the number, whose row stays locked until the request is committed."""
		if self.flags.judged is None:
			intake.bound(self)
			triage.assess(self)

	before_insert = read_first

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
		refuse_deletion(_("Requests are evidence of the promise and are not deleted. Resolve and close it instead."))
