"""How a command runs on a site: connected, in its language, with an exit code that a monitor understands."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
import frappe
import pymysql
from frappe import _
from frappe.commands import get_site, pass_context

OK, WARNING, CRITICAL = 0, 1, 2


LABELS = {OK: "OK", WARNING: "WARNING", CRITICAL: "CRITICAL"}


COLORS = {OK: "green", WARNING: "yellow", CRITICAL: "red"}


@click.group("support")
def support() -> None:
	"""Support promise: health, evidence, holidays, and triage, clock, replay and policy on the site's policy."""


_ROOT_OPTIONS = (
	click.option(
		"--db-root-username", help="A database user who may create databases. Default: root_login, root."
	),
	click.option(
		"--db-root-password",
		help="Its password. Better in CODIGO_BINARIO_DB_ROOT_PASSWORD or root_password: a command line is seen by others.",
	),
)


def root_options(command: Callable) -> Callable:
	for option in reversed(_ROOT_OPTIONS):
		command = option(command)
	return command


def typed(question: str, answer: str) -> bool:
	if click.prompt(f"{question} ({answer})", default="", show_default=False).strip() == answer:
		return True
	click.echo(_("Nothing was changed."))
	return False


def on_any_site(context: Any, run: Callable[[bool], int]) -> None:
	"""As `on_site`, also when the site's database does not answer: `run` is told whether it does."""
	frappe.init(site=get_site(context))
	is_alive = True
	try:
		frappe.connect()
		frappe.db.sql("select name from `tabBackup Record` limit 1")
		frappe.local.lang = _site_language()
	except Exception as error:
		is_alive = False
		frappe.local.db, frappe.local.lang = None, _terminal_language()
		click.secho(_("The present database does not answer: {0}").format(error), fg="yellow", err=True)
	try:
		code = run(is_alive)
	except frappe.ValidationError as error:
		for line in frappe.utils.strip_html(str(error)).splitlines():
			click.secho(line, fg="red", err=True)
		code = CRITICAL
	except (KeyboardInterrupt, click.Abort, pymysql.MySQLError, OSError) as error:
		click.secho(f"{error}\n{_say_interrupted()}".strip(), fg="yellow", err=True)
		code = CRITICAL
	finally:
		frappe.destroy()
	sys.exit(code)


def _say_interrupted() -> str:
	from codigo_binario_support.adapters.restores.site_folder import running_journal

	site = frappe.local.site
	journal = running_journal()
	if journal is None:
		return _("Interrupted. Nothing was changed.")
	return _(
		"Interrupted. Nothing is lost: run bench --site {0} support restore again and it goes on, or add --abort to have the site as it was."
	).format(site)


def _terminal_language() -> str:
	return "en" if (os.environ.get("LANG") or "").lower().startswith("en") else "es"


class OperatorPath(click.Path):
	"""A path as the operator means it: bench has gone to the sites folder meanwhile."""

	def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
		place = os.path.join(os.environ.get("PWD") or os.getcwd(), value) if value else value
		return super().convert(place, param, ctx)


def on_site(command: Callable[..., int]) -> Callable:
	"""A command that runs on the chosen site, in its language, and leaves with the code that it returns."""

	@wraps(command)
	def run(context: Any, **options: Any) -> None:
		site = get_site(context)
		frappe.init(site=site)
		frappe.connect()
		try:
			if "codigo_binario_support" in frappe.get_installed_apps():
				frappe.local.lang = _site_language()
				code = command(**options)
			else:
				click.secho(
					f"codigo_binario_support is not installed on {site}: bench --site {site} install-app codigo_binario_support",
					fg="red",
					err=True,
				)
				code = CRITICAL
		except frappe.ValidationError as error:
			click.secho(frappe.utils.strip_html(str(error)), fg="red", err=True)
			code = CRITICAL
		finally:
			frappe.destroy()
		sys.exit(code)

	return pass_context(run)


def _site_language() -> str:
	return frappe.db.get_default("lang") or frappe.get_system_settings("language") or "es"
