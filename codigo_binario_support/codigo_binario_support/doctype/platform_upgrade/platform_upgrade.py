from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from frappe import _
from codigo_binario_support.adapters.site.errors import refuse_deletion
from codigo_binario_support.operations.availability import upgrades


class PlatformUpgrade(SupportDocument):
	"""An upgrade that a customer asked for: planned outside support hours, gated by a backup, checked afterwards."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from codigo_binario_support.codigo_binario_support.doctype.platform_upgrade_check.platform_upgrade_check import PlatformUpgradeCheck
		from codigo_binario_support.codigo_binario_support.doctype.platform_upgrade_version.platform_upgrade_version import PlatformUpgradeVersion
		from frappe.types import DF

		backup_record: DF.Link | None
		began_at: DF.Datetime | None
		checks: DF.Table[PlatformUpgradeCheck]
		ends_at: DF.Datetime
		finished_at: DF.Datetime | None
		maintenance_window: DF.Link | None
		note: DF.SmallText | None
		starts_at: DF.Datetime
		state: DF.Literal["Planned", "In progress", "Done", "Failed", "Cancelled"]
		support_request: DF.Link
		versions: DF.Table[PlatformUpgradeVersion]
		wanted_version: DF.Data
	# end: auto-generated types

	def before_insert(self):
		upgrades.prepare(self)

	def validate(self):
		upgrades.protect(self)

	def after_insert(self):
		upgrades.announce(self)

	def on_trash(self):
		refuse_deletion(_("{0} is evidence of the promise and is not deleted.").format(self.name))
