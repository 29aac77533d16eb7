"""What every record of evidence is, whatever it says."""

from frappe import _

from codigo_binario_support.adapters.evidence.chains import seal
from codigo_binario_support.adapters.site.errors import refuse_deletion
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.operations.evidence import records


class EvidenceDocument(SupportDocument):
	"""A record that is made once and read for ever: sealed into the chain of its doctype, neither changed nor deleted."""

	def validate(self):
		records.refuse_change(self)
		records.keep_seal(self)

	def after_insert(self):
		seal(self)

	def on_trash(self):
		refuse_deletion(_("{0} is evidence of the promise and is not deleted.").format(self.name))
