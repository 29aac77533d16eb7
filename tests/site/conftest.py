"""Tests on a real site: real documents, as real roles, in the bench's own Python.

Each test runs in one transaction that is rolled back; what must be committed (two workers at once) cleans up after
itself. The site is named by CODIGO_BINARIO_SITE and must allow tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

frappe = pytest.importorskip("frappe", reason="no Frappe in this Python: site tests run in a bench")

SITE = os.environ.get("CODIGO_BINARIO_SITE")
BENCH = Path(os.environ.get("CODIGO_BINARIO_BENCH") or Path.home() / "frappe-bench")

PEOPLE = {
	"ana": ("Employee",),
	"beto": ("Employee",),
	"agent": ("Support Agent",),
	"billing_agent": ("Support Agent", "Support Billing"),
	"busy_agent": (
		"Support Agent",
		"System Manager",
		"Purchase Manager",
		"Sales Manager",
		"Item Manager",
		"Sales Master Manager",
		"Purchase Master Manager",
	),
	"manager": ("Employee", "Support Customer Manager"),
	"other_manager": ("Employee", "Support Customer Manager"),
	"accountant": ("Employee", "Support Billing"),
	"buyer": ("Purchase Manager",),
	"it": ("System Manager",),
}
OTHER_COMPANY = "Soporte Prueba Otra SA"


def email(person: str) -> str:
	return "Administrator" if person == "Administrator" else f"support-test-{person}@example.com"


@pytest.fixture(scope="session", autouse=True)
def site() -> Iterator[str]:
	if not SITE:
		pytest.skip("CODIGO_BINARIO_SITE names no site")
	os.chdir(BENCH / "sites")
	connect()
	if not frappe.conf.allow_tests:
		pytest.skip(f"{SITE} does not allow tests: bench --site {SITE} set-config allow_tests true")
	if "codigo_binario_support" not in frappe.get_installed_apps():
		from frappe.installer import install_app

		install_app("codigo_binario_support", set_as_patched=True)
	make_people()
	frappe.db.commit()
	frappe.destroy()
	yield SITE


def connect(user: str = "Administrator") -> None:
	frappe.init(site=SITE, sites_path=str(BENCH / "sites"))
	frappe.connect()
	# No worker empties the queue here, and Frappe 16 refuses more than some hundreds.
	frappe.local.conf.max_queued_jobs = 1_000_000
	frappe.local.lang = "en"
	frappe.flags.mute_emails = True
	frappe.set_user(user)


def make_user(person: str, *roles: str) -> None:
	"""Somebody with these roles, English and unasked, where there is none yet; Frappe decides whether they have a desk."""
	if not frappe.db.exists("User", email(person)):
		frappe.get_doc(
			{
				"doctype": "User",
				"email": email(person),
				"first_name": person.title(),
				"send_welcome_email": 0,
				"language": "en",
				"roles": [{"role": role} for role in roles],
			}
		).insert()


def make_people() -> None:
	if not frappe.db.exists("Company", OTHER_COMPANY):
		frappe.get_doc(
			{
				"doctype": "Company",
				"company_name": OTHER_COMPANY,
				"abbr": "SPO",
				"default_currency": "MXN",
				"country": "Mexico",
			}
		).insert()
	# Where a site has no System Manager, Frappe 15.44 makes one of whoever is made first.
	for person, roles in sorted(PEOPLE.items(), key=lambda one: "System Manager" not in one[1]):
		make_user(person, *roles)
		frappe.get_doc("User", email(person)).add_roles(*roles)
	for person, company in (("manager", default_company()), ("other_manager", OTHER_COMPANY)):
		values = {"user": email(person), "allow": "Company", "for_value": company}
		if not frappe.db.exists("User Permission", values):
			frappe.get_doc({"doctype": "User Permission", **values}).insert()


def default_company() -> str:
	return frappe.defaults.get_global_default("company")


@pytest.fixture(autouse=True)
def transaction(site: str) -> Iterator[None]:
	connect()
	# What a test may have cached from rolled back documents must not reach the next one.
	frappe.clear_document_cache("Support Promise Settings", "Support Promise Settings")
	# The tests freeze dates of their own; the policy that was installed today must rule them too.
	frappe.db.set_value("Support Policy", {"enabled": 1}, "valid_from", "2020-01-01", update_modified=False)
	yield
	frappe.db.rollback()
	# A role that a test gave is gone from the database, and must go from the cache.
	frappe.cache.delete_value("roles")
	frappe.clear_document_cache("Support Promise Settings", "Support Promise Settings")
	frappe.destroy()


@pytest.fixture
def as_user():
	def switch(person: str) -> None:
		frappe.set_user(email(person))

	return switch


EXCLUDED = SimpleNamespace(
	subject="Visita a la planta",
	description="<p>Necesitamos que un técnico venga a nuestras oficinas a instalar las impresoras.</p>",
)
INCLUDED = SimpleNamespace(
	subject="Olvidé mi contraseña", description="<p>¿Cómo reinicio mi contraseña para entrar al sistema?</p>"
)


@pytest.fixture
def file_request(as_user):
	"""File a request as somebody; `clause` is then decided by the agent, so that tests do not hang on the classifier."""

	def file(
		person: str = "ana",
		clause: str | None = None,
		second_clause: str | None = None,
		severity: str | None = None,
		**values,
	):
		as_user(person)
		request = frappe.get_doc(
			{
				"doctype": "Support Request",
				"subject": INCLUDED.subject,
				"description": INCLUDED.description,
				**values,
			}
		).insert()
		request = frappe.get_doc("Support Request", request.name)
		if clause:
			from codigo_binario_support.flow.clock import clock
			from codigo_binario_support.flow.filing import triage
			from codigo_binario_support.flow.offers import quotation

			as_user("billing_agent")
			triage.overrule(request, clause, second_clause, severity, "set by the test")
			clock.refresh(request)
			quotation.announce(request)
			request.save_from_flow()
		as_user(person)
		return frappe.get_doc("Support Request", request.name)

	return file


@pytest.fixture
def prices():
	"""A supplier and a price, so that offers can be made."""

	def set_up(rate: float = 950.0) -> str:
		frappe.set_user("Administrator")
		if not frappe.db.exists("Supplier", {"supplier_name": "Código Binario"}):
			group = frappe.get_all("Supplier Group", filters={"is_group": 0}, pluck="name", order_by="name")[
				0
			]
			frappe.get_doc(
				{"doctype": "Supplier", "supplier_name": "Código Binario", "supplier_group": group}
			).insert()
		policy = policy_in_force()
		for pack in policy.success_packs:
			pack.hourly_rate = rate
		policy.save()
		return policy.name

	return set_up


def policy_in_force():
	from codigo_binario_support.adapters.policy.terms import policy_in_force as find

	return find()
