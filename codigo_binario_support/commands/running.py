"""How a command runs on a site: connected, in its language, with an exit code that a monitor understands."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def code_of(verdict: str) -> int:
	"""The exit code of a promise that was kept, is not proven, or was broken."""
	return {"Kept": OK, "Not proven": WARNING}.get(verdict, CRITICAL)


def when_installed(command: Callable[..., int], options: dict[str, Any]) -> int:
	"""On a site that has the app, in its language."""
	frappe.connect()
	site = frappe.local.site
	if "codigo_binario_support" not in frappe.get_installed_apps():
		remedy = f"bench --site {site} install-app codigo_binario_support"
		click.secho(f"codigo_binario_support is not installed on {site}: {remedy}", fg="red", err=True)
		return CRITICAL
	frappe.local.lang = _site_language()
	return command(**options)


def in_any_state(command: Callable[..., int], options: dict[str, Any]) -> int:
	"""Also when the site's database does not answer: the command is told first whether it does."""
	is_alive = True
	try:
		frappe.connect()
		frappe.db.sql("select name from `tabBackup Record` limit 1")
		frappe.local.lang = _site_language()
	except Exception as error:
		is_alive = False
		is_english = (os.environ.get("LANG") or "").lower().startswith("en")
		frappe.local.db, frappe.local.lang = None, "en" if is_english else "es"
		click.secho(_("The present database does not answer: {0}").format(error), fg="yellow", err=True)
	try:
		return command(is_alive, **options)
	except (KeyboardInterrupt, click.Abort, pymysql.MySQLError, OSError) as error:
		click.secho(f"{error}\n{_say_interrupted()}".strip(), fg="yellow", err=True)
		return CRITICAL


class _SiteCommands(click.Group):
	"""Commands that run on the chosen site and leave with the code that they return; 2 for what they refuse.

	Their modules are read when one is asked for: bench reads this one whatever it was called for.
	"""

	def list_commands(self, ctx: click.Context) -> list[str]:
		from . import availability, backups, evidence, health, policy, restores, statements

		return super().list_commands(ctx)

	def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
		return super().get_command(ctx, cmd_name) if cmd_name in self.list_commands(ctx) else None

	def command(self, *names: Any, start: Callable[..., int] = when_installed, **attributes: Any) -> Any:
		register = super().command(*names, **attributes)

		def made(command: Callable[..., int]) -> click.Command:
			@pass_context
			@wraps(command)
			def run(context: Any, **options: Any) -> None:
				frappe.init(site=get_site(context))
				try:
					code = start(command, options)
				except frappe.ValidationError as error:
					for line in frappe.utils.strip_html(str(error)).splitlines():
						click.secho(line, fg="red", err=True)
					code = CRITICAL
				finally:
					frappe.destroy()
				sys.exit(code)

			return register(run)

		return made


@click.group("support", cls=_SiteCommands)
def support() -> None:
	"""Support promise: health, evidence, holidays, and triage, clock, replay and policy on the site's policy."""


def flag(*names: str, help: str) -> Callable:
	return click.option(*names, is_flag=True, help=help)


def root_options(command: Callable) -> Callable:
	user = "A database user who may create databases. Default: root_login, root."
	password = "Its password. Better in CODIGO_BINARIO_DB_ROOT_PASSWORD or root_password: a command line is seen by others."
	command = click.option("--db-root-password", help=password)(command)
	return click.option("--db-root-username", help=user)(command)


class OperatorPath(click.Path):
	"""A path as the operator means it: bench has gone to the sites folder meanwhile."""

	def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
		place = os.path.join(os.environ.get("PWD") or os.getcwd(), value) if value else value
		return super().convert(place, param, ctx)


def typed(question: str, answer: str) -> bool:
	if click.prompt(f"{question} ({answer})", default="", show_default=False).strip() == answer:
		return True
	click.echo(_("Nothing was changed."))
	return False


@contextmanager
def unless_busy(text: str) -> Iterator[None]:
	"""What somebody else is at now is left to them: the text says so, and the command ends."""
	from codigo_binario_support.adapters.site.locks import Busy

	try:
		yield
	except Busy:
		click.secho(text, fg="yellow", err=True)
		sys.exit(WARNING)


def _say_interrupted() -> str:
	from codigo_binario_support.adapters.restores.site_folder import running_journal

	if running_journal() is None:
		return _("Interrupted. Nothing was changed.")
	return _(
		"Interrupted. Nothing is lost: run bench --site {0} support restore again and it goes on, or add --abort to have the site as it was."
	).format(frappe.local.site)


def _site_language() -> str:
	return frappe.db.get_default("lang") or frappe.get_system_settings("language") or "es"
