from codigo_binario_support.adapters.triage.resource_index import clear_resource_cache
from codigo_binario_support.codigo_binario_support.support_document import SupportDocument
from codigo_binario_support.flow.filing import guidance


class OfficialResource(SupportDocument):
	"""A page or an article that answers to the policy's clauses may carry. The job `jobs.resources` looks for dead links."""

	def validate(self):
		guidance.check_resource(self)

	def on_update(self):
		clear_resource_cache()

	def on_trash(self):
		clear_resource_cache()
