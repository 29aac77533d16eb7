"""click in the user's language: headings, help option and errors that say what to do."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from .language import LANGUAGES, Language

OK, FAILED, USAGE = 0, 1, 2


class SpokenCommand(click.Command):
	"""A command with `--lang` beside its own parameters, whose frame of help speaks `lang`. `run` is called with the
	language and with the parameters; `paragraphs` are its help.
	"""

	def __init__(
		self, lang: Language, name: str | None, run: Callable[..., Any], *paragraphs: str, **more: Any
	) -> None:
		# Read before click is built (see app.language_of); declared here so that it is documented and checked.
		message = lang.t("{value} is none of {choices}.").replace("{choices}", ", ".join(LANGUAGES))
		choice = Spoken(click.Choice(LANGUAGES), message)
		text = lang.t("Language of the output; otherwise that of the environment.")
		asked = click.Option(["--lang"], type=choice, metavar="[es|en]", expose_value=False, help=text)
		more |= {"params": [asked], "options_metavar": f"[{lang.t('OPTIONS')}]"}
		super().__init__(name, callback=partial(run, lang), help="\n\n".join(paragraphs), **more)
		self.lang = lang

	def takes(self, name: str, metavar: str, required: bool = True) -> None:
		"""A file, an address; `-` is standard input."""
		self.params.insert(-1, click.Argument([name], metavar=metavar, required=required))

	def offers(self, names: str, help: str, metavar: str | None = None, **more: Any) -> None:
		"""An option; `names` are its own and, where that is another, the parameter's."""
		self.params.insert(-1, click.Option(names.split(), help=help, metavar=metavar, **more))

	def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
		pieces = " ".join(self.collect_usage_pieces(ctx))
		formatter.write_usage(ctx.command_path, pieces, prefix=self.lang.t("Usage:") + " ")

	def get_help_option(self, ctx: click.Context) -> click.Option | None:
		option = super().get_help_option(ctx)
		if option:
			option.help = self.lang.t("Show this help and exit.")
		return option

	def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
		options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
		rows = filter(None, (option.get_help_record(ctx) for option in options))
		required = f"[{self.lang.t('required')}]"
		with formatter.section(self.lang.t("Options")):
			formatter.write_dl([(name, text.replace("[required]", required)) for name, text in rows])


class SpokenGroup(SpokenCommand, click.Group):
	"""A group of them, which shows its help, and fails, when it is called without a command."""

	def __init__(self, lang: Language, name: str | None, help: str) -> None:
		more = {"invoke_without_command": True, "subcommand_metavar": lang.t("COMMAND [ARGUMENTS]")}
		super().__init__(lang, name, _help_without_command, help, **more)

	def adds(self, name: str, run: Callable[..., int], *paragraphs: str) -> SpokenCommand:
		added = SpokenCommand(self.lang, name, run, *paragraphs)
		self.add_command(added)
		return added

	def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
		SpokenCommand.format_options(self, ctx, formatter)
		rows = [(name, self.commands[name].get_short_help_str(100)) for name in self.list_commands(ctx)]
		with formatter.section(self.lang.t("Commands")):
			formatter.write_dl(rows)

	def list_commands(self, ctx: click.Context) -> list[str]:
		return list(self.commands)

	def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
		if args and args[0] not in self.commands and not args[0].startswith("-"):
			message = self.lang.t("There is no command {name}: use one of {commands}.")
			raise click.UsageError(message.format(name=args[0], commands=", ".join(self.commands)), ctx)
		return super().resolve_command(ctx, args)


@click.pass_context
def _help_without_command(ctx: click.Context, _lang: Language) -> None:
	if ctx.invoked_subcommand is None:
		click.echo(ctx.get_help())
		ctx.exit(USAGE)


class Spoken(click.ParamType):  # type: ignore[type-arg, unused-ignore]
	"""A click type whose error message is ours: what would have been right."""

	def __init__(self, kind: Any, message: str) -> None:
		self.kind, self.message, self.name = kind, message, kind.name

	def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
		try:
			return self.kind.convert(value, param, ctx)
		except click.BadParameter:
			self.fail(self.message.format(value=value), param, ctx)


def usage_message(lang: Language, error: click.UsageError) -> str:
	"""A click error in the user's language."""
	t, param = lang.t, getattr(error, "param", None)
	name = (param.opts[0] if isinstance(param, click.Option) else param.metavar) if param else ""
	if isinstance(error, click.MissingParameter):
		return t("Missing: {name}.").format(name=name)
	if isinstance(error, click.NoSuchOption):
		return t("There is no option {name}.").format(name=error.option_name)
	if isinstance(error, click.BadOptionUsage):
		return t("The option {name} needs a value.").format(name=error.option_name)
	if isinstance(error, click.BadParameter):
		return f"{name}: {error.message}" if name else error.message
	extra = re.match(r"Got unexpected extra arguments? \((.*)\)", error.message)
	return t("Too many arguments: {arguments}.").format(arguments=extra[1]) if extra else error.message
