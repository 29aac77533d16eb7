"""The policy's own: add-holidays, and triage, clock, replay and policy on the policy in force."""

import json
import os
import tempfile
from typing import Any

import click
import frappe
from frappe import _

from ..adapters.policy.terms import mapping_of, policy_in_force
from ..cli.app import main
from ..setup import defaults
from .running import OK, support


@support.command("add-holidays")
@click.argument("years", nargs=-1, type=click.IntRange(2000, 2100), required=True)
@click.option("--list", "holiday_list", help="Holiday List; default: that of the support hours.")
def add_holidays(years: tuple[int, ...], holiday_list: str | None) -> int:
	"""Add Mexico's statutory holidays of these years to the holiday list in force."""
	name = holiday_list
	if not name:
		policy = policy_in_force()
		rows = policy.commitments if policy else ()
		window = next((row.window for row in rows if row.kind == "support_hours"), None)
		name = window and frappe.db.get_value("SLA Window", window, "holiday_list")
	if not name or not frappe.db.exists("Holiday List", name):
		frappe.throw(_("There is no holiday list to add to: name one with --list."))
	click.echo(_("{0}: {1} holidays added.").format(name, defaults.add_holidays(name, list(years))))
	frappe.db.commit()
	return OK


def _of_package(name: str) -> None:
	"""A command of `python -m codigo_binario_support`, applied to the policy in force on the site."""

	@support.command(
		name,
		help=f"`{name}` of the package's command line, on this site's own policy. See: support {name} --help",
		context_settings={"ignore_unknown_options": True, "help_option_names": []},
	)
	@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
	def run_of_package(arguments: tuple[str, ...]) -> int:
		policy = policy_in_force()
		if policy is None:
			frappe.throw(_("No Support Policy is in force today: enable one first."))
		return _run_package(name, arguments, mapping_of(policy))


def _run_package(name: str, arguments: tuple[str, ...], policy: dict[str, Any]) -> int:
	language = frappe.local.lang.split("-")[0]
	# bench changes to the sites folder; the operator's files are where the operator is.
	os.chdir(os.environ.get("PWD") or os.getcwd())
	with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
		json.dump(policy, file, ensure_ascii=False)
		file.flush()
		spoken = ["--lang", language] if language in ("es", "en") and "--lang" not in arguments else []
		if name == "policy":
			applied = [file.name] if arguments in (("show",), ("check",)) else []
		elif name == "clock" or "--policy" in arguments or "--help" in arguments:
			applied = []
		else:
			applied = ["--policy", file.name]
		return main([*spoken, name, *arguments, *applied])


for _name in ("triage", "clock", "replay", "policy"):
	_of_package(_name)
