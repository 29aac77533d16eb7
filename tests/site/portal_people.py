"""People with an account and no desk, on either kind of site."""

from __future__ import annotations

import frappe
from conftest import connect, default_company, email, make_user

#: Portal people: on the provider's site each is the contact of a customer; `stranger` has only signed up.
CUSTOMERS = {"clara": "Soporte Prueba Clara SA", "carlos": "Soporte Prueba Carlos SA", "stranger": None}
#: On a customer's own site an employee without a desk.
EMPLOYEE = "elena"


def keep_portal_people() -> None:
	"""Make them once for a whole run."""
	connect()
	make_portal_people()
	frappe.db.commit()
	frappe.destroy()


def forget_pace() -> None:
	"""A run of tests is quicker than any person."""
	for what in ("chat", "file", "suggest"):
		for person in (*CUSTOMERS, EMPLOYEE, "ana", "beto", "agent"):
			frappe.cache.delete(frappe.cache.make_key(f"codigo_binario_support:pace:{what}:{email(person)}"))


def make_portal_people() -> None:
	frappe.set_user("Administrator")
	for person in (*CUSTOMERS, EMPLOYEE):
		make_user(person, "Customer")
		assert frappe.db.get_value("User", email(person), "user_type") == "Website User"
	for person, customer in CUSTOMERS.items():
		if customer:
			_contact(person, customer)
	_employee()


def provider_site(portal_access: str = "Our own people") -> None:
	_settings("Provider", portal_access)


def customer_site(portal_access: str = "Our own people") -> None:
	_settings("Customer", portal_access)


def _settings(site_role: str, portal_access: str) -> None:
	user = frappe.session.user
	frappe.set_user("Administrator")
	settings = frappe.get_doc("Support Promise Settings")
	settings.update({"site_role": site_role, "portal_access": portal_access})
	settings.save()
	frappe.set_user(user)


def _contact(person: str, customer: str) -> None:
	if not frappe.db.exists("Customer", {"customer_name": customer}):
		frappe.get_doc(
			{
				"doctype": "Customer",
				"customer_name": customer,
				"customer_group": frappe.get_all(
					"Customer Group", filters={"is_group": 0}, pluck="name", order_by="name", limit=1
				)[0],
				"territory": frappe.get_all(
					"Territory", filters={"is_group": 0}, pluck="name", order_by="name", limit=1
				)[0],
			}
		).insert()
	name = frappe.db.get_value("Customer", {"customer_name": customer})
	# Frappe makes a contact for every user, in the name of the user when they sign up; the provider links it.
	for contact in frappe.get_all("Contact", filters={"user": email(person)}, pluck="name", order_by="name"):
		frappe.delete_doc("Contact", contact, force=True)
	frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": person.title(),
			"user": email(person),
			"email_ids": [{"email_id": email(person), "is_primary": 1}],
			"links": [{"link_doctype": "Customer", "link_name": name}],
		}
	).insert()


def _employee() -> None:
	if frappe.db.exists("Employee", {"user_id": email(EMPLOYEE)}):
		return
	gender = frappe.get_all("Gender", pluck="name", order_by="name", limit=1)[0]
	employee = frappe.get_doc(
		{
			"doctype": "Employee",
			"first_name": EMPLOYEE.title(),
			"company": default_company(),
			"gender": gender,
			"date_of_birth": "1990-01-01",
			"date_of_joining": "2020-01-01",
			"status": "Active",
		}
	).insert()
	# ERPNext gives who is linked to an employee a desk; Frappe's own user types for employees have none.
	employee.db_set("user_id", email(EMPLOYEE))
