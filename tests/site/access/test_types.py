"""What comes into a door is what the door says it takes, or it is refused: a filter is no name, a word no number."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import frappe
import pytest
from conftest import email
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

import codigo_binario_support

#: What no argument of that type can be.
WRONG = {str: {"subject": ["like", "%"]}, int: "mañana"}


def doors():
	for module in pkgutil.walk_packages(codigo_binario_support.__path__, "codigo_binario_support."):
		if ".__main__" not in module.name:
			importlib.import_module(module.name)
	return sorted(
		(door for door in frappe.whitelisted if door.__module__.startswith("codigo_binario_support.")),
		key=lambda door: f"{door.__module__}.{door.__name__}",
	)


@pytest.fixture
def called(transaction, monkeypatch):
	"""Calls a door as Frappe's handler does for a request, as an agent."""
	# A door that was not stopped must not commit.
	monkeypatch.setattr(frappe.db, "commit", lambda: None)

	def call(door, arguments):
		path = f"{door.__module__}.{door.__name__}"
		method = sorted(frappe.allowed_http_methods_for_whitelisted_func[door])[-1]
		frappe.set_user(email("agent"))
		frappe.local.response = frappe._dict(docs=[])
		frappe.local.form_dict = frappe._dict(cmd=path, **arguments)
		frappe.local.request = Request(EnvironBuilder(path="/", method=method).get_environ())
		try:
			return frappe.handler.execute_cmd(path)
		finally:
			del frappe.local.request

	return call


def test_a_door_takes_only_what_it_says(called):
	tried, let_in = 0, []
	for door in doors():
		parameters = inspect.signature(door).parameters
		for name, parameter in parameters.items():
			if parameter.annotation not in WRONG:
				continue
			others = {
				other: 1 if given.annotation is int else "x"
				for other, given in parameters.items()
				if other != name and given.default is inspect.Parameter.empty
			}
			tried += 1
			try:
				called(door, {**others, name: WRONG[parameter.annotation]})
			except frappe.FrappeTypeError:
				continue
			except Exception as other:
				let_in.append(f"{door.__module__}.{door.__name__}({name}): {type(other).__name__}")
			else:
				let_in.append(f"{door.__module__}.{door.__name__}({name}): taken")
	assert tried > 60
	assert let_in == []
