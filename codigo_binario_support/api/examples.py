"""What the form of an example asks the server to do."""

import frappe

from ..adapters.site import background, retries
from ..flow.filing import corrections


@retries.whitelist(methods=["POST"])
def answer(name: str, is_released: int) -> str:
	"""Release an example into the classifier, or take it back; returns its state. Doing it twice changes nothing."""
	example = frappe.get_doc(corrections.DOCTYPE, name, for_update=True)
	example.check_permission("write")
	if corrections.answer(example, bool(int(is_released))):
		example.flags.from_flow = True
		example.save()
		background.enqueue(
			"codigo_binario_support.jobs.learning.refit", queue="long", job_id="support-learning-refit"
		)
	return example.state
