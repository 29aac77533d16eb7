from codigo_binario_support.codigo_binario_support.record_row import RecordRow


class PlatformUpgradeVersion(RecordRow):
	"""An app of the site, before and after an upgrade."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		app: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		version_after: DF.Data | None
		version_before: DF.Data | None
	# end: auto-generated types
