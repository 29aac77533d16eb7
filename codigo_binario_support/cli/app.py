"""The command line: its commands, its languages and its exit codes (0 done, 1 something left out, 2 wrong call)."""

import os
import sys
from collections.abc import Callable, Sequence

import click

from ..domain.errors import SupportError
from . import clock, policy, probe, replay_command, triage
from .language import LANGUAGES, Language, from_environment
from .shell import FAILED, OK, USAGE, FileArgument, Spoken, SpokenGroup, command, group, usage_message
from .source import NotFound


def main(args: Sequence[str] | None = None) -> int:
	"""Run the command line; returns the exit code."""
	args = list(sys.argv[1:] if args is None else args)
	lang = Language(language_of(args))
	_make_output_safe()
	try:
		code = build(lang).main(args, prog_name=_program(), standalone_mode=False)
		sys.stdout.flush()
		return code if isinstance(code, int) else OK
	except click.UsageError as error:
		_say(lang, usage_message(lang, error))
		if error.ctx:
			hint = lang.t("See: {command}").format(command=f"{error.ctx.command_path} --help")
			click.echo(hint, err=True)
		return USAGE
	except SupportError as error:
		_say(lang, lang.error(error))
		return USAGE if isinstance(error, NotFound) else FAILED
	except (click.Abort, KeyboardInterrupt):
		_say(lang, lang.t("Stopped."))
		return 130
	except BrokenPipeError:
		# The reader (`head`) has enough. Python would complain once more while it closes stdout.
		os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
		return OK


def language_of(args: Sequence[str]) -> str:
	"""`--lang` wherever it stands, else the environment's; help and errors are needed before click reads options."""
	for here, following in zip(args, [*args[1:], ""], strict=False):
		value = following if here == "--lang" else here.removeprefix("--lang=") if "=" in here else ""
		if value in LANGUAGES and here.startswith("--lang"):
			return value
	return from_environment(os.environ)


def build(lang: Language) -> SpokenGroup:
	"""The commands, with help in `lang`."""
	t = lang.t
	root = group(
		lang,
		None,
		t("The support policy of Código Binario, applied to files of requests: no bench, no site needed."),
	)
	root.add_command(_triage(lang))
	root.add_command(_clock(lang))
	root.add_command(_replay(lang))
	policies = group(lang, "policy", t("Show the policy's terms, or check a policy file."))
	policies.add_command(_policy_show(lang))
	policies.add_command(_policy_check(lang))
	root.add_command(policies)
	root.add_command(_probe(lang))
	return root


def _with_language(run: Callable[..., int], lang: Language) -> Callable[..., int]:
	return lambda **options: run(lang, **options)


def _policy_option(lang: Language) -> click.Option:
	return click.Option(
		["--policy", "policy_path"],
		metavar=lang.t("POLICY"),
		help=lang.t("Policy file (JSON) to apply in place of the shipped one."),
	)


def _triage(lang: Language) -> click.Command:
	t = lang.t
	explain = t("Print for people: the clause in its own words and the words that decided.")
	paragraphs = (
		t("Say of each request whether the policy covers it, and which clause says so."),
		t(
			"FILE is JSON Lines or CSV with id, subject and body; - reads standard input. One JSON line is printed for each request."
		),
	)
	params = [
		FileArgument("path", t("FILE")),
		click.Option(["--explain", "is_explained"], is_flag=True, help=explain),
		_policy_option(lang),
	]
	return command(lang, "triage", "\n\n".join(paragraphs), params, _with_language(triage.run, lang))


def _clock(lang: Language) -> click.Command:
	t = lang.t
	paragraphs = (
		t("Read the clocks of scenarios: due times, running time, pauses, breaches."),
		t("FILE is JSON with a list of scenarios (format sla-scenarios/1); - reads standard input."),
	)
	params = [
		FileArgument("path", t("FILE")),
		click.Option(
			["--explain", "explained_id"],
			metavar="ID",
			help=t("Print the ledger of one scenario, segment by segment."),
		),
	]
	return command(lang, "clock", "\n\n".join(paragraphs), params, _with_language(clock.run, lang))


def _replay(lang: Language) -> click.Command:
	t = lang.t
	params = [
		FileArgument("path", t("FILE.csv")),
		_policy_option(lang),
		click.Option(
			["--report"], metavar="OUT.html", help=t("Write a report: one page that needs no network.")
		),
		click.Option(
			["--json", "json_path"],
			metavar="OUT",
			help=t("Write every result as JSON (JSON Lines when OUT ends in .jsonl); - prints it."),
		),
		click.Option(
			["--hourly-rate"],
			type=Spoken(click.FloatRange(min=0), lang),
			metavar="N",
			help=t("Price of an hour of Success Pack, for this replay only."),
		),
		click.Option(
			["--observe-at"],
			metavar=t("INSTANT"),
			help=t("Read the clocks at this instant instead of now (YYYY-MM-DDTHH:MM)."),
		),
		click.Option(
			["--rows"],
			type=Spoken(click.IntRange(min=0), lang),
			metavar="N",
			default=100,
			help=t("Print so many rows of the table (100); the report and --json have more."),
		),
		click.Option(
			["--month-first", "is_month_first"], is_flag=True, help=t("Read 03/02/2026 as March 2nd.")
		),
	]
	return command(
		lang, "replay", replay_command.help_text(lang), params, _with_language(replay_command.run, lang)
	)


def _probe(lang: Language) -> click.Command:
	t = lang.t
	paragraphs = (
		t("Look at a service every minute, from outside, and deliver what was seen, signed, to the site."),
		t(
			"URL is the site (its health address is asked) or any page. Samples wait on disk while the site is away. With --once, for cron: exit code 0 up and delivered, 1 down or waiting."
		),
	)
	params = [
		FileArgument("url", "URL"),
		click.Option(
			["--deliver-to", "site"],
			required=True,
			metavar="SITE_URL",
			help=t("Site that keeps the samples; often the same."),
		),
		click.Option(
			["--key-file", "key_path"],
			required=True,
			metavar=t("FILE"),
			help=t("Key of this probe, as bench support probe-key prints it on the site."),
		),
		click.Option(["--name"], metavar=t("NAME"), help=t("Name of this probe; otherwise the host's.")),
		click.Option(
			["--interval", "interval_seconds"],
			type=Spoken(click.IntRange(min=0), lang),
			metavar="N",
			default=60,
			help=t("Seconds from sample to sample (60)."),
		),
		click.Option(["--once", "is_once"], is_flag=True, help=t("Take one sample, deliver, and end.")),
		click.Option(
			["--spool", "spool_path"],
			metavar=t("FOLDER"),
			help=t("Where samples wait; otherwise below ~/.local/state."),
		),
		click.Option(["--expect"], metavar=t("TEXT"), default="", help=t("Text that the page must hold.")),
	]
	return command(lang, "probe", "\n\n".join(paragraphs), params, _with_language(probe.run, lang))


def _policy_show(lang: Language) -> click.Command:
	t = lang.t
	params = [FileArgument("path", t("[POLICY]"), required=False)]
	text = t("Print the terms in force: hours, promises, clauses, Success Packs.")
	return command(lang, "show", text, params, _with_language(policy.show, lang))


def _policy_check(lang: Language) -> click.Command:
	t = lang.t
	params = [FileArgument("path", t("POLICY"))]
	text = t("List every mistake of a policy file at once.")
	return command(lang, "check", text, params, _with_language(policy.check, lang))


def _say(lang: Language, message: str) -> None:
	click.echo(f"{click.style(lang.t('Error:'), fg='red')} {message}", err=True)


def _make_output_safe() -> None:
	"""A terminal that cannot show a letter shows its escape; it never ends the run."""
	for stream in (sys.stdout, sys.stderr):
		if hasattr(stream, "reconfigure"):
			stream.reconfigure(errors="backslashreplace")


def _program() -> str:
	name = os.path.basename(sys.argv[0])
	return name if name.startswith("codigo-binario") else "python -m codigo_binario_support"
