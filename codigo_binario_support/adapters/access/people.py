"""Who somebody is to a request: an agent, somebody of the customer's, somebody for billing."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import frappe

from ..site.settings import promise_settings

AGENT = "Support Agent"
CUSTOMER_MANAGER = "Support Customer Manager"
BILLING = "Support Billing"
ROLES = (AGENT, CUSTOMER_MANAGER, BILLING)

BILLING_CLAUSE = "account_billing"


@dataclass(frozen=True, slots=True)
class Requester:
	"""Who asks, as far as an address says. `user` is None for people without an account on the site.

	A stranger is nobody's employee or contact: no company or customer is theirs until an agent says so.
	"""

	user: str | None
	email: str
	full_name: str = ""
	customer: str | None = None
	company: str | None = None
	is_stranger: bool = False


@contextmanager
def as_user(user: str) -> Iterator[None]:
	"""Act as somebody else; the session of the person is put back as it was, its id and data included."""
	session, form_dict = frappe.local.session, frappe.local.form_dict
	before, sid, data = session.user, session.sid, session.data
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)
		session.sid, session.data = sid, data
		frappe.local.form_dict = form_dict


def as_system() -> AbstractContextManager[None]:
	"""Act as the system in the books: ERPNext asks deep inside for the session user's own rights."""
	return as_user("Administrator")


def is_agent(user: str | None = None) -> bool:
	"""Whether a user (default: the present one, as in what follows) has the role Support Agent."""
	return AGENT in frappe.get_roles(user)


def is_billing(user: str | None = None) -> bool:
	return BILLING in frappe.get_roles(user)


def is_customer_manager(user: str | None = None) -> bool:
	return CUSTOMER_MANAGER in frappe.get_roles(user)


def is_provider_site() -> bool:
	"""Whether this is the site of the provider, by the settings; else a customer's."""
	return promise_settings().site_role == "Provider"


def is_portal_user(user: str | None = None) -> bool:
	"""Whether somebody has an account but no desk: a Website User, in Frappe's words. A guest has no account."""
	user = user or frappe.session.user
	return user != "Guest" and frappe.get_cached_value("User", user, "user_type") != "System User"


def can_request_support(user: str | None = None) -> bool:
	"""Whether somebody may ask for support at all.

	Whoever has a desk may. An account on the website alone proves nothing: anybody can sign up, and the customers of a
	customer have one too. So a portal user must be somebody of the customer's: on its own site an active employee or a
	contact of one of its companies, on the provider's a contact of the customer. The settings can open the portal to
	every account, or close it.
	"""
	user = user or frappe.session.user
	if user == "Guest":
		return False
	if not is_portal_user(user):
		return True
	access = promise_settings().portal_access
	if access in ("Everybody with an account", "Nobody"):
		return access == "Everybody with an account"
	if is_provider_site():
		return bool(customers_of(user))
	is_employee = frappe.db.exists("Employee", {"user_id": user, "status": "Active"})
	return bool(is_employee or _linked_by_contact(user, "Company"))


def company_of(user: str) -> str | None:
	"""The company a request of this user is about: one they are permitted, else their own, else the site's default.

	Users may write defaults of their own, so a default counts only if it exists, and is permitted where any is.
	"""
	wanted, permitted = frappe.defaults.get_user_default("Company", user), _permitted_companies(user)
	if permitted:
		return wanted if wanted in permitted else permitted[0]
	is_there = wanted and frappe.db.exists("Company", wanted, cache=True)
	return wanted if is_there else frappe.defaults.get_global_default("company")


def companies_of(user: str) -> list[str]:
	"""The companies whose requests a customer's manager may see: permitted, else as an employee, else the site's default.

	Never a default that users can write themselves.
	"""
	as_employee = {"user_id": user, "status": "Active"}
	return (
		_permitted_companies(user)
		or frappe.get_all("Employee", filters=as_employee, pluck="company", order_by="company asc")
		or list(filter(None, [frappe.defaults.get_global_default("company")]))
	)


def _permitted_companies(user: str) -> list[str]:
	return [row.get("doc") for row in frappe.permissions.get_user_permissions(user).get("Company") or []]


def customers_of(user: str) -> list[str]:
	"""On the provider's site: the customers whose contact this user is, by a contact that somebody else wrote."""
	return _linked_by_contact(user, "Customer")


def _linked_by_contact(user: str, doctype: str) -> list[str]:
	written = {"user": user, "owner": ("!=", user)}
	return _links(frappe.get_all("Contact", filters=written, pluck="name", order_by="name asc"), doctype)


def _links(contacts: list[str], doctype: str) -> list[str]:
	"""What documents of a doctype some contacts are linked to."""
	if not contacts:
		return []
	linked = {"parenttype": "Contact", "parent": ("in", contacts), "link_doctype": doctype}
	found = frappe.get_all("Dynamic Link", filters=linked, pluck="link_name", order_by="link_name asc")
	return list(dict.fromkeys(found))


def requester_of(address: str, full_name: str = "") -> Requester:
	"""The user, employee or contact behind a mail address, else a stranger. Addresses are compared without case."""
	address = address.strip().lower()
	user = frappe.db.get_value("User", {"email": address, "enabled": 1, "name": ("!=", "Guest")})
	if user:
		return requester_for(user, address)
	if not address:
		return Requester(None, "", full_name, is_stranger=True)
	return _contact(address, full_name) if is_provider_site() else _employee(address, full_name)


def requester_for(user: str, address: str = "") -> Requester:
	"""A user of this site as who asks."""
	address = address or (frappe.db.get_value("User", user, "email") or "").lower()
	customer = next(iter(customers_of(user)), None) if is_provider_site() else None
	return Requester(user, address, frappe.utils.get_fullname(user), customer, company_of(user))


def _employee(address: str, full_name: str) -> Requester:
	"""On a customer's site contacts are the customer's own business partners; its people are its employees."""
	wanted = ["user_id", "company", "employee_name"]
	for field in ("company_email", "personal_email", "prefered_email"):
		row = frappe.db.get_value("Employee", {field: address, "status": "Active"}, wanted, as_dict=True)
		if row and row.user_id and frappe.db.get_value("User", row.user_id, "enabled"):
			return requester_for(row.user_id, address)
		if row:
			return Requester(None, address, row.employee_name or full_name, company=row.company)
	return Requester(None, address, full_name, is_stranger=True)


def _contact(address: str, full_name: str) -> Requester:
	"""On the provider's site: the customer of the contact with this address; none when it is the contact of several."""
	of_address = {"email_id": address, "parenttype": "Contact"}
	contacts = frappe.get_all("Contact Email", filters=of_address, pluck="parent", order_by="parent asc")
	customers = _links(contacts, "Customer")
	if not customers:
		return Requester(None, address, full_name, is_stranger=True)
	customer = customers[0] if len(customers) == 1 else None
	return Requester(None, address, full_name, customer, frappe.defaults.get_global_default("company"))


def agents() -> list[str]:
	"""Enabled users with the agent's role, Administrator aside."""
	return _users_with(AGENT)


def desk_users() -> list[str]:
	"""Everybody who works in the desk of this site."""
	return _enabled(user_type="System User", name=("not in", frappe.STANDARD_USERS))


def billing_people() -> list[str]:
	return _users_with(BILLING)


def customer_managers() -> list[str]:
	return _users_with(CUSTOMER_MANAGER)


def managers_of(company: str | None = None, customer: str | None = None) -> list[str]:
	"""The customer's managers of a company or, on the provider's site, of a customer."""
	wanted, parties_of = (customer, customers_of) if customer else (company, companies_of)
	return [user for user in customer_managers() if wanted in parties_of(user)]


def _users_with(role: str) -> list[str]:
	held = {"role": role, "parenttype": "User"}
	holders = frappe.get_all("Has Role", filters=held, pluck="parent", order_by="parent asc")
	return _enabled(name=("in", holders or [""]))


def _enabled(**filters: Any) -> list[str]:
	return frappe.get_all("User", filters={"enabled": 1, **filters}, pluck="name", order_by="name asc")
