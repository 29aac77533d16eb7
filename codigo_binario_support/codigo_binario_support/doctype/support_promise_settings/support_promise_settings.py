from frappe.model.document import Document

from codigo_binario_support.flow.clock import assignment
from codigo_binario_support.jobs.offers import retry_soon
from codigo_binario_support.operations.backups import run


class SupportPromiseSettings(Document):
	"""Whose site this is, how Success Packs are offered, who works in the queue, who is warned, how backups are kept."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.support_agent_hours.support_agent_hours import SupportAgentHours
		from codigo_binario_support.codigo_binario_support.doctype.support_canned_answer.support_canned_answer import SupportCannedAnswer
		from codigo_binario_support.codigo_binario_support.doctype.support_mailbox.support_mailbox import SupportMailbox
		from frappe.types import DF

		acknowledge: DF.Literal["Requests by mail", "Never"]
		acknowledgement: DF.Link | None
		agent_guard: DF.Check
		agent_hours: DF.Table[SupportAgentHours]
		assign_automatically: DF.Check
		attachment_limit_mb: DF.Int
		authserv_id: DF.Data | None
		backup_every_hours: DF.Int
		backup_folder: DF.Data | None
		canned_answers: DF.Table[SupportCannedAnswer]
		chat_absence_minutes: DF.Int
		drill_schedule: DF.Literal["Off", "Weekly", "Monthly", "Yearly"]
		escalate_to: DF.Link | None
		expires_foreign: DF.Check
		expires_sets: DF.Check
		item_group: DF.Link | None
		keep_daily: DF.Int
		keep_monthly: DF.Int
		keep_weekly: DF.Int
		mail_limit_mb: DF.Int
		mailboxes: DF.Table[SupportMailbox]
		mails_per_hour: DF.Int
		maintenance_notice_hours: DF.Float
		maintenance_window: DF.Link | None
		makes_backups: DF.Check
		manifest: DF.JSON | None
		mirrors_helpdesk: DF.Check
		offer_mode: DF.Literal["Automatically", "On request"]
		offsite_access_key: DF.Data | None
		offsite_bucket: DF.Data | None
		offsite_enabled: DF.Check
		offsite_endpoint: DF.Data | None
		offsite_prefix: DF.Data | None
		offsite_region: DF.Data | None
		offsite_secret: DF.Password | None
		operators: DF.SmallText | None
		own_addresses: DF.SmallText | None
		own_lists: DF.SmallText | None
		pack_low_percent: DF.Percent
		portal_access: DF.Literal["Our own people", "Everybody with an account", "Nobody"]
		promises_checked_at: DF.Datetime | None
		sample_days: DF.Int
		site_role: DF.Literal["Customer", "Provider"]
		supplier: DF.Link | None
		warn_minutes: DF.Int
		warn_restore_minutes: DF.Int
		watched_since: DF.Date | None
	# end: auto-generated types

	def validate(self):
		assignment.check_settings(self)
		run.check_settings(self)

	def on_update(self):
		retry_soon()
