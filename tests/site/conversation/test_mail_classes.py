"""Who reads an Email Account: this app over whatever class the site has, in a worker that serves many sites."""

from __future__ import annotations

import os
import pickle
import sys

import frappe
import pytest
from conftest import SITE
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.model.base_document import get_controller
from parallel import in_sites, in_threads

from codigo_binario_support import mail_accounts
from codigo_binario_support.adapters.conversation import addresses

ACCOUNT = "Email Account"
OURS = "codigo_binario_support.mail_accounts.SupportEmailAccount"


class OtherAppsAccount(EmailAccount):
	"""As Frappe Helpdesk's."""


#: Frappe looks into installed apps only: the module goes by a name of its own.
THEIRS = "frappe.another_app.OtherAppsAccount"


@pytest.fixture
def hooked(monkeypatch):
	"""Sites of one process that differ in the apps that replaced the class."""
	asked = frappe.get_hooks

	def set_up(paths):
		def hooks(hook=None, *arguments, **named):
			found = asked(hook, *arguments, **named)
			return {**found, ACCOUNT: paths(frappe.local.site)} if hook == "override_doctype_class" else found

		monkeypatch.setitem(sys.modules, "frappe.another_app", sys.modules[__name__])
		monkeypatch.setattr(frappe, "get_hooks", hooks)
		monkeypatch.setattr(frappe, "controllers", {})

	return set_up


def second_site() -> str:
	found = os.environ.get("CODIGO_BINARIO_SCRATCH_SITE")
	if not found:
		pytest.skip("CODIGO_BINARIO_SCRATCH_SITE names no second site")
	return found


def kinds(_number: int) -> tuple[type, ...]:
	return get_controller(ACCOUNT).__mro__


@pytest.mark.parametrize("turned", [False, True])
def test_each_site_of_a_process_keeps_its_own_class_under_ours(hooked, turned):
	other = second_site()
	hooked(lambda site: [THEIRS, OURS] if (site == other) != turned else [OURS])
	# One after the other, in both orders, and all at once: what is imported first must not hold for all.
	found = [*in_sites([SITE], kinds), *in_sites([other], kinds)]
	frappe.controllers.clear()
	found += in_sites([SITE, other], kinds)
	for here, there in (found[:2], found[2:]):
		assert mail_accounts.SupportMailReceiver in here and mail_accounts.SupportMailReceiver in there
		assert [OtherAppsAccount in kind for kind in (here, there)] == [turned, not turned]


def test_ours_asks_before_the_class_of_another_app(hooked):
	hooked(lambda _site: [THEIRS, OURS])
	kinds = get_controller(ACCOUNT).__mro__
	assert kinds.index(mail_accounts.SupportMailReceiver) < kinds.index(OtherAppsAccount)
	assert addresses.are_read_by_us()


def test_an_account_goes_into_the_cache_and_comes_out_as_what_it_was(hooked):
	"""Frappe pickles documents by the name of their class: four threads that make it at once make one."""
	hooked(lambda _site: [THEIRS, OURS])
	frappe.controllers.clear()

	def there_and_back(_number):
		frappe.controllers.clear()
		account = frappe.new_doc(ACCOUNT)
		account.email_id = "soporte@example.com"
		return pickle.loads(pickle.dumps(account)).email_id, type(account)

	found = in_threads(there_and_back, 4)
	assert [address for address, _kind in found] == ["soporte@example.com"] * 4
	assert len({kind for _address, kind in found}) == 1


def test_an_app_that_comes_later_takes_nothing_away_unseen(hooked):
	"""Frappe 15 takes the last app's class alone, and `support health` must say so; Frappe 16 lays ours over it."""
	hooked(lambda _site: [OURS, THEIRS])
	assert addresses.are_read_by_us() == (
		mail_accounts.SupportMailReceiver in get_controller(ACCOUNT).__mro__
	)
	assert addresses.are_read_by_us() == hasattr(frappe.model.base_document, "_get_extended_class")
