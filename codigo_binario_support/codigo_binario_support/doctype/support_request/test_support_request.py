"""The heart of the promise on a real site, for `bench run-tests`. The whole suite is in the repository's tests/site."""

import frappe
from frappe.tests.utils import FrappeTestCase

from codigo_binario_support.api import requests as api
from codigo_binario_support.jobs.evidence import broken_evidence

# Frappe would make records of every linked doctype first; these tests bring what they need.
test_ignore = ["Company", "Customer", "DocType", "Support Terms", "User"]


def file_request():
	words = {"subject": "Olvidé mi contraseña", "description": "¿Cómo reinicio mi contraseña?"}
	return frappe.get_doc({"doctype": "Support Request", **words}).insert()


class TestSupportRequest(FrappeTestCase):
	def setUp(self):
		self.agent = "support-run-tests@example.com"
		if not frappe.db.exists("User", self.agent):
			user = {"email": self.agent, "first_name": "Agente", "send_welcome_email": 0}
			frappe.get_doc({"doctype": "User", **user, "roles": [{"role": "Support Agent"}]}).insert()

	def tearDown(self):
		frappe.set_user("Administrator")

	def test_filing_leaves_a_verdict_frozen_terms_and_the_first_row_of_the_history(self):
		request = file_request()

		self.assertEqual(request.status, "New")
		self.assertEqual(len(request.decisions), 1)
		self.assertEqual([row.event for row in request.clock_events], ["create"])
		self.assertTrue(request.terms)
		self.assertFalse(request.resolution_due_at)

	def test_an_agent_decides_pauses_and_resolves_and_the_chain_of_evidence_holds(self):
		request = file_request()
		frappe.set_user(self.agent)
		api.overrule(request.name, clause="faq", severity="question", reason="Pregunta frecuente")
		api.act(request.name, "ask_customer", "¿Qué usuario?")
		api.act(request.name, "resolve", "Se envió el enlace para restablecerla")
		request.reload()

		self.assertEqual((request.status, request.verdict), ("Resolved", "In scope"))
		self.assertEqual([row.event for row in request.clock_events], ["create", "hold", "resolve"])
		self.assertFalse([row for row in broken_evidence()[1] if request.name in row])

	def test_excluded_work_does_not_start_before_its_offer_is_accepted(self):
		request = file_request()
		frappe.set_user(self.agent)
		api.overrule(request.name, clause="training", reason="Pide un curso")

		with self.assertRaises(frappe.ValidationError):
			api.act(request.name, "start")

	def test_evidence_is_neither_edited_nor_deleted(self):
		request = file_request()
		request.decisions[0].reason = "otra"

		with self.assertRaises(frappe.PermissionError):
			request.save()
		with self.assertRaises(frappe.PermissionError):
			frappe.delete_doc("Support Request", request.name)
