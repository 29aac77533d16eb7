from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.availability import upgrades


class PlatformUpgrade(SupportDocument):
	"""An upgrade that a customer asked for: planned outside support hours, gated by a backup, checked afterwards."""

	def before_insert(self):
		upgrades.prepare(self)

	def validate(self):
		upgrades.protect(self)

	def after_insert(self):
		upgrades.announce(self)

	def on_trash(self):
		upgrades.refuse_deletion(self)

	def save_from_flow(self):
		"""Save what a step changed. Its own checks stand in for the user's right to write the fields."""
		self.flags.from_flow = True
		self.save(ignore_permissions=True)
		self.flags.from_flow = False
