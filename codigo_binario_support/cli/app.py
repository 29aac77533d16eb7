"""The command line: its commands, its languages and its exit codes (0 done, 1 something left out, 2 wrong call)."""

import os
import sys
from collections.abc import Sequence

import click

from ..domain.errors import SupportError
from . import clock, policy, probe, replay_command, triage
from .files import NotFound
from .language import LANGUAGES, Language, from_environment
from .shell import FAILED, OK, USAGE, Spoken, SpokenGroup, usage_message


def main(args: Sequence[str] | None = None) -> int:
	"""Run the command line; returns the exit code."""
	args = list(sys.argv[1:] if args is None else args)
	lang = Language(language_of(args))
	for stream in (sys.stdout, sys.stderr):
		# A terminal that cannot show a letter shows its escape; it never ends the run.
		if hasattr(stream, "reconfigure"):
			stream.reconfigure(errors="backslashreplace")
	program = os.path.basename(sys.argv[0])
	if not program.startswith("codigo-binario"):
		program = "python -m codigo_binario_support"
	try:
		code = build(lang).main(args, prog_name=program, standalone_mode=False)
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
	amount = Spoken(click.FloatRange(min=0), t("{value} is not an amount from 0 upwards."))
	count = Spoken(click.IntRange(min=0), t("{value} is not a whole number from 0 upwards."))
	help = t("The support policy of Código Binario, applied to files of requests: no bench, no site needed.")
	root = SpokenGroup(lang, None, help)
	policy_file = (t("Policy file (JSON) to apply in place of the shipped one."), t("POLICY"))

	help = t("Say of each request whether the policy covers it, and which clause says so.")
	more = t(
		"FILE is JSON Lines or CSV with id, subject and body; - reads standard input. One JSON line is printed for each request."
	)
	made = root.adds("triage", triage.run, help, more)
	made.takes("path", t("FILE"))
	help = t("Print for people: the clause in its own words and the words that decided.")
	made.offers("--explain is_explained", help, is_flag=True)
	made.offers("--policy policy_path", *policy_file)

	help = t("Read the clocks of scenarios: due times, running time, pauses, breaches.")
	more = t("FILE is JSON with a list of scenarios (format sla-scenarios/1); - reads standard input.")
	made = root.adds("clock", clock.run, help, more)
	made.takes("path", t("FILE"))
	made.offers("--explain explained_id", t("Print the ledger of one scenario, segment by segment."), "ID")

	made = root.adds("replay", replay_command.run, *replay_command.help_text(lang))
	made.takes("path", t("FILE.csv"))
	made.offers("--policy policy_path", *policy_file)
	made.offers("--report", t("Write a report: one page that needs no network."), "OUT.html")
	help = t("Write every result as JSON (JSON Lines when OUT ends in .jsonl); - prints it.")
	made.offers("--json json_path", help, "OUT")
	help = t("Price of an hour of Success Pack, for this replay only.")
	made.offers("--hourly-rate", help, "N", type=amount)
	help = t("Read the clocks at this instant instead of now (YYYY-MM-DDTHH:MM).")
	made.offers("--observe-at", help, t("INSTANT"))
	help = t("Print so many rows of the table (100); the report and --json have more.")
	made.offers("--rows", help, "N", type=count, default=100)
	made.offers("--month-first is_month_first", t("Read 03/02/2026 as March 2nd."), is_flag=True)

	policies = SpokenGroup(lang, "policy", t("Show the policy's terms, or check a policy file."))
	root.add_command(policies)
	help = t("Print the terms in force: hours, promises, clauses, Success Packs.")
	made = policies.adds("show", policy.show, help)
	made.takes("path", t("[POLICY]"), required=False)
	made = policies.adds("check", policy.check, t("List every mistake of a policy file at once."))
	made.takes("path", t("POLICY"))

	help = t("Look at a service every minute, from outside, and deliver what was seen, signed, to the site.")
	more = t(
		"URL is the site (its health address is asked) or any page. Samples wait on disk while the site is away. With --once, for cron: exit code 0 up and delivered, 1 down or waiting."
	)
	made = root.adds("probe", probe.run, help, more)
	made.takes("url", "URL")
	help = t("Site that keeps the samples; often the same.")
	made.offers("--deliver-to site", help, "SITE_URL", required=True)
	help = t("Key of this probe, as bench support probe-key prints it on the site.")
	made.offers("--key-file key_path", help, t("FILE"), required=True)
	made.offers("--name", t("Name of this probe; otherwise the host's."), t("NAME"))
	help = t("Seconds from sample to sample (60).")
	made.offers("--interval interval_seconds", help, "N", type=count, default=60)
	made.offers("--once is_once", t("Take one sample, deliver, and end."), is_flag=True)
	made.offers("--spool spool_path", t("Where samples wait; otherwise below ~/.local/state."), t("FOLDER"))
	made.offers("--expect", t("Text that the page must hold."), t("TEXT"), default="")
	return root


def _say(lang: Language, message: str) -> None:
	click.echo(f"{click.style(lang.t('Error:'), fg='red')} {message}", err=True)
