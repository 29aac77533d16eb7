"""What every document of this app is, whatever it says: the server draws its name."""

from typing import Any

import frappe
from frappe.model.document import Document


class SupportDocument(Document):
	"""A document whose name comes from its series, never from who sends it.

	Frappe's API v2 and its data import keep a client's name. A number taken in advance would be drawn again by every
	filing after it, for ever: the series is rolled back with each of them.
	"""

	#: Empty before the first save, and of no interest to anybody then.
	name: str

	def set_new_name(
		self, force: bool = False, set_name: str | None = None, set_child_names: bool = True
	) -> Any:
		self._forget_name()
		super().set_new_name(force=force, set_name=set_name, set_child_names=set_child_names)
		drawn: set[str | None] = set()
		# What stands in the table already (of an older version, or by SQL) costs a number and nothing else.
		while not set_name and self.name not in drawn and frappe.db.exists(self.doctype, self.name):
			drawn.add(self.name)
			self._forget_name()
			super().set_new_name(set_child_names=False)

	def save_from_flow(self) -> None:
		"""Save what a step changed. Its own checks stand in for the user's right to write the fields."""
		self.flags.from_flow = True
		self.save(ignore_permissions=True)
		self.flags.from_flow = False

	def _forget_name(self) -> None:
		self.set("name", None)
		self.flags.name_set = False
