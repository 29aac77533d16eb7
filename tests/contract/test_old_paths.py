"""What a site of an earlier version still holds when this one takes over: queued jobs, job types, open pages, lines of cron.

A path that leads nowhere loses the job. It may be taken off these lists when no site of that version can be left.
"""

from __future__ import annotations

import ast

import pytest
from repo import PACKAGE, functions, none_of, tree

#: What 0.1 and 0.2 put into the queue, with the names of the arguments that wait there.
QUEUED = {
	"backups.copy_offsite": "",
	"backups.keep": "",
	"backups.make_ordered": "origin triggered_by",
	"helpdesk.copy": "name",
	"helpdesk.write": "name",
	"learning.refit": "",
	"offers.follow_up": "name",
	"offers.retry_waiting": "",
	"restores.scheduled_drill": "",
}

#: Scheduled Job Types of 0.1 and 0.2: the scheduler goes on with them until the site is migrated.
SCHEDULED = """
availability.beat availability.close_days availability.follow backups.order_copy backups.order_keeping chat.mail_unread
clocks.mark_breaches clocks.warn_of_calendar_end evidence.anchor helpdesk.catch_up mail.send_again offers.retry_waiting
queue.assign_waiting queue.warn resources.check_links restores.drill_when_due statements.make_due statements.write_days
""".split()

#: What scripts of 0.2 call that a browser has loaded, probes that are older than the site, and number cards.
CALLED = {
	"availability.deliver": "probe batch signature",
	"availability.health": "",
	"backups.back_up_now": "",
	"cards.backup_age": "filters",
	"cards.budget_left": "filters",
	"cards.days_kept": "filters",
	"cards.last_drill": "filters",
	"cards.last_statement": "filters",
	"chat.download": "name file",
	"chat.look": "name is_present read_up_to since before",
	"chat.send": "name text client_id",
	"chat.words": "name",
	"examples.answer": "name is_released",
	"guidance.for_request": "name",
	"guidance.send_password_reset": "name",
	"mail.assign_requester": "name user customer",
	"mail.take_in": "name",
	"portal.act": "name action reason",
	"portal.answer_offer": "name is_accepted reason",
	"portal.ask_about_offer": "name question client_id",
	"portal.contest": "name reason",
	"portal.file": "subject text client_id",
	"portal.make_offer": "name",
	"portal.rate": "name stars comment",
	"portal.suggest": "subject text",
	"queue.add_note": "name content",
	"queue.add_time": "name minutes description part spent_on",
	"queue.answer_incident": "incident content client_id medium then",
	"queue.assign": "name user",
	"queue.bulk": "names action value reason medium client_id",
	"queue.canned_answer": "name template",
	"queue.desk": "name",
	"queue.link_incident": "name incident",
	"queue.merge": "name into",
	"queue.site_state": "",
	"queue.split": "name subject description",
	"requests.act": "name action reason",
	"requests.answer": "name content client_id medium then",
	"requests.answer_offer": "name is_accepted reason",
	"requests.before_filing": "",
	"requests.make_offer": "name",
	"requests.overrule": "name clause second_clause severity reason",
	"requests.panel": "name",
	"upgrades.begin": "name",
	"upgrades.cancel": "name reason",
	"upgrades.fail": "name reason",
	"upgrades.finish": "name",
	"upgrades.plan": "name wanted_version starts_at ends_at",
}

#: `bench support …` in crontabs, monitors and scripts of operators, with the options of 0.1 and 0.2.
COMMANDS = {
	"add-holidays": "--list",
	"anchor": "--file",
	"backup": "--if-due --json",
	"check-promises": "--quiet",
	"copy-backups": "",
	"cron-line": "",
	"expire-backups": "--dry-run",
	"export-evidence": "",
	"health": "--json",
	"monthly-statement": "--company --customer --send --pdf",
	"observe-backups": "--now",
	"probe-key": "--url",
	"restore": "--folder --request --yes --no-safety-set --no-migrate --database-is-lost --abort --back --drop-old",
	"restore-drill": "--set --folder --json",
	"statement": "",
	"verify-evidence": "--doctype --anchor --file",
}


def _function(room: str, path: str) -> ast.FunctionDef | None:
	module, name = path.split(".")
	file = PACKAGE / room / f"{module}.py"
	found = functions(tree(file)) if file.exists() else ()
	return next((node for node in found if node.name == name), None)


def _refuses(room: str, path: str, names: str) -> str:
	"""Why a call by these argument names fails; an empty text when it does not."""
	node = _function(room, path)
	if node is None:
		return f"{room}.{path} is not there"
	taken = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
	required = taken[: len(node.args.args) - len(node.args.defaults)]
	given = names.split()
	if missing := [name for name in required if name not in given]:
		return f"{room}.{path} asks for {missing}"
	if unknown := [name for name in given if name not in taken and node.args.kwarg is None]:
		return f"{room}.{path} takes no {unknown}"
	return ""


@pytest.mark.parametrize(("room", "calls"), [("jobs", QUEUED), ("api", CALLED)])
def test_a_call_that_waits_from_an_earlier_version_is_answered(room, calls):
	none_of(filter(None, (_refuses(room, path, names) for path, names in calls.items())))


def test_a_job_type_of_an_earlier_version_leads_to_a_function():
	none_of(filter(None, (_refuses("jobs", path, "") for path in SCHEDULED)))


def test_a_line_of_cron_of_an_earlier_version_goes_on():
	texts = _options_by_command()
	none_of(
		f"support {name} {option}"
		for name, options in COMMANDS.items()
		for option in ("", *options.split())
		if name not in texts or (option and option not in texts[name])
	)


def _options_by_command() -> dict[str, set[str]]:
	"""The words of the decorators of each command; those of `root_options` are not asked for here."""
	found = {}
	for path in sorted((PACKAGE / "commands").glob("*.py")):
		for node in functions(tree(path)):
			words = [
				word.value
				for decorator in node.decorator_list
				for word in ast.walk(decorator)
				if isinstance(word, ast.Constant) and isinstance(word.value, str)
			]
			name = next(
				(
					decorator.args[0].value
					for decorator in node.decorator_list
					if isinstance(decorator, ast.Call)
					and ast.unparse(decorator.func) == "support.command"
					and isinstance(decorator.args[0], ast.Constant)
				),
				None,
			)
			if name:
				found[name] = set(words)
	return found
